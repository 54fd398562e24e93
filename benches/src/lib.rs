//! The load of the benches: touchpoints of a shop, from a seed.

use codec::control::Secret;
use engine::{Log, Node, Pace, Produced, Settings, TaskId, Topics, Worker};
use kafka::topics::Cleanup;
use model::{Draft, Span, Timestamp, Value};
use rocks::{EmbeddedLog, Inputs, LogOptions, RocksStore, StoreOptions, TopicSpec, WorkerLog};
use std::path::Path;
use std::sync::Arc;

pub use tests::Random;

const KINDS: [&str; 8] = [
    "page_viewed",
    "ad_clicked",
    "enquiry_received",
    "message_received",
    "follow_up_sent",
    "quote_sent",
    "booking_made",
    "purchase_made",
];
const CHANNELS: [&str; 6] = ["website", "chat", "email", "store", "booking", "ads"];

/// The n-th touchpoint of a load of so many customers: thirty days, in order but for a twentieth,
/// a hundredth of them twice.
pub fn touchpoint(random: &mut Random, number: u64, total: u64, customers: u64) -> Draft {
    let jitter = if random.below(20) == 0 { random.below(120_000) } else { 0 };
    let elapsed = number * 2_592_000_000 / total.max(1);
    let kind = KINDS[random.below(KINDS.len() as u64) as usize];
    let id = if random.below(100) == 0 { number.saturating_sub(1) } else { number };
    // The square of a uniform number: few customers have much of the traffic.
    let uniform = random.below(1 << 20);
    let customer = (((uniform * uniform) >> 20) * customers) >> 20;
    Draft {
        event_id: format!("{id:016x}"),
        source: "shop".to_owned(),
        time: Timestamp::from_millis((1_767_571_200_000 + elapsed - jitter) as i64),
        customer_id: format!("c{customer:08}"),
        channel: CHANNELS[random.below(CHANNELS.len() as u64) as usize].to_owned(),
        kind: kind.to_owned(),
        value: (kind == "purchase_made")
            .then(|| Value { amount_minor: 4_900, currency: "EUR".to_owned() }),
        ..Draft::default()
    }
}

/// What tasks share, with the default map.
pub fn settings(partitions: u32) -> Arc<Settings> {
    Arc::new(Settings {
        topics: Topics::new("desirepath", "", partitions),
        map: rules::default_map(),
        secret: Secret::new(&[7; 32]).expect("invariant: 32 bytes are enough"),
        clock_skew_max: Span::NEVER,
        direct: None,
    })
}

/// An embedded log with its topics.
pub fn open_log(folder: &Path, settings: &Settings) -> Arc<EmbeddedLog> {
    let specs = settings.topics.all().map(|(name, compacted)| TopicSpec {
        name: name.to_owned(),
        partitions: settings.topics.partitions,
        compacted,
    });
    let now = || Timestamp::from_millis(1_800_000_000_000);
    EmbeddedLog::open(folder, &specs, LogOptions::default(), now).expect("an open log")
}

/// So many touchpoints as records in Avro, each with its partition.
fn records(partitions: u32, total: u64, customers: u64) -> impl Iterator<Item = (u32, Produced)> {
    let mut random = Random(1);
    (0..total).map(move |number| {
        let draft = touchpoint(&mut random, number, total, customers);
        let key = draft.customer_id.clone().into_bytes();
        let mut value = Vec::new();
        codec::encode::touchpoint(&draft, codec::frame::ids::TOUCHPOINT, &mut value);
        (codec::partition(&key, partitions), Produced { key, value: Some(value) })
    })
}

