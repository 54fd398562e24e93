#!/usr/bin/env python3
"""Keeps what Desire path publishes as tables in SQLite, and keeps them up to date.

  tables.py --brokers localhost:9092 tables.db            goes on until it is stopped
  tables.py --brokers localhost:9092 --once tables.db     ends when it has read everything

`insights` has a row for every counter, `transitions` one for every step of a customer that stands.
The position up to which a topic was read is written in the same transaction as the rows, so that
whatever is killed, nothing is lost and nothing counts twice. Needs confluent-kafka, and fastavro
where topics carry Avro. Settings of the cluster, such as security: -X sasl.mechanism=SCRAM-SHA-512
"""

import argparse
import io
import json
import pathlib
import signal
import sqlite3
import sys

import confluent_kafka as kafka

# Records written to SQLite at once; each batch is one transaction.
BATCH = 1000

TABLES = """
CREATE TABLE IF NOT EXISTS position (
    topic TEXT, partition INTEGER, next INTEGER, PRIMARY KEY (topic, partition));
CREATE TABLE IF NOT EXISTS insights (
    key TEXT PRIMARY KEY, family TEXT, map TEXT, version INTEGER, fold INTEGER,
    size TEXT, start TEXT, end TEXT, dims TEXT, count INTEGER, amounts TEXT,
    revision INTEGER, is_final INTEGER, as_of TEXT);
CREATE TABLE IF NOT EXISTS transitions (
    id TEXT PRIMARY KEY, customer_id TEXT, attempt TEXT, type TEXT, "from" TEXT, "to" TEXT,
    at TEXT, channel TEXT, kind TEXT, correction INTEGER);
"""

# What was read before, by somebody who begins again, is older and changes nothing.
UPSERT = """
INSERT INTO insights VALUES (:key, :family, :map, :version, :fold, :size, :start, :end, :dims,
    :count, :amounts, :revision, :is_final, :as_of)
ON CONFLICT (key) DO UPDATE SET count = excluded.count, amounts = excluded.amounts,
    revision = excluded.revision, is_final = excluded.is_final, as_of = excluded.as_of
WHERE excluded.revision > insights.revision
"""

TOLD = """
INSERT OR IGNORE INTO transitions VALUES (:id, :customer_id, :attempt, :type, :from, :to, :at,
    :channel, :kind, :correction)
"""


class Wrong(Exception):
    """What a person has to mend."""


class Values:
    """Reads values: JSON as it stands, or Avro with the head of the Confluent wire format."""

    def __init__(self, schemas: pathlib.Path):
        self.schemas = schemas
        self.known: dict[str, object] = {}

    def read(self, name: str, value: bytes) -> dict:
        if value[:1] == b"{":
            return json.loads(value)
        if value[:1] != b"\0" or len(value) < 5:
            raise Wrong(f"a record of {name} is neither JSON nor Avro")
        import fastavro

        if name not in self.known:
            path = self.schemas / f"{name.removesuffix('s')}.avsc"
            self.known[name] = fastavro.schema.load_schema(str(path))
        # The five bytes before are a zero and the schema's id.
        return fastavro.schemaless_reader(io.BytesIO(value[5:]), self.known[name])


def time(value) -> str | None:
    """As JSON has it; Avro's readers make a datetime of it."""
    if value is None or isinstance(value, str):
        return value
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def keep_insight(table: sqlite3.Connection, key: str, row: dict | None) -> None:
    if row is None:
        # The map does not keep counters of this size for so long.
        table.execute("DELETE FROM insights WHERE key = ?", (key,))
        return
    window = row["window"] or {}
    table.execute(UPSERT, {
        **row,
        "key": key,
        "size": window.get("size"),
        "start": time(window.get("start")),
        "end": time(window.get("end")),
        "dims": json.dumps(row["dims"], sort_keys=True),
        "amounts": json.dumps(row["amounts"], sort_keys=True),
        "as_of": time(row["as_of"]),
    })


def keep_transition(table: sqlite3.Connection, row: dict) -> None:
    if row["withdraws"]:
        table.execute("DELETE FROM transitions WHERE id = ?", (row["withdraws"],))
    else:
        table.execute(TOLD, {**row, "at": time(row["at"])})


def keep(table: sqlite3.Connection, values: Values, name: str, message: kafka.Message) -> None:
    value = message.value()
    row = None if value is None else values.read(name, value)
    if name == "insights":
        keep_insight(table, message.key().decode(), row)
    elif row is not None:
        keep_transition(table, row)


def begin(consumer: kafka.Consumer, table: sqlite3.Connection, topics: dict[str, str]) -> set:
    """Goes on where the table is; whoever owns the positions needs no group."""
    places = []
    for topic in topics:
        found = consumer.list_topics(topic, timeout=30).topics[topic]
        if found.error:
            raise Wrong(f"{topic}: {found.error.str()}")
        for partition in found.partitions:
            row = table.execute(
                "SELECT next FROM position WHERE topic = ? AND partition = ?", (topic, partition))
            next_one = row.fetchone()
            at = next_one[0] if next_one else kafka.OFFSET_BEGINNING
            places.append(kafka.TopicPartition(topic, partition, at))
    consumer.assign(places)
    return {(place.topic, place.partition) for place in places}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", help="the file of SQLite; made when it is missing")
    parser.add_argument("--brokers", default="localhost:9092")
    parser.add_argument("--prefix", default="", help="what [kafka] topic_prefix says")
    parser.add_argument("--once", action="store_true", help="end when everything is read")
    parser.add_argument(
        "--schemas", type=pathlib.Path, help="the folder of *.avsc, where topics carry Avro",
        default=pathlib.Path(__file__).resolve().parents[3] / "schemas")
    parser.add_argument("-X", metavar="KEY=VALUE", action="append", default=[], dest="settings")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    topics = {f"{asked.prefix}{name}": name for name in ("insights", "transitions")}
    table = sqlite3.connect(asked.table, isolation_level=None)
    table.executescript(TABLES)
    consumer = kafka.Consumer({
        "bootstrap.servers": asked.brokers,
        "group.id": "desirepath-tables",
        # What is not committed may be taken back: it must not reach the table.
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        # A position that is not there any more means another topic: begin a new table.
        "auto.offset.reset": "error",
        "enable.partition.eof": True,
        **dict(setting.split("=", 1) for setting in asked.settings),
    })
    is_over = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_over.append(True))
    unread = begin(consumer, table, topics)
    values = Values(asked.schemas)
    while not is_over and (unread or not asked.once):
        table.execute("BEGIN")
        for message in consumer.consume(BATCH, timeout=0.5):
            place = (message.topic(), message.partition())
            error = message.error()
            if error is None:
                keep(table, values, topics[message.topic()], message)
                table.execute(
                    "INSERT OR REPLACE INTO position VALUES (?, ?, ?)",
                    (*place, message.offset() + 1))
            elif error.code() == kafka.KafkaError._PARTITION_EOF:
                unread.discard(place)
            else:
                raise Wrong(f"{place}: {error.str()}")
        table.execute("COMMIT")
    consumer.close()


if __name__ == "__main__":
    try:
        main()
    except (Wrong, kafka.KafkaException, sqlite3.Error) as error:
        sys.exit(f"tables.py: {error}")
