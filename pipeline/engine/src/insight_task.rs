//! The task that keeps the counters of one partition.

use crate::low;
use crate::outbox::{Outbox, Sending};
use crate::{
    Append, Mark, Part, Produced, Record, Settings, StateStore, StateWrite, TaskId, Verdict,
};
use codec::state::{self, Low};
use codec::{DeltaFrame, encode};
use insight::{Counter, CounterId, Difference, Ledger, Place, SeriesId};
use journey::FOLD_VERSION;
use model::{CounterKey, Family, Series, Size, Timestamp, Window};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

const COUNTER: u8 = b"c"[0];
/// How often a counter was corrected: beside it, and only where it ever was.
const CORRECTIONS: u8 = b"r"[0];
const SOURCE: u8 = b"s"[0];

/// Keeps the counters of one partition: applies delta frames, says what to commit.
pub struct InsightTask {
    task: TaskId,
    settings: Arc<Settings>,
    ledger: Ledger,
    /// By source partition: position after its last frame, and its as_of.
    sources: Vec<(u64, Timestamp)>,
    mark: Mark,
    position: u64,
    is_replaying: bool,
    /// When the log took the last frame that was applied.
    append_time: Timestamp,
    /// Changes of final counters that were replayed, and so counted by an earlier process.
    revised_before: u64,
    /// By family: the position of the last commit that changed one of its counters.
    changed_at: BTreeMap<Family, u64>,
    /// What of the counters the changelog lacks.
    pub(crate) outbox: Outbox,
}

impl InsightTask {
    /// The task as the store has it, to be replayed up to the committed mark.
    pub fn new(
        task: TaskId,
        settings: Arc<Settings>,
        store: &mut impl StateStore,
        mark: Mark,
    ) -> Result<InsightTask, Verdict> {
        let broken = |what| Verdict::Corrupted(format!("{what} of {task:?} cannot be read"));
        let low = low::read(task, store)?;
        low::check(task, store, low.position, mark)?;
        let mut ledger = Ledger::new(&settings.map);
        let mut sources = vec![(0, Timestamp::NEVER); settings.topics.partitions as usize];
        let mut fault = None;
        store.scan(task, &[], &mut |key, value| {
            let read = match key.split_first() {
                Some((&COUNTER, name)) => restore(&mut ledger, name, value),
                // In the order of the keys, so its counter is there.
                Some((&CORRECTIONS, name)) => restore_corrections(&mut ledger, name, value),
                Some((&SOURCE, partition)) => restore_source(&mut sources, partition, value),
                _ => Some(()),
            };
            if read.is_none() {
                fault = Some(broken("a counter"));
            }
            fault.is_none()
        })?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        Ok(InsightTask {
            task,
            settings,
            ledger,
            sources,
            mark,
            position: low.position,
            is_replaying: true,
            append_time: Timestamp::NEVER,
            revised_before: 0,
            changed_at: BTreeMap::new(),
            outbox: Outbox::new(task, Sending::nowhere(), mark.sliced),
        })
    }

    /// The first position that is not applied: where to poll from.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The least as_of of its sources: the event time up to which every counter here is judged.
    pub fn as_of(&self) -> Timestamp {
        self.heard().max(self.mark.as_of)
    }

    /// The least as_of of its sources at the last frame that was applied.
    fn heard(&self) -> Timestamp {
        self.sources.iter().map(|source| source.1).min().unwrap_or(Timestamp::NEVER)
    }

    /// Whether the task stands at or behind its mark and emits nothing.
    pub fn is_replaying(&self) -> bool {
        self.is_replaying
    }

    /// When the log took the last frame that was applied; `NEVER` before the first since the task
    /// was made.
    pub fn append_time(&self) -> Timestamp {
        self.append_time
    }

    /// Every counter that is not zero.
    pub fn counters(&self) -> impl Iterator<Item = (&CounterId, &Counter)> {
        self.ledger.iter()
    }

    /// Those that are zero now and were corrected to it.
    pub fn corrected_away(&self) -> impl Iterator<Item = (&CounterId, &Counter)> {
        self.ledger.corrected_away()
    }

    /// The sums themselves.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Where its sources stand: by partition of touchpoints, the position that is counted and its
    /// as_of. The cut at which an audit compares.
    pub fn sources(&self) -> &[(u64, Timestamp)] {
        &self.sources
    }

    /// How often a late touchpoint has changed a counter that was final, since this task was made.
    pub fn final_revised(&self) -> u64 {
        self.ledger.final_revised() - self.revised_before
    }

    /// The families whose counters this task has changed since it was made, each with a number that
    /// grows when it does.
    pub fn changed_at(&self) -> &BTreeMap<Family, u64> {
        &self.changed_at
    }

