//! A topic that the tasks read as it lies, through every version of its schema: what is counted is
//! what a copy of it counts. And a number that is given to another schema meanwhile.

#![allow(deprecated)]

use crate::avro::{file, held, readiness};
use crate::direct::{admitted, audit, program, send, sender};
use crate::program::Program;
use crate::sources::{end, until};
use apache_avro::types::Value as Avro;
use apache_avro::{Schema, to_avro_datum};
use codec::frame;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tests::{Mood, RegistryDouble};

/// 2026-01-05T00:00:00Z.
const BEGIN: i64 = 1_767_571_200_000;

const MAPPING: &str = "
source = 'shop'
event_id = '.id'
time = '.at'
channel = 'shop'
kind = { of = '.kind', table = { IN = 'message_received', SALE = 'purchase_made' }, else = 'drop' }
customer_id = '.who'
value = { amount = '.price', unit = 'major', currency = 'EUR' }
";

/// The versions of the schema, in their order.
const VERSIONS: [&str; 3] = [
    r#"{"type": "record", "name": "shop.Order", "fields": [
    {"name": "id", "type": "string"}, {"name": "visitor", "type": ["null", "string"]},
    {"name": "note", "type": "string"}, {"name": "price", "type": "int"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["IN", "SALE"]}}]}"#,
    // The note is gone, the visitor has another name, the price is wider, and a campaign is new.
    r#"{"type": "record", "name": "shop.Order", "fields": [
    {"name": "campaign", "type": "string"}, {"name": "price", "type": "long"},
    {"name": "id", "type": "string"}, {"name": "who", "type": ["null", "string"]},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["IN", "SALE"]}}]}"#,
    // Wider once more, another order, and a symbol that the reader does not know.
    r#"{"type": "record", "name": "shop.Order", "fields": [
    {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["CALL", "SALE", "IN"]}},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "who", "type": ["null", "string"]}, {"name": "id", "type": "string"},
    {"name": "price", "type": "double"}]}"#,
];

/// What all of them are read as: that a campaign was named, the first has by default.
const READER: &str = r#"{"type": "record", "name": "shop.Order", "fields": [
    {"name": "id", "type": "string"}, {"name": "price", "type": "double"},
    {"name": "who", "aliases": ["visitor"], "type": ["null", "string"]},
    {"name": "campaign", "type": "string", "default": "none"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["IN", "SALE", "OUT"],
        "default": "OUT"}}]}"#;

/// An order by a version of the schema, whose number is one more.
fn order(version: usize, number: i64, who: Option<&str>, kind: &str) -> Vec<u8> {
    let text = |text: &str| Avro::String(text.to_owned());
    let schema: Value = serde_json::from_str(VERSIONS[version]).expect("json");
    let named = schema["fields"].as_array().expect("fields").iter();
    let fields = named.map(|field| {
        let name = field["name"].as_str().expect("a name");
        let value = match name {
            "id" => text(&format!("o{number}")),
            "visitor" | "who" => match who {
                Some(who) => Avro::Union(1, Box::new(text(who))),
                None => Avro::Union(0, Box::new(Avro::Null)),
            },
            "price" => match version {
                0 => Avro::Int(number as i32),
                1 => Avro::Long(number),
                _ => Avro::Double(number as f64),
            },
            "at" => Avro::TimestampMillis(BEGIN + number * 60_000),
            "kind" => {
                let symbols = field["type"]["symbols"].as_array().expect("symbols");
                let at = symbols.iter().position(|symbol| symbol == kind).expect("a symbol");
                Avro::Enum(at as u32, kind.to_owned())
            }
            _ => text("anything"),
        };
        (name.to_owned(), value)
    });
    let record = Avro::Record(fields.collect());
    let parsed = Schema::parse_str(VERSIONS[version]).expect("a schema");
    let mut bytes = Vec::new();
    frame::begin(version as u32 + 1, &mut bytes);
    bytes.extend(to_avro_datum(&parsed, record).expect("a datum"));
    bytes
}

fn customer(number: i64) -> String {
    format!("c{}", number % 20)
}

/// Sends orders of these numbers, every fifth a sale, by versions in turn.
fn send_orders(topic: &str, numbers: std::ops::Range<i64>, versions: &[usize]) {
    let mut sender = sender();
    for number in numbers {
        let (who, kind) = (customer(number), if number % 5 == 0 { "SALE" } else { "IN" });
        let version = versions[number as usize % versions.len()];
        let value = order(version, number, Some(&who), kind);
        send(&mut sender, topic, &who, Some(&value));
    }
    sender.flush().expect("a flush");
}

/// A program whose tasks read a topic by a registry.
fn of_registry(folder: &Path, name: &str, registry: &RegistryDouble) -> Program {
    let mapping = file(folder, "shop.toml", MAPPING);
    let reader = file(folder, "reader.avsc", READER);
    let keys = format!("[registry]\nurl = {:?}\n", registry.url);
    let source = format!("mapping = {mapping:?}\nreader_schema = {reader:?}");
    program(folder, name, &source, &keys)
}

/// The same program with a copy of the topic, as an application of its own.
fn copying(folder: &Path, name: &str, direct: &Program) -> Program {
    let copy = Program::shared(folder, name, "", "");
    let of_direct = std::fs::read_to_string(direct.config()).expect("a configuration");
    let (_, source) = of_direct.split_once("[registry]").expect("its source");
    let source = source.replace("direct = true\n", "");
    let own = std::fs::read_to_string(copy.config()).expect("a configuration");
    std::fs::write(copy.config(), format!("{own}\n[registry]{source}")).expect("a file");
    copy
}

