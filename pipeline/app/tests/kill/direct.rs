//! A topic of another system that the tasks read as it lies, on a real broker: each record counts
//! once over `kill -9` and lost states, what nobody can read is a dead letter, a flood of it holds
//! its partition, and a registry that is away holds what it is needed for.

#![allow(deprecated)]

use crate::avro::{file, held, reader, readiness, registry, serialized};
use crate::load::{Over, Random};
use crate::program::{PARTITIONS, Program, shared_broker};
use crate::sources::{end, until};
use apache_avro::types::Value as Avro;
use apache_avro::{Schema, to_avro_datum};
use kafka::topics::{Cleanup, TopicSpec, ensure};
use kafka::{Sender, Settings};
use serde_json::Value;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// 2026-01-05T00:00:00Z.
const BEGIN: i64 = 1_767_571_200_000;

const SCHEMA: &str = r#"{"type": "record", "name": "chat.Message", "fields": [
    {"name": "id", "type": "long"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "kind", "type": "string"},
    {"name": "visitor", "type": {"type": "record", "name": "Visitor", "fields": [
        {"name": "id", "type": "string"}]}}]}"#;

const MAPPING: &str = "
source = 'chat'
event_id = '.id'
time = '.at'
channel = 'chat'
kind = { of = '.kind', table = { in = 'message_received', sale = 'purchase_made' }, else = 'drop' }
customer_id = '.visitor.id'
";

fn visitor(number: u64) -> String {
    format!("v{}", number % 40)
}

/// A message as the chat system writes it, without a registry.
fn message(number: u64, kind: &str) -> Vec<u8> {
    let schema = Schema::parse_str(SCHEMA).expect("a schema");
    let visitor = vec![("id".to_owned(), Avro::String(visitor(number)))];
    let fields = vec![
        ("id".to_owned(), Avro::Long(number as i64)),
        ("at".to_owned(), Avro::TimestampMillis(BEGIN + number as i64 * 1_000)),
        ("kind".to_owned(), Avro::String(kind.to_owned())),
        ("visitor".to_owned(), Avro::Record(visitor)),
    ];
    to_avro_datum(&schema, Avro::Record(fields)).expect("a datum")
}

/// A program whose tasks read a topic as it lies, which is made.
pub fn program(folder: &Path, name: &str, source: &str, keys: &str) -> Program {
    let settings = Settings::new(shared_broker(), "maker", "one");
    let topic = format!("{name}.chat");
    ensure(&settings, &[TopicSpec::new(&topic, PARTITIONS, Cleanup::Delete)]).expect("a topic");
    let program = Program::shared(folder, name, "", "");
    let text = std::fs::read_to_string(program.config()).expect("a configuration");
    let source = format!(
        "{keys}\n[[source]]\ntopic = {topic:?}\nformat = \"avro\"\ndirect = true\n{source}\n"
    );
    std::fs::write(program.config(), text + &source).expect("a file");
    program
}

/// Likewise of bare data by the schema above.
fn plain(folder: &Path, name: &str) -> Program {
    let mapping = file(folder, "chat.toml", MAPPING);
    let schema = file(folder, "chat.avsc", SCHEMA);
    program(folder, name, &format!("mapping = {mapping:?}\nschema = {schema:?}"), "")
}

pub fn sender() -> Sender {
    Sender::open(&Settings::new(shared_broker(), "chat-system", "one")).expect("a sender")
}

/// Sends a value to the partition of its visitor.
pub fn send(sender: &mut Sender, topic: &str, visitor: &str, value: Option<&[u8]>) {
    let partition = codec::partition(visitor.as_bytes(), PARTITIONS);
    sender.append(topic, partition, visitor.as_bytes(), value).expect("room");
}

/// Records by what became of them.
pub fn admitted(program: &Program, result: &str) -> u64 {
    let rows = program.settled_lines(&["insights", "--family", "admission"]);
    let totals = rows.iter().filter(|row| row["window"].is_null());
    let found = totals.filter(|row| row["dims"]["result"] == result);
    found.map(|row| row["count"].as_u64().expect("a count")).sum()
}

