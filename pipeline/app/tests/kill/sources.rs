//! Topics of other systems on a real broker: each record is taken once over `kill -9`, the tasks
//! are told how late it is, and what cannot be read is kept with its reason.

use crate::kcat::{produce, run};
use crate::load::{Over, Random};
use crate::process::Process;
use crate::program::{PARTITIONS, Program, shared_broker};
use codec::frame;
use kafka::topics::{Cleanup, TopicSpec, ensure};
use kafka::{Reader, Sender, Settings, Start};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(300);

const MAPPING: &str = r#"
source = "chat"
time = ".at"
channel = "chat"
kind = { of = ".direction", table = { in = "message_received" }, else = "drop" }
customer_id = ".visitor"
"#;

/// Makes a topic of another system with a few partitions.
pub fn make_topic(name: &str) {
    let settings = Settings::new(shared_broker(), "maker", "one");
    let spec = TopicSpec::new(name, 2, Cleanup::Delete);
    ensure(&settings, &[TopicSpec { is_append_time: false, ..spec }]).expect("a topic");
}

/// A message of a visitor, as a chat system writes it.
pub fn message(number: u64, direction: &str) -> (String, String) {
    let (visitor, at) = (format!("v{}", number % 30), 1_767_571_200_000 + number * 1_000);
    let json = format!(
        r#"{{"number":{number},"at":{at},"direction":"{direction}","visitor":"{visitor}"}}"#
    );
    (visitor, json)
}

/// A program that reads a topic, with further keys of its source and of `[time]`.
fn program(folder: &Path, name: &str, source: &str, idle_bound: &str) -> Program {
    let mapping = folder.join("chat.toml");
    std::fs::write(&mapping, MAPPING).expect("a file");
    let program = Program::shared(folder, name, "", "");
    let text = std::fs::read_to_string(program.config()).expect("a configuration");
    let text = text.replace("idle_bound = \"never\"", &format!("idle_bound = {idle_bound:?}"));
    let source = format!("[[source]]\ntopic = \"{name}.chat\"\nmapping = {mapping:?}\n{source}\n");
    std::fs::write(program.config(), text + &source).expect("a file");
    program
}

/// How often each touchpoint of the source lies in the topic, by the text that names it, and the
/// clock records.
pub fn touchpoints(topic: &str) -> (BTreeMap<String, u32>, Vec<(u32, i64)>) {
    let schema = codec::schemas::of(frame::ids::TOUCHPOINT).expect("a schema").json;
    let schema = apache_avro::Schema::parse_str(schema).expect("a schema");
    let datum = apache_avro::reader::datum::GenericDatumReader::builder(&schema);
    let datum = datum.build().expect("a reader");
    let clock = codec::schemas::of(frame::ids::CLOCK).expect("a schema").json;
    let clock = apache_avro::Schema::parse_str(clock).expect("a schema");
    let clock = apache_avro::reader::datum::GenericDatumReader::builder(&clock);
    let clock = clock.build().expect("a reader");
    let (mut counts, mut clocks) = (BTreeMap::new(), Vec::new());
    let settings = Settings::new(shared_broker(), "reader", "one");
    let mut topic = Reader::open(&settings, topic, &[], Start::First).expect("a reader");
    let mut visit = |partition: u32, record: &engine::Record<'_>| {
        let value = record.value.expect("a value");
        let (id, mut bytes) = frame::split(value).expect("a frame");
        let reader = if id == frame::ids::CLOCK { &clock } else { &datum };
        if id == frame::ids::DEAD_LETTER {
            return;
        }
        let read = Value::try_from(reader.read_value(&mut bytes).expect("a record")).expect("json");
        match read["event_id"].as_str() {
            Some(id) => *counts.entry(id.to_owned()).or_default() += 1,
            None => clocks.push((partition, read["time"].as_i64().expect("a time"))),
        }
    };
    topic.read_to_end(&mut visit).expect("all of it");
    (counts, clocks)
}