/// Touchpoints of a crowd as records in Avro, each with its partition: so many customers, each
/// once.
fn strangers(partitions: u32, customers: u64) -> impl Iterator<Item = (u32, Produced)> {
    let mut random = Random(1);
    (0..customers).map(move |number| {
        let customer_id = format!("c{number:08}");
        let draft = Draft { customer_id, ..touchpoint(&mut random, number, customers, 1) };
        let key = draft.customer_id.clone().into_bytes();
        let mut value = Vec::new();
        codec::encode::touchpoint(&draft, codec::frame::ids::TOUCHPOINT, &mut value);
        (codec::partition(&key, partitions), Produced { key, value: Some(value) })
    })
}

/// Preloads a log with so many touchpoints.
pub fn preload(log: &EmbeddedLog, settings: &Settings, total: u64, customers: u64) {
    append(log, settings, records(settings.topics.partitions, total, customers));
}

/// Preloads a log with so many customers who come once.
pub fn preload_crowd(log: &EmbeddedLog, settings: &Settings, customers: u64) {
    append(log, settings, strangers(settings.topics.partitions, customers));
}

fn append(log: &EmbeddedLog, settings: &Settings, records: impl Iterator<Item = (u32, Produced)>) {
    let partitions = settings.topics.partitions;
    let mut records = records.peekable();
    while records.peek().is_some() {
        let mut lanes = vec![Vec::new(); partitions as usize];
        for (partition, record) in records.by_ref().take(20_000) {
            lanes[partition as usize].push(record);
        }
        let appends: Vec<_> = lanes
            .into_iter()
            .enumerate()
            .map(|(partition, records)| engine::Append {
                topic: settings.topics.touchpoints.clone(),
                partition: partition as u32,
                records,
            })
            .collect();
        assert_eq!(log.append(&appends), engine::Verdict::Done);
    }
}

/// A worker that owns every task.
pub fn worker(
    log: &Arc<EmbeddedLog>,
    folder: &Path,
    settings: &Arc<Settings>,
) -> Worker<WorkerLog, RocksStore> {
    let topics = &settings.topics;
    let inputs = Inputs { journey: topics.touchpoints.clone(), insight: topics.frames.clone() };
    let nodes = [Node::Journey, Node::Insight];
    let tasks: Vec<TaskId> = (0..topics.partitions)
        .flat_map(|partition| nodes.map(|node| TaskId { node, partition }))
        .collect();
    worker_of(WorkerLog::new(Arc::clone(log), inputs, &tasks), folder, settings)
}

/// A worker on any log, with its states in a folder.
pub fn worker_of<L: Log>(log: L, folder: &Path, settings: &Arc<Settings>) -> Worker<L, RocksStore> {
    let store = RocksStore::open(folder, &StoreOptions::default()).expect("an open store");
    Worker::new(log, store, Arc::clone(settings), Pace::default(), 1).expect("a worker")
}

/// How a broker of this machine is reached by one application of these topics.
pub fn on_kafka(address: &str, settings: &Settings, application: &str) -> kafka::Settings {
    let mut client = kafka::Settings::new(address, application, "bench");
    client.inputs.insert(Node::Journey, settings.topics.touchpoints.clone());
    client.inputs.insert(Node::Insight, settings.topics.frames.clone());
    client
}

/// Makes the topics on a broker and preloads so many touchpoints.
pub fn preload_kafka(address: &str, settings: &Settings, total: u64, customers: u64) {
    let client = on_kafka(address, settings, "preload");
    let partitions = settings.topics.partitions;
    let specs = settings.topics.all().map(|(name, compacted)| {
        let cleanup = if compacted { Cleanup::Compact } else { Cleanup::Delete };
        kafka::topics::TopicSpec::new(name, partitions, cleanup)
    });
    kafka::topics::ensure(&client, &specs).expect("topics");
    let mut sender = kafka::Sender::open(&client).expect("a sender");
    for (number, (partition, record)) in records(partitions, total, customers).enumerate() {
        let value = record.value.as_deref();
        let topic = &settings.topics.touchpoints;
        sender.append(topic, partition, &record.key, value).expect("room");
        if number % 20_000 == 0 {
            sender.flush().expect("a flush");
        }
    }
    sender.flush().expect("a flush");
}