pub fn audit(program: &Program) -> Value {
    program.settled_lines(&["audit"]).remove(0)
}

#[test]
fn each_record_of_a_direct_source_counts_once_over_kill_minus_nine_and_lost_states() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = plain(folder.path(), "direct");
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    let is_over = AtomicBool::new(false);
    let (good, dead) = std::thread::scope(|scope| {
        let _over = Over(&is_over);
        let writer = scope.spawn(|| {
            let (mut sender, mut number, mut dead) = (sender(), 0, 0);
            while !is_over.load(Ordering::Relaxed) {
                for _ in 0..100 {
                    let who = visitor(number);
                    let value = message(number, if number % 9 == 0 { "sale" } else { "in" });
                    send(&mut sender, "direct.chat", &who, Some(&value));
                    number += 1;
                }
                // What says nothing, what nobody can read, and what lies on another partition.
                send(&mut sender, "direct.chat", "v1", None);
                send(&mut sender, "direct.chat", "v1", Some(&message(number, "note")));
                send(&mut sender, "direct.chat", "v2", Some(&message(number, "in")[..5]));
                let other = (codec::partition(b"v0", PARTITIONS) + 1) % PARTITIONS;
                let astray = message(0, "in");
                sender.append("direct.chat", other, b"v0", Some(&astray)).expect("room");
                dead += 2;
                sender.flush().expect("a flush");
                std::thread::sleep(Duration::from_millis(10));
            }
            (number, dead)
        });
        for cycle in 0..6 {
            let child = program.start();
            program.wait_until_ready();
            std::thread::sleep(Duration::from_millis(100 + random.below(1_000)));
            end(child);
            if cycle % 3 == 1 {
                program.lose_states();
            }
        }
        is_over.store(true, Ordering::Relaxed);
        writer.join().expect("the writer")
    });
    let child = program.start();
    program.wait_until_ready();
    until("the last record", || admitted(&program, "counted") == good);
    let audit = audit(&program);
    assert_eq!(audit["differences"], 0, "SEED={seed}: {audit}");
    assert_eq!(admitted(&program, "dead"), dead, "SEED={seed}");
    assert_eq!(admitted(&program, "duplicate"), 0, "SEED={seed}");
    let letters = program.lines(&["topic", "read", "direct-dead-letters", "--limit", "100000"]);
    assert_eq!(letters.len() as u64, dead, "SEED={seed}");
    let said = letters.iter().map(Value::to_string).collect::<String>();
    assert!(said.contains("[D0471]") && said.contains("[D0236]"), "{said}");
    // Nobody may write what nobody would read.
    let own = r#"{"event_id": "e1", "source": "site", "time": "2026-01-05T00:00:00Z",
        "customer_id": "ann", "channel": "site", "kind": "page_viewed"}"#;
    let own = file(folder.path(), "own.jsonl", &own.replace('\n', " "));
    let refused = program.command(&["import"]).arg(own).output().expect("the program");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("D0470"), "{said}");
    let names = program.lines(&["topic", "list"]);
    let names: Vec<&str> = names.iter().filter_map(|row| row["topic"].as_str()).collect();
    assert!(names.contains(&"direct.chat") && !names.contains(&"direct-touchpoints"), "{names:?}");
    let checked = program.output(&["check"]).stdout;
    let checked = String::from_utf8(checked).expect("text");
    assert!(checked.contains("direct.chat, as it lies, by the tasks"), "{checked}");
    assert!(checked.contains("3 partitions; avro by"), "{checked}");
    end(child);
    // By another mapping what is replayed would be something else.
    file(folder.path(), "chat.toml", &MAPPING.replace("'.at'", "{ at = '.at', zone = 'UTC' }"));
    let refused = program.command(&["run"]).output().expect("the program");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("D0473"), "{said}");
    eprintln!("{good} records, {dead} dead letters");
}

