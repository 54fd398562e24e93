#!/usr/bin/env bash
# The yardstick: one job, the same for the product, for bare clients and for peers, on one broker of
# this machine. Checks every answer and prints the table; exit 1 where an answer is wrong.
#
#   benches/yardstick.sh                          10 million records, three rounds: about half an hour
#   benches/yardstick.sh --records 2000000 --rounds 1
#   benches/yardstick.sh --peer DIR --peer DIR,some.setting=true
#
# A peer is a folder with a pom.xml and a measure.py; benches/yardstick/measure/peer.rs says what it
# must do. Further flags: `yardstick measure --help`. WORK is a folder for answers, states and logs,
# PORT and the one after it are the broker's, KAFKA_HEAP (1g) is its memory. What is missing besides
# is installed as tests/broker/broker.sh says; confluent-kafka, which peers ask by, into WORK.
set -euo pipefail
cd "$(dirname "$0")/.."

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/desirepath/target}"
work=${WORK:-${XDG_CACHE_HOME:-$HOME/.cache}/desirepath/yardstick}
port=${PORT:-29092}
broker=tests/broker/broker.sh

cargo build --release --locked --workspace --bins
mkdir -p "$work"
work=$(cd "$work" && pwd)
case " $* " in
*" --peer"*)
    if ! python3 -c 'import confluent_kafka' 2>/dev/null; then
        [ -x "$work/venv/bin/python3" ] || python3 -m venv "$work/venv"
        "$work/venv/bin/pip" install -q confluent-kafka
        export PATH=$work/venv/bin:$PATH
    fi
    ;;
esac

# A broker without the topics of earlier runs; it ends with this script.
rm -rf "$work/broker"
trap '"$broker" stop "$work/broker"' EXIT
KAFKA_HEAP=${KAFKA_HEAP:-1g} "$broker" start "$work/broker" "$port" $$
"$CARGO_TARGET_DIR/release/yardstick" measure --brokers "127.0.0.1:$port" \
    --broker-process "$(cat "$work/broker/pid")" --work "$work" \
    --program "$CARGO_TARGET_DIR/release/desirepath" "$@"
