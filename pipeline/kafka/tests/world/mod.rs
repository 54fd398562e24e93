//! A broker for the tests, and applications on it with topics of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use engine::{Append, Log, Mark, Node, Part, Produced, Record, RecordSink, TaskId, Transaction};
use kafka::topics::{Cleanup, TopicSpec};
use kafka::{KafkaLog, Reader, Sender, Settings, Start, topics};
use model::Timestamp;
use tests::Broker;

pub const PATIENCE: Duration = Duration::from_secs(60);

/// Where a broker of this process may lie.
pub fn folder(name: &str) -> PathBuf {
    let owner = std::process::id();
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{owner}"))
}

/// The broker that the tests share, each with names of its own.
pub fn broker() -> &'static str {
    static BROKER: OnceLock<Broker> = OnceLock::new();
    &BROKER.get_or_init(|| Broker::start(&folder("broker"))).address
}

pub fn fresh(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{name}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// An application with an input of so many partitions and an output.
pub struct World {
    pub settings: Settings,
    pub input: String,
    pub output: String,
}

pub fn world(address: &str, name: &str, partitions: u32) -> World {
    let name = fresh(name);
    let (input, output) = (format!("{name}-in"), format!("{name}-out"));
    let mut settings = Settings::new(address, &name, "one");
    settings.inputs.insert(Node::Journey, input.clone());
    let specs = [&input, &output].map(|topic| TopicSpec::new(topic, partitions, Cleanup::Delete));
    topics::ensure(&settings, &specs).expect("topics can be created");
    World { settings, input, output }
}

impl World {
    pub fn send(&self, partition: u32, values: impl IntoIterator<Item = String>) {
        let mut sender = Sender::open(&self.settings).expect("a sender");
        for value in values {
            sender.append(&self.input, partition, b"key", Some(value.as_bytes())).expect("taken");
        }
        sender.flush().expect("written");
    }

    pub fn open(&self) -> KafkaLog {
        let mut log = KafkaLog::open(self.settings.clone()).expect("a log");
        assert!(log.join(PATIENCE).expect("a group"), "no assignment came");
        log
    }

    /// The committed values of the output by partition.
    pub fn output(&self) -> BTreeMap<u32, Vec<String>> {
        let mut values: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        let mut reader =
            Reader::open(&self.settings, &self.output, &[], Start::First).expect("a reader");
        let mut visit = |partition: u32, record: &Record<'_>| {
            values.entry(partition).or_default().push(text(record));
        };
        reader.read_to_end(&mut visit).expect("read");
        values
    }

    pub fn transaction(&self, part: Part, values: &[&str]) -> Transaction {
        let record =
            |value: &&str| Produced { key: b"k".to_vec(), value: Some(value.as_bytes().to_vec()) };
        let records = values.iter().map(record).collect();
        let partition = part.task.partition;
        let append = Append { topic: self.output.clone(), partition, records };
        Transaction { parts: vec![part], appends: vec![append] }
    }
}

pub fn text(record: &Record<'_>) -> String {
    String::from_utf8_lossy(record.value.unwrap_or_default()).into_owned()
}

pub fn task(partition: u32) -> TaskId {
    TaskId { node: Node::Journey, partition }
}

pub fn part(partition: u32, position: u64, sequence: u64, attempt: u64) -> Part {
    let as_of = Timestamp::from_millis(1_700_000_000_000 + sequence as i64);
    let mark = Mark { position, as_of, sequence, attempt, ..Mark::NONE };
    Part { task: task(partition), mark }
}

/// What was polled: position and value by task.
#[derive(Default)]
pub struct Polled(pub BTreeMap<TaskId, Vec<(u64, String)>>);

impl RecordSink for Polled {
    fn records(&mut self, task: TaskId, batch: &[Record<'_>]) {
        assert!(batch.iter().all(|record| record.append_time > Timestamp::FIRST), "no append time");
        let given = batch.iter().map(|record| (record.position, text(record)));
        self.0.entry(task).or_default().extend(given);
    }
}

pub fn poll_until(log: &mut KafkaLog, count: usize) -> Polled {
    let until = Instant::now() + PATIENCE;
    let mut polled = Polled::default();
    while polled.0.values().map(Vec::len).sum::<usize>() < count {
        assert!(Instant::now() < until, "only {:?}", polled.0);
        log.poll(1 << 20, 50, &mut polled).expect("polled");
    }
    polled
}
