//! Topics in Avro: written by Confluent's own serializer, with their schemas in a real registry
//! that is killed while records flow; and what happens when most of a topic cannot be read.

use crate::kcat::{produce, run};
use crate::program::{Program, shared_broker};
use crate::sources::{end, make_topic, message, metric, touchpoints, until};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use codec::frame;
use kafka::{Reader, Settings, Start};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tests::Registry;

/// 2026-01-05T00:00:00Z.
const BEGIN: i64 = 1_767_571_200_000;

pub const MAPPING: &str = "
source = 'chat'
event_id = '.id'
time = '.at'
channel = 'chat'
kind = { of = '.kind', table = { IN = 'message_received' }, else = 'drop' }
customer_id = '.who'
properties = { score = '.score' }
";

pub fn registry(name: &str) -> Registry {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    Registry::start(&folder.join(format!("registry-{name}-{}", std::process::id())))
}

fn write_sh() -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/registry/write.sh"))
}

/// Writes records by Confluent's client; those of a tombstone have no value.
fn write(registry: &Registry, topic: &str, records: &[Value]) {
    run(write_sh().args([shared_broker(), &registry.url, topic]), lines(records).as_bytes());
}

/// What Confluent's serializer makes of values.
pub fn serialized(registry: &Registry, records: &[Value]) -> Vec<Vec<u8>> {
    let mut command = write_sh();
    command.args([shared_broker(), &registry.url, "-"]);
    let told = String::from_utf8(run(&mut command, lines(records).as_bytes())).expect("text");
    told.lines().map(|line| BASE64_STANDARD.decode(line).expect("base64")).collect()
}

fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

fn kind() -> Value {
    json!({"type": "enum", "name": "chat.Kind", "symbols": ["IN", "OUT"]})
}

/// The first version of a message, which names its kind's schema.
pub fn first(number: i64) -> Value {
    let schema = json!({"type": "record", "name": "chat.Message", "fields": [
        {"name": "id", "type": "string"},
        {"name": "visitor", "type": ["null", "string"]},
        {"name": "score", "type": "int"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "kind", "type": "chat.Kind"}]});
    let kind_of = if number % 10 == 9 { "OUT" } else { "IN" };
    json!({"key": format!("v{}", number % 30), "schema": schema, "named": {"chat.Kind": kind()},
        "subject": "messages",
        "value": {"id": format!("m{number}"), "visitor": format!("v{}", number % 30), "score": 1,
                  "at": BEGIN + number * 1_000, "kind": kind_of}})
}

/// The second: a field is new, one has another name, one is wider, one is gone.
pub fn second(number: i64) -> Value {
    let schema = json!({"type": "record", "name": "chat.Message", "fields": [
        {"name": "channel", "type": "string", "default": "site"},
        {"name": "who", "type": ["null", "string"]},
        {"name": "id", "type": "string"},
        {"name": "score", "type": "double"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "kind", "type": kind()}]});
    json!({"key": format!("v{}", number % 30), "schema": schema, "subject": "messages",
        "value": {"id": format!("m{number}"), "who": format!("v{}", number % 30), "score": 2.5,
                  "at": BEGIN + number * 1_000, "kind": "IN", "channel": "app"}})
}

/// The third has no score any more.
fn third(number: i64) -> Value {
    let mut record = second(number);
    let fields = record["schema"]["fields"].as_array_mut().expect("fields");
    fields.retain(|field| field["name"] != "score");
    record["value"].as_object_mut().expect("a value").remove("score");
    record
}

/// What all of them are read as.
pub fn reader() -> String {
    json!({"type": "record", "name": "chat.Message", "fields": [
        {"name": "id", "type": "string"},
        {"name": "who", "aliases": ["visitor"], "type": ["null", "string"]},
        {"name": "score", "type": "double", "default": 0.5},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "kind", "type": kind()}]})
    .to_string()
}

