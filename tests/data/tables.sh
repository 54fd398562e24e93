#!/usr/bin/env bash
# Runs deploy/examples/tables/tables.py with the same arguments: an ordinary consumer of somebody else,
# confluent-kafka (Apache-2.0), with fastavro (MIT), from PyPI: seconds once.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/data/python.sh
ensure_python venv-tables fastavro confluent-kafka==2.11.1 fastavro==1.12.0
exec "$python" deploy/examples/tables/tables.py "$@"
