#!/usr/bin/env bash
# Runs what README.md and docs tell people to type, and compares what comes out: tests/docs.py says
# how. Commands that pages of errors and other texts only name have to exist: tests/commands.py.
# Installs what the pages use when it is missing. Under a minute once everything is there.
#
#   tests/docs.sh               every page, after the runner has found mistakes planted for it
#   tests/docs.sh PAGE...       these
#
# DESIREPATH names a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."

install_missing() {
    local missing=() sudo=()
    command -v python3 >/dev/null || missing+=(python3)
    command -v curl >/dev/null || missing+=(curl)
    command -v openssl >/dev/null || missing+=(openssl)
    command -v script >/dev/null || missing+=(bsdutils)
    command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing+=(nginx-light)
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    echo "installing: ${missing[*]}" >&2
    "${sudo[@]}" apt-get update -qq >&2
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >&2
}

install_missing
tests/broker/broker.sh fetch
if [ -z "${DESIREPATH:-}" ]; then
    export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/desirepath/target}"
    cargo build --release --locked -p app
    export DESIREPATH="$CARGO_TARGET_DIR/release/desirepath"
fi
if [ $# -eq 0 ]; then
    python3 tests/commands.py --self
    python3 tests/commands.py
    python3 tests/docs.py --self
fi
exec python3 tests/docs.py "$@"
