//! On a real broker: afterwards every counter is that of the batch fold over the topic, and each
//! move is told once to a reader of committed records.

use crate::load::{Over, Random, touchpoint};
use crate::program::{PARTITIONS, Program};
use kafka::{Reader, Sender, Settings, Start};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Moves by their id: told, less withdrawn.
pub fn net_moves(settings: &Settings, topic: &str) -> BTreeMap<String, i64> {
    let schema = codec::schemas::of(codec::frame::ids::TRANSITION).expect("a schema").json;
    let schema = apache_avro::Schema::parse_str(schema).expect("a schema");
    let datum = apache_avro::reader::datum::GenericDatumReader::builder(&schema);
    let datum = datum.build().expect("a reader");
    let mut moves = BTreeMap::new();
    let mut reader = Reader::open(settings, topic, &[], Start::First).expect("a reader");
    let mut visit = |_: u32, record: &engine::Record<'_>| {
        let value = record.value.expect("a value");
        let (_, mut bytes) = codec::frame::split(value).expect("a frame");
        let read = datum.read_value(&mut bytes).expect("a transition");
        let read = serde_json::Value::try_from(read).expect("json");
        let (id, sign) = match read["withdraws"].as_str() {
            Some(id) => (id, -1),
            None => (read["id"].as_str().expect("an id"), 1),
        };
        *moves.entry(id.to_owned()).or_default() += sign;
    };
    reader.read_to_end(&mut visit).expect("all of it");
    moves
}

/// How many commits of journey tasks there were.
fn frames(settings: &Settings) -> usize {
    let mut commits = BTreeMap::new();
    let topic = "desirepath-insight-repartition";
    let mut reader = Reader::open(settings, topic, &[], Start::First).expect("a reader");
    let mut visit = |_: u32, record: &engine::Record<'_>| {
        let frame = codec::DeltaFrame::decode(record.value.expect("a value")).expect("a frame");
        commits.insert((frame.partition, frame.sequence), (frame.position, frame.as_of));
    };
    reader.read_to_end(&mut visit).expect("all of it");
    // Over all lives of the program, neither a position nor as_of ever goes back.
    let ordered: Vec<_> = commits.iter().collect();
    for pair in ordered.windows(2).filter(|pair| pair[0].0.0 == pair[1].0.0) {
        let ((_, before), (name, after)) = (pair[0], pair[1]);
        assert!(
            before.0 <= after.0 && before.1 <= after.1,
            "{before:?} before {after:?} of {name:?}"
        );
    }
    commits.len()
}

/// Entries and ends of attempts by the counters.
pub fn counted_moves(program: &Program) -> i64 {
    let rows = program.lines(&["insights", "--family", "move"]);
    let totals = rows.iter().filter(|row| row["window"].is_null());
    totals.map(|row| row["count"].as_i64().expect("a count")).sum()
}

#[test]
fn counters_survive_kill_minus_nine_on_a_real_broker() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = tests::Broker::start(&folder.path().join("broker"));
    let brokers = &broker.address;
    let program = Program::new(folder.path(), brokers);
    let kills: u64 = std::env::var("KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    program.output(&["topic", "list"]);

    let settings = Settings::new(brokers, "writer", "one");
    let is_over = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let _over = Over(&is_over);
        let writer = scope.spawn(|| {
            let mut sender = Sender::open(&settings).expect("a sender");
            let mut random = Random(seed ^ 0xFFFF);
            let mut number = 0;
            while !is_over.load(Ordering::Relaxed) {
                for _ in 0..50 {
                    let (customer, json) = touchpoint(&mut random, number);
                    let partition = codec::partition(customer.as_bytes(), PARTITIONS);
                    let (key, value) = (customer.as_bytes(), Some(json.as_bytes()));
                    sender.append("touchpoints", partition, key, value).expect("room");
                    number += 1;
                }
                sender.flush().expect("a flush");
                std::thread::sleep(Duration::from_millis(20));
            }
            number
        });
        for life in 0..kills {
            let mut child = program.start();
            // Every fourth may die before it has its tasks; the others have begun to commit.
            if life % 4 != 0 {
                program.wait_until_ready();
            }
            std::thread::sleep(Duration::from_millis(200 + random.below(1_800)));
            child.kill().expect("a kill");
            child.wait().expect("an end");
        }
        is_over.store(true, Ordering::Relaxed);
        writer.join().expect("the writer")
    });
    // The lives must have been long enough to commit: else nothing was tried.
    let commits = frames(&settings);
    assert!(commits > kills as usize, "{commits} commits in {kills} lives");
    let begun = Instant::now();
    let audit = program.output(&["audit", "--json"]);
    let audit: serde_json::Value = serde_json::from_slice(&audit.stdout).expect("json");
    assert_eq!(audit["differences"], 0, "SEED={seed}: {audit}");
    assert_eq!(audit["records"], written, "SEED={seed}: {audit}");
    assert!(audit["counters"].as_u64() > Some(100), "{audit}");
    let moves = net_moves(&settings, "transitions");
    let wrong: Vec<_> = moves.iter().filter(|(_, n)| **n != 0 && **n != 1).collect();
    assert!(wrong.is_empty(), "SEED={seed}: told more than once: {wrong:?}");
    assert_eq!(moves.values().sum::<i64>(), counted_moves(&program), "SEED={seed}");
    eprintln!(
        "{written} records, {kills} kills, {commits} commits, judged in {:?}: {audit}",
        begun.elapsed()
    );
}
