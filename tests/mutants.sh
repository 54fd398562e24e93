#!/usr/bin/env bash
# Takes rules out of the source one by one, and sees that the tests of the crate notice: a rule whose
# loss nobody notices may be lost. The rules are in tests/mutants/*.toml; a word chooses among them.
#
#   tests/mutants.sh            every rule, about a minute each on two cores
#   tests/mutants.sh as_of      those whose sentence has this word
#
# Works on a copy. Those of the client of the cluster want librdkafka built once more, and a broker; the
# others need no C compiler, for the crates below the line have none.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${XDG_CACHE_HOME:-$HOME/.cache}/desirepath/mutants"
exec python3 tests/mutants/mutants.py "${1:-}"
