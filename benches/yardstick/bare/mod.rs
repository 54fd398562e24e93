//! The controls: the same job by a bare client, as fast as this machine lets it.
//!
//! What a system of streams could reach at best, for it fetches, decodes, keeps and produces the
//! same, and does nothing besides: no rebalance, no restoration, no event time, no second hop (one
//! process holds every partition). States are in memory alone.

mod client;
mod committer;
mod job;

use crate::broker;
use crate::measure::process::Usage;
use client::{Consumer, Producer};
use committer::{Batch, Committer, OUTPUTS};
use job::Job;
use std::time::{Duration, Instant};

/// How long a batch may take to fill, in milliseconds.
const WAIT: i32 = 20;

/// How long the topic may give nothing before it is said to be too short.
const SILENCE: Duration = Duration::from_secs(30);

/// How much of the job a control does.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// It fetches records and looks at none.
    Consume,
    /// It decodes them and keeps the states and sums.
    State,
    /// It writes both outputs, too, in transactions with its offsets.
    Transactions,
    /// And every state that has changed to a changelog.
    Changelog,
}

impl Extent {
    /// What the table calls it.
    pub fn title(self) -> &'static str {
        match self {
            Extent::Consume => "bare: consume only",
            Extent::State => "bare: consume, decode, state",
            Extent::Transactions => "bare: the same with transactions",
            Extent::Changelog => "bare: the same with transactions and changelog",
        }
    }
}

/// One run of a control.
#[derive(clap::Args, Clone, Debug)]
pub struct Flags {
    /// Brokers to ask first.
    #[arg(long)]
    pub brokers: String,
    /// The topic of the load.
    #[arg(long)]
    pub topic: String,
    /// Its partitions.
    #[arg(long, default_value_t = 4)]
    pub partitions: u32,
    /// Records in it.
    #[arg(long)]
    pub records: u64,
    /// How much of the job it does.
    #[arg(long)]
    pub extent: Extent,
    /// The beginning of its topics' names.
    #[arg(long, default_value = "bare-")]
    pub prefix: String,
    /// Milliseconds between two commits at least; none waits for the one before.
    #[arg(long, default_value_t = 100)]
    pub interval: u64,
}

/// Runs a control and says in one line what it took. The clock begins with the first record and
/// ends when the last output is committed.
pub fn run(flags: &Flags) {
    let mut committer = has_outputs(flags.extent).then(|| open(flags));
    let Flags { brokers, topic, partitions, .. } = flags;
    let group = format!("{}group", flags.prefix);
    let mut consumer = Consumer::open(brokers, &group, topic, *partitions);
    if let Some(committer) = &mut committer {
        committer.start(consumer.membership());
    }
    let (mut job, mut batch) = (Job::default(), Batch::new(*partitions));
    let (mut count, mut begun, mut heard) = (0, None, Instant::now());
    let mut committed = Instant::now();
    let interval = Duration::from_millis(flags.interval);
    while count < flags.records {
        let fetched = consumer.batch(WAIT, &mut |records| {
            if records.is_empty() {
                return;
            }
            begun.get_or_insert_with(Instant::now);
            batch.note(records);
            if flags.extent != Extent::Consume {
                job.apply(records, &mut batch);
            }
            if committer.is_none() {
                batch.clear();
            }
            count += records.len() as u64;
        });
        match fetched {
            0 => assert!(heard.elapsed() < SILENCE, "only {count} records are in {topic}"),
            _ => heard = Instant::now(),
        }
        if let Some(committer) = &mut committer
            && committed.elapsed() >= interval
            && committer.is_free()
        {
            committed = Instant::now();
            job.flush(flags.extent == Extent::Changelog, &mut batch);
            batch = committer.commit(batch);
        }
    }
    let commits = committer.map_or(0, |committer| {
        job.flush(flags.extent == Extent::Changelog, &mut batch);
        committer.finish(batch)
    });
    let seconds = begun.map_or(0.0, |begun: Instant| begun.elapsed().as_secs_f64());
    let Usage { cpu, peak_mib } = Usage::own();
    let Job { transitions, duplicates, .. } = job;
    crate::say(&format!(
        "seconds={seconds} cpu={cpu} peak_mib={peak_mib} transitions={transitions} \
         duplicates={duplicates} commits={commits}"
    ));
}

/// Whether a control writes something.
pub fn has_outputs(extent: Extent) -> bool {
    matches!(extent, Extent::Transactions | Extent::Changelog)
}

/// The topics that a control writes.
pub fn outputs(prefix: &str) -> [String; 3] {
    OUTPUTS.map(|name| format!("{prefix}{name}"))
}

fn open(flags: &Flags) -> Committer {
    let outputs = outputs(&flags.prefix);
    let names: Vec<&str> = outputs.iter().map(String::as_str).collect();
    broker::make_topics(&flags.brokers, &names, flags.partitions);
    let producer = Producer::open(&flags.brokers, &format!("{}writer", flags.prefix));
    let topics = outputs.map(|name| producer.topic(&name));
    Committer::new(producer, topics, flags.topic.clone())
}
