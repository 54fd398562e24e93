//! With kcat alone at both ends: what another program writes becomes rows that another program
//! reads, on a real broker and over `kill -9`, wherever its partitioner places it.

use crate::load::{Over, Random, touchpoint};
use crate::program::{Program, shared_broker};
use codec::{Limits, draft_from_bytes, encode, frame};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What stands after a key and after a value: bytes that no value of ours holds.
const KEY_END: &str = "<<key>>";
const VALUE_END: &str = "<<end>>";

/// A record as kcat tells it: partition, key and value.
pub type Told = (u32, Vec<u8>, Vec<u8>);

/// What a program prints that is given some input.
pub fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = piped.spawn().expect("it is there");
    child.stdin.take().expect("piped").write_all(input).expect("taken");
    let output = child.wait_with_output().expect("an end");
    assert!(output.status.success(), "{command:?}: {:?}", output.status);
    output.stdout
}

/// Writes records by kcat, whose partitioner is librdkafka's own unless settings say otherwise.
pub fn produce(topic: &str, settings: &[&str], records: &[(String, Vec<u8>)]) {
    let brokers = shared_broker();
    let mut input = Vec::new();
    for (key, value) in records {
        for part in [key.as_bytes(), KEY_END.as_bytes(), value, VALUE_END.as_bytes()] {
            input.extend_from_slice(part);
        }
    }
    let mut command = Command::new("kcat");
    command.args(["-P", "-b", brokers, "-t", topic, "-K", KEY_END, "-D", VALUE_END]);
    command.args(settings.iter().flat_map(|setting| ["-X", *setting]));
    run(&mut command, &input);
}

