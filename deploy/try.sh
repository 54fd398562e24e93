#!/usr/bin/env bash
# From a fresh Debian machine to a living report: installs what is missing, builds, imports a real
# data set (purchases of 2,357 customers of an online shop), prints where they stand, and goes on
# serving until Ctrl-C.
#
#   deploy/try.sh           as above
#   deploy/try.sh --once    ends after the report
#
# The first build compiles RocksDB and librdkafka: about 20 minutes on two cores, once. Then it takes
# seconds. Everything it makes is in the cache folder and in ./desirepath-try, which may be removed.
set -euo pipefail
cd "$(dirname "$0")/.."

once=false
case "${1:-}" in
    '') ;;
    --once) once=true ;;
    -h | --help) sed -n '2,/^set/p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 0 ;;
    *) echo "unknown option $1: try --once or --help" >&2; exit 64 ;;
esac

cache="${XDG_CACHE_HOME:-$HOME/.cache}/desirepath"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$cache/target}"
data="${DESIREPATH_TRY_DATA:-./desirepath-try}"

say() { printf '\n== %s\n' "$1" >&2; }

# Debian packages that the build and the data set need: what is there is left alone.
install_missing() {
    local missing=() package sudo=()
    for package in gcc g++ make pkg-config libclang-dev zlib1g-dev curl; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    command -v python3 >/dev/null || missing+=(python3)
    command -v pip >/dev/null || command -v pip3 >/dev/null || missing+=(python3-pip)
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    echo "installing: ${missing[*]}" >&2
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}"
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
say 'data set'
deploy/data/fetch.sh >&2
say 'import'
"$program" import "$cache/data/CDNOW_sample.txt" --mapping deploy/mappings/cdnow.toml --data "$data"
say 'where the customers stand'
"$program" report --data "$data"

cat >&2 <<HERE

What next (the program is $program):
  desirepath report funnel --data $data            the funnel with its intervals
  desirepath customers --data $data --flow-stage retention --flow-outcome open
                                                   the people behind a number
  desirepath customer 0157 --data $data            one of them, step by step
  desirepath audit --data $data                    every counter recomputed
  desirepath import YOUR.csv --mapping YOUR.toml   your own data (deploy/mappings has examples)
HERE
$once && exit 0
say 'the page is at http://127.0.0.1:8080/?period=all until Ctrl-C (/v1/report/funnel, /metrics too)'
exec "$program" run --data "$data"
