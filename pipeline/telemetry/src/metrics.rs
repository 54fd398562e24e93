//! The registry: set and added to by whole batches, rendered when it is scraped.

use crate::finding_verdict::FindingVerdict;
use crate::name::Name;
use crate::process::{Usage, start_time};
use crate::source_hold::SourceHold;
use crate::source_record::SourceRecord;
use crate::task::{Lookups, Task};
use prometheus::core::Collector;
use prometheus::{
    Counter, CounterVec, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter,
    IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Bounds of a commit in seconds: an fdatasync at the low end, a broker that is in trouble at the
/// high end.
const COMMIT_SECONDS: [f64; 8] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/// Bounds of a request in seconds: a counter read from memory, an audit of everything.
const REQUEST_SECONDS: [f64; 8] = [0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0];

/// What became of the records of one commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Counted.
    pub accepted: u64,
    /// There already.
    pub duplicate: u64,
    /// Older than may be: in the topic late.
    pub late: u64,
    /// Could not be read: in the topic dead-letters.
    pub dead: u64,
}

/// How a commit ended: the verdict of the log, without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// It is durable.
    Done,
    /// Nothing happened; it was tried again.
    Retry,
    /// It was rolled back.
    Abort,
    /// Another owns the task.
    Fenced,
    /// Stored data was not trusted.
    Corrupted,
    /// Misconfigured.
    Refuse,
    /// The process gave up.
    Fatal,
}

impl Commit {
    /// Every verdict.
    pub const ALL: [Commit; 7] = [
        Commit::Done,
        Commit::Retry,
        Commit::Abort,
        Commit::Fenced,
        Commit::Corrupted,
        Commit::Refuse,
        Commit::Fatal,
    ];

    /// The value of the label.
    pub fn word(self) -> &'static str {
        match self {
            Commit::Done => "done",
            Commit::Retry => "retry",
            Commit::Abort => "abort",
            Commit::Fenced => "fenced",
            Commit::Corrupted => "corrupted",
            Commit::Refuse => "refuse",
            Commit::Fatal => "fatal",
        }
    }
}

/// What became of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The other side took it.
    Sent,
    /// It was not delivered, and is tried again.
    Failed,
}

impl Notice {
    /// Every end.
    pub const ALL: [Notice; 2] = [Notice::Sent, Notice::Failed];

    /// The value of the label.
    pub fn word(self) -> &'static str {
        match self {
            Notice::Sent => "sent",
            Notice::Failed => "failed",
        }
    }
}

/// Every metric of one process, in a registry of its own: two in one test do not meet.
pub struct Metrics {
    registry: Registry,
    touchpoints: IntCounterVec,
    forwarded: IntCounter,
    journeys: IntGaugeVec,
    journeys_set: Mutex<BTreeSet<(String, String)>>,
    moves: IntCounterVec,
    commit_duration: Histogram,
    commits: IntCounterVec,
    lag: IntGaugeVec,
    lag_seconds: GaugeVec,
    task_state: IntGaugeVec,
    worker_answers: IntGauge,
    hot_lookups: IntCounterVec,
    letters: IntCounterVec,
    disk_free: IntGauge,
    disk_size: IntGauge,
    source_records: IntCounterVec,
    source_lag: IntGaugeVec,
    source_held: IntGaugeVec,
    restored: GaugeVec,
    changelog_waiting: IntGaugeVec,
    changelog_low: IntGaugeVec,
    final_revised: IntCounter,
    audit_counters: IntCounter,
    audit_differences: IntCounter,
    audit_violations: IntGauge,
    conservation: IntGauge,
    drilldown_lists: IntCounter,
    drilldown_mismatch: IntCounter,
    freshness: Gauge,
    http_duration: HistogramVec,
    http_answers: IntCounterVec,
    notices: IntCounterVec,
    findings: IntGaugeVec,
    findings_age: GaugeVec,
    memory: IntGauge,
    cpu: Mutex<Counter>,
    files: IntGauge,
}

/// What the audit that never ends has looked at, and what it found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Audit {
    /// Counters compared with the histories.
    pub counters: u64,
    /// Of them, those that were something else.
    pub differences: u64,
    /// Counters compared with the list behind them.
    pub lists: u64,
    /// Of them, those that did not count its rows.
    pub list_differences: u64,
    /// Laws broken at the last look.
    pub violations: u64,
    /// Records less those that met a fate.
    pub unaccounted: i64,
}

