//! Several instances of one application, who writes for them, and what must be true afterwards.

use crate::broker::{counted_moves, net_moves};
use crate::process::Process;
use crate::program::{PARTITIONS, Program};
use kafka::Settings;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub use crate::load::write;

pub const PATIENCE: Duration = Duration::from_secs(300);

/// A session as short as the broker allows: an instance that is silent for longer is given up.
pub const SESSION: &str = "[kafka.client]\n\"session.timeout.ms\" = \"6000\"\n\
                       \"heartbeat.interval.ms\" = \"1000\"\n";

/// An instance that answers.
pub struct Running {
    /// It.
    pub program: Program,
    /// Its process.
    pub child: Process,
}

impl Running {
    /// Begins, and waits until it is ready.
    pub fn start(program: Program) -> Running {
        let mut running = Running::begin(program);
        let begun = Instant::now();
        while !running.program.is_ready() {
            let ended = running.child.try_wait().expect("a look");
            assert!(ended.is_none(), "it ended by itself: {ended:?}");
            assert!(begun.elapsed() < PATIENCE, "it does not become ready");
            std::thread::sleep(Duration::from_millis(20));
        }
        running
    }

    /// Begins, whatever becomes of it.
    pub fn begin(program: Program) -> Running {
        Running { child: program.start(), program }
    }

    /// Waits until everything that was written is counted, however much that is: what may not be is
    /// that nothing comes nearer.
    pub fn wait_until_caught_up(&self) {
        let (mut begun, mut least) = (Instant::now(), None);
        loop {
            let left = self.left();
            if left == Some(0) {
                return;
            }
            if left.is_some() && (least.is_none() || left < least) {
                (begun, least) = (Instant::now(), left);
            }
            assert!(begun.elapsed() < PATIENCE, "it does not catch up, {least:?} records are left");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Records that the tasks have before them; one more for a task that does not run.
    fn left(&self) -> Option<u64> {
        let report = self.ask("/v1/report/system")?;
        let tables = report["tables"].as_array().expect("tables").iter();
        let tasks = tables.filter(|table| table["name"] == "tasks");
        let rows = tasks.flat_map(|table| table["rows"].as_array().expect("rows"));
        let left = |row: &Value| {
            row["lag"].as_u64().map_or(1, |lag| lag + u64::from(row["state"] != "running"))
        };
        Some(rows.map(left).sum())
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status().expect("kill");
        assert!(sent.success(), "{name}");
    }

    /// Ends it as an operator does, once it hears signals at all.
    pub fn end(mut self) -> Program {
        self.program.wait_until_alive();
        self.signal("-TERM");
        assert!(self.child.wait().expect("an end").success());
        self.program
    }

    pub fn ask(&self, path: &str) -> Option<Value> {
        let request = ureq::get(format!("{}{path}", self.program.url));
        let request = request.header("authorization", self.program.bearer());
        let mut answer = request.call().ok()?;
        Some(answer.body_mut().with_config().limit(1 << 28).read_json().expect("json"))
    }

    /// The instance that has each task, as this one knows it.
    pub fn owners(&self) -> BTreeMap<String, String> {
        let Some(report) = self.ask("/v1/report/system") else { return BTreeMap::new() };
        let tables = report["tables"].as_array().expect("tables").iter();
        let tasks = tables.filter(|table| table["name"] == "tasks");
        let rows = tasks.flat_map(|table| table["rows"].as_array().expect("rows"));
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        rows.map(|row| (text(&row["task"]), text(&row["instance"]))).collect()
    }

    /// Waits until so many instances have all tasks.
    pub fn wait_for_owners(&self, count: usize) -> BTreeMap<String, String> {
        let begun = Instant::now();
        loop {
            let owners = self.owners();
            let different: BTreeSet<&String> = owners.values().collect();
            if different.len() == count && owners.len() == 2 * PARTITIONS as usize {
                return owners;
            }
            assert!(begun.elapsed() < PATIENCE, "not {count} instances: {owners:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// How many records have met a fate, where it can be said now.
    pub fn fates(&self) -> Option<i64> {
        let answer = self.ask("/v1/insights?family=admission&limit=1000")?;
        let rows = answer["items"].as_array().expect("rows").iter();
        let rows = rows.filter(|row| row["window"].is_null());
        let fates = rows.filter(|row| row["dims"]["result"] != "conflict");
        Some(fates.map(|row| row["count"].as_i64().expect("a count")).sum())
    }
}

/// Asks until it is over: what has met a fate has met it for good, whoever has its task now.
pub fn watch(instance: &Running, is_over: &AtomicBool) -> (usize, usize) {
    let (mut before, mut answers, mut refused) = (0, 0, 0);
    while !is_over.load(Ordering::Relaxed) {
        match instance.fates() {
            Some(fates) => {
                assert!(fates >= before, "{fates} after {before}: somebody was left out");
                (before, answers) = (fates, answers + 1);
            }
            None => refused += 1,
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    (answers, refused)
}

/// Holds every number against the batch fold over the topic, and every instance against the first.
pub fn verify(instances: &[&Program], brokers: &str, application: &str, written: u64, seed: u64) {
    for instance in instances {
        let audit = instance.settled_lines(&["audit"]).remove(0);
        assert_eq!(audit["differences"], 0, "SEED={seed}: {audit}");
        assert!(audit["counters"].as_u64() > Some(100), "{audit}");
        // A record that lies elsewhere is forwarded: it is in the topic twice.
        assert!(audit["records"].as_u64() > Some(written), "{written} were written: {audit}");
    }
    for question in [
        &["insights"][..],
        &["insights", "--as-of", "2026-03-01"],
        &["report", "funnel"],
        &["report", "summary"],
        &["report", "digest"],
        &["report", "funnel", "--steps", "enquiry_received, purchase_made", "--window", "30d"],
        &["customers", "--flow-outcome", "open"],
        &["customer", "c7"],
        &["customer", "c8"],
        &["customer", "c9"],
    ] {
        let told = instances[0].settled_lines(question);
        assert!(!told.is_empty(), "{question:?}");
        for other in &instances[1..] {
            assert_eq!(other.settled_lines(question), told, "SEED={seed}: {question:?}");
        }
    }
    let topic = format!("{application}-transitions");
    let moves = net_moves(&Settings::new(brokers, "reader", "r"), &topic);
    let wrong: Vec<_> = moves.iter().filter(|(_, n)| **n != 0 && **n != 1).collect();
    assert!(wrong.is_empty(), "SEED={seed}: told more than once: {wrong:?}");
    assert_eq!(moves.values().sum::<i64>(), counted_moves(instances[0]), "SEED={seed}");
}
