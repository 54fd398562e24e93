//! With kcat alone at both ends: what another program writes becomes rows that another program
//! reads, on a real broker and over `kill -9`.

use crate::load::{Random, touchpoint};
use crate::program::{PARTITIONS, Program};
use codec::{Limits, draft_from_bytes, encode, frame};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What stands after a key and after a value: bytes that no value of ours holds.
const KEY_END: &str = "<<key>>";
const VALUE_END: &str = "<<end>>";

/// A record as kcat tells it: partition, key and value.
pub type Told = (u32, Vec<u8>, Vec<u8>);

fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = piped.spawn().expect("kcat is there");
    child.stdin.take().expect("piped").write_all(input).expect("taken");
    let output = child.wait_with_output().expect("an end");
    assert!(output.status.success(), "kcat: {:?}", output.status);
    output.stdout
}

/// Writes records by kcat, whose partitioner is librdkafka's own unless settings say otherwise.
pub fn produce(brokers: &str, settings: &[&str], records: &[(String, Vec<u8>)]) {
    let mut input = Vec::new();
    for (key, value) in records {
        for part in [key.as_bytes(), KEY_END.as_bytes(), value, VALUE_END.as_bytes()] {
            input.extend_from_slice(part);
        }
    }
    let mut command = Command::new("kcat");
    command.args(["-P", "-b", brokers, "-t", "touchpoints", "-K", KEY_END, "-D", VALUE_END]);
    command.args(settings.iter().flat_map(|setting| ["-X", *setting]));
    run(&mut command, &input);
}

/// The committed records of a topic, by kcat.
pub fn consume(brokers: &str, topic: &str) -> Vec<Told> {
    let mut command = Command::new("kcat");
    command.args(["-C", "-b", brokers, "-t", topic, "-o", "beginning", "-e", "-q"]);
    command.args(["-X", "isolation.level=read_committed", "-f", "%p %K %S\n%k%s"]);
    let told = run(&mut command, b"");
    let (mut rest, mut records) = (&told[..], Vec::new());
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').expect("a head");
        let head = std::str::from_utf8(&rest[..end]).expect("text");
        let mut numbers = head.split(' ').map(|number| number.parse::<usize>().expect("a number"));
        let mut number = || numbers.next().expect("three numbers");
        let (partition, key, value) = (number(), number(), number());
        let (taken, left) = rest[end + 1..].split_at(key + value);
        let (key, value) = taken.split_at(key);
        records.push((partition as u32, key.to_vec(), value.to_vec()));
        rest = left;
    }
    records
}

/// Touchpoints by kcat until it is over, every other one in Avro; returns the last number.
fn write(brokers: &str, seed: u64, is_over: &AtomicBool) -> u64 {
    let mut random = Random(seed);
    let mut number = 0;
    while !is_over.load(Ordering::Relaxed) {
        let records = (0..60).map(|_| {
            let (customer, json) = touchpoint(&mut random, number);
            number += 1;
            if number % 2 == 0 {
                return (customer, json.into_bytes());
            }
            let draft = draft_from_bytes(json.as_bytes(), &Limits::default());
            let mut bytes = Vec::new();
            let id = frame::ids::TOUCHPOINT;
            encode::touchpoint(&draft.expect("a touchpoint"), id, &mut bytes);
            (customer, bytes)
        });
        produce(brokers, &[], &records.collect::<Vec<_>>());
        std::thread::sleep(Duration::from_millis(50));
    }
    number
}

type Counters = BTreeMap<String, (i64, BTreeMap<String, i64>)>;

