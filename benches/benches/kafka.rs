//! One instance at saturation on a real broker, beside the same client without the product: one
//! consumes only, one commits what it has consumed in transactions and produces nothing.

use benches::{on_kafka, preload_kafka, settings};
use engine::{Log, Node, Part, Record, RecordSink, Settings, TaskId, Topics, Transaction, Verdict};
use kafka::topics::{Cleanup, TopicSpec, ensure};
use kafka::{KafkaLog, Reader, Start};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
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

    let alone = on_kafka(&broker.address, &shared, "desirepath");
    report("desirepath, default map, no changelog", work(alone, &folder.path().join("a"), &shared));
    // The same input, everything else of its own.
    let (own, client) = with_changelog(&broker.address, &shared);
    let took = work(client.clone(), &folder.path().join("b"), &own);
    report("desirepath, default map, with a changelog", took);
    restore(client, &folder.path().join("c"), &own);
}

/// An application with changelogs over the touchpoints of another.
fn with_changelog(address: &str, shared: &Settings) -> (Arc<Settings>, kafka::Settings) {
    let mut topics = Topics::new("sliced", "sliced-", PARTITIONS);
    topics.touchpoints = shared.topics.touchpoints.clone();
    let (map, secret) = (shared.map.clone(), shared.secret.clone());
    let clock_skew_max = shared.clock_skew_max;
    let own = Arc::new(Settings { topics, map, secret, clock_skew_max, direct: None });
    let mut client = on_kafka(address, &own, "sliced");
    let topics = &own.topics;
    for node in [Node::Journey, Node::Insight] {
        client.changelogs.insert(node, topics.changelog(node).to_owned());
    }
    let plain = topics.all().map(|(name, _)| TopicSpec::new(name, PARTITIONS, Cleanup::Delete));
    let plain = plain.into_iter().filter(|spec| spec.name != topics.insights);
    let tables = [&topics.insights, &topics.journey_changelog, &topics.insight_changelog];
    let tables = tables.map(|name| TopicSpec::new(name, PARTITIONS, Cleanup::Compact));
    let specs: Vec<TopicSpec> = plain.chain(tables).collect();
    ensure(&client, &specs).expect("topics");
    (own, client)
}

fn open(client: kafka::Settings) -> KafkaLog {
    let mut log = KafkaLog::open(client).expect("a log");
    assert!(log.join(Duration::from_secs(30)).expect("a group"), "no tasks");
    log
}

/// Works until everything is counted, then until the changelog holds what it can.
fn work(client: kafka::Settings, folder: &Path, settings: &Arc<Settings>) -> Duration {
    std::fs::create_dir(folder).expect("a folder");
    let mut worker = benches::worker_of(open(client), folder, settings);
    let begun = Instant::now();
    while !worker.is_caught_up().expect("bounds") {
        worker.turn(None, 10).expect("a turn");
    }
    let took = begun.elapsed();
    for _ in 0..16 {
        worker.flush().expect("a flush");
    }
    while worker.changelogs().values().any(|changelog| changelog.0 > 8) {
        if !worker.turn(None, 0).expect("a turn").has_committed {
            break;
        }
    }
    let counters: usize = worker.insights().values().map(|task| task.counters().count()).sum();
    eprintln!("{counters} counters");
    took
}

/// Restores everything into an empty folder, and says how many states a second: a record of a
/// changelog is the last state of a customer, of a counter, or of what a task keeps beside them.
fn restore(client: kafka::Settings, folder: &Path, settings: &Arc<Settings>) {
    std::fs::create_dir(folder).expect("a folder");
    let mut states = 0_u64;
    for topic in client.changelogs.values() {
        let mut reader = Reader::open(&client, topic, &[], Start::First).expect("a reader");
        reader.read_to_end(&mut |_, _| states += 1).expect("all of it");
    }
    let log = open(client);
    let begun = Instant::now();
    let mut worker = benches::worker_of(log, folder, settings);
    let tasks = worker.restoring().len();
    // Of each task, once it is restored, nothing more is said.
    let mut bytes: BTreeMap<TaskId, u64> = BTreeMap::new();
    while !worker.restoring().is_empty() {
        bytes.extend(worker.restoring().iter().map(|told| (told.task, told.bytes)));
        worker.turn(None, 100).expect("a turn");
    }
    let took = begun.elapsed();
    let (rate, bytes) = (states as f64 / took.as_secs_f64(), bytes.values().sum::<u64>());
    let mib = bytes as f64 / f64::from(1 << 20);
    eprintln!(
        "restored {tasks} tasks, {states} states of about {mib:.0} MiB, in {took:.2?}: {rate:.0} \
         states and {:.1} MiB a second",
        mib / took.as_secs_f64()
    );
}
