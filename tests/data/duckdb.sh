#!/usr/bin/env bash
# Runs a script of this folder with DuckDB: duckdb.sh SCRIPT.py ARGUMENT…
# DuckDB comes from PyPI (1.4.4, MIT: 20 MB) into a virtual environment in the cache: half a minute
# once. Tests run side by side, so whoever comes first makes it and the others wait.
set -euo pipefail
cd "$(dirname "$0")"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/desirepath"
venv="$cache/venv"
mkdir -p "$cache"
exec 9>"$cache/venv.lock"
flock 9
if ! "$venv/bin/python" -c 'import duckdb' 2>/dev/null; then
    python3 -m venv "$venv" >&2 || {
        sudo=()
        [ "$(id -u)" -eq 0 ] || sudo=(sudo)
        "${sudo[@]}" apt-get update -qq >&2
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >&2
        python3 -m venv "$venv" >&2
    }
    "$venv/bin/pip" install -q --disable-pip-version-check duckdb==1.4.4 >&2
fi
exec 9>&-
script=$1
shift
exec "$venv/bin/python" "$script" "$@"
