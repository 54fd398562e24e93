//! Rows of random data against apache-avro, by the writer's own schema and by later ones; and bytes
//! that are no data at all.

#![allow(deprecated)]

use crate::random::Random;
use apache_avro::types::Value;
use apache_avro::{Schema, from_avro_datum, to_avro_datum};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use codec::{Choice, PathStep, Reader};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// What a row should be, read as rows are: by a parser that may be off in a double's last digit.
fn parsed(value: &Value) -> Json {
    serde_json::from_str(&expected(value).to_string()).unwrap()
}

/// What a value is in a row.
fn expected(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(is) => json!(is),
        Value::Int(number) => json!(number),
        Value::Long(number) => json!(number),
        // By the fewest digits that are it: 0.1, and not what a double would make of it.
        Value::Float(number) => json!(number.to_string().parse::<f64>().unwrap()),
        Value::Double(number) => json!(number),
        Value::Bytes(bytes) | Value::Fixed(_, bytes) => json!(BASE64_STANDARD.encode(bytes)),
        Value::String(text) | Value::Enum(_, text) => json!(text),
        Value::Union(_, inner) => expected(inner),
        Value::Array(items) => items.iter().map(expected).collect(),
        Value::Map(items) => items.iter().map(|(name, item)| (name, expected(item))).collect(),
        Value::Record(fields) => fields.iter().map(|(name, item)| (name, expected(item))).collect(),
        other => panic!("{other:?} is not made here"),
    }
}

/// A record of fields of any type.
fn schema(random: &mut Random) -> Json {
    let fields: Vec<Json> = (0..1 + random.below(5))
        .map(|index| json!({"name": format!("f{index}"), "type": random.any()}))
        .collect();
    json!({"type": "record", "name": "Row", "namespace": "a.b", "fields": fields})
}

/// The same schema some releases later: types wider, fields gone, new or elsewhere.
fn later(random: &mut Random, kind: &Json) -> Json {
    match kind {
        Json::Array(branches) => match &branches[..] {
            [first, other] if first == "null" => json!(["null", later(random, other)]),
            _ => kind.clone(),
        },
        Json::Object(_) => match kind["type"].as_str() {
            Some("array") => json!({"type": "array", "items": later(random, &kind["items"])}),
            Some("map") => json!({"type": "map", "values": later(random, &kind["values"])}),
            Some("record") => later_record(random, kind),
            _ => kind.clone(),
        },
        _ => {
            let wider: &[&str] = match kind.as_str() {
                Some("int") => &["int", "long", "float", "double"],
                Some("long") => &["long", "float", "double"],
                Some("float") => &["float", "double"],
                Some("string" | "bytes") => &["string", "bytes"],
                _ => return kind.clone(),
            };
            json!(wider[random.below(wider.len())])
        }
    }
}

fn later_record(random: &mut Random, kind: &Json) -> Json {
    let mut fields = Vec::new();
    for field in kind["fields"].as_array().expect("fields") {
        if random.below(5) > 0 {
            fields.push(json!({"name": field["name"], "type": later(random, &field["type"])}));
        }
    }
    for (name, of, default) in [
        ("new", json!("string"), json!("n")),
        ("newer", json!({"type": "array", "items": "int"}), json!([])),
        ("newest", json!(["null", "int"]), Json::Null),
    ] {
        if random.below(3) == 0 {
            let field = json!({"name": name, "type": of, "default": default});
            fields.insert(random.below(fields.len() + 1), field);
        }
    }
    let mut later = kind.clone();
    later["fields"] = fields.into();
    later
}

/// Some paths into a row, and the value that each leads to.
fn paths(random: &mut Random, row: &Json) -> Vec<(Vec<PathStep>, Option<Json>)> {
    let mut paths = vec![(vec![PathStep::Field("nowhere".to_owned())], None)];
    collect(random, row, &mut Vec::new(), &mut paths);
    paths
}

fn collect(
    random: &mut Random,
    row: &Json,
    here: &mut Vec<PathStep>,
    paths: &mut Vec<(Vec<PathStep>, Option<Json>)>,
) {
    if !here.is_empty() && random.below(3) == 0 {
        paths.push((here.clone(), Some(row.clone())));
        paths.push(([&here[..], &[PathStep::Item(1_000)]].concat(), None));
    }
    let parts: Vec<(PathStep, &Json)> = match row {
        Json::Object(fields) => {
            fields.iter().map(|(name, value)| (PathStep::Field(name.clone()), value)).collect()
        }
        Json::Array(items) => {
            items.iter().enumerate().map(|(at, value)| (PathStep::Item(at), value)).collect()
        }
        _ => Vec::new(),
    };
    for (step, value) in parts {
        here.push(step);
        collect(random, value, here, paths);
        here.pop();
    }
}

