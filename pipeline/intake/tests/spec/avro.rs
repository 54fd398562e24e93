//! Records in Avro: by a file or by a registry, by keys, as changes of Debezium, and what is
//! refused.

use codec::{Reader, frame};
use intake::{Became, ForeignRecord, Learned, Registered, Schemas, Topic, TopicForm};
use model::{Draft, Timestamp};
use rules::parse_mapping;
use serde_json::json;

const MESSAGE: &str = r#"{"type": "record", "name": "chat.Message", "fields": [
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["lost", "won"]}},
    {"name": "who", "type": ["null", "string"]}]}"#;

const PLAIN: &str = "source = 'test'\nchannel = 'chat'\ntime = '.at'\nkind = '.kind'\n\
                     customer_id = { any = ['.who', '= key.id', '= key'] }";

fn topic(form: &str, keys: &str, schemas: Schemas) -> Topic {
    let mapping = parse_mapping(keys, "test.toml").unwrap_or_else(|error| panic!("{error:?}"));
    Topic::new(TopicForm::parse(form).unwrap(), mapping, false).with_schemas(schemas)
}

fn record<'a>(key: &'a [u8], value: Option<&'a [u8]>) -> ForeignRecord<'a> {
    ForeignRecord {
        topic: "chat.log",
        partition: 2,
        offset: 17,
        append_time: Timestamp::from_millis(1_774_430_043_120),
        key,
        value,
        headers: &[],
    }
}

/// A message that somebody wrote at 2026-03-25T09:14:03.120Z, kind won.
fn message(who: Option<&str>) -> Vec<u8> {
    let mut datum = zigzag(1_774_430_043_120);
    datum.push(2);
    match who {
        None => datum.push(0),
        Some(who) => datum.extend([&[2][..], &text(who)].concat()),
    }
    datum
}