/// A program with these sources, by topic, each with further keys.
pub fn program(
    folder: &Path,
    name: &str,
    keys: &str,
    sources: &[(&str, PathBuf, &str)],
) -> Program {
    let program = Program::shared(folder, name, "", "");
    let mut text = std::fs::read_to_string(program.config()).expect("a configuration");
    text = text.replace("idle_bound = \"never\"", "idle_bound = \"1s\"");
    text.push_str(keys);
    for (topic, mapping, keys) in sources {
        text.push_str(&format!("[[source]]\ntopic = {topic:?}\nmapping = {mapping:?}\n{keys}\n"));
    }
    std::fs::write(program.config(), text).expect("a file");
    program
}

pub fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

pub fn counted(program: &Program, topic: &str, result: &str) -> Option<u64> {
    let name = "desirepath_source_records_total";
    metric(program, &format!("{name}{{result=\"{result}\",topic=\"{topic}\"}} "))
}

pub fn held(program: &Program, topic: &str, reason: &str) -> Option<u64> {
    metric(program, &format!("desirepath_source_held{{reason=\"{reason}\",topic=\"{topic}\"}} "))
}

/// What `/readyz` says.
pub fn readiness(program: &Program) -> String {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.get(format!("{}/readyz", program.url)).call().expect("an answer");
    answer.body_mut().read_to_string().expect("text")
}

#[test]
fn a_topic_in_avro_is_read_through_every_version_of_its_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = registry("versions");
    make_topic("versions.chat");
    let mapping = file(folder.path(), "chat.toml", MAPPING);
    let reader = file(folder.path(), "reader.avsc", &reader());
    let keys = format!("[registry]\nurl = {:?}\n", registry.url);
    let source = format!("format = \"avro\"\nreader_schema = {reader:?}");
    let program = program(folder.path(), "versions", &keys, &[("versions.chat", mapping, &source)]);
    let child = program.start();
    program.wait_until_ready();
    let mut nobody = second(41);
    nobody["value"]["who"] = Value::Null;
    let framed = |id: u32, datum: &[u8]| {
        let value = [&[0][..], &id.to_be_bytes(), datum].concat();
        json!({"key": "x", "raw": BASE64_STANDARD.encode(value)})
    };
    for records in [
        (0..20).map(first).collect::<Vec<_>>(),
        (20..40).map(second).collect(),
        (42..62).map(third).collect(),
        // Old writers go on.
        vec![first(62), second(63), third(64), first(65)],
        vec![json!({"key": "v1"}), json!({"key": "v2"}), nobody],
        vec![framed(999_999, b"x"), json!({"key": "x", "raw": BASE64_STANDARD.encode("{}")})],
    ] {
        write(&registry, "versions.chat", &records);
    }
    let counted = |result| counted(&program, "versions.chat", result);
    // m9 and m19 went out, which the mapping drops; m41 names nobody, and two are no messages.
    until("all of them", || counted("touchpoint") == Some(62) && counted("dead") == Some(3));
    assert_eq!((counted("dropped"), counted("silent")), (Some(2), Some(2)));
    let (found, _) = touchpoints("versions-touchpoints");
    let expected = (0..66).filter(|number| ![9, 19, 40, 41].contains(number));
    let expected: Vec<String> = expected.map(|number| format!("m{number}")).collect();
    let mut expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), expected);
    assert!(found.values().all(|count| *count == 1), "{found:?}");
    until("its letters", || program.lines(&["dead-letters", "list"]).len() == 3);
    let letters = program.lines(&["dead-letters", "list"]);
    let said: String = letters.iter().map(Value::to_string).collect();
    for words in ["schema 999999, which the registry does not have", "[D0234]", "[D0233]"] {
        assert!(said.contains(words), "{said}");
    }
    let score = |id: &str| scores("versions-touchpoints").remove(id);
    for (id, score_of) in [("m0", "1.0"), ("m20", "2.5"), ("m42", "0.5"), ("m62", "1.0")] {
        assert_eq!(score(id).as_deref(), Some(score_of), "{id}: as written, or by default");
    }
    end(child);
}

