#!/usr/bin/env bash
# Prints as JSON what reports on the two data sets must say, computed by DuckDB. Fetches the data and
# DuckDB when they are missing: about a minute once.
set -euo pipefail
cd "$(dirname "$0")/../.."
deploy/data/fetch.sh >&2
exec tests/data/duckdb.sh expected.py "${XDG_CACHE_HOME:-$HOME/.cache}/desirepath/data"
