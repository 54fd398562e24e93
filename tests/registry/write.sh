#!/usr/bin/env bash
# Writes records in Avro by Confluent's own client and serializer: write.sh BROKERS REGISTRY TOPIC, with a
# line of JSON for each record on standard input (see write.py).
# From PyPI: confluent-kafka with fastavro (Apache-2.0, MIT): seconds once.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/data/python.sh
ensure_python venv-confluent confluent_kafka.schema_registry.avro 'confluent-kafka[avro,schemaregistry]==2.12.2'
exec "$python" tests/registry/write.py "$@"