/// A metric of a running instance.
pub fn metric(program: &Program, line: &str) -> Option<u64> {
    let request = ureq::get(format!("{}/metrics", program.url));
    let mut answer = request.header("authorization", program.bearer()).call().ok()?;
    let text = answer.body_mut().read_to_string().ok()?;
    text.lines().find_map(|found| found.strip_prefix(line))?.trim().parse().ok()
}

/// Waits until something holds.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what} does not come");
        std::thread::sleep(Duration::from_millis(100));
    }
}

pub fn end(mut child: Process) {
    child.kill().expect("a kill");
    child.wait().expect("an end");
}

/// The law of the copy: whatever is killed and whenever, each record of the other system's topic
/// lies in `touchpoints` once.
#[test]
fn each_record_of_another_systems_topic_is_taken_once_over_kill_minus_nine() {
    let folder = tempfile::tempdir().expect("a folder");
    make_topic("feed.chat");
    let program = program(folder.path(), "feed", "", "never");
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    let is_over = AtomicBool::new(false);
    let settings = Settings::new(shared_broker(), "chat-system", "one");
    let written = std::thread::scope(|scope| {
        let _over = Over(&is_over);
        let writer = scope.spawn(|| {
            let mut sender = Sender::open(&settings).expect("a sender");
            let mut number = 0;
            while !is_over.load(Ordering::Relaxed) {
                for _ in 0..100 {
                    let (visitor, json) = message(number, "in");
                    let (key, value) = (visitor.as_bytes(), Some(json.as_bytes()));
                    sender.append("feed.chat", (number % 2) as u32, key, value).expect("room");
                    number += 1;
                }
                sender.flush().expect("a flush");
                std::thread::sleep(Duration::from_millis(10));
            }
            number
        });
        for _ in 0..8 {
            let child = program.start();
            program.wait_until_ready();
            std::thread::sleep(Duration::from_millis(100 + random.below(1_200)));
            end(child);
        }
        is_over.store(true, Ordering::Relaxed);
        writer.join().expect("the writer")
    });
    let before = touchpoints("feed-touchpoints").0.len();
    assert!(before > 0, "SEED={seed}: nothing was taken while it was killed");
    let child = program.start();
    program.wait_until_ready();
    until("the last record", || touchpoints("feed-touchpoints").0.len() as u64 >= written);
    end(child);
    let (counts, _) = touchpoints("feed-touchpoints");
    assert_eq!(counts.len() as u64, written, "SEED={seed}");
    let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "SEED={seed}: {} were taken twice: {twice:?}", twice.len());
    assert_eq!(program.lines(&["audit"])[0]["differences"], 0, "SEED={seed}");
    eprintln!("{written} records, {before} of them taken between kills");
}

