"""Records in Avro, by Confluent's own serializer, which registers their schemas.

A line is {"key", "schema", "value"}, {"key"} for a tombstone, or {"key", "raw": base64}; the schema may have
"named", schemas that it names by their full names. TOPIC is written to, or with "-" nothing is, and the
values are printed in base64: for a time when the registry is not there.
"""

import base64
import json
import sys

from confluent_kafka import Producer
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

brokers, registry, topic = sys.argv[1:]
client = SchemaRegistryClient({"url": registry})
producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True})
serializers = {}


def serializer(schema, named):
    text = json.dumps(schema)
    if text not in serializers:
        references = []
        for name, other in named.items():
            client.register_schema(name, Schema(json.dumps(other), "AVRO"))
            references.append(SchemaReference(name, name, 1))
        serializers[text] = AvroSerializer(client, Schema(text, "AVRO", references))
    return serializers[text]


for line in sys.stdin:
    record = json.loads(line)
    value = None
    if "raw" in record:
        value = base64.b64decode(record["raw"])
    elif "value" in record:
        subject = record.get("subject", topic)
        context = SerializationContext(subject, MessageField.VALUE)
        value = serializer(record["schema"], record.get("named", {}))(record["value"], context)
    if topic == "-":
        print(base64.b64encode(value).decode())
        continue
    while True:
        try:
            producer.produce(topic, key=record["key"], value=value)
            break
        except BufferError:
            producer.poll(1)
left = producer.flush(60)
if left:
    sys.exit(f"{left} records were not taken")
