//! A broker: topics with transactions, producers with epochs, a group with generations.
//!
//! ```text
//! produce … ─► send marks ─► end ─► committed: marks and records are there at once
//!    │             │          └───► under way, applied later unless the epoch has gone on
//!    └─────────────┴─ time is over, or a new self begins ─► aborted, the epoch goes on
//! ```

use super::{Rule, Rules};
use crate::{Append, Mark, Produced, TaskId};
use model::Timestamp;
use std::collections::BTreeMap;

/// A partition of a topic.
pub type Lane = (String, u32);

/// Why a request is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The producer has a newer self.
    Epoch,
    /// The group has given the tasks anew.
    Generation,
    /// There is no such transaction any more.
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    Committed,
    Aborted,
}

/// What lies at a position: a record, or the end of a transaction.
struct Entry {
    time: Timestamp,
    record: Option<Produced>,
    fate: Fate,
}

/// The entries of a partition; what lies before `start` is deleted: no reader sees it again.
#[derive(Default)]
struct Entries {
    start: u64,
    list: Vec<Entry>,
}

#[derive(Default)]
struct Transactional {
    epoch: u32,
    is_open: bool,
    written: Vec<(Lane, usize)>,
    marks: Vec<(TaskId, Mark)>,
}

/// What the group has decided.
#[derive(Default)]
struct Group {
    generation: u64,
    owners: BTreeMap<TaskId, usize>,
}

/// A record as a reader of committed records gets it.
pub struct Seen<'a> {
    /// Its position.
    pub position: u64,
    /// When the broker took it.
    pub time: Timestamp,
    /// The record.
    pub record: &'a Produced,
}

/// The broker, or the one embedded log.
#[derive(Default)]
pub struct Broker {
    rules: Rules,
    lanes: BTreeMap<Lane, Entries>,
    marks: BTreeMap<TaskId, Mark>,
    producers: BTreeMap<usize, Transactional>,
    /// Ends of transactions that are under way: whose, and of which epoch.
    under_way: Vec<(usize, u32)>,
    group: Group,
    violations: Vec<String>,
}

impl Broker {
    /// Nothing in it yet.
    pub fn new(rules: Rules) -> Broker {
        Broker { rules, ..Broker::default() }
    }

    /// What was committed against the rules, first to last.
    pub fn violations(&self) -> &[String] {
        &self.violations
    }

    /// Appends a record outside of transactions; answers its position.
    pub fn append(&mut self, lane: Lane, time: Timestamp, record: Produced) -> u64 {
        let entries = self.lanes.entry(lane).or_default();
        entries.list.push(Entry { time, record: Some(record), fate: Fate::Committed });
        entries.list.len() as u64 - 1
    }

    /// Deletes what lies before a position.
    pub fn trim(&mut self, lane: &Lane, position: u64) {
        if let Some(entries) = self.lanes.get_mut(lane) {
            entries.start = entries.start.max(position.min(entries.list.len() as u64));
        }
    }

    /// A new self of a producer: what the former one left open is rolled back.
    pub fn begin_anew(&mut self, who: usize) -> u32 {
        self.roll_back(who);
        let producer = self.producers.entry(who).or_default();
        producer.epoch += 1;
        producer.epoch
    }

    /// The time of an open transaction is over.
    pub fn expire(&mut self, who: usize) -> bool {
        let is_open = self.producers.get(&who).is_some_and(|producer| producer.is_open);
        if is_open {
            self.begin_anew(who);
        }
        is_open
    }

    fn current(&mut self, who: usize, epoch: u32) -> Result<&mut Transactional, Refused> {
        let producer = self.producers.entry(who).or_default();
        if producer.epoch == epoch { Ok(producer) } else { Err(Refused::Epoch) }
    }

    /// Writes records as part of a transaction.
    pub fn produce(&mut self, who: usize, epoch: u32, append: &Append) -> Result<(), Refused> {
        self.current(who, epoch)?.is_open = true;
        let lane = (append.topic.clone(), append.partition);
        for record in &append.records {
            let entries = self.lanes.entry(lane.clone()).or_default();
            let record = Some(record.clone());
            entries.list.push(Entry { time: Timestamp::LAST, record, fate: Fate::Open });
            let place = entries.list.len() - 1;
            self.current(who, epoch)?.written.push((lane.clone(), place));
        }
        Ok(())
    }

    /// Puts marks into a transaction, as a member of a generation.
    pub fn send_marks(
        &mut self,
        who: usize,
        epoch: u32,
        generation: u64,
        marks: &[(TaskId, Mark)],
    ) -> Result<(), Refused> {
        let is_of_now = generation == self.group.generation;
        let producer = self.current(who, epoch)?;
        if !is_of_now {
            return Err(Refused::Generation);
        }
        producer.is_open = true;
        producer.marks.extend_from_slice(marks);
        Ok(())
    }

    /// Ends a transaction: its records and marks are there.
    pub fn end(&mut self, who: usize, epoch: u32) -> Result<(), Refused> {
        let producer = self.current(who, epoch)?;
        if !producer.is_open {
            return Err(Refused::Over);
        }
        if producer.marks.is_empty() {
            self.violations.push("records became visible without their marks".to_owned());
        }
        self.finish(who, Fate::Committed);
        Ok(())
    }

    /// The request to end a transaction is under way, and may arrive or not.
    pub fn end_later(&mut self, who: usize, epoch: u32) {
        self.under_way.push((who, epoch));
    }

