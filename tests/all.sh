#!/usr/bin/env bash
# Builds everything and runs every test. A cold build of RocksDB and librdkafka takes about 20
# minutes on two cores; afterwards a run takes a few. Works as root, or as a user with sudo, and may
# be run again at any time. Only --release is used: another profile would compile all of it once more.
set -euo pipefail
cd "$(dirname "$0")/.."

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/desirepath/target}"
started=$SECONDS

# --soak MINUTES: nothing but faults at random for so long, on a real broker.
# --upgrade: nothing but the way from an older release to this one and back, see tests/upgrade.sh.
soak= upgrade=
case "${1:-}" in
'') ;;
--soak) soak=${2:?say how many minutes, as in: tests/all.sh --soak 60} ;;
--upgrade) upgrade=yes ;;
*) echo "usage: tests/all.sh [--soak MINUTES | --upgrade]" >&2; exit 64 ;;
esac

say() { printf '\n== %s (%d min)\n' "$1" $(((SECONDS - started) / 60)); }

# Debian packages that the build needs, and the tools of the tests on a real broker: what is missing
# is installed, what is there is left alone. A tool counts as there wherever it came from.
install_missing() {
    local missing=() package sudo=()
    for package in gcc g++ make pkg-config libclang-dev libssl-dev zlib1g-dev; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    command -v kcat >/dev/null || missing+=(kcat)
    command -v javac >/dev/null || missing+=(default-jdk-headless)
    command -v mvn >/dev/null || missing+=(maven)
    command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    echo "installing: ${missing[*]}"
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}"
}

say 'packages'
install_missing
command -v cargo >/dev/null || {
    echo 'cargo is missing: install Rust 1.95 or newer with rustup, then run this again' >&2
    exit 69
}
. pipeline/serve/web/node.sh
ensure_node
say 'format'
cargo fmt --all --check
say 'page'
pipeline/serve/web/build.sh --check
say 'build (cold: about 20 minutes)'
cargo build --release --workspace --locked
if [ -n "$soak" ]; then
    say "faults at random for $soak minutes"
    SOAK=$soak cargo test --release --workspace --locked --test kill -- --nocapture whatever_fails
    say 'done'
    exit
fi
if [ -n "$upgrade" ]; then
    say 'an older release, this one, and back (cold: about 20 minutes for the older one)'
    tests/upgrade.sh
    say 'done'
    exit
fi
if cargo clippy --version >/dev/null 2>&1; then
    say 'lints'
    cargo clippy --release --workspace --locked
fi
# Advisories are news of the day and need the network: .github/workflows/ci.yml asks for them.
if cargo deny --version >/dev/null 2>&1; then
    say 'licences and sources'
    cargo deny --all-features check --hide-inclusion-graph licenses bans sources
fi
say 'tests'
# Brokers that are killed and clients that look for them fill thousands of lines: what failed, and why,
# stands last, where whoever reads only the end finds it.
outcome=$(mktemp)
trap 'rm -f "$outcome"' EXIT
cargo test --release --workspace --locked --no-fail-fast 2>&1 | tee "$outcome" || {
    say 'what failed, and why'
    grep -a -A 4 -E '^test .* FAILED$|panicked at|^error(\[|:)' "$outcome" |
        grep -av -e '^{' -e '^test .* ok$' | cut -c 1-400 | tail -n 80
    exit 1
}
say 'the page in a browser'
DESIREPATH="$CARGO_TARGET_DIR/release/desirepath" tests/browser/browser.sh
say 'the first command of the README'
deploy/try.sh --once
say 'what README and docs tell people to type'
DESIREPATH="$CARGO_TARGET_DIR/release/desirepath" tests/docs.sh
say 'the packages, installed into an empty Debian'
DESIREPATH="$CARGO_TARGET_DIR/release/desirepath" tests/package.sh
say 'alerts and dashboards, by a real Prometheus'
DESIREPATH="$CARGO_TARGET_DIR/release/desirepath" tests/operations.sh
say 'the chart, rendered'
# Helm comes from the modules of Go: the one thing that is not of a registry that all else needs.
DESIREPATH="$CARGO_TARGET_DIR/release/desirepath" tests/helm.sh || {
    [ $? -eq 75 ]
    echo 'THE CHART WAS NOT CHECKED: helm cannot be made here, see above'
}
say 'done'