/// What becomes of every record is counted, and a mended mapping reads dead letters once more.
#[test]
fn what_is_dropped_silent_or_dead_is_counted_and_dead_letters_are_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    make_topic("fates.chat");
    let program = program(folder.path(), "fates", "", "1s");
    let good = (0..20).map(|n| message(n, "in"));
    let rest =
        [message(20, "note"), ("v1".to_owned(), r#"{"number": 21, "direction": "in"}"#.to_owned())];
    let records: Vec<(String, Vec<u8>)> =
        good.chain(rest).map(|(key, json)| (key, json.into_bytes())).collect();
    produce("fates.chat", &[], &records);
    let mut kcat = std::process::Command::new("kcat");
    kcat.args(["-P", "-b", shared_broker(), "-t", "fates.chat", "-K", "=", "-Z"]);
    run(&mut kcat, b"gone=\n");
    let child = program.start();
    program.wait_until_ready();
    let counted = |result: &str| {
        let line = "desirepath_source_records_total";
        let labels = format!("{{result=\"{result}\",topic=\"fates.chat\"}} ");
        metric(&program, &format!("{line}{labels}"))
    };
    until("the dead letter", || counted("dead") == Some(1) && counted("silent") == Some(1));
    until("the rest", || counted("touchpoint") == Some(20));
    assert_eq!(counted("dropped"), Some(1));
    // The topic is read to its end, and the tasks are told so on every partition.
    until("a clock record", || {
        let (_, clocks) = touchpoints("fates-touchpoints");
        (0..PARTITIONS).all(|partition| clocks.iter().any(|(on, _)| *on == partition))
    });
    until("the lag", || {
        metric(&program, "desirepath_source_lag_records{topic=\"fates.chat\"} ") == Some(0)
    });
    let letters = program.lines(&["dead-letters", "list"]);
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(letters[0]["from"], "fates.chat", "{letters:?}");
    end(child);
    // Mended: such records have no time and name nobody.
    let mended = MAPPING
        .replace("\".at\"", "{ any = [\".at\", \"= received_at\"] }")
        .replace("\".visitor\"", "{ any = [\".visitor\", \"= key\"] }");
    std::fs::write(folder.path().join("chat.toml"), mended).expect("a file");
    let replayed = program.lines(&["dead-letters", "replay"]).remove(0);
    assert_eq!((&replayed["read"], &replayed["counted"]), (&1.into(), &1.into()), "{replayed}");
    let again = program.lines(&["dead-letters", "replay"]).remove(0);
    assert_eq!((&again["duplicates"], &again["counted"]), (&1.into(), &0.into()), "{again}");
}

/// `latest` is meant once: what comes while nobody reads is not skipped. A topic of the past tells
/// the time of its last touchpoint, and not today's.
#[test]
fn a_start_is_meant_once_and_the_past_tells_its_own_time() {
    let folder = tempfile::tempdir().expect("a folder");
    make_topic("late.chat");
    let send = |numbers: std::ops::Range<u64>| {
        let records = numbers.map(|n| message(n, "in"));
        let records: Vec<_> = records.map(|(key, json)| (key, json.into_bytes())).collect();
        produce("late.chat", &[], &records);
    };
    send(0..10);
    let program = program(folder.path(), "late", "start = \"latest\"\nhistory = true", "1s");
    let child = program.start();
    program.wait_until_ready();
    let lag = "desirepath_source_lag_records{topic=\"late.chat\"} ";
    until("its place", || metric(&program, lag) == Some(0));
    // How far it is has been committed with the look that set the metric, or soon is.
    send(10..15);
    until("what comes", || touchpoints("late-touchpoints").0.len() == 5);
    end(child);
    send(15..30);
    let child = program.start();
    until("what came meanwhile", || touchpoints("late-touchpoints").0.len() == 20);
    let last = 1_767_571_200_000 + 29_000;
    until("the time of the past", || {
        touchpoints("late-touchpoints").1.iter().any(|(_, time)| *time == last)
    });
    end(child);
    let (_, clocks) = touchpoints("late-touchpoints");
    assert!(clocks.iter().all(|(_, time)| *time <= last), "{clocks:?}");
}

#[test]
fn a_source_that_cannot_be_is_refused_at_the_start_and_by_check() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |source: &str, code: &str, words: &str| {
        let program = program(folder.path(), "wrong", source, "never");
        for command in ["run", "check"] {
            let output = program.command(&[command]).output().expect("the program");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(!output.status.success(), "{command}: {said}");
            assert!(said.contains(code) && said.contains(words), "{command} {source}: {said}");
        }
    };
    refused("", "D0454", "wrong.chat");
    refused("format = \"jsno\"", "D0702", "did you mean \"json\"?");
    refused("start = \"yesterday\"", "D0702", "start");
    refused("begin = \"latest\"", "D0702", "begin");
    let columns = format!("{MAPPING}\n[file]\nformat = 'csv'");
    std::fs::write(folder.path().join("columns.toml"), columns).expect("a file");
    make_topic("other.chat");
    let other = folder.path().join("columns.toml");
    let other = format!("[[source]]\ntopic = \"other.chat\"\nmapping = {other:?}");
    refused(&other, "D0224", "columns.toml");
}
