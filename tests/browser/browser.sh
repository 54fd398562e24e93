#!/usr/bin/env bash
# Tests of the page in a real Chromium: builds page and program, installs what is missing, runs them.
# About four minutes on two cores once everything is built.
#
#   tests/browser/browser.sh               every test
#   tests/browser/browser.sh people.test   those of one file
#
# CHROMIUM names another browser than the one in PATH, DESIREPATH a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/../.."

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/desirepath/target}"
found=$(command -v chromium || command -v google-chrome || true)
export CHROMIUM="${CHROMIUM:-${found:-/usr/bin/chromium}}"
if [ ! -x "$CHROMIUM" ]; then
    sudo=()
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    echo 'installing: chromium' >&2
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
fi
. pipeline/serve/web/node.sh
ensure_node
pipeline/serve/web/build.sh --check
# A program that was built with the page already is named by who calls.
if [ -z "${DESIREPATH:-}" ]; then
    cargo build --release --locked -p app
    export DESIREPATH="$CARGO_TARGET_DIR/release/desirepath"
fi

cd tests/browser
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --no-audit --no-fund --silent
fi
# One file after the other: each starts instances of its own, and two cores are soon busy.
files=(./*.test.mjs)
[ $# -gt 0 ] && files=("./${1%.mjs}.mjs")
exec node --test --test-concurrency=1 "${files[@]}"