/// The committed records of a topic, by kcat.
pub fn consume(topic: &str) -> Vec<Told> {
    let brokers = shared_broker();
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

/// A touchpoint in JSON, or in Avro with the head of the Confluent wire format.
pub fn value(json: &str, is_avro: bool) -> Vec<u8> {
    if !is_avro {
        return json.as_bytes().to_vec();
    }
    let draft = draft_from_bytes(json.as_bytes(), &Limits::default()).expect("a touchpoint");
    let mut bytes = Vec::new();
    encode::touchpoint(&draft, frame::ids::TOUCHPOINT, &mut bytes);
    bytes
}

/// Writes touchpoints by kcat until it is over, every other one in Avro, half of them wherever
/// chance places them; returns them in JSON.
fn write(seed: u64, is_over: &AtomicBool) -> Vec<String> {
    let mut random = Random(seed);
    let mut written = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        for settings in [&[][..], &["partitioner=random"]] {
            let records = (0..40).map(|_| {
                let number = written.len() as u64;
                let (customer, json) = touchpoint(&mut random, number);
                let value = value(&json, number.is_multiple_of(2));
                written.push(json);
                (customer, value)
            });
            let records: Vec<_> = records.collect();
            produce("kcat-touchpoints", settings, &records);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    written
}

/// Counters by what they are called.
pub type Counters = BTreeMap<String, (i64, BTreeMap<String, i64>)>;

/// Adds a counter, which a topic and a command name and time alike once it is written down so.
pub fn note(counters: &mut Counters, row: &Value) {
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
fn by_topic(topic: &str) -> Counters {
    let schema = codec::schemas::of(frame::ids::INSIGHT).expect("a schema").json;
    let schema = apache_avro::Schema::parse_str(schema).expect("a schema");
    let datum = apache_avro::reader::datum::GenericDatumReader::builder(&schema);
    let datum = datum.build().expect("a reader");
    let mut counters = Counters::new();
    let mut orders: BTreeMap<Vec<u8>, (i64, Option<i64>)> = BTreeMap::new();
    for (_, key, value) in consume(topic) {
        let (id, mut bytes) = frame::split(&value).expect("a frame");
        assert_eq!(id, frame::ids::INSIGHT);
        let read = datum.read_value(&mut bytes).expect("an insight");
        let row = Value::try_from(read).expect("json");
        // What a reader keeps is the last by revision and as_of, whoever wrote between the kills.
        let order = (row["revision"].as_i64().expect("a number"), row["as_of"].as_i64());
        let before = orders.insert(key, order);
        assert!(before.is_none_or(|before| before <= order), "{before:?} before {row}");
        note(&mut counters, &row);
    }
    counters
}

/// The counters as the command prints them.
pub fn by_command(program: &Program) -> Counters {
    let mut counters = Counters::new();
    program.lines(&["insights"]).iter().for_each(|row| note(&mut counters, row));
    counters
}

/// Records in by what became of them: conflicts are counted beside.
pub fn records_in(program: &Program) -> i64 {
    let rows = program.lines(&["insights", "--family", "admission"]);
    let fates = rows.iter().filter(|row| row["dims"]["result"] != "conflict");
    fates.map(|row| row["count"].as_i64().expect("a count")).sum()
}

/// Where the topic and the command say otherwise of a counter.
#[track_caller]
pub fn agree(told: &Counters, counted: &Counters, seed: u64) {
    assert!(counted.len() > 100, "SEED={seed}: only {} counters", counted.len());
    let differ = |name: &&String| told.get(*name) != counted.get(*name);
    let names: BTreeSet<&String> = told.keys().chain(counted.keys()).filter(differ).collect();
    assert!(names.is_empty(), "SEED={seed}: {} counters differ: {names:?}", names.len());
}

/// The counters of a folder without a broker, to which the same touchpoints were written, a third
/// of them on a partition that is not their customer's.
fn by_folder(folder: &Path, written: &[String]) -> Counters {
    let program = Program::embedded(folder);
    for (number, lines) in written.chunks(written.len().div_ceil(3)).enumerate() {
        let partition = number.to_string();
        let placed = ["topic", "write", "touchpoints", "--partition", &partition];
        let arguments = if number == 0 { &placed[..3] } else { &placed[..] };
        run(&mut program.command(arguments), lines.join("\n").as_bytes());
    }
    let audit = program.lines(&["audit"]).remove(0);
    assert_eq!(audit["differences"], 0, "{audit}");
    by_command(&program)
}

/// What a running instance says that it has forwarded, once it is something.
fn forwarded(program: &Program) -> u64 {
    let begun = Instant::now();
    loop {
        let request = ureq::get(format!("{}/metrics", program.url));
        let answer = request.header("authorization", program.bearer()).call();
        let text = answer.and_then(|mut answer| answer.body_mut().read_to_string());
        let text = text.unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("desirepath_forwarded_total "));
        match line.and_then(|number| number.parse().ok()) {
            Some(number) if number > 0 => return number,
            _ => assert!(begun.elapsed() < Duration::from_secs(30), "nothing is forwarded: {text}"),
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn what_kcat_writes_is_what_kcat_reads_after_kill_minus_nine() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::shared(folder.path(), "kcat", "", "");
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    // Makes the topics.
    assert!(program.lines(&["insights"]).is_empty());
    let is_over = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let _over = Over(&is_over);
        let writer = scope.spawn(|| write(seed ^ 0xFFFF, &is_over));
        for life in 0..4 {
            let mut child = program.start();
            std::thread::sleep(Duration::from_millis(1_000 + random.below(1_000)));
            if life == 3 {
                assert!(forwarded(&program) > 0);
            }
            child.kill().expect("a kill");
            child.wait().expect("an end");
        }
        is_over.store(true, Ordering::Relaxed);
        writer.join().expect("the writer")
    });
    let audit = program.lines(&["audit"]).remove(0);
    assert_eq!(audit["differences"], 0, "SEED={seed}: {audit}");
    let counted = by_command(&program);
    agree(&by_topic("kcat-insights"), &counted, seed);
    assert_eq!(records_in(&program), written.len() as i64, "SEED={seed}");
    // One answer, whichever log it is and wherever the touchpoints lay.
    agree(&by_folder(folder.path(), &written), &counted, seed);
    eprintln!("{} records, {} counters, {audit}", written.len(), counted.len());
}