/// Values by their paths are what the row has there.
fn chosen(random: &mut Random, reader: &Reader, datum: &[u8], row: &Json) {
    let paths = paths(random, row);
    let choice: Vec<Vec<PathStep>> = paths.iter().map(|(path, _)| path.clone()).collect();
    let chosen = reader.choose(datum, &Choice::new(&choice)).unwrap();
    assert_eq!((chosen.is_object(), chosen.is_null()), (row.is_object(), row.is_null()));
    let found = chosen.values().map(|raw| raw.map(|raw| serde_json::from_str(raw).unwrap()));
    let found: Vec<Option<Json>> = found.collect();
    let expected: Vec<Option<Json>> = paths.iter().map(|(_, value)| value.clone()).collect();
    assert_eq!(found, expected, "{choice:?} of {row}");
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(42),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn a_row_is_what_apache_avro_reads(seed: u64) {
        let mut random = Random::new(seed);
        let writer = schema(&mut random);
        let writers = Schema::parse(&writer).unwrap();
        let own = Reader::compile(&writer.to_string(), &[]).unwrap();
        let later = later_record(&mut random, &writer);
        let readers = Schema::parse(&later).unwrap();
        let evolved = Reader::resolve(&writer.to_string(), &[], &later.to_string()).unwrap();
        for _ in 0..4 {
            let datum = to_avro_datum(&writers, random.value(&writer, 0)).unwrap();
            let theirs = from_avro_datum(&writers, &mut &datum[..], None).unwrap();
            let ours: Json = serde_json::from_str(&own.read(&datum).unwrap()).unwrap();
            assert_eq!(ours, parsed(&theirs), "{writer}");
            chosen(&mut random, &own, &datum, &ours);
            let theirs = from_avro_datum(&writers, &mut &datum[..], Some(&readers)).unwrap();
            let ours: Json = serde_json::from_str(&evolved.read(&datum).unwrap()).unwrap();
            assert_eq!(ours, parsed(&theirs), "{writer} as {later}");
            chosen(&mut random, &evolved, &datum, &ours);
        }
    }
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn no_bytes_stop_a_reader_and_what_it_reads_is_json(
        seed: u64,
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut random = Random::new(seed);
        let writer = schema(&mut random);
        let later = later_record(&mut random, &writer);
        let reader = Reader::resolve(&writer.to_string(), &[], &later.to_string()).unwrap();
        let parsed = Schema::parse(&writer).unwrap();
        let mut damaged = to_avro_datum(&parsed, random.value(&writer, 0)).unwrap();
        for _ in 0..1 + random.below(4) {
            let at = random.below(damaged.len() + 1);
            match damaged.get_mut(at) {
                Some(byte) if random.below(2) == 0 => *byte ^= 1 << random.below(8),
                _ => damaged.truncate(at),
            }
        }
        let choice = Choice::new(&[vec![PathStep::Field("f0".to_owned())]]);
        for bytes in [bytes, damaged] {
            let (row, chosen) = (reader.read(&bytes), reader.choose(&bytes, &choice));
            assert_eq!(chosen.map(drop), row.map(drop), "what is passed over is read all the same");
            match reader.read_object(&bytes) {
                Ok(row) => drop(serde_json::from_str::<Json>(&row).unwrap()),
                Err(unreadable) => assert!(unreadable.to_string().contains("[D0"), "{unreadable}"),
            }
        }
    }

    #[test]
    fn no_text_stops_a_compiler(seed: u64) {
        let mut random = Random::new(seed);
        let text = schema(&mut random).to_string();
        let other = schema(&mut random).to_string();
        let _ = Reader::resolve(&text, &[], &other);
        let mut damaged = text.into_bytes();
        for _ in 0..1 + random.below(3) {
            let at = random.below(damaged.len());
            damaged[at] = b"\"{}[],:0nrS"[random.below(11)];
        }
        let _ = Reader::compile(&String::from_utf8_lossy(&damaged), &[]);
    }
}