fn zigzag(number: i64) -> Vec<u8> {
    let mut left = ((number << 1) ^ (number >> 63)) as u64;
    let mut out = Vec::new();
    while left > 0x7f {
        out.push(left as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
    out
}

fn text(text: &str) -> Vec<u8> {
    [zigzag(text.len() as i64), text.as_bytes().to_vec()].concat()
}

/// A message of a registry: the number of its schema, and the datum.
fn framed(id: u32, datum: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    frame::begin(id, &mut out);
    out.extend_from_slice(datum);
    out
}

fn schema(text: &str) -> Learned {
    Learned::Schema(Registered { schema: text.to_owned(), named: Vec::new() })
}

#[track_caller]
fn made(topic: &mut Topic, key: &[u8], value: &[u8]) -> Draft {
    match topic.read(&record(key, Some(value))) {
        Became::Touchpoints(mut drafts) => drafts.remove(0),
        became => panic!("{became:?}"),
    }
}

#[track_caller]
fn refused(topic: &mut Topic, value: &[u8], code: &str, words: &str) {
    match topic.read(&record(b"", Some(value))) {
        Became::Dead(class, error) => {
            assert_eq!((error.code, class.word()), (code, "malformed"), "{error}");
            assert!(error.to_string().contains(words), "{error}");
        }
        became => panic!("{became:?}"),
    }
}

#[test]
fn bare_data_is_read_by_the_schema_of_a_file_with_its_fingerprint_or_without() {
    let mut chat = topic("avro", PLAIN, Schemas::of_file(MESSAGE, None).unwrap());
    let datum = message(Some("c1"));
    let draft = made(&mut chat, b"", &datum);
    assert_eq!((&*draft.kind, &*draft.customer_id), ("won", "c1"));
    assert_eq!(draft.time.to_string(), "2026-03-25T09:14:03.120Z");
    let print = Reader::compile(MESSAGE, &[]).unwrap().fingerprint().unwrap().to_le_bytes();
    let object = [&[0xC3, 0x01][..], &print, &datum].concat();
    assert_eq!(made(&mut chat, b"", &object), draft);
    let other = [&[0xC3, 0x01][..], &[7; 8], &datum].concat();
    refused(&mut chat, &other, "D0233", "the fingerprint of another schema");
    refused(&mut chat, &datum[..8], "D0236", "who: message ends early");
    refused(&mut chat, &[datum, vec![0]].concat(), "D0236", "1 bytes follow");
    refused(&mut chat, b"", "D0236", "at: message ends early");
    // A key is as it lies.
    assert_eq!(made(&mut chat, b"k1", &message(None)).customer_id, "k1");
    assert_eq!(made(&mut chat, br#"{"id": 9}"#, &message(None)).customer_id, "9");
    assert_eq!(chat.read(&record(b"k1", None)), Became::Silent);
}

#[test]
fn a_record_of_a_registry_waits_for_its_schema_and_is_read_by_it_then() {
    let mut chat = topic("avro", PLAIN, Schemas::of_registry(None).unwrap());
    let value = framed(7, &message(Some("c1")));
    assert_eq!(chat.read(&record(b"", Some(&value))), Became::Wanting(7));
    chat.schemas().unwrap().learn(7, &schema(MESSAGE));
    assert_eq!(made(&mut chat, b"", &value).customer_id, "c1");
    // So does a key.
    let (key, value) = (framed(8, &zigzag(42)), framed(7, &message(None)));
    assert_eq!(chat.read(&record(&key, Some(&value))), Became::Wanting(8));
    let id = r#"{"type": "record", "name": "Key", "fields": [{"name": "id", "type": "long"}]}"#;
    chat.schemas().unwrap().learn(8, &schema(id));
    assert_eq!(made(&mut chat, &key, &value).customer_id, "42");
    // Text is text, and a number of a serializer of numbers is nothing.
    assert_eq!(made(&mut chat, b"k1", &value).customer_id, "k1");
    let long = 42_i64.to_be_bytes();
    assert_eq!(chat.read(&record(&long, Some(&value))), Became::Wanting(0));
    chat.schemas().unwrap().learn(0, &Learned::Unknown);
    refused_key(&mut chat, &long, &value);
    assert_eq!(chat.read(&record(&long, None)), Became::Silent, "of a tombstone nothing is asked");
}

#[track_caller]
fn refused_key(topic: &mut Topic, key: &[u8], value: &[u8]) {
    let became = topic.read(&record(key, Some(value)));
    assert!(matches!(&became, Became::Dead(_, error) if error.code == "D0521"), "{became:?}");
}

#[test]
fn a_schema_that_is_not_there_or_cannot_be_used_costs_its_records_alone() {
    let mut chat = topic("avro", PLAIN, Schemas::of_registry(Some(MESSAGE)).unwrap());
    let schemas = chat.schemas().unwrap();
    schemas.learn(7, &Learned::Unknown);
    schemas.learn(8, &Learned::Other("it is of PROTOBUF".to_owned()));
    schemas.learn(9, &schema("\"int\""));
    schemas.learn(10, &schema("{"));
    let value = |id| framed(id, &message(Some("c1")));
    refused(&mut chat, &value(7), "D0234", "schema 7, which the registry does not have");
    refused(&mut chat, &value(8), "D0235", "schema 8, which cannot be used: it is of PROTOBUF");
    refused(&mut chat, &value(9), "D0235", "int is not read as record chat.Message");
    refused(&mut chat, &value(10), "D0235", "not json");
    refused(&mut chat, b"{}", "D0233", "begins with byte 123");
    refused(&mut chat, &[0, 0], "D0233", "ends after 2 bytes");
    refused(&mut chat, b"", "D0233", "is empty");
    chat.schemas().unwrap().forget_unknown();
    assert_eq!(chat.read(&record(b"", Some(&value(7)))), Became::Wanting(7), "asked once more");
    refused(&mut chat, &value(8), "D0235", "PROTOBUF");
    chat.schemas().unwrap().learn(7, &schema(MESSAGE));
    assert_eq!(made(&mut chat, b"", &value(7)).customer_id, "c1");
}

/// A registry that was set up anew gives numbers again.
#[test]
fn bytes_that_a_known_schema_does_not_fit_are_a_question_about_its_number_first() {
    let mut chat = topic("avro", PLAIN, Schemas::of_registry(None).unwrap());
    let (good, torn) = (framed(7, &message(Some("c1"))), framed(7, &message(Some("c1"))[..8]));
    assert!(chat.schemas().unwrap().learn(7, &schema(MESSAGE)));
    refused(&mut chat, &torn, "D0236", "who: message ends early");
    made(&mut chat, b"", &good);
    // What was said a while ago may no longer be so.
    for learned in [schema(MESSAGE), Learned::Unknown] {
        assert_eq!(chat.read(&record(b"", Some(&torn))), Became::Wanting(7));
        assert!(chat.schemas().unwrap().learn(7, &learned));
        refused(&mut chat, &torn, "D0236", "who: message ends early");
        refused(&mut chat, &torn, "D0236", "who: message ends early");
        made(&mut chat, b"", &good);
    }
    let other = MESSAGE.replace("\"lost\", \"won\"", "\"won\", \"lost\"");
    for learned in [schema(&other), Learned::Other("it is of PROTOBUF".to_owned())] {
        assert_eq!(chat.read(&record(b"", Some(&torn))), Became::Wanting(7));
        assert!(!chat.schemas().unwrap().learn(7, &learned), "{learned:?}");
        assert_eq!(made(&mut chat, b"", &good).kind, "won", "what was known stays");
    }
}

#[test]
fn records_of_several_schemas_are_read_as_one() {
    let later = r#"{"type": "record", "name": "chat.Message", "fields": [
        {"name": "visitor", "type": "string"},
        {"name": "score", "type": "int"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "kind", "type": {"type": "enum", "name": "Kind",
                                  "symbols": ["won", "lost", "odd"]}}]}"#;
    let reader = r#"{"type": "record", "name": "chat.Message", "fields": [
        {"name": "who", "aliases": ["visitor"], "type": ["null", "string"]},
        {"name": "score", "type": "double", "default": 0.5},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["won", "lost"]}}]}"#;
    let keys = format!("{PLAIN}\nproperties = {{ score = '.score' }}");
    let mut chat = topic("avro", &keys, Schemas::of_registry(Some(reader)).unwrap());
    chat.schemas().unwrap().learn(7, &schema(MESSAGE));
    chat.schemas().unwrap().learn(8, &schema(later));
    let draft = made(&mut chat, b"", &framed(7, &message(Some("c1"))));
    assert_eq!((&*draft.customer_id, &*draft.properties["score"]), ("c1", "0.5"));
    let of_kind = |kind| {
        let parts = [text("c2"), zigzag(3), zigzag(1_774_430_043_120), vec![kind]];
        framed(8, &parts.concat())
    };
    let draft = made(&mut chat, b"", &of_kind(0));
    assert_eq!((&*draft.customer_id, &*draft.kind), ("c2", "won"));
    assert_eq!(draft.properties["score"], "3.0");
    refused(&mut chat, &of_kind(4), "D0230", "kind: symbol odd has no place");
}

