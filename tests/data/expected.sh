#!/usr/bin/env bash
# Prints as JSON what reports on the two data sets must say, computed by DuckDB. Fetches the data and
# puts DuckDB into a virtual environment in the cache when they are missing: about a minute once.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/desirepath"
deploy/data/fetch.sh >&2
if ! "$cache/venv/bin/python" -c 'import duckdb' 2>/dev/null; then
    python3 -m venv "$cache/venv" 2>/dev/null || {
        sudo=()
        [ "$(id -u)" -eq 0 ] || sudo=(sudo)
        "${sudo[@]}" apt-get update -qq
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv
        python3 -m venv "$cache/venv"
    }
    "$cache/venv/bin/pip" install -q --disable-pip-version-check duckdb==1.4.4
fi
exec "$cache/venv/bin/python" tests/data/expected.py "$cache/data"