    /// Applies frames in the order of their positions; those before `position` are passed over.
    pub fn apply(&mut self, batch: &[Record<'_>]) -> Result<(), Verdict> {
        for record in batch {
            self.end_replay();
            if record.position < self.position {
                continue;
            }
            if self.is_replaying {
                // What was final then, so that what corrected it is known as a correction again.
                self.ledger.settle(self.heard());
            }
            let place = |fault| {
                let (task, at) = (self.task, record.position);
                Verdict::Corrupted(format!("delta frame {at} of {task:?}: {fault}"))
            };
            let frame = DeltaFrame::decode(record.value.unwrap_or_default()).map_err(place)?;
            self.add(record.position + 1, &frame)?;
            self.position = record.position + 1;
            self.append_time = record.append_time;
        }
        self.end_replay();
        Ok(())
    }

    /// Once the mark is reached, outputs begin.
    pub fn end_replay(&mut self) {
        if self.is_replaying && self.position >= self.mark.position {
            self.ledger.settle(self.mark.as_of);
            // What was replayed has been told before; stored it was not.
            self.ledger.take_changed();
            self.ledger.take_gone();
            self.revised_before = self.ledger.final_revised();
            self.is_replaying = false;
        }
    }

    fn add(&mut self, position: u64, frame: &DeltaFrame<'_>) -> Result<(), Verdict> {
        let map = &self.settings.map;
        if (frame.map, frame.version, frame.fold) != (&*map.name, map.version, FOLD_VERSION) {
            let (name, version, fold) = (frame.map, frame.version, frame.fold);
            return Err(Verdict::Refuse(format!(
                "delta frame is of map {name} version {version} fold {fold}, \
                 this instance folds map {} version {} fold {FOLD_VERSION} [D0402]",
                map.name, map.version
            )));
        }
        // Behind the mark it was counted before; beyond it, the source's input is another one now.
        let before = self.sources.get(frame.partition as usize).map_or(0, |source| source.0);
        if !self.is_replaying && frame.position < before {
            let (at, of) = (frame.position, frame.partition);
            return Err(Verdict::Refuse(format!(
                "journey {of} has begun anew: it stands at {at} and stood at {before} [D0406]"
            )));
        }
        let ledger = &mut self.ledger;
        let series: Vec<SeriesId> = frame.series.iter().map(|name| ledger.series(name)).collect();
        let differences = frame.cells.iter().map(|cell| Difference {
            series: series[cell.series as usize],
            pane: (cell.pane != CounterKey::TOTAL)
                .then(|| Timestamp::from_millis(i64::from(cell.pane) * 60_000)),
            currency: Some(cell.currency).filter(|currency| !currency.is_empty()),
            amount: cell.amount,
        });
        let differences: Vec<Difference<'_>> = differences.collect();
        ledger.apply(position, &differences);
        if let Some(source) = self.sources.get_mut(frame.partition as usize)
            && source.0 <= frame.position
        {
            *source = (frame.position, source.1.max(frame.as_of));
        }
        Ok(())
    }

    /// Whether there is anything to commit.
    pub fn has_news(&self) -> bool {
        !self.is_replaying && self.position > self.mark.position
    }

    /// Whether a commit has anything to carry, be it for the changelog alone.
    pub(crate) fn has_part(&self) -> bool {
        self.has_news() || !self.is_replaying && self.outbox.has_slices()
    }

    /// What to commit: an upsert of every counter that changed, and a tombstone of every one that
    /// the map does not keep any more.
    pub fn take_commit(
        &mut self,
        store: &impl StateStore,
        attempt: u64,
    ) -> Result<(Part, Vec<Append>), Verdict> {
        let as_of = self.as_of();
        let sequence = self.mark.sequence + 1;
        self.ledger.settle(as_of);
        let changed = self.ledger.take_changed();
        for place in &changed {
            if let Some(family) = self.ledger.at(*place).0.series.family() {
                self.changed_at.insert(family, self.position);
            }
        }
        let mut records: Vec<Produced> =
            changed.iter().map(|place| self.upsert(*place, as_of)).collect();
        for id in self.ledger.take_gone() {
            records.push(Produced { key: name(&self.settings, &id).into_bytes(), value: None });
        }
        let topic = self.settings.topics.insights.clone();
        let append = Append { topic, partition: self.task.partition, records };
        let mut appends = if append.records.is_empty() { Vec::new() } else { vec![append] };
        let sliced = self.outbox.take(store, &mut appends)?;
        let mark = Mark { position: self.position, as_of, sequence, attempt, sliced };
        Ok((Part { task: self.task, mark }, appends))
    }

    fn upsert(&self, place: Place, as_of: Timestamp) -> Produced {
        let (id, counter) = self.ledger.at(place);
        let dims: Vec<(&str, Cow<'_, str>)> = id.series.dims().collect();
        let window = self.ledger.window(place);
        let told = describe(&self.settings, id, window, (counter, &dims), as_of);
        let value = self.settings.topics.format.insight(&told, &self.settings.map.zone);
        Produced { key: name(&self.settings, id).into_bytes(), value: Some(value) }
    }

    /// The position up to which the task has committed.
    pub fn committed_to(&self) -> u64 {
        self.mark.position
    }

    /// The commit is durable.
    pub fn committed(&mut self, mark: Mark) {
        self.mark = mark;
        self.outbox.committed(mark.sliced);
    }

    /// Writes everything that the store lacks; called only when nothing is uncommitted.
    pub fn flush(&mut self, store: &mut impl StateStore) -> Result<(), Verdict> {
        let mut writes = Vec::new();
        let (changed, gone) = self.ledger.take_unstored(self.is_replaying);
        let key = |tag: u8, id: &CounterId| [&[tag], stored_name(id).as_bytes()].concat();
        for id in &gone {
            writes.push(StateWrite { key: key(COUNTER, id), value: None });
            // A running total is never final.
            if id.start.is_some() {
                writes.push(StateWrite { key: key(CORRECTIONS, id), value: None });
            }
        }
        for place in changed {
            let (id, counter) = self.ledger.at(place);
            let mut bytes = Vec::new();
            state::encode_counter(
                counter.count,
                counter.amounts.iter().map(|(currency, amount)| (&**currency, *amount)),
                (counter.revision, counter.is_final),
                &mut bytes,
            );
            writes.push(StateWrite { key: key(COUNTER, id), value: Some(bytes) });
            if counter.corrections > 0 {
                let value = Some(counter.corrections.to_le_bytes().to_vec());
                writes.push(StateWrite { key: key(CORRECTIONS, id), value });
            }
        }
        for (partition, (at, as_of)) in self.sources.iter().enumerate() {
            let key = [&[SOURCE], &(partition as u32).to_be_bytes()[..]].concat();
            let value = [at.to_le_bytes(), as_of.millis().to_le_bytes()].concat();
            writes.push(StateWrite { key, value: Some(value) });
        }
        writes.push(low::high(self.mark.position));
        let low = Low { position: self.position.min(self.mark.position), records: 0 };
        self.outbox.add(&mut writes, low);
        store.write(self.task, &writes)?;
        low::write(self.task, store, low)
    }
}

/// A counter in words, as topics, files and answers carry it.
pub fn describe<'a>(
    settings: &'a Settings,
    id: &CounterId,
    window: Option<Window>,
    (counter, dims): (&'a Counter, &'a [(&'a str, Cow<'a, str>)]),
    as_of: Timestamp,
) -> encode::Counter<'a> {
    let map = &settings.map;
    encode::Counter {
        family: id.series.family().map_or("", |family| family.name()),
        map: &map.name,
        version: map.version,
        fold: FOLD_VERSION,
        window,
        dims: dims.iter().map(|(name, value)| (*name, &**value)).collect(),
        count: counter.count,
        amounts: counter.amounts.iter().map(|(code, amount)| (&**code, *amount)).collect(),
        revision: counter.revision,
        is_final: counter.is_final,
        as_of,
    }
}