/// The score of each touchpoint of a topic.
fn scores(topic: &str) -> BTreeMap<String, String> {
    let schema = codec::schemas::of(frame::ids::TOUCHPOINT).expect("a schema").json;
    let reader = codec::Reader::compile(schema, &[]).expect("a reader");
    let mut scores = BTreeMap::new();
    let mut visit = |_: u32, record: &engine::Record<'_>| {
        let (id, datum) = frame::split(record.value.expect("a value")).expect("a frame");
        if id == frame::ids::TOUCHPOINT {
            let row = reader.read(datum).expect("a row");
            let row: Value = serde_json::from_str(&row).expect("json");
            let text = |value: &Value| value.as_str().map(str::to_owned);
            scores.extend(text(&row["event_id"]).zip(text(&row["properties"]["score"])));
        }
    };
    let settings = Settings::new(shared_broker(), "reader", "one");
    let mut topic = Reader::open(&settings, topic, &[], Start::First).expect("a reader");
    topic.read_to_end(&mut visit).expect("all of it");
    scores
}

/// Says that something is over when it goes.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A registry that is killed holds up the source that needs it, and nothing is lost or doubled.
#[test]
fn a_registry_that_is_killed_holds_its_source_alone_and_everything_comes_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = registry("killed");
    make_topic("killed.chat");
    make_topic("killed.mail");
    let mapping = file(folder.path(), "chat.toml", MAPPING);
    let plain = MAPPING.replace("'.id'", "'.number'").replace("'.who'", "'.visitor'");
    let plain = plain.replace("'.kind'", "'.direction'").replace("IN =", "in =");
    let mail = file(folder.path(), "mail.toml", &plain.replace("'chat'", "'mail'"));
    let reader = file(folder.path(), "reader.avsc", &reader());
    let keys = format!("[registry]\nurl = {:?}\n", registry.url);
    let source = format!("format = \"avro\"\nreader_schema = {reader:?}");
    let sources = [("killed.chat", mapping, &*source), ("killed.mail", mail, "")];
    let program = program(folder.path(), "killed", &keys, &sources);
    // Of every version, made while the registry is there.
    let firsts: Vec<Value> = (0..400).map(|number| first(number * 10)).collect();
    let seconds: Vec<Value> = (0..400).map(|number| second(number * 10 + 1)).collect();
    let (firsts, seconds) = (serialized(&registry, &firsts), serialized(&registry, &seconds));
    let child = program.start();
    program.wait_until_ready();
    let send = |values: &[Vec<u8>]| {
        let keyed = |(at, value): (usize, &Vec<u8>)| (format!("k{at}"), value.clone());
        produce("killed.chat", &[], &values.iter().enumerate().map(keyed).collect::<Vec<_>>());
    };
    send(&firsts[..200]);
    until("the first version", || counted(&program, "killed.chat", "touchpoint") == Some(200));
    registry.kill();
    let is_over = AtomicBool::new(false);
    let latest = || touchpoints("killed-touchpoints").1.into_iter().map(|(_, time)| time).max();
    let (mails, before) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut number = 0;
            while !is_over.load(Ordering::Relaxed) {
                let records = (number..number + 20).map(|number| message(number, "in"));
                let records: Vec<_> = records.map(|(key, json)| (key, json.into_bytes())).collect();
                produce("killed.mail", &[], &records);
                number += 20;
                std::thread::sleep(Duration::from_millis(50));
            }
            number
        });
        // The writer ends with this, however this ends.
        let over = Over(&is_over);
        // The known version is read without a registry, the other one waits for it.
        send(&firsts[200..300]);
        until("what is known", || counted(&program, "killed.chat", "touchpoint") == Some(300));
        send(&seconds[..200]);
        send(&firsts[300..]);
        until("the hold", || held(&program, "killed.chat", "registry") == Some(1));
        let said = readiness(&program);
        assert!(said.contains("source killed.chat is held") && said.contains("D0466"), "{said}");
        assert_eq!(held(&program, "killed.mail", "registry"), Some(0));
        let mails = counted(&program, "killed.mail", "touchpoint").expect("mails");
        until("other sources", || {
            counted(&program, "killed.mail", "touchpoint").is_some_and(|count| count > mails + 100)
        });
        // The tasks' clock stands as long as the source does: over two looks.
        std::thread::sleep(Duration::from_secs(6));
        let before = latest();
        std::thread::sleep(Duration::from_secs(12));
        assert_eq!(latest(), before, "a clock record beside a source that is held");
        assert_eq!(counted(&program, "killed.chat", "dead"), Some(0));
        let lag = "desirepath_source_lag_records{topic=\"killed.chat\"} ";
        assert!(metric(&program, lag).is_some_and(|lag| lag > 0), "it is behind");
        registry.start_again();
        until("the rest", || counted(&program, "killed.chat", "touchpoint") == Some(600));
        until("its end", || held(&program, "killed.chat", "registry") == Some(0));
        send(&seconds[200..]);
        drop(over);
        (writer.join().expect("the writer"), before)
    });
    until("the clock", || latest() > before);
    until("readiness", || !readiness(&program).contains("is held"));
    until("everything", || {
        counted(&program, "killed.chat", "touchpoint") == Some(800)
            && counted(&program, "killed.mail", "touchpoint") == Some(mails)
    });
    end(child);
    let (found, _) = touchpoints("killed-touchpoints");
    let expected = (0..400).flat_map(|number| [number * 10, number * 10 + 1]);
    let expected: Vec<String> = expected.map(|number| format!("m{number}")).collect();
    assert!(expected.iter().all(|id| found.get(id) == Some(&1)), "lost or doubled");
    assert_eq!(found.len(), expected.len() + usize::try_from(mails).expect("a count"));
    assert!(found.values().all(|count| *count == 1), "{found:?}");
}

