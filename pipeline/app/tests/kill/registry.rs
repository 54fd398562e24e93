//! A registry that is slow, that answers garbage, or that has given a number to another schema: its
//! source waits, other records go on, and nothing becomes a dead letter that can be read.

use crate::avro::{MAPPING, counted, file, held, program, readiness};
use crate::kcat::produce;
use crate::program::Program;
use crate::sources::{end, make_topic, touchpoints, until};
use codec::frame;
use std::path::Path;
use std::time::Duration;
use tests::{Mood, RegistryDouble};

/// 2026-01-05T00:00:00Z.
const BEGIN: i64 = 1_767_571_200_000;

/// A message as it was written first.
const FIRST: &str = r#"{"type": "record", "name": "chat.Message", "fields": [
    {"name": "id", "type": "string"}, {"name": "who", "type": "string"},
    {"name": "kind", "type": "string"}, {"name": "score", "type": "int"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}"#;

/// The same with its time before everything else.
const SECOND: &str = r#"{"type": "record", "name": "chat.Message", "fields": [
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "id", "type": "string"}, {"name": "who", "type": "string"},
    {"name": "kind", "type": "string"}, {"name": "score", "type": "int"}]}"#;

fn long(number: i64) -> Vec<u8> {
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
    [long(text.len() as i64), text.as_bytes().to_vec()].concat()
}

/// Messages by a schema that bear its number, or another's.
fn send(topic: &str, numbers: std::ops::Range<i64>, schema: &str, id: u32) {
    let record = |number: i64| {
        let who = format!("v{}", number % 30);
        let words = [format!("m{number}"), who.clone(), "IN".to_owned()].map(|word| text(&word));
        let (rest, at) = ([words.concat(), long(1)].concat(), long(BEGIN + number * 1_000));
        let datum = if schema == FIRST { [rest, at].concat() } else { [at, rest].concat() };
        let mut value = Vec::new();
        frame::begin(id, &mut value);
        (who, [value, datum].concat())
    };
    produce(topic, &[], &numbers.map(record).collect::<Vec<_>>());
}

fn of_registry(folder: &Path, name: &str, registry: &RegistryDouble) -> Program {
    let topic = format!("{name}.chat");
    make_topic(&topic);
    let mapping = file(folder, "chat.toml", MAPPING);
    let keys = format!("[registry]\nurl = {:?}\n", registry.url);
    program(folder, name, &keys, &[(&*topic, mapping, "format = \"avro\"")])
}

/// Each touchpoint of these messages is there once, and no other.
#[track_caller]
fn are_taken_once(name: &str, count: usize) {
    let (found, _) = touchpoints(&format!("{name}-touchpoints"));
    assert_eq!(found.len(), count);
    assert!(found.values().all(|count| *count == 1), "{found:?}");
}

#[test]
fn a_registry_that_is_slow_or_answers_garbage_holds_its_source_and_makes_nothing_dead() {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = RegistryDouble::start();
    let program = of_registry(folder.path(), "garbage", &registry);
    let topic = "garbage.chat";
    let child = program.start();
    program.wait_until_ready();
    // The last is longer than anybody waits for an answer.
    let moods = [
        (Mood::Says(200, "<html>come back later</html>"), "with no schema"),
        (Mood::Says(200, "{\"schema\": {}}"), "with no schema"),
        (Mood::Says(200, "{\"schema\": \"{\\\"type\\\": \\\"rec\"}"), "a schema that is no json"),
        (Mood::Says(404, "<html>no such page</html>"), "is the path of registry.url right?"),
        (Mood::Says(503, "{\"error_code\": 40403}"), "answers 503"),
        (Mood::Half, "does not answer"),
        (Mood::Slow(Duration::from_secs(30)), "does not answer"),
    ];
    let mut sent = 0;
    for (number, (mood, words)) in moods.into_iter().enumerate() {
        let id = 7 + number as u32;
        registry.give(id, FIRST);
        registry.set(mood);
        send(topic, sent..sent + 10, FIRST, id);
        until("the hold", || held(&program, topic, "registry") == Some(1));
        let said = readiness(&program);
        assert!(said.contains("D0466") && said.contains(words), "{mood:?}: {said}");
        // What is known is read all the same, but for what lies behind in its partition.
        assert_eq!(counted(&program, topic, "touchpoint"), Some(sent as u64), "{mood:?}");
        registry.set(Mood::Well);
        sent += 10;
        until("the rest", || counted(&program, topic, "touchpoint") == Some(sent as u64));
        until("its end", || held(&program, topic, "registry") == Some(0));
        assert_eq!(counted(&program, topic, "dead"), Some(0), "{mood:?}");
    }
    // One that is merely slow holds nobody up for longer than it takes.
    registry.give(20, FIRST);
    registry.set(Mood::Slow(Duration::from_secs(2)));
    send(topic, sent..sent + 10, FIRST, 20);
    until("the last", || counted(&program, topic, "touchpoint") == Some(sent as u64 + 10));
    assert_eq!(counted(&program, topic, "dead"), Some(0));
    end(child);
    are_taken_once("garbage", sent as usize + 10);
}

/// A registry that was set up anew gives its numbers from 1 again.
#[test]
fn a_number_that_was_given_to_another_schema_holds_its_source_until_somebody_has_looked() {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = RegistryDouble::start();
    let program = of_registry(folder.path(), "reused", &registry);
    let topic = "reused.chat";
    registry.give(1, FIRST);
    send(topic, 0..20, FIRST, 1);
    let child = program.start();
    until("the first", || counted(&program, topic, "touchpoint") == Some(20));
    registry.give(1, SECOND);
    send(topic, 20..40, SECOND, 1);
    until("the hold", || held(&program, topic, "registry") == Some(1));
    let said = readiness(&program);
    assert!(said.contains("D0469") && said.contains("number 1 "), "{said}");
    assert_eq!(counted(&program, topic, "dead"), Some(0));
    assert_eq!(counted(&program, topic, "touchpoint"), Some(20));
    end(child);
    // Somebody has looked: what is left is of the new one.
    let child = program.start();
    until("the rest", || counted(&program, topic, "touchpoint") == Some(20));
    assert_eq!(held(&program, topic, "registry"), Some(0));
    // What no schema fits is a dead letter after all, once the registry has said so again.
    let mut torn = Vec::new();
    frame::begin(1, &mut torn);
    produce(topic, &[], &[("v1".to_owned(), torn)]);
    until("the letter", || counted(&program, topic, "dead") == Some(1));
    send(topic, 40..50, SECOND, 1);
    until("what follows", || counted(&program, topic, "touchpoint") == Some(30));
    end(child);
    are_taken_once("reused", 50);
}
