#!/usr/bin/env bash
# Answers SQL queries by ClickHouse itself: clickhouse.sh QUERIES.json prints the rows of each as JSON.
# The engine comes as a library from PyPI (chdb-core 26.9.0, Apache-2.0: 182 MB to fetch, 560 MB
# unpacked): a minute once.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/data/python.sh
# The engine alone: what pandas would read is read as JSON here.
ensure_python venv-clickhouse chdb --no-deps chdb-core==26.9.0
exec "$python" tests/data/clickhouse.py "$@"
