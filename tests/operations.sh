#!/usr/bin/env bash
# Holds what deploy/ gives to whoever looks after an installation to the program: rules of alerts by
# promtool and dashboards by a real Prometheus that reads from it.
#
#   tests/operations.sh                everything; two minutes once it is installed
#   tests/operations.sh WORD…          the tests whose names have one of these words
#
# DESIREPATH names a program that is built already. Prometheus is Debian's package, laid into the
# cache and not installed: no service is started. PyYAML (MIT) comes from PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/data/python.sh
. tests/operations/prometheus.sh

command -v python3 >/dev/null || {
    echo 'python3 is missing: install it, then run this again' >&2
    exit 69
}
ensure_prometheus
ensure_python venv-operations yaml PyYAML==6.0.3
if [ -z "${DESIREPATH:-}" ]; then
    export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/desirepath/target}"
    cargo build --release --locked --workspace --bin desirepath
    DESIREPATH="$CARGO_TARGET_DIR/release/desirepath"
fi
export DESIREPATH PROMETHEUS="$prometheus"
words=()
for word; do words+=(-k "$word"); done
exec "$python" -m unittest discover -s tests/operations -t tests/operations -p '*_test.py' -v \
    "${words[@]}"
