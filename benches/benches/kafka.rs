//! One instance at saturation on a real broker, beside the same client without the product: one
//! consumes only, one commits what it has consumed in transactions and produces nothing.

use benches::{on_kafka, preload_kafka, settings};
use engine::{Log, Node, Part, Record, RecordSink, TaskId, Transaction, Verdict};
use kafka::{KafkaLog, Reader, Start};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TOTAL: u64 = 1_000_000;
const CUSTOMERS: u64 = 200_000;
const PARTITIONS: u32 = 4;
const POLL_BYTES: usize = 4 << 20;

/// Counts records by task.
#[derive(Default)]
struct Counting(BTreeMap<TaskId, (u64, u64)>);

impl RecordSink for Counting {
    fn records(&mut self, task: TaskId, batch: &[Record<'_>]) {
        let counted = self.0.entry(task).or_default();
        counted.0 += batch.len() as u64;
        counted.1 = batch.last().map_or(counted.1, |last| last.position + 1);
    }
}

fn consume(settings: &kafka::Settings, topic: &str) -> Duration {
    let begun = Instant::now();
    let mut count = 0_u64;
    let mut reader = Reader::open(settings, topic, &[], Start::First).expect("a reader");
    reader.read_to_end(&mut |_, _| count += 1).expect("all of it");
    assert_eq!(count, TOTAL);
    begun.elapsed()
}

fn transact(settings: &kafka::Settings) -> Duration {
    let mut log = KafkaLog::open(settings.clone()).expect("a log");
    assert!(log.join(Duration::from_secs(30)).expect("a group"), "no tasks");
    let journeys: Vec<TaskId> =
        log.tasks().into_iter().filter(|task| task.node == Node::Journey).collect();
    let mut marks = BTreeMap::new();
    for task in &journeys {
        marks.insert(*task, log.committed(*task).expect("a mark"));
        log.seek(*task, 0).expect("a position");
    }
    let begun = Instant::now();
    let mut count = 0;
    while count < TOTAL {
        let mut counting = Counting::default();
        log.poll(POLL_BYTES, 100, &mut counting).expect("records");
        let mut transaction = Transaction::default();
        for (task, (records, position)) in counting.0 {
            count += records;
            let mark = marks.get_mut(&task).expect("a task of this log");
            (mark.position, mark.sequence) = (position, mark.sequence + 1);
            transaction.parts.push(Part { task, mark: *mark });
        }
        if !transaction.parts.is_empty() {
            assert_eq!(log.commit(&transaction), Verdict::Done);
        }
    }
    let took = begun.elapsed();
    log.close().expect("a farewell");
    took
}

fn main() {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let broker = tests::Broker::start(&folder.path().join("broker"));
    let shared = settings(PARTITIONS);
    preload_kafka(&broker.address, &shared, TOTAL, CUSTOMERS);
    let report = |what: &str, took: Duration| {
        eprintln!("{what}: {:.0} records a second", TOTAL as f64 / took.as_secs_f64());
    };
    let bare = on_kafka(&broker.address, &shared, "bare");
    report("consume only", consume(&bare, &shared.topics.touchpoints));
    report("consume and commit", transact(&bare));

    let client = on_kafka(&broker.address, &shared, "desirepath");
    let mut log = KafkaLog::open(client).expect("a log");
    assert!(log.join(Duration::from_secs(30)).expect("a group"), "no tasks");
    let mut worker = benches::worker_of(log, folder.path(), &shared);
    let begun = Instant::now();
    while !worker.is_caught_up().expect("bounds") {
        worker.turn(None, 10).expect("a turn");
    }
    report("desirepath, default map", begun.elapsed());
    let counters: usize = worker.insights().values().map(|task| task.counters().count()).sum();
    eprintln!("{counters} counters");
}