impl Metrics {
    /// A registry with everything at zero; `version` is what `desirepath_build_info` says.
    pub fn new(version: &str) -> Metrics {
        let registry = Registry::new();
        let in_registry = Registrar(&registry);
        in_registry.integers(Name::BuildInfo).with_label_values(&[version]).set(1);
        let started = alone(in_registry.numbers(Name::ProcessStart));
        start_time().inspect(|seconds| started.set(*seconds));
        let metrics = Metrics {
            touchpoints: in_registry.counters(Name::Touchpoints),
            forwarded: alone(in_registry.counters(Name::Forwarded)),
            journeys: in_registry.integers(Name::Journeys),
            journeys_set: Mutex::default(),
            moves: in_registry.counters(Name::Moves),
            commit_duration: alone(in_registry.durations(Name::CommitDuration, &COMMIT_SECONDS)),
            commits: in_registry.counters(Name::Commits),
            lag: in_registry.integers(Name::LagRecords),
            lag_seconds: in_registry.numbers(Name::LagSeconds),
            task_state: in_registry.integers(Name::TaskState),
            worker_answers: alone(in_registry.integers(Name::WorkerAnswers)),
            hot_lookups: in_registry.counters(Name::HotLookups),
            letters: in_registry.counters(Name::Letters),
            disk_free: alone(in_registry.integers(Name::DiskFree)),
            disk_size: alone(in_registry.integers(Name::DiskSize)),
            source_records: in_registry.counters(Name::SourceRecords),
            source_lag: in_registry.integers(Name::SourceLag),
            source_held: in_registry.integers(Name::SourceHeld),
            restored: in_registry.numbers(Name::RestoredRatio),
            changelog_waiting: in_registry.integers(Name::ChangelogWaiting),
            changelog_low: in_registry.integers(Name::ChangelogLow),
            audit_counters: alone(in_registry.counters(Name::AuditCounters)),
            audit_differences: alone(in_registry.counters(Name::AuditDifferences)),
            audit_violations: alone(in_registry.integers(Name::AuditViolations)),
            conservation: alone(in_registry.integers(Name::Conservation)),
            drilldown_lists: alone(in_registry.counters(Name::DrilldownLists)),
            drilldown_mismatch: alone(in_registry.counters(Name::DrilldownMismatch)),
            final_revised: alone(in_registry.counters(Name::FinalRevised)),
            freshness: alone(in_registry.numbers(Name::FreshnessSeconds)),
            http_duration: in_registry.durations(Name::HttpRequestDuration, &REQUEST_SECONDS),
            http_answers: in_registry.counters(Name::HttpAnswers),
            notices: in_registry.counters(Name::Notices),
            findings: in_registry.integers(Name::Findings),
            findings_age: in_registry.numbers(Name::FindingsAge),
            memory: alone(in_registry.integers(Name::ProcessMemory)),
            cpu: Mutex::new(alone(in_registry.seconds(Name::ProcessCpu))),
            files: alone(in_registry.integers(Name::ProcessFiles)),
            registry,
        };
        // A rate over a series that appears with its first event misses that event.
        metrics.add_touchpoints(Batch::default());
        metrics.add_lookups(Lookups::default());
        for verdict in Commit::ALL {
            metrics.commits.with_label_values(&[verdict.word()]).inc_by(0);
        }
        for notice in Notice::ALL {
            metrics.notices.with_label_values(&[notice.word()]).inc_by(0);
        }
        metrics
    }

    /// Sets how many findings there are of each verdict, and how old the oldest of them is; nothing
    /// where another instance keeps their ledger.
    pub fn set_findings(&self, findings: &BTreeMap<FindingVerdict, (i64, Duration)>) {
        self.findings.reset();
        self.findings_age.reset();
        if findings.is_empty() {
            return;
        }
        for verdict in FindingVerdict::ALL {
            let (count, oldest) = findings.get(&verdict).copied().unwrap_or_default();
            self.findings.with_label_values(&[verdict.word()]).set(count);
            self.findings_age.with_label_values(&[verdict.word()]).set(oldest.as_secs_f64());
        }
    }

    /// Counts one attempt to say that leads went cold.
    pub fn add_notice(&self, notice: Notice) {
        self.notices.with_label_values(&[notice.word()]).inc();
    }

