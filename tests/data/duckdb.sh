#!/usr/bin/env bash
# Runs a script of this folder with DuckDB: duckdb.sh SCRIPT.py ARGUMENT…
# DuckDB comes from PyPI (1.4.4, MIT: 20 MB): half a minute once.
set -euo pipefail
cd "$(dirname "$0")"
. ./python.sh
ensure_python venv duckdb duckdb==1.4.4
exec "$python" "$@"