/// Adds a counter, which a topic and a command name and time alike once it is written down so.
fn note(counters: &mut Counters, row: &Value) {
    let millis = |time: &Value| match time.as_str() {
        Some(text) => model::Timestamp::parse_rfc3339(text).map(model::Timestamp::millis),
        None => time.as_i64(),
    };
    let window = &row["window"];
    let (size, start) = (&window["size"], millis(&window["start"]));
    let [family, map, version, fold] = ["family", "map", "version", "fold"].map(|f| &row[f]);
    // Avro's maps have no order.
    let dims: BTreeMap<_, _> = row["dims"].as_object().expect("dims").iter().collect();
    let name = format!("{family} {map} {version} {fold} {size} {start:?} {dims:?}");
    let amounts = row["amounts"].as_object().expect("amounts").iter();
    let amounts = amounts.map(|(code, n)| (code.clone(), n.as_i64().expect("a number")));
    let amounts: BTreeMap<_, _> = amounts.filter(|(_, amount)| *amount != 0).collect();
    let count = row["count"].as_i64().expect("a count");
    // The last one of a key is what holds, and one that is zero is not printed.
    match (count, amounts.is_empty()) {
        (0, true) => _ = counters.remove(&name),
        _ => _ = counters.insert(name, (count, amounts)),
    }
}

/// The last value of every key of the topic `insights`.
fn by_topic(brokers: &str) -> Counters {
    let schema = codec::schemas::of(frame::ids::INSIGHT).expect("a schema").json;
    let schema = apache_avro::Schema::parse_str(schema).expect("a schema");
    let datum = apache_avro::reader::datum::GenericDatumReader::builder(&schema);
    let datum = datum.build().expect("a reader");
    let mut counters = Counters::new();
    for (_, _, value) in consume(brokers, "insights") {
        let (id, mut bytes) = frame::split(&value).expect("a frame");
        assert_eq!(id, frame::ids::INSIGHT);
        let read = datum.read_value(&mut bytes).expect("an insight");
        note(&mut counters, &Value::try_from(read).expect("json"));
    }
    counters
}

/// The counters as the command prints them.
pub fn by_command(program: &Program) -> Counters {
    let mut counters = Counters::new();
    program.lines(&["insights"]).iter().for_each(|row| note(&mut counters, row));
    counters
}

/// Records in, by what became of them: conflicts are counted beside.
pub fn records_in(program: &Program) -> i64 {
    let rows = program.lines(&["insights", "--family", "admission"]);
    let fates = rows.iter().filter(|row| row["dims"]["result"] != "conflict");
    fates.map(|row| row["count"].as_i64().expect("a count")).sum()
}

#[test]
fn what_kcat_writes_is_what_kcat_reads_after_kill_minus_nine() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = tests::Broker::start(&folder.path().join("broker"));
    let brokers = &*broker.address;
    let program = Program::new(folder.path(), brokers);
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    // Makes the topics.
    assert!(program.lines(&["insights"]).is_empty());
    let is_over = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let writer = scope.spawn(|| write(brokers, seed ^ 0xFFFF, &is_over));
        for _ in 0..4 {
            let mut child = program.start();
            std::thread::sleep(Duration::from_millis(1_000 + random.below(1_000)));
            child.kill().expect("a kill");
            child.wait().expect("an end");
        }
        is_over.store(true, Ordering::Relaxed);
        writer.join().expect("the writer")
    });
    let audit = program.lines(&["audit"]).remove(0);
    assert_eq!(audit["differences"], 0, "SEED={seed}: {audit}");
    let (told, counted) = (by_topic(brokers), by_command(&program));
    assert!(counted.len() > 100, "SEED={seed}: only {} counters", counted.len());
    let differ = |name: &&String| told.get(*name) != counted.get(*name);
    let names: BTreeSet<&String> = told.keys().chain(counted.keys()).filter(differ).collect();
    assert!(names.is_empty(), "SEED={seed}: the topic says otherwise of {names:?}");

    let records = consume(brokers, "touchpoints");
    let is_elsewhere =
        |(partition, key, _): &&Told| codec::partition(key, PARTITIONS) != *partition;
    let customers: BTreeSet<&[u8]> =
        records.iter().filter(is_elsewhere).map(|(_, key, _)| &key[..]).collect();
    assert!(customers.len() > 10, "kcat places like murmur2: nothing was tried");
    assert_eq!(records_in(&program), written as i64, "SEED={seed}");
    eprintln!("{written} records, {} counters, {audit}", counted.len());
}
