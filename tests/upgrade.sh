#!/usr/bin/env bash
# Brings an installation from an older release to this one and back, on a real broker and in a folder,
# while touchpoints arrive: pipeline/app/tests/upgrade.
#
#   tests/upgrade.sh [COMMIT]   the older release is made of this commit
#
# Without one it is made of 85b0a82, whose states are of format 4 and which counts by version 1 of the
# fold. It is made once, in about 20 minutes on two cores, and kept in ~/.cache/desirepath/older. With
# TARGET, a folder of builds, it begins with a copy of that.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=${1:-85b0a821e74937ce54a60800a5ceac3f49a41095}
commit=$(git rev-parse --verify --quiet "$wanted^{commit}") || {
    echo "$wanted is not in this repository's history: fetch all of it (git fetch --unshallow)" >&2
    exit 66
}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/desirepath
older=$cache/older/$commit

# In a folder of its own, so that neither release builds on what the other has compiled.
make_older() {
    [ -x "$older/desirepath" ] && return
    mkdir -p "$older/source"
    git archive "$commit" | tar -x -C "$older/source"
    [ -z "${TARGET:-}" ] || [ -d "$older/target" ] || cp -a "$TARGET" "$older/target"
    (cd "$older/source" && CARGO_TARGET_DIR="$older/target" \
        cargo build --release --locked --workspace --bin desirepath)
    # The name appears when it is whole; nothing else is needed again.
    cp "$older/target/release/desirepath" "$older/desirepath.part"
    mv "$older/desirepath.part" "$older/desirepath"
    rm -rf "$older/target" "$older/source"
}

begun=$SECONDS
make_older
echo "the older release is made of $commit ($((SECONDS - begun)) s)"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$cache/target}"
OLDER=$older/desirepath exec cargo test --release --locked --workspace --test upgrade -- --nocapture
