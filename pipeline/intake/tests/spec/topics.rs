//! Records of other systems' topics: what each becomes, by the form that it is written in.

use intake::{Became, ForeignRecord, Topic, TopicForm};
use model::{Draft, Timestamp};
use rules::parse_mapping;
use serde_json::{Value, json};

type Headers<'a> = &'a [(&'a str, &'a [u8])];

/// A topic whose mapping says these keys over those that every test needs.
fn topic(form: &str, keys: &str) -> Topic {
    let text = format!("source = 'test'\nchannel = 'chat'\n{keys}");
    let mapping = parse_mapping(&text, "test.toml").unwrap_or_else(|error| panic!("{error:?}"));
    Topic::new(TopicForm::parse(form).unwrap(), mapping, false)
}

fn record<'a>(key: &'a [u8], value: Option<&'a [u8]>, headers: Headers<'a>) -> ForeignRecord<'a> {
    let append_time = Timestamp::from_millis(1_774_430_043_120);
    ForeignRecord { topic: "chat.log", partition: 2, offset: 17, append_time, key, value, headers }
}

/// The touchpoints of a record.
#[track_caller]
fn made(topic: &mut Topic, key: &str, value: &str, headers: Headers<'_>) -> Vec<Draft> {
    match topic.read(&record(key.as_bytes(), Some(value.as_bytes()), headers)) {
        Became::Touchpoints(drafts) => drafts,
        became => panic!("{became:?}"),
    }
}

/// Holds that a record is refused with a code as a dead letter of this class.
#[track_caller]
fn refused(topic: &mut Topic, value: &[u8], code: &str, class: &str) {
    match topic.read(&record(b"", Some(value), &[])) {
        Became::Dead(found, error) => {
            assert_eq!((error.code, found.word()), (code, class), "{error}");
        }
        became => panic!("{}: {became:?}", String::from_utf8_lossy(value)),
    }
}

const PLAIN: &str = "time = '.at'\nkind = '.kind'\ncustomer_id = '.who'";

#[test]
fn a_record_without_an_id_is_named_by_its_place_and_with_one_by_that() {
    let value = r#"{"at": 1774430043120, "kind": "message_received", "who": "c1", "id": "m7"}"#;
    let draft = &made(&mut topic("json", PLAIN), "", value, &[])[0];
    assert_eq!((&*draft.event_id, &*draft.source), ("chat.log-2-17", "test"));
    let draft = &made(&mut topic("json", &format!("{PLAIN}\nevent_id = '.id'")), "", value, &[])[0];
    assert_eq!(draft.event_id, "m7");
    let each = "match = 'all'\ntime = '.at'\ncustomer_id = '.who'\n\
                [[rule]]\nkind = 'a'\n[[rule]]\nkind = 'b'";
    let drafts = made(&mut topic("json", each), "", value, &[]);
    let ids: Vec<&str> = drafts.iter().map(|draft| &*draft.event_id).collect();
    assert_eq!(ids, ["chat.log-2-17", "chat.log-2-17-1"]);
}