    /// Adds the records of one commit.
    pub fn add_touchpoints(&self, batch: Batch) {
        for (result, count) in [
            ("accepted", batch.accepted),
            ("duplicate", batch.duplicate),
            ("late", batch.late),
            ("dead", batch.dead),
        ] {
            self.touchpoints.with_label_values(&[result]).inc_by(count);
        }
    }

    /// Adds the touchpoints that one commit has sent to their customers' partitions.
    pub fn add_forwarded(&self, touchpoints: u64) {
        self.forwarded.inc_by(touchpoints);
    }

    /// Sets how many customers stand in each stage with each outcome; what is not named is 0.
    pub fn set_journeys<'a>(&self, journeys: impl IntoIterator<Item = (&'a str, &'a str, i64)>) {
        let mut known = self.journeys_set.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gone = std::mem::take(&mut *known);
        for (stage, outcome, count) in journeys {
            self.journeys.with_label_values(&[stage, outcome]).set(count);
            let labels = (stage.to_owned(), outcome.to_owned());
            gone.remove(&labels);
            known.insert(labels);
        }
        for (stage, outcome) in gone {
            self.journeys.with_label_values(&[&stage, &outcome]).set(0);
            known.insert((stage, outcome));
        }
    }

    /// Adds the moves of one commit, those that late records took back left out.
    pub fn add_moves<'a>(&self, moves: impl IntoIterator<Item = (&'a str, &'a str, u64)>) {
        for (from, to, count) in moves {
            self.moves.with_label_values(&[from, to]).inc_by(count);
        }
    }

    /// Notes one commit: how it ended and how long it took.
    pub fn add_commit(&self, verdict: Commit, took: Duration) {
        self.commits.with_label_values(&[verdict.word()]).inc();
        self.commit_duration.observe(took.as_secs_f64());
    }

    /// Sets how each task stands; a task of another instance is forgotten.
    pub fn set_tasks<'a>(&self, tasks: impl IntoIterator<Item = Task<'a>>) {
        self.lag.reset();
        self.lag_seconds.reset();
        self.task_state.reset();
        for Task { name, state, lag_records, lag_seconds } in tasks {
            self.task_state.with_label_values(&[name, state.word()]).set(1);
            if let Some(records) = lag_records {
                self.lag.with_label_values(&[name]).set(records);
            }
            if let Some(seconds) = lag_seconds {
                self.lag_seconds.with_label_values(&[name]).set(seconds);
            }
        }
    }

    /// Sets whether the worker answers.
    pub fn set_worker_answers(&self, does: bool) {
        self.worker_answers.set(i64::from(does));
    }

    /// Adds where customers of touchpoints were found.
    pub fn add_lookups(&self, lookups: Lookups) {
        let Lookups { hot, stored, new } = lookups;
        for (result, count) in [("hot", hot), ("stored", stored), ("new", new)] {
            self.hot_lookups.with_label_values(&[result]).inc_by(count);
        }
    }

    /// Adds records that were set aside in a topic, by why; both are words of closed sets.
    pub fn add_letters(&self, topic: &'static str, class: &'static str, count: u64) {
        self.letters.with_label_values(&[topic, class]).inc_by(count);
    }

    /// Sets what is left on the disk of the data folder, and how large it is.
    pub fn set_disk(&self, free_bytes: u64, size_bytes: u64) {
        self.disk_free.set(i64::try_from(free_bytes).unwrap_or(i64::MAX));
        self.disk_size.set(i64::try_from(size_bytes).unwrap_or(i64::MAX));
    }

    /// Adds records of another system's topic.
    pub fn add_source_records(&self, topic: &str, result: SourceRecord, records: u64) {
        self.source_records.with_label_values(&[topic, result.word()]).inc_by(records);
    }

    /// Sets how many records lie before this instance, by topic of another system.
    pub fn set_source_lag<'a>(&self, topics: impl IntoIterator<Item = (&'a str, i64)>) {
        self.source_lag.reset();
        for (topic, records) in topics {
            self.source_lag.with_label_values(&[topic]).set(records);
        }
    }

    /// Sets whether another system's topic is held for a reason.
    pub fn set_source_hold(&self, topic: &str, why: SourceHold, is_held: bool) {
        self.source_held.with_label_values(&[topic, why.word()]).set(i64::from(is_held));
    }

    /// Sets what part of its changelog each task has read whose states are being restored.
    pub fn set_restored<'a>(&self, tasks: impl IntoIterator<Item = (&'a str, f64)>) {
        self.restored.reset();
        for (task, share) in tasks {
            self.restored.with_label_values(&[task]).set(share);
        }
    }

    /// Sets how many slices each task's changelog lacks, and up to which position its input may go.
    pub fn set_changelogs<'a>(&self, tasks: impl IntoIterator<Item = (&'a str, i64, i64)>) {
        self.changelog_waiting.reset();
        self.changelog_low.reset();
        for (task, waiting, low) in tasks {
            self.changelog_waiting.with_label_values(&[task]).set(waiting);
            self.changelog_low.with_label_values(&[task]).set(low);
        }
    }

    /// Notes what the audit that never ends has looked at since the last call, and how the laws
    /// stood at the last look.
    pub fn add_audit(&self, audit: Audit) {
        self.audit_counters.inc_by(audit.counters);
        self.audit_differences.inc_by(audit.differences);
        self.drilldown_lists.inc_by(audit.lists);
        self.drilldown_mismatch.inc_by(audit.list_differences);
        self.audit_violations.set(i64::try_from(audit.violations).unwrap_or(i64::MAX));
        self.conservation.set(audit.unaccounted);
    }

    /// Adds changes of counters whose window was final.
    pub fn add_final_revised(&self, changes: u64) {
        self.final_revised.inc_by(changes);
    }

    /// Sets how old the last committed touchpoint is.
    pub fn set_freshness(&self, age: Duration) {
        self.freshness.set(age.as_secs_f64());
    }

    /// Notes one answer; `door` is a value of a closed set, never a path as it was asked for.
    pub fn add_answer(&self, door: &'static str, status: u16, took: Duration) {
        self.http_duration.with_label_values(&[door]).observe(took.as_secs_f64());
        let class = match status / 100 {
            1 | 2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        self.http_answers.with_label_values(&[class]).inc();
    }

    /// Everything in the text format of Prometheus.
    pub fn render(&self) -> String {
        let usage = Usage::read();
        usage.memory_bytes.inspect(|bytes| self.memory.set(*bytes));
        usage.open_files.inspect(|count| self.files.set(*count));
        // A counter cannot be set, so it is raised to what the kernel says; two scrapes at once
        // would raise it twice.
        let cpu = self.cpu.lock().unwrap_or_else(PoisonError::into_inner);
        usage.cpu_seconds.inspect(|seconds| cpu.inc_by((seconds - cpu.get()).max(0.0)));
        drop(cpu);
        let families = self.registry.gather();
        TextEncoder::new().encode_to_string(&families).unwrap_or_default()
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Metrics")
    }
}