    /// One of the requests under way arrives; says whose, and whether it was taken.
    pub fn deliver(&mut self, which: usize) -> Option<(usize, bool)> {
        if self.under_way.is_empty() {
            return None;
        }
        let (who, epoch) = self.under_way.remove(which % self.under_way.len());
        Some((who, self.end(who, epoch).is_ok()))
    }

    /// Rolls a transaction back.
    pub fn abort(&mut self, who: usize, epoch: u32) -> Result<(), Refused> {
        self.current(who, epoch)?;
        self.roll_back(who);
        Ok(())
    }

    fn roll_back(&mut self, who: usize) {
        if self.producers.get(&who).is_some_and(|producer| producer.is_open) {
            self.finish(who, Fate::Aborted);
        }
    }

    fn finish(&mut self, who: usize, fate: Fate) {
        let producer = self.producers.entry(who).or_default();
        producer.is_open = false;
        let written = std::mem::take(&mut producer.written);
        let marks = std::mem::take(&mut producer.marks);
        let mut lanes = Vec::new();
        for (lane, place) in written {
            if let Some(entries) = self.lanes.get_mut(&lane) {
                entries.list[place].fate = fate;
            }
            if !lanes.contains(&lane) {
                lanes.push(lane);
            }
        }
        // As in Kafka the end takes a position of its own, which no reader is given.
        for lane in lanes {
            let entries = self.lanes.entry(lane).or_default();
            entries.list.push(Entry { time: Timestamp::LAST, record: None, fate });
        }
        if fate == Fate::Committed {
            self.accept(&marks);
        }
    }

    /// Commits marks and records at once, as the embedded log does.
    pub fn commit(&mut self, marks: &[(TaskId, Mark)], appends: &[Append]) {
        for append in appends {
            let lane = (append.topic.clone(), append.partition);
            for record in &append.records {
                self.append(lane.clone(), Timestamp::LAST, record.clone());
            }
        }
        self.accept(marks);
    }

    fn accept(&mut self, marks: &[(TaskId, Mark)]) {
        for (task, mark) in marks {
            let held = self.marks.insert(*task, *mark).unwrap_or(Mark::NONE);
            let what = match () {
                () if mark.sequence != held.sequence + 1 => "a commit was made twice or left out",
                () if mark.position < held.position => "a position went back",
                () if mark.as_of < held.as_of => "as_of went back",
                () => continue,
            };
            self.violations.push(format!("{what}: {task:?} held {held:?}, then {mark:?}"));
        }
    }

    /// The committed mark of a task; `None` while a transaction that carries it is undecided.
    pub fn mark(&self, task: TaskId) -> Option<Mark> {
        let carries = |producer: &Transactional| producer.marks.iter().any(|mark| mark.0 == task);
        if self.rules.hold(Rule::StableRead) && self.producers.values().any(carries) {
            return None;
        }
        Some(self.marks.get(&task).copied().unwrap_or(Mark::NONE))
    }

    /// The last mark that was committed, whatever is under way.
    pub fn last_mark(&self, task: TaskId) -> Mark {
        self.marks.get(&task).copied().unwrap_or(Mark::NONE)
    }

    /// The first retained position of a partition, and the one after its last readable record.
    pub fn bounds(&self, lane: &Lane) -> (u64, u64) {
        let Some(entries) = self.lanes.get(lane) else { return (0, 0) };
        let end = self.read(lane, entries.start).last().map_or(0, |seen| seen.position + 1);
        (entries.start, end.max(entries.start))
    }

    /// The records from a position on, up to the first that is undecided.
    pub fn read(&self, lane: &Lane, from: u64) -> impl DoubleEndedIterator<Item = Seen<'_>> {
        let list = self.lanes.get(lane).map_or(&[][..], |entries| &entries.list);
        let is_visible = |entry: &Entry| match entry.fate {
            Fate::Open => !self.rules.hold(Rule::CommittedReads),
            Fate::Committed => true,
            Fate::Aborted => false,
        };
        let is_undecided = |entry: &Entry| entry.fate == Fate::Open && !is_visible(entry);
        let end = list.iter().position(is_undecided).unwrap_or(list.len());
        let first = (from as usize).min(end);
        let entries = list[first..end].iter().enumerate();
        entries.filter(move |(_, entry)| is_visible(entry)).filter_map(move |(at, entry)| {
            let record = entry.record.as_ref()?;
            Some(Seen { position: (first + at) as u64, time: entry.time, record })
        })
    }

    /// Every committed record of a topic, partition by partition: those that are deleted too, and
    /// those that no reader is given yet because a record before them is undecided.
    pub fn records(&self, topic: &str) -> impl Iterator<Item = (&Lane, &Produced)> {
        let lanes = self.lanes.iter().filter(move |lane| lane.0.0 == topic);
        lanes.flat_map(|(lane, entries)| {
            let committed = entries.list.iter().filter(|entry| entry.fate == Fate::Committed);
            committed.filter_map(move |entry| Some((lane, entry.record.as_ref()?)))
        })
    }

    /// Gives the tasks anew: a later generation begins.
    pub fn assign(&mut self, owners: BTreeMap<TaskId, usize>) {
        self.group.owners = owners;
        self.group.generation += 1;
    }

    /// The generation of the group, and the tasks that a member has in it.
    pub fn assignment(&self, who: usize) -> (u64, Vec<TaskId>) {
        let owned = self.group.owners.iter().filter(|owner| *owner.1 == who);
        (self.group.generation, owned.map(|owner| *owner.0).collect())
    }
}