#[test]
fn a_change_of_debezium_in_avro_is_what_it_is_in_json() {
    let row = json!({"type": "record", "name": "shop.orders.Value", "fields": [
        {"name": "paid_at", "type": ["null", {"type": "long",
            "connect.name": "io.debezium.time.MicroTimestamp"}]},
        {"name": "user", "type": "string"},
        {"name": "total", "type": {"type": "bytes", "logicalType": "decimal",
            "precision": 9, "scale": 2}}]});
    let envelope = json!({"type": "record", "name": "shop.orders.Envelope", "fields": [
        {"name": "before", "type": ["null", row], "default": null},
        {"name": "after", "type": ["null", "shop.orders.Value"], "default": null},
        {"name": "source", "type": {"type": "record", "name": "Source", "fields": [
            {"name": "lsn", "type": ["null", "long"]}]}},
        {"name": "op", "type": "string"}]});
    let keys = "source = 'shop'\nchannel = 'store'\nkind = 'purchase_made'\n\
                time = { at = '.after.paid_at', unit = 'us' }\ncustomer_id = '.after.user'\n\
                value = { amount = '.after.total', unit = 'major', currency = 'EUR' }";
    let mut orders = topic("debezium-avro", keys, Schemas::of_registry(None).unwrap());
    orders.schemas().unwrap().learn(3, &schema(&envelope.to_string()));
    let change = |op: &str| {
        let parts = [
            vec![0, 2, 2],
            zigzag(1_774_430_043_120_123),
            text("u1"),
            vec![4, 0x12, 0xCA, 2],
            zigzag(77),
            text(op),
        ];
        framed(3, &parts.concat())
    };
    let draft = made(&mut orders, br#"{"id":1}"#, &change("u"));
    assert_eq!((draft.time.millis(), draft.history), (1_774_430_043_120, false));
    assert_eq!(draft.value.as_ref().unwrap().amount_minor, 4810);
    let in_json = json!({"before": null, "after": {"paid_at": 1_774_430_043_120_123_i64,
        "user": "u1", "total": 48.10}, "source": {"lsn": 77}, "op": "u"});
    let mapping = parse_mapping(keys, "test.toml").unwrap();
    let mut plain = Topic::new(TopicForm::Debezium, mapping, false);
    assert_eq!(made(&mut plain, br#"{"id":1}"#, in_json.to_string().as_bytes()), draft);
    assert!(made(&mut orders, b"", &change("r")).history);
    let emptied = framed(3, &[vec![0, 0, 0], text("t")].concat());
    assert_eq!(orders.read(&record(b"", Some(&emptied))), Became::Silent);
    refused(&mut orders, &change("x"), "D0228", "has an op that is not known");
}

#[test]
fn what_is_no_record_is_refused_and_a_schema_that_is_none_as_well() {
    let mut numbers = topic("avro", PLAIN, Schemas::of_file("\"int\"", None).unwrap());
    refused(&mut numbers, &[2], "D0225", "its schema is none of a record");
    let some = format!("[\"null\", {MESSAGE}]");
    let mut some = topic("avro", PLAIN, Schemas::of_file(&some, None).unwrap());
    assert_eq!(some.read(&record(b"", Some(&[0]))), Became::Silent);
    assert!(Schemas::of_file("{", None).unwrap_err().to_string().contains("D0111"));
    assert!(Schemas::of_registry(Some("{")).unwrap_err().to_string().contains("D0111"));
    let unlike = Schemas::of_file("\"int\"", Some("\"string\"")).unwrap_err();
    assert!(unlike.to_string().contains("int is not read as string [D0229]"), "{unlike}");
}

/// Whatever bytes come, something becomes of them.
#[test]
fn no_bytes_stop_a_topic_in_avro() {
    let mut state = 7_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize
    };
    let mut file = topic("avro", PLAIN, Schemas::of_file(MESSAGE, None).unwrap());
    let mut registry = topic("debezium-avro", PLAIN, Schemas::of_registry(None).unwrap());
    registry.schemas().unwrap().learn(7, &schema(MESSAGE));
    for _ in 0..20_000 {
        let mut bytes = framed(7, &message(Some("c1")));
        for _ in 0..1 + random() % 4 {
            let at = random() % bytes.len();
            bytes[at] ^= 1 << (random() % 8);
        }
        bytes.truncate(1 + random() % bytes.len());
        registry.read(&record(&bytes, Some(&bytes)));
        file.read(&record(&bytes, bytes.get(5..)));
    }
}