/// Makes metrics of names. Names and labels are constants that a test holds to the grammar, so that
/// a registry that refuses one is a fault of ours.
struct Registrar<'a>(&'a Registry);

impl Registrar<'_> {
    fn counters(&self, name: Name) -> IntCounterVec {
        self.register(IntCounterVec::new(opts(name), name.labels()))
    }

    fn seconds(&self, name: Name) -> CounterVec {
        self.register(CounterVec::new(opts(name), name.labels()))
    }

    fn integers(&self, name: Name) -> IntGaugeVec {
        self.register(IntGaugeVec::new(opts(name), name.labels()))
    }

    fn numbers(&self, name: Name) -> GaugeVec {
        self.register(GaugeVec::new(opts(name), name.labels()))
    }

    fn durations(&self, name: Name, bounds: &[f64]) -> HistogramVec {
        let opts = HistogramOpts::from(opts(name)).buckets(bounds.to_vec());
        self.register(HistogramVec::new(opts, name.labels()))
    }

    fn register<T: Collector + Clone + 'static>(&self, made: prometheus::Result<T>) -> T {
        let metric = made.expect("invariant: every name and label is one that Prometheus takes");
        let registered = self.0.register(Box::new(metric.clone()));
        registered.expect("invariant: every name is registered once");
        metric
    }
}

fn opts(name: Name) -> Opts {
    Opts::new(name.text(), name.sentence())
}

/// The one metric of a name without labels.
fn alone<T: prometheus::core::MetricVecBuilder>(metric: prometheus::core::MetricVec<T>) -> T::M {
    metric.with_label_values::<&str>(&[])
}