#[test]
fn a_registry_that_is_away_holds_a_direct_source_also_over_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = registry("direct");
    let mapping = MAPPING.replace("'.visitor.id'", "'.who'").replace("in =", "IN =");
    let mapping = file(folder.path(), "chat.toml", &mapping);
    let reader = file(folder.path(), "reader.avsc", &reader());
    let keys = format!("[registry]\nurl = {:?}\n", registry.url);
    let source = format!("mapping = {mapping:?}\nreader_schema = {reader:?}");
    let program = program(folder.path(), "away-direct", &source, &keys);
    let topic = "away-direct.chat";
    // Made while the registry is there; every tenth goes out, which the mapping drops.
    let firsts: Vec<Value> = (0..100).map(crate::avro::first).collect();
    let seconds: Vec<Value> = (100..200).map(crate::avro::second).collect();
    let (firsts, seconds) = (serialized(&registry, &firsts), serialized(&registry, &seconds));
    let mut sender = sender();
    let who = |number: usize| format!("v{}", number % 30);
    let mut send_all = |values: &[Vec<u8>], from: usize| {
        for (at, value) in values.iter().enumerate() {
            send(&mut sender, topic, &who(from + at), Some(value));
        }
        sender.flush().expect("a flush");
    };
    let child = program.start();
    program.wait_until_ready();
    send_all(&firsts, 0);
    until("the first version", || admitted(&program, "counted") == 90);
    registry.kill();
    send_all(&seconds, 100);
    until("the hold", || held(&program, topic, "registry") == Some(1));
    let said = readiness(&program);
    assert!(said.contains("source away-direct.chat is held") && said.contains("D0466"), "{said}");
    assert_eq!((admitted(&program, "counted"), admitted(&program, "dead")), (90, 0));
    end(child);
    // What was counted is replayed once its schema is known again.
    program.lose_states();
    let child = program.start();
    program.wait_until_alive();
    until("the hold", || held(&program, topic, "registry") == Some(1));
    registry.start_again();
    program.wait_until_ready();
    until("the second version", || admitted(&program, "counted") == 190);
    until("its end", || held(&program, topic, "registry") == Some(0));
    assert_eq!(audit(&program)["differences"], 0);
    assert_eq!(admitted(&program, "dead"), 0);
    // A number that nobody has is waited for: were it learned later, a replay would differ.
    send_all(&[[&[0][..], &999_999_u32.to_be_bytes(), b"x"].concat()], 0);
    until("the hold", || held(&program, topic, "registry") == Some(1));
    let said = readiness(&program);
    assert!(said.contains("schema 999999") && said.contains("D0474"), "{said}");
    end(child);
}

#[test]
fn a_flood_of_what_nobody_can_read_holds_a_direct_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = plain(folder.path(), "flood-direct");
    let topic = "flood-direct.chat";
    let mut sender = sender();
    for number in 0..300 {
        send(&mut sender, topic, &visitor(number), Some(&message(number, "in")));
    }
    sender.flush().expect("a flush");
    let child = program.start();
    program.wait_until_ready();
    until("the good ones", || admitted(&program, "counted") == 300);
    for _ in 0..2_000 {
        send(&mut sender, topic, "v1", Some(b"<order/>"));
    }
    send(&mut sender, topic, "v1", Some(&message(1_001, "in")));
    sender.flush().expect("a flush");
    until("the hold", || held(&program, topic, "poison") == Some(1));
    until("its commit", || admitted(&program, "dead") == 501);
    let said = readiness(&program);
    assert!(said.contains("source flood-direct.chat is held") && said.contains("D0468"), "{said}");
    assert_eq!(audit(&program)["differences"], 0);
    end(child);
    // Whoever wants to have it read goes on with the next record.
    let text = std::fs::read_to_string(program.config()).expect("a configuration");
    let text = text.replacen("direct = true", "direct = true\npoison_percent_max = 100", 1);
    std::fs::write(program.config(), text).expect("a file");
    let child = program.start();
    program.wait_until_ready();
    until("the rest", || admitted(&program, "counted") == 301);
    assert_eq!(admitted(&program, "dead"), 2_000);
    assert_eq!(audit(&program)["differences"], 0);
    assert_eq!(held(&program, topic, "poison"), Some(0));
    end(child);
}