#[test]
fn expressions_see_topic_key_headers_and_when_the_log_took_it() {
    let keys = "time = '= received_at'\nkind = '= headers.kind'\ncustomer_id = '= key'\n\
                properties = { topic = '= topic' }";
    let draft = &made(&mut topic("json", keys), "c1", "{}", &[("kind", b"lost")])[0];
    assert_eq!((&*draft.customer_id, &*draft.kind), ("c1", "lost"));
    assert_eq!(draft.time, Timestamp::from_millis(1_774_430_043_120));
    assert!(draft.properties.iter().any(|(_, value)| value == "chat.log"));
    let keys = keys.replace("= key'", "= key.id'");
    let draft = &made(&mut topic("json", &keys), r#"{"id": 7}"#, "{}", &[("kind", b"lost")])[0];
    assert_eq!(draft.customer_id, "7");
}

#[test]
fn json_within_a_text_of_json_is_read_and_what_is_no_object_is_refused() {
    let inner = r#"{"at": 1774430043120, "kind": "lost", "who": "c1"}"#;
    let outer = Value::from(inner).to_string();
    assert_eq!(made(&mut topic("json", PLAIN), "", &outer, &[])[0].customer_id, "c1");
    let mut plain = topic("json", PLAIN);
    for value in
        [&b"[1]"[..], b"7", b"\"text\"", b"", b"{\"at\":", b"\x00\x00\x00\x00\x07x", b"\xff"]
    {
        refused(&mut plain, value, "D0225", "malformed");
    }
    refused(&mut plain, &vec![b' '; (1 << 20) + 1], "D0124", "oversize");
    refused(&mut plain, b"{}", "D0521", "invalid");
}

#[test]
fn a_tombstone_says_nothing_and_what_no_rule_holds_for_is_dropped() {
    for form in ["json", "connect-json", "debezium", "cloudevents"] {
        assert_eq!(topic(form, PLAIN).read(&record(b"k", None, &[])), Became::Silent, "{form}");
    }
    let rule = format!("{PLAIN}\n[[rule]]\nwhen = {{ '.kind' = 'a' }}");
    let mut some = topic("json", &rule);
    assert_eq!(some.read(&record(b"", Some(b"{\"kind\": \"b\"}"), &[])), Became::Dropped);
}

/// An envelope of Kafka Connect: fields with their schemas, and the payload.
fn envelope(fields: &[(&str, Value)], payload: Value) -> String {
    let named = fields.iter().map(|(name, schema)| {
        let mut schema = schema.clone();
        schema["field"] = (*name).into();
        schema
    });
    let fields: Vec<Value> = named.collect();
    json!({ "schema": { "type": "struct", "fields": fields }, "payload": payload }).to_string()
}

fn decimal(scale: i32) -> Value {
    let name = "org.apache.kafka.connect.data.Decimal";
    json!({ "type": "bytes", "name": name, "parameters": { "scale": scale.to_string() } })
}

fn date() -> Value {
    json!({ "type": "int32", "name": "org.apache.kafka.connect.data.Date" })
}

const ORDER: &str = "time = { at = '.day', zone = 'UTC' }\nkind = 'purchase_made'\n\
                     customer_id = '= key.id'\n\
                     value = { amount = '.total', unit = 'major', currency = 'EUR' }";

#[test]
fn an_envelope_is_opened_and_its_decimals_and_dates_are_read() {
    let fields = [("total", decimal(2)), ("day", date()), ("note", json!({ "type": "string" }))];
    let key =
        envelope(&[("id", json!({ "type": "int64" }))], json!({ "id": 9007199254740993_i64 }));
    for (total, minor) in [(json!("EsI="), 4802), (json!("/w=="), -1), (json!(48.02), 4802)] {
        let value = envelope(&fields, json!({ "total": total, "day": 20537, "note": null }));
        let draft = &made(&mut topic("connect-json", ORDER), &key, &value, &[])[0];
        assert_eq!(draft.value.as_ref().unwrap().amount_minor, minor, "{value}");
        assert_eq!(draft.time.to_string(), "2026-03-25T00:00:00.000Z");
        // Beyond what a float holds.
        assert_eq!(draft.customer_id, "9007199254740993");
    }
    let bare = r#"{"total": 48.02, "day": "2026-03-25"}"#;
    let draft = &made(&mut topic("connect-json", ORDER), r#"{"id": 1}"#, bare, &[])[0];
    assert_eq!(draft.value.as_ref().unwrap().amount_minor, 4802);
}

#[test]
fn an_envelope_that_contradicts_its_schema_is_refused_and_an_empty_one_is_silent() {
    let mut orders = topic("connect-json", ORDER);
    for (total, day) in
        [(json!("%%"), json!(1)), (json!("EsI="), json!("x")), (json!(""), json!(1))]
    {
        let payload = json!({ "total": total, "day": day });
        let value = envelope(&[("total", decimal(2)), ("day", date())], payload);
        refused(&mut orders, value.as_bytes(), "D0226", "malformed");
    }
    let empty = json!({ "schema": null, "payload": null }).to_string();
    assert_eq!(orders.read(&record(b"", Some(empty.as_bytes()), &[])), Became::Silent);
    refused(&mut orders, br#"{"schema": null, "payload": 7}"#, "D0225", "malformed");
}

const ROW: &str = "time = { at = '.after.paid_at', unit = 'us' }\nkind = 'purchase_made'\n\
                   drop = { when = '= not body.after.paid_at', reason = 'not paid' }\n\
                   customer_id = '.after.user'\ntext = '.after.note'";

fn change(op: &str, lsn: Value, after: Value) -> String {
    let source = json!({ "connector": "postgresql", "lsn": lsn, "ts_ms": 1 });
    json!({ "before": null, "after": after, "op": op, "source": source, "ts_ms": 2 }).to_string()
}

#[test]
fn a_change_is_named_by_where_it_stands_in_its_database_and_a_snapshot_is_history() {
    let row = json!({ "paid_at": 1774430043120123_i64, "user": "u1", "note": "n" });
    let id = |key: &str, value: &str| {
        made(&mut topic("debezium", ROW), key, value, &[])[0].event_id.clone()
    };
    let (key, value) = (r#"{"id": 1}"#, change("u", json!(77), row.clone()));
    let draft = &made(&mut topic("debezium", ROW), key, &value, &[])[0];
    assert_eq!((draft.time.millis(), draft.history), (1_774_430_043_120, false));
    assert!(draft.event_id.starts_with("chat.log:"), "{}", draft.event_id);
    // A connector that was killed sends it again, later and elsewhere.
    let again = value.replace("\"ts_ms\":2", "\"ts_ms\":3");
    assert_eq!(id(key, &again), draft.event_id);
    for (key, other) in [
        (key, change("u", json!(78), row.clone())),
        (key, change("c", json!(77), row.clone())),
        (r#"{"id": 2}"#, value.clone()),
    ] {
        assert_ne!(id(key, &other), draft.event_id, "{key} {other}");
    }
    // Without a position its place in the topic names it.
    assert_eq!(id(key, &change("u", Value::Null, row.clone())), "chat.log-2-17");
    let snapshot = &made(&mut topic("debezium", ROW), key, &change("r", json!(1), row), &[])[0];
    assert!(snapshot.history);
}

#[test]
fn what_a_change_left_as_it_was_is_no_value_and_what_is_no_change_is_refused() {
    let mut orders = topic("debezium", ROW);
    let row = json!({ "paid_at": 1774430043120123_i64, "user": "u1",
                      "note": "__debezium_unavailable_value" });
    assert_eq!(made(&mut orders, "", &change("u", json!(1), row.clone()), &[])[0].text, "");
    let unpaid = change("c", json!(1), json!({ "paid_at": null, "user": "u1" }));
    assert_eq!(orders.read(&record(b"", Some(unpaid.as_bytes()), &[])), Became::Dropped);
    for op in ["t", "m"] {
        let value = change(op, json!(1), Value::Null);
        assert_eq!(orders.read(&record(b"", Some(value.as_bytes()), &[])), Became::Silent);
    }
    refused(&mut orders, row.to_string().as_bytes(), "D0228", "malformed");
    refused(&mut orders, change("x", json!(1), row).as_bytes(), "D0228", "malformed");
}

const EVENT: &str = "time = { any = ['.time', '= received_at'] }\ncustomer_id = '.subject'\n\
                     kind = '.type'\ntext = '.data.text'";

#[test]
fn an_event_is_the_same_whether_its_attributes_stand_in_headers_or_in_the_value() {
    let attributes = [
        ("specversion", "1.0"),
        ("id", "a1"),
        ("source", "/chat"),
        ("type", "message_received"),
        ("subject", "c1"),
        ("time", "2026-03-25T09:14:03Z"),
    ];
    let mut event: Value = attributes.iter().map(|(n, v)| (*n, *v)).collect::<Value>();
    event["data"] = json!({ "text": "Is Saturday possible?" });
    let structured = [("content-type", &b"application/cloudevents+json; charset=UTF-8"[..])];
    let whole = made(&mut topic("cloudevents", EVENT), "", &event.to_string(), &structured);
    assert_eq!(whole[0].event_id, "/chat#a1");
    assert_eq!(whole[0].text, "Is Saturday possible?");
    let names: Vec<String> = attributes.iter().map(|(name, _)| format!("ce_{name}")).collect();
    let mut headers: Vec<(&str, &[u8])> =
        names.iter().zip(&attributes).map(|(name, (_, v))| (&**name, v.as_bytes())).collect();
    headers.push(("Content-Type", b"application/json"));
    let data = event["data"].to_string();
    let apart = made(&mut topic("cloudevents", EVENT), "", &data, &headers);
    assert_eq!(apart, whole);
    // Without a header, and with data in base64.
    event["data_base64"] = "eyJ0ZXh0IjogIklzIFNhdHVyZGF5IHBvc3NpYmxlPyJ9".into();
    event.as_object_mut().unwrap().remove("data");
    assert_eq!(made(&mut topic("cloudevents", EVENT), "", &event.to_string(), &[]), whole);
}

#[test]
fn an_event_without_data_or_with_another_kind_of_data_is_one_and_what_lacks_attributes_is_none() {
    let headers: [(&str, &[u8]); 4] = [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"a1"),
        ("ce_source", b"/chat"),
        ("ce_type", b"lost"),
    ];
    let mut events = topic("cloudevents", &EVENT.replace("'.subject'", "'= key'"));
    let record = record(b"c1", None, &headers);
    assert!(matches!(events.read(&record), Became::Touchpoints(_)));
    let text = [&headers[..], &[("content-type", &b"text/plain"[..])]].concat();
    let plain = EVENT.replace("'.subject'", "'= key'").replace(".data.text", ".data");
    assert_eq!(made(&mut topic("cloudevents", &plain), "c1", "hello", &text)[0].text, "hello");
    let mut missing = headers.to_vec();
    missing.remove(1);
    let found = events.read(&ForeignRecord { headers: &missing, ..record });
    assert!(matches!(&found, Became::Dead(_, error) if error.code == "D0227"), "{found:?}");
    refused(&mut events, br#"{"id": "a1"}"#, "D0227", "malformed");
    let batch: [(&str, &[u8]); 1] = [("content-type", b"application/cloudevents-batch+json")];
    let found = events.read(&ForeignRecord { value: Some(b"[]"), headers: &batch, ..record });
    assert!(matches!(&found, Became::Dead(_, error) if error.code == "D0227"), "{found:?}");
}

#[test]
fn what_tells_of_the_past_bears_its_flag() {
    let mapping = parse_mapping(&format!("source = 'a'\nchannel = 'chat'\n{PLAIN}"), "m").unwrap();
    let mut past = Topic::new(TopicForm::Json, mapping, true);
    let value = r#"{"at": 1774430043120, "kind": "lost", "who": "c1"}"#;
    assert!(made(&mut past, "", value, &[])[0].history);
    assert!(!made(&mut topic("json", PLAIN), "", value, &[])[0].history);
}

/// Whatever bytes come, something becomes of them.
#[test]
fn no_bytes_stop_a_topic() {
    let mut random = tests_random(7);
    let samples = [
        envelope(&[("total", decimal(2)), ("day", date())], json!({ "total": "EsI=", "day": 1 })),
        change("u", json!(77), json!({ "paid_at": 1774430043120123_i64, "user": "u1" })),
        r#"{"specversion":"1.0","id":"a","source":"b","type":"c","data_base64":"e30="}"#.to_owned(),
    ];
    for form in ["json", "connect-json", "debezium", "cloudevents"] {
        let mut topic = topic(form, PLAIN);
        for round in 0..3_000 {
            let mut bytes = samples[round % samples.len()].clone().into_bytes();
            for _ in 0..(random() % 4 + 1).min(bytes.len() as u64) {
                let at = (random() as usize) % bytes.len();
                match random() % 3 {
                    0 => bytes[at] = random() as u8,
                    1 if bytes.len() > 8 => drop(bytes.remove(at)),
                    _ => bytes.truncate(at.max(8)),
                }
            }
            topic.read(&record(&bytes, Some(&bytes), &[("ce_id", &bytes)]));
        }
    }
}

/// Numbers from a seed.
fn tests_random(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    }
}
