//! How it is measured: rounds in which every system runs once, on one broker and one topic.
//!
//! Machines are noisy: the same program differs by a half within minutes. So rounds are
//! interleaved, and medians are compared of rows of one table only. A run counts when its answer is
//! right.

mod clock;
mod control;
mod ours;
mod peer;
pub mod process;
mod table;

use crate::bare::Extent;
use crate::check::{Flags as Check, Whose, check};
use crate::{broker, load};
use clap::ValueEnum;
use peer::Peer;
use std::path::{Path, PathBuf};
use std::process::Command;
use table::{Sample, Table};

/// What the table calls the product.
const OURS: &str = "desirepath";

/// Cores that others may have before a run says nothing of a rate.
const FOREIGN_MAX: f64 = 0.15;

/// What is measured, and where.
#[derive(clap::Args, Clone, Debug)]
pub struct Flags {
    /// Brokers to ask first.
    #[arg(long)]
    pub brokers: String,
    /// The process of the broker.
    #[arg(long)]
    pub broker_process: u32,
    /// The program that is measured.
    #[arg(long)]
    pub program: PathBuf,
    /// A folder for answers, states and logs.
    #[arg(long)]
    pub work: PathBuf,
    /// Records of the load.
    #[arg(long, default_value_t = 10_000_000)]
    pub records: u64,
    /// Its customers.
    #[arg(long, default_value_t = 200_000)]
    pub customers: u64,
    /// Partitions of every topic.
    #[arg(long, default_value_t = 4)]
    pub partitions: u32,
    /// How often each system runs.
    #[arg(long, default_value_t = 3)]
    pub rounds: u32,
    /// A peer: its folder, and settings behind it, as in `peers/a,some.setting=true`.
    #[arg(long)]
    pub peer: Vec<String>,
}

impl Flags {
    fn topic(&self) -> String {
        format!("touchpoints-{}-{}", self.records, self.customers)
    }

    fn expected(&self) -> PathBuf {
        self.work.join(format!("expected-{}-{}", self.records, self.customers))
    }

    fn millions(&self) -> f64 {
        self.records as f64 / 1e6
    }

    /// Holds an answer against what it should be.
    fn check(&self, whose: Whose, prefix: &str) -> Result<(), String> {
        let (brokers, prefix) = (self.brokers.clone(), prefix.to_owned());
        let outcome = check(&Check { brokers, expected: self.expected(), whose, prefix });
        match outcome.differences.is_empty() {
            true => Ok(()),
            false => Err(outcome.text()),
        }
    }

    /// Deletes the topics of a run, so that the next one has the same disk.
    fn clear(&self, prefix: &str) {
        let topics = broker::topics_of(&self.brokers, prefix);
        let names: Vec<&str> = topics.iter().map(String::as_str).collect();
        broker::delete_topics(&self.brokers, &names);
    }
}

/// Measures everything and prints the table; whether every answer was right.
pub fn measure(flags: &Flags) -> bool {
    std::fs::create_dir_all(&flags.work).expect("a folder to work in");
    preload(flags);
    let own = std::env::current_exe().expect("this program");
    let peers: Vec<Peer> = flags.peer.iter().map(|peer| Peer::prepare(peer, flags)).collect();
    let mut table = Table::default();
    for round in 1..=flags.rounds {
        for extent in Extent::value_variants() {
            let sample = control::run(flags, &own, *extent, round);
            note(&mut table, round, extent.title(), sample);
        }
        note(&mut table, round, OURS, ours::run(flags, round));
        for peer in &peers {
            note(&mut table, round, &peer.title, peer.run(flags));
        }
    }
    crate::say(&format!("\n{}", table.text()));
    if table.foreign_max() > FOREIGN_MAX {
        crate::say(&format!(
            "others had up to {:.2} cores meanwhile: rates say little, and CPU-seconds not much \
             more, where that is above {FOREIGN_MAX}",
            table.foreign_max()
        ));
    }
    let bare = Extent::Changelog.title();
    for other in peers.iter().map(|peer| peer.title.as_str()).chain([bare]) {
        if let Some((rate, processor)) = table.ratios(OURS, other) {
            let percent = 100.0 * rate;
            crate::say(&format!(
                "{OURS} to {other}: {percent:.0} % of its rate, {processor:.2} times as much with \
                 a CPU-second"
            ));
        }
    }
    table.is_right()
}

fn note(table: &mut Table, round: u32, title: &str, sample: Result<Sample, String>) {
    match &sample {
        Ok(Sample { rate, processor, broker, foreign, .. }) => crate::say(&format!(
            "round {round}, {title}: {rate:.0} records/s, {processor:.2} + {broker:.2} CPU-s/M, \
             {foreign:.2} cores foreign"
        )),
        Err(why) => crate::say(&format!("round {round}, {title}: {why}")),
    }
    table.add(title, sample.ok());
}

/// Sends the load and writes its answers, unless an earlier call has.
fn preload(flags: &Flags) {
    let done = flags.expected().join("dropped-due.csv").exists();
    let is_sent = !broker::topics_of(&flags.brokers, &flags.topic()).is_empty();
    if done && is_sent {
        return;
    }
    load::play(&load::Flags {
        brokers: (!is_sent).then(|| flags.brokers.clone()),
        topic: flags.topic(),
        shape: load::Shape {
            records: flags.records,
            customers: flags.customers,
            partitions: flags.partitions,
            ..load::Shape::default()
        },
        expected: Some(flags.expected()),
        due: true,
        rate: 0,
    });
}

/// Runs a command that must succeed.
fn must(command: &mut Command) {
    let status = command.status();
    let status = status.unwrap_or_else(|error| panic!("could not run {command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

/// An empty folder.
fn fresh(folder: &Path) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).expect("a folder that can be removed");
    }
    std::fs::create_dir_all(folder).expect("a folder");
}
