#!/usr/bin/env bash
# From a fresh Debian machine to a living page: installs what is missing, builds, plays a simulated
# clinic, prints what its owner would see, and goes on with the page open until Ctrl-C.
#
#   deploy/try.sh           as above; on a desktop it opens the page in the browser
#   deploy/try.sh --once    ends after the report
#
# The first build compiles RocksDB and librdkafka: about 20 minutes on two cores, once. Then it takes
# seconds. Everything it makes is in the cache folder; the clinic's data go when it ends.
# DESIREPATH__HTTP__LISTEN names another address than 127.0.0.1:8080.
set -euo pipefail
cd "$(dirname "$0")/.."

once=false
case "${1:-}" in
    '') ;;
    --once) once=true ;;
    -h | --help) sed -n '2,/^set/p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 0 ;;
    *) echo "unknown option $1: try --once or --help" >&2; exit 64 ;;
esac

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/desirepath/target}"
address="${DESIREPATH__HTTP__LISTEN:-127.0.0.1:8080}"

say() { printf '\n== %s\n' "$1" >&2; }

# Debian packages that the build needs: what is there is left alone.
install_missing() {
    local missing=() package sudo=()
    for package in gcc g++ make pkg-config libclang-dev libssl-dev zlib1g-dev curl; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    # The page is built by Node, which pip fetches where it is missing.
    command -v python3 >/dev/null || missing+=(python3)
    command -v pip >/dev/null || command -v pip3 >/dev/null || missing+=(python3-pip)
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    echo "installing: ${missing[*]}" >&2
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}"
}

# Only where somebody sits: a terminal, a desktop, and what opens addresses there.
open_page_when_alive() {
    [ -t 1 ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v xdg-open >/dev/null || return 0
    (
        for _ in $(seq 300); do
            curl -fs "http://$address/livez" >/dev/null 2>&1 && exec xdg-open "http://$address/"
            sleep .2
        done
    ) >/dev/null 2>&1 &
}

say 'what is missing'
install_missing
command -v cargo >/dev/null || {
    echo 'cargo is missing: install Rust 1.95 or newer with rustup, then run this again' >&2
    exit 69
}
say 'page'
pipeline/serve/web/build.sh
say 'build (the first time about 20 minutes on two cores)'
cargo build --release --locked -p app
program="$CARGO_TARGET_DIR/release/desirepath"
say 'a clinic of which everything is known: what its owner sees'
$once && exec "$program" demo --once

cat >&2 <<HERE
The page is at http://$address until Ctrl-C: click on any number to see the people behind it.
What next: docs/tutorial.md, a clinic in 15 minutes, and your own data. The program is
$program

HERE
open_page_when_alive
exec "$program" demo
