#!/usr/bin/env bash
# Answers SQL queries by ClickHouse itself: clickhouse.sh QUERIES.json prints the rows of each as JSON.
# The engine comes as a library from PyPI (chdb-core 26.9.0, Apache-2.0: 182 MB to fetch, 560 MB
# unpacked) into a virtual environment in the cache: a minute once. Tests run side by side, so whoever
# comes first makes it and the others wait.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/desirepath"
venv="$cache/venv-clickhouse"
mkdir -p "$cache"
exec 9>"$cache/venv-clickhouse.lock"
flock 9
if ! "$venv/bin/python" -c 'import chdb' 2>/dev/null; then
    python3 -m venv "$venv" >&2 || {
        sudo=()
        [ "$(id -u)" -eq 0 ] || sudo=(sudo)
        "${sudo[@]}" apt-get update -qq >&2
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >&2
        python3 -m venv "$venv" >&2
    }
    # The engine alone: what pandas would read is read as JSON here.
    "$venv/bin/pip" install -q --disable-pip-version-check --no-deps chdb-core==26.9.0 >&2
fi
exec 9>&-
exec "$venv/bin/python" tests/data/clickhouse.py "$@"
