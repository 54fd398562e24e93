//! The compiled decoder against apache-avro, over random writers.

#![allow(deprecated)]

use crate::random::Random;
use apache_avro::types::Value;
use apache_avro::{Schema, from_avro_datum, to_avro_datum};
use codec::{Names, Pairs, Program, SchemaError, TouchpointView};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What a field holds behind its union; null where the writer has none.
fn field<'a>(record: &'a Value, name: &str) -> &'a Value {
    let Value::Record(fields) = record else { return &Value::Null };
    fields.iter().find(|field| field.0 == name).map_or(&Value::Null, |field| plain(&field.1))
}

fn plain(value: &Value) -> &Value {
    if let Value::Union(_, inner) = value { inner } else { value }
}

fn bytes(value: &Value) -> &[u8] {
    match value {
        Value::String(text) | Value::Enum(_, text) => text.as_bytes(),
        Value::Bytes(bytes) | Value::Fixed(_, bytes) => bytes,
        _ => &[],
    }
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Int(number) => i64::from(*number),
        Value::Long(number) | Value::TimestampMillis(number) => *number,
        _ => 0,
    }
}

fn map(value: &Value) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let Value::Map(pairs) = value else { return BTreeMap::new() };
    pairs
        .iter()
        .filter(|(_, value)| *plain(value) != Value::Null)
        .map(|(name, value)| (name.clone().into_bytes(), bytes(plain(value)).to_vec()))
        .collect()
}

fn pairs(pairs: Pairs<'_>) -> BTreeMap<Vec<u8>, Vec<u8>> {
    pairs.map(|pair| pair.unwrap()).map(|(a, b)| (a.into(), b.into())).collect()
}

fn check(record: &Value, view: &TouchpointView<'_>) {
    assert_eq!(view.event_id, bytes(field(record, "event_id")));
    for (name, text) in [
        ("source", view.source),
        ("customer_id", view.customer_id),
        ("channel", view.channel),
        ("kind", view.kind),
        ("subject", view.subject),
        ("text", view.text),
    ] {
        assert_eq!(text.as_bytes(), bytes(field(record, name)), "{name}");
    }
    assert_eq!(view.time.millis(), number(field(record, "time")));
    assert_eq!(i64::from(view.revision), number(field(record, "revision")));
    assert_eq!(view.history, *field(record, "history") == Value::Boolean(true));
    assert_eq!(pairs(view.identifiers), map(field(record, "identifiers")));
    assert_eq!(pairs(view.properties), map(field(record, "properties")));
    let value = field(record, "value");
    assert_eq!(view.value.is_some(), *value != Value::Null);
    if let Some(money) = view.value {
        let amount = if let Value::Long(_) = value { value } else { field(value, "amount_minor") };
        assert_eq!(money.amount_minor, number(amount));
        assert_eq!(money.currency.as_bytes(), bytes(field(value, "currency")));
    }
    let sealed = field(record, "sealed");
    assert_eq!(view.sealed.is_some(), *sealed != Value::Null);
    if let Some(view) = view.sealed {
        assert_eq!(view.bytes, bytes(field(sealed, "bytes")));
        assert_eq!(view.key_id.as_bytes(), bytes(field(sealed, "key_id")));
        assert_eq!(view.algorithm.as_bytes(), bytes(field(sealed, "algorithm")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(42),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_touchpoint_of_any_writer_is_what_apache_avro_reads(seed: u64) {
        let mut random = Random::new(seed);
        let json = random.schema();
        let schema = Schema::parse(&json).unwrap();
        let program = Program::compile(&json.to_string()).unwrap();
        for _ in 0..4 {
            let datum = to_avro_datum(&schema, random.value(&json, 0)).unwrap();
            let record = from_avro_datum(&schema, &mut &datum[..], None).unwrap();
            check(&record, &program.decode(&datum).unwrap());
        }
    }
}

#[test]
fn fields_of_other_names_are_read_where_they_are_named() {
    let schema = r#"{"type": "record", "name": "Visit", "fields": [
        {"name": "event_id", "type": {"type": "fixed", "name": "Id", "size": 2}},
        {"name": "event_time", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "channel", "type": {"type": "enum", "name": "C", "symbols": ["chat", "store"]}},
        {"name": "kind", "type": "string"},
        {"name": "value_cents", "type": ["null", "long"]}]}"#;
    let names = Names::default().rename("time", "event_time").rename("value", "value_cents");
    let program = Program::with_names(schema, &names).unwrap();
    let datum = [0xff, 0xfe, 0x9f, 0x1f, 2, 2, b'k', 2, 10];
    let view = program.decode(&datum).unwrap();
    assert_eq!((view.event_id, view.channel, view.kind), (&[0xff, 0xfe][..], "store", "k"));
    assert_eq!(view.time.millis(), -2, "-2000 microseconds");
    assert_eq!(view.value.unwrap().amount_minor, 5);
    assert_eq!(view.to_draft().unwrap().event_id, "fffe");
    assert!(matches!(Program::compile(schema), Err(SchemaError::Missing(name)) if name == "time"));
}

#[test]
fn a_schema_that_cannot_be_used_says_why() {
    let with = |kind: &str| {
        format!(
            r#"{{"type": "record", "name": "T", "fields": [{{"name": "event_id", "type": {kind}}},
            {{"name": "time", "type": "long"}}, {{"name": "channel", "type": "string"}},
            {{"name": "kind", "type": "string"}}]}}"#
        )
    };
    let deep = format!("{}\"string\"{}", "{\"type\":".repeat(90), "}".repeat(90));
    for (schema, code) in [
        ("{".to_owned(), "D0111"),
        ("\"string\"".to_owned(), "D0112"),
        (with("\"text\""), "D0112"),
        (with(&deep), "D0113"),
        ("{\"type\":\"record\",\"name\":\"T\",\"fields\":[]}".to_owned(), "D0114"),
        (with("\"double\""), "D0115"),
    ] {
        let error = Program::compile(&schema).unwrap_err().to_string();
        assert!(error.ends_with(&format!("[{code}]")), "{error}");
    }
}
