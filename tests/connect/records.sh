#!/usr/bin/env bash
# Writes the records of Records.java with the jars that the broker of the tests has, which are fetched
# when missing: Kafka Connect's converter is among them.
#
#   records.sh BROKERS MAIL_TOPIC BOOKING_TOPIC SCHEMAS DECIMALS
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/../broker/broker.sh" fetch
exec java -cp "${XDG_CACHE_HOME:-$HOME/.cache}/desirepath/kafka-4.3.1/*" "$here/Records.java" "$@"
