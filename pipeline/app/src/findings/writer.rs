//! The thread that keeps the ledger of findings on its topic.

use super::said::Said;
use crate::answers;
use crate::installation::Installation;
use codec::finding_key;
use engine::{Append, Node, Produced, TaskId};
use insight::findings::Course;
use insight::inference::Verdict;
use insight::report::{Findings, Query, findings};
use model::{Family, FindingEvent, Size, Timestamp};
use serve::Refusal;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use telemetry::{FindingVerdict, Metrics};

/// Of several instances the one that has this task writes.
const WRITER: TaskId = TaskId { node: Node::Insight, partition: 0 };

/// How often it is asked whether something has changed.
const TICK: Duration = Duration::from_millis(500);

/// How long between two looks at the counters: weeks become final once a week, a stage at a time.
const LOOK: Duration = Duration::from_secs(60);

/// A report that is not answered is asked for again sooner, as while tasks are replaying.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What is written at a time: no more than a broker takes in a request.
const LINES_MAX: usize = 500;

/// Plays the ledger and writes what its topic lacks.
pub struct Writer {
    installation: Arc<Installation>,
    metrics: Arc<Metrics>,
    /// What the topic says, once it was read by who writes to it.
    said: Option<Said>,
}

impl Writer {
    /// One that has not looked yet.
    pub fn new(installation: Arc<Installation>, metrics: Arc<Metrics>) -> Writer {
        Writer { installation, metrics, said: None }
    }

    /// Writes until it is to end.
    pub fn run(mut self, is_ending: &AtomicBool) {
        let map = &self.installation.settings().map;
        if !map.counts(Family::Flow) || !map.sizes.contains(&Size::Days(1)) {
            // `report findings` says what the map lacks.
            return;
        }
        let mut due = Instant::now();
        let mut known = None;
        let mut has_told = false;
        while !is_ending.load(Ordering::Relaxed) && !self.installation.is_closing() {
            std::thread::park_timeout(TICK);
            if !self.installation.has(WRITER) {
                // Another instance writes now, and says what metrics say.
                if self.said.take().is_some() {
                    self.metrics.set_findings(&BTreeMap::new());
                }
                known = None;
                continue;
            }
            let news = self.installation.news().revisions.get(Family::Flow.name()).copied();
            if due > Instant::now() || known == Some(news) {
                continue;
            }
            match self.look() {
                Ok(()) => {
                    due = Instant::now() + LOOK;
                    known = Some(news);
                    has_told = false;
                }
                Err(Refusal::Busy(_)) => due = Instant::now() + LOOK_AGAIN,
                Err(refusal) => {
                    due = Instant::now() + LOOK;
                    if !std::mem::replace(&mut has_told, true) {
                        tracing::warn!(
                            "the ledger of findings is not written, later again: {refusal} [D0860]"
                        );
                    }
                }
            }
        }
    }

    /// Plays the ledger, and adds to the topic what it lacks.
    fn look(&mut self) -> Result<(), Refusal> {
        let installation = Arc::clone(&self.installation);
        let map = &installation.settings().map;
        let query = |as_of: Timestamp| Query { from: None, to: None, by: None, model: None, as_of };
        let snapshot = answers::live_part(&installation, "findings", query)?;
        if !snapshot.as_of.is_admissible() {
            return Ok(());
        }
        let found = findings(map, snapshot.counters.iter(), &query(snapshot.as_of));
        let found = found.map_err(|mistake| Refusal::Invalid(mistake.to_string()))?;
        self.metrics.set_findings(&measured(&found));
        let mut said = match self.said.take() {
            Some(said) => said,
            None => read(&installation)?,
        };
        let lacking = said.lacks(map, &found.events(map), snapshot.as_of);
        for lines in lacking.chunks(LINES_MAX) {
            installation.write_findings(lines)?;
            lines.iter().for_each(|line| said.note(line.clone()));
        }
        self.said = Some(said);
        Ok(())
    }
}

/// Everything that the topic says.
fn read(installation: &Installation) -> Result<Said, Refusal> {
    let topics = &installation.settings().topics;
    let mut said = Said::default();
    for partition in 0..topics.partitions {
        let (start, end) = installation.log().bounds(&topics.findings, partition)?;
        if start == end {
            continue;
        }
        installation.log().read(&topics.findings, partition, None, &mut |record| {
            record.value.iter().for_each(|value| said.take(value));
            true
        })?;
    }
    Ok(said)
}

/// The records of some lines, each on the partition of its finding.
pub fn records(
    settings: &engine::Settings,
    lines: &[FindingEvent],
) -> impl Iterator<Item = Append> + use<> {
    let topics = &settings.topics;
    let mut by_partition: BTreeMap<u32, Vec<Produced>> = BTreeMap::new();
    for line in lines {
        let (key, value) = (finding_key(line), Some(topics.format.finding(line)));
        let partition = codec::partition(&key, topics.partitions);
        by_partition.entry(partition).or_default().push(Produced { key, value });
    }
    let topic = topics.findings.clone();
    let append = move |(partition, records)| Append { topic: topic.clone(), partition, records };
    by_partition.into_iter().map(append)
}

/// By verdict how many findings there are, and how old the oldest of them is.
fn measured(found: &Findings) -> BTreeMap<FindingVerdict, (i64, Duration)> {
    let none = |verdict| (verdict, (0, Duration::ZERO));
    let mut measured = BTreeMap::from(FindingVerdict::ALL.map(none));
    for row in &found.rows {
        let verdict = match (row.found.course, row.verdict) {
            (Course::Refuted(_) | Course::Retired(..), _) => FindingVerdict::Over,
            (_, Some(Verdict::Act)) => FindingVerdict::Act,
            (_, Some(Verdict::Promising { .. })) => FindingVerdict::Promising,
            (_, Some(Verdict::NotEnough { .. } | Verdict::Alike) | None) => {
                FindingVerdict::NotEnough
            }
        };
        let begun = Timestamp::from_millis(row.found.discovered.saturating_mul(86_400_000));
        let age = u64::try_from(found.as_of.since(begun).millis()).unwrap_or(0);
        let (count, oldest) = measured.entry(verdict).or_default();
        *count += 1;
        *oldest = (*oldest).max(Duration::from_millis(age));
    }
    measured
}