/// The counter's key on the topic: `family|map|version|fold|size|start|dim=value|…`.
fn name(settings: &Settings, id: &CounterId) -> String {
    let (family, dims) = id.series.0.split_once('|').unwrap_or((&id.series.0, ""));
    let map = &settings.map;
    let start = id.start.map_or(String::new(), |start| start.to_string());
    format!("{family}|{}|{}|{FOLD_VERSION}|{}|{start}|{dims}", map.name, map.version, id.size)
}

/// The counter's key in the store: `size|start|series`.
fn stored_name(id: &CounterId) -> String {
    let start = id.start.map_or(String::new(), |start| start.millis().to_string());
    format!("{}|{start}|{}", id.size, id.series.0)
}

/// The id of a counter by its key in the store.
fn stored_id(name: &[u8]) -> Option<CounterId> {
    let mut parts = std::str::from_utf8(name).ok()?.splitn(3, '|');
    let size = Size::parse(parts.next()?)?;
    let start = match parts.next()? {
        "" => None,
        millis => Some(Timestamp::from_millis(millis.parse().ok()?)),
    };
    Some(CounterId { series: Series(parts.next()?.into()), size, start })
}

fn restore(ledger: &mut Ledger, name: &[u8], value: &[u8]) -> Option<()> {
    let (count, amounts, (revision, is_final)) = state::decode_counter(value).ok()?;
    let counter = Counter { count, amounts, revision, is_final, corrections: 0 };
    ledger.restore(stored_id(name)?, counter);
    Some(())
}

fn restore_corrections(ledger: &mut Ledger, name: &[u8], value: &[u8]) -> Option<()> {
    let corrections = u32::from_le_bytes(value.try_into().ok()?);
    ledger.restore_corrections(&stored_id(name)?, corrections);
    Some(())
}

fn restore_source(sources: &mut [(u64, Timestamp)], partition: &[u8], value: &[u8]) -> Option<()> {
    let partition = u32::from_be_bytes(partition.try_into().ok()?);
    let at = u64::from_le_bytes(value.get(..8)?.try_into().ok()?);
    let as_of = i64::from_le_bytes(value.get(8..)?.try_into().ok()?);
    *sources.get_mut(partition as usize)? = (at, Timestamp::from_millis(as_of));
    Some(())
}