#[test]
fn a_source_of_which_too_much_cannot_be_read_is_held_and_others_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    make_topic("flood.chat");
    make_topic("flood.mail");
    let plain = MAPPING.replace("'.id'", "'.number'").replace("'.who'", "'.visitor'");
    let plain = plain.replace("'.kind'", "'.direction'").replace("IN =", "in =");
    let chat = file(folder.path(), "chat.toml", &plain);
    let mail = file(folder.path(), "mail.toml", &plain.replace("'chat'", "'mail'"));
    let sources = [("flood.chat", chat, ""), ("flood.mail", mail, "")];
    let program = program(folder.path(), "flood", "", &sources);
    let send = |topic: &str, numbers: std::ops::Range<u64>| {
        let records = numbers.map(|number| message(number, "in"));
        let records: Vec<_> = records.map(|(key, json)| (key, json.into_bytes())).collect();
        produce(topic, &[], &records);
    };
    send("flood.chat", 0..300);
    let child = program.start();
    until("the good ones", || counted(&program, "flood.chat", "touchpoint") == Some(300));
    let poison: Vec<_> =
        (0..3_000).map(|number| (format!("k{number}"), b"<order/>".to_vec())).collect();
    produce("flood.chat", &[], &poison);
    send("flood.chat", 300..400);
    until("the hold", || held(&program, "flood.chat", "poison") == Some(1));
    until("its commit", || counted(&program, "flood.chat", "dead").is_some_and(|dead| dead > 0));
    send("flood.mail", 1_000..1_100);
    until("other sources", || counted(&program, "flood.mail", "touchpoint") == Some(100));
    assert_eq!(counted(&program, "flood.chat", "dead"), Some(501), "one more than half of 1,000");
    let said = readiness(&program);
    assert!(said.contains("source flood.chat is held") && said.contains("D0468"), "{said}");
    assert_eq!(held(&program, "flood.mail", "poison"), Some(0));
    end(child);
    // Whoever wants to have it read goes on with the next record, and nothing was left out.
    let text = std::fs::read_to_string(program.config()).expect("a configuration");
    let text = text.replacen("[[source]]", "[[source]]\npoison_percent_max = 100", 1);
    std::fs::write(program.config(), text).expect("a file");
    let child = program.start();
    until("the rest", || counted(&program, "flood.chat", "touchpoint") == Some(100));
    until("its letters", || counted(&program, "flood.chat", "dead") == Some(2_499));
    assert_eq!(held(&program, "flood.chat", "poison"), Some(0));
    end(child);
    let (found, _) = touchpoints("flood-touchpoints");
    assert_eq!(found.len(), 500);
    assert!(found.values().all(|count| *count == 1), "{found:?}");
}
