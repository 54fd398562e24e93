import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.json.JsonConverter;

/**
 * Writes what a mail system's connector and Debezium write, with the converter of Kafka Connect itself:
 *
 *     java -cp 'JARS/*' Records.java BROKERS MAIL_TOPIC BOOKING_TOPIC SCHEMAS DECIMALS
 *
 * SCHEMAS is true or false, DECIMALS base64 or numeric: the settings schemas.enable and decimal.format.
 * The rows have the shape that Debezium's documentation gives for PostgreSQL; what makes bytes of them is
 * the converter.
 */
class Records {
    static final Schema MAIL_KEY = struct("mail.Key").field("id", Schema.STRING_SCHEMA).build();
    static final Schema MAIL = struct("mail.Value")
            .field("message_id", Schema.STRING_SCHEMA)
            .field("folder", Schema.STRING_SCHEMA)
            .field("sender", Schema.STRING_SCHEMA)
            .field("recipient", Schema.STRING_SCHEMA)
            .field("sent_at", Timestamp.SCHEMA)
            .field("label", Schema.OPTIONAL_STRING_SCHEMA)
            .field("amount", Decimal.builder(2).optional().build())
            .field("text", Schema.OPTIONAL_STRING_SCHEMA)
            .build();

    static final Schema ROW_KEY = struct("booking.Key").field("id", Schema.INT64_SCHEMA).build();
    static final Schema ROW = struct("booking.Value")
            .field("id", Schema.INT64_SCHEMA)
            .field("email", Schema.STRING_SCHEMA)
            .field("status", Schema.STRING_SCHEMA)
            .field("price", Decimal.schema(2))
            .field("currency", Schema.STRING_SCHEMA)
            .field("updated_at",
                    SchemaBuilder.int64().name("io.debezium.time.MicroTimestamp").version(1).build())
            .field("note", Schema.OPTIONAL_STRING_SCHEMA)
            .optional()
            .build();
    static final Schema SOURCE = struct("io.debezium.connector.postgresql.Source")
            .field("connector", Schema.STRING_SCHEMA)
            .field("db", Schema.STRING_SCHEMA)
            .field("table", Schema.STRING_SCHEMA)
            .field("snapshot", Schema.STRING_SCHEMA)
            .field("lsn", Schema.OPTIONAL_INT64_SCHEMA)
            .field("ts_ms", Schema.INT64_SCHEMA)
            .build();
    static final Schema CHANGE = struct("booking.Envelope")
            .field("before", ROW)
            .field("after", ROW)
            .field("source", SOURCE)
            .field("op", Schema.STRING_SCHEMA)
            .field("ts_ms", Schema.OPTIONAL_INT64_SCHEMA)
            .build();

    static SchemaBuilder struct(String name) {
        return SchemaBuilder.struct().name(name);
    }

    final KafkaProducer<byte[], byte[]> producer;
    final JsonConverter keys = new JsonConverter();
    final JsonConverter values = new JsonConverter();

    Records(String brokers, String schemas, String decimals) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", brokers);
        settings.put("acks", "all");
        producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        Map<String, String> converter =
                Map.of("schemas.enable", schemas, "decimal.format", decimals);
        keys.configure(converter, true);
        values.configure(converter, false);
    }

    void send(String topic, Struct key, Struct value) throws Exception {
        byte[] keyBytes = keys.fromConnectData(topic, key.schema(), key);
        byte[] bytes = value == null ? null : values.fromConnectData(topic, value.schema(), value);
        producer.send(new ProducerRecord<>(topic, keyBytes, bytes)).get();
    }

    void mail(String topic, String id, String folder, String customer, String at, String label,
            String amount, String text) throws Exception {
        String shop = "Studio <hello@studio.example>";
        boolean isIn = folder.equals("inbox");
        Struct value = new Struct(MAIL)
                .put("message_id", id)
                .put("folder", folder)
                .put("sender", isIn ? customer : shop)
                .put("recipient", isIn ? shop : customer)
                .put("sent_at", Date.from(Instant.parse(at)))
                .put("label", label)
                .put("amount", amount == null ? null : new BigDecimal(amount))
                .put("text", text);
        send(topic, new Struct(MAIL_KEY).put("id", id), value);
    }

    static Struct row(long id, String email, String status, String price, String at, String note) {
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(at));
        return new Struct(ROW)
                .put("id", id)
                .put("email", email)
                .put("status", status)
                .put("price", new BigDecimal(price))
                .put("currency", "EUR")
                .put("updated_at", micros)
                .put("note", note);
    }

    void change(String topic, String op, Long lsn, Struct before, Struct after) throws Exception {
        Struct source = new Struct(SOURCE)
                .put("connector", "postgresql")
                .put("db", "booking")
                .put("table", "appointments")
                .put("snapshot", op.equals("r") ? "true" : "false")
                .put("lsn", lsn)
                .put("ts_ms", System.currentTimeMillis());
        Struct value = new Struct(CHANGE)
                .put("before", before)
                .put("after", after)
                .put("source", source)
                .put("op", op)
                .put("ts_ms", System.currentTimeMillis());
        long id = (after == null ? before : after).getInt64("id");
        send(topic, new Struct(ROW_KEY).put("id", id), value);
    }

    public static void main(String[] args) throws Exception {
        Records records = new Records(args[0], args[3], args[4]);
        String mail = args[1];
        String booking = args[2];
        String ann = "Ann Smith <Ann@Example.org>";
        records.mail(mail, "<1@example.org>", "inbox", ann, "2026-03-25T10:00:00Z", null, null,
                "And what would it cost?");
        records.mail(mail, "<2@studio.example>", "sent", ann, "2026-03-25T11:30:00Z", "quote",
                "120.50", "Colour and cut: 120.50");
        records.mail(mail, "<3@example.net>", "inbox", "ben@example.net", "2026-03-26T08:00:00Z",
                null, null, "Do you also cut beards?");
        records.mail(mail, "<4@spam.example>", "spam", "x@spam.example", "2026-03-26T08:01:00Z",
                null, null, "You have won");

        String email = "ann@example.org";
        Struct old = row(6, "cyd@example.com", "kept", "49.00", "2026-03-02T09:00:00Z", null);
        records.change(booking, "r", 100L, null, old);
        Struct booked = row(7, email, "booked", "120.50", "2026-03-25T12:00:00.123456Z", "x".repeat(9));
        records.change(booking, "c", 101L, null, booked);
        // The database was asked for the large value only where it changed.
        Struct moved = row(7, email, "booked", "120.50", "2026-03-26T07:00:00Z",
                "__debezium_unavailable_value");
        records.change(booking, "u", 102L, booked, moved);
        Struct kept = row(7, email, "kept", "120.50", "2026-03-28T10:30:00Z", null);
        records.change(booking, "u", 103L, moved, kept);
        // A connector that was killed sends its last change once more, at another offset.
        records.change(booking, "u", 103L, moved, kept);
        records.change(booking, "d", 104L, kept, null);
        records.send(booking, new Struct(ROW_KEY).put("id", 7L), null);
        records.producer.close();
    }
}