/// Every counter by its name, with what it counts.
fn counters(program: &Program) -> BTreeMap<String, String> {
    let rows = program.settled_lines(&["insights"]);
    let named = |row: &Value| {
        let name = format!("{} {} {}", row["family"], row["window"], row["dims"]);
        (name, format!("{} {}", row["count"], row["amounts"]))
    };
    rows.iter().map(named).collect()
}

#[test]
fn a_direct_source_counts_through_every_version_of_its_schema_what_a_copy_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = RegistryDouble::start();
    registry.give(1, VERSIONS[0]);
    let direct = of_registry(folder.path(), "evolving", &registry);
    let topic = "evolving.chat";
    let child = direct.start();
    direct.wait_until_ready();
    send_orders(topic, 0..200, &[0]);
    until("the first version", || admitted(&direct, "counted") == 200);
    // The second is published while the registry is away.
    registry.set(Mood::Says(503, "{}"));
    registry.give(2, VERSIONS[1]);
    send_orders(topic, 200..400, &[1, 0]);
    until("the hold", || held(&direct, topic, "registry") == Some(1));
    assert!(admitted(&direct, "counted") < 400, "what nobody can read yet");
    assert_eq!(admitted(&direct, "dead"), 0);
    end(child);
    registry.set(Mood::Well);
    let child = direct.start();
    direct.wait_until_alive();
    until("the second version", || admitted(&direct, "counted") == 400);
    end(child);
    direct.lose_states();
    let child = direct.start();
    direct.wait_until_alive();
    registry.give(3, VERSIONS[2]);
    // Old writers go on; a tombstone, nobody's order and what the reader does not know besides.
    send_orders(topic, 400..700, &[2, 0, 1]);
    let mut sender = sender();
    send(&mut sender, topic, "c1", None);
    send(&mut sender, topic, "c2", Some(&order(1, 701, None, "IN")));
    send(&mut sender, topic, "c3", Some(&order(2, 702, Some("c3"), "CALL")));
    send(&mut sender, topic, "c4", Some(&order(2, 703, Some("c4"), "SALE")));
    sender.flush().expect("a flush");
    std::thread::sleep(Duration::from_millis(300));
    end(child);
    let child = direct.start();
    direct.wait_until_alive();
    until("the last", || admitted(&direct, "counted") == 701);
    until("nobody's", || admitted(&direct, "dead") == 1);
    assert_eq!(audit(&direct)["differences"], 0);
    let own = counters(&direct);
    end(child);
    let revenue: i64 = (0..700).filter(|number| number % 5 == 0).sum::<i64>() + 703;
    let said = own.iter().find(|(name, _)| name.starts_with("\"value\" null"));
    let said = said.map(|(_, amounts)| amounts.clone()).unwrap_or_default();
    eprintln!("{} counters, {revenue} EUR, the first of value {said}", own.len());
    // What another application counts of a copy.
    let beside = folder.path().join("copy");
    std::fs::create_dir(&beside).expect("a folder");
    let copy = copying(&beside, "evolving-copy", &direct);
    let child = copy.start();
    copy.wait_until_ready();
    until("the copy", || admitted(&copy, "counted") == 701 && admitted(&copy, "dead") == 1);
    assert_eq!(audit(&copy)["differences"], 0);
    let copied = counters(&copy);
    end(child);
    let differences: Vec<_> = (own.iter().filter(|(name, said)| copied.get(*name) != Some(*said)))
        .chain(copied.iter().filter(|(name, said)| own.get(*name) != Some(*said)))
        .collect();
    assert!(differences.is_empty(), "{differences:#?}");
}

/// After a start the latest records are read again: by another schema they would be others.
#[test]
fn a_direct_source_is_held_where_a_number_means_another_schema_also_after_a_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = RegistryDouble::start();
    registry.give(1, VERSIONS[0]);
    let program = of_registry(folder.path(), "renamed", &registry);
    let topic = "renamed.chat";
    let child = program.start();
    program.wait_until_ready();
    send_orders(topic, 0..100, &[0]);
    until("the first", || admitted(&program, "counted") == 100);
    registry.give(1, VERSIONS[2]);
    // Of the other schema, with the number of the first.
    let mut other = order(2, 100, Some("c1"), "SALE");
    other[4] = 1;
    let mut sender = sender();
    send(&mut sender, topic, "c1", Some(&other));
    send(&mut sender, topic, "c1", Some(&order(0, 101, Some("c1"), "IN")));
    sender.flush().expect("a flush");
    let is_held = || held(&program, topic, "registry") == Some(1);
    until("the hold", is_held);
    let said = readiness(&program);
    assert!(said.contains("D0469") && said.contains("number 1 "), "{said}");
    assert_eq!((admitted(&program, "counted"), admitted(&program, "dead")), (100, 0));
    end(child);
    program.lose_states();
    let child = program.start();
    program.wait_until_alive();
    until("the hold", is_held);
    assert!(readiness(&program).contains("D0469"), "{}", readiness(&program));
    // It has the former again: what does not fit that is to blame.
    registry.give(1, VERSIONS[0]);
    until("the rest", || admitted(&program, "counted") == 101);
    assert_eq!(admitted(&program, "dead"), 1);
    until("its end", || held(&program, topic, "registry") == Some(0));
    assert_eq!(audit(&program)["differences"], 0);
    end(child);
}
