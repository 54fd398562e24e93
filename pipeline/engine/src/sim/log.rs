//! The log as one worker sees it: on a broker with a group, or embedded.

use super::broker::{Broker, Lane, Refused};
use super::schedule::{Answer, NO_ANSWER, Plan};
use super::store::Pause;
use super::{Rule, Rules};
use crate::low::LOW;
use crate::{
    Append, Became, Extent, Log, Mark, Node, Produced, Record, RecordSink, TaskId, Topics,
    Transaction, Verdict, became,
};
use codec::slice::TakeState;
use codec::state;
use model::Timestamp;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Records of a changelog that are given at once.
const READ_AT_ONCE: usize = 12;

/// Which of the two logs is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One process, whose commits are one write.
    Embedded,
    /// A group of processes, whose commits are transactions.
    Cluster,
}

/// Where a process lives: what it shares with the world.
#[derive(Clone)]
pub struct Place {
    /// Which process.
    pub who: usize,
    /// The log that it lives on.
    pub kind: Kind,
    /// The broker, or the embedded log.
    pub broker: Rc<RefCell<Broker>>,
    /// How the present turn goes.
    pub plan: Rc<RefCell<Plan>>,
    /// Called at every point where others may act, or the process die.
    pub pause: Pause,
    /// The rules that hold.
    pub rules: Rules,
}

/// The log as one worker sees it.
pub struct SimLog {
    place: Place,
    topics: Topics,
    epoch: u32,
    generation: u64,
    assignments: u64,
    positions: BTreeMap<TaskId, u64>,
    /// The changelog that was opened last, and how far it is read.
    changelog: Option<(Lane, u64)>,
    is_fenced: bool,
}

impl SimLog {
    /// Ends what a former self left open, then joins; tasks come with `tasks` and `poll`.
    pub fn open(place: Place, topics: &Topics) -> SimLog {
        let epoch = match place.kind {
            Kind::Embedded => 0,
            Kind::Cluster => place.broker.borrow_mut().begin_anew(place.who),
        };
        SimLog {
            place,
            topics: topics.clone(),
            epoch,
            generation: 0,
            assignments: 0,
            positions: BTreeMap::new(),
            changelog: None,
            is_fenced: false,
        }
    }

    fn pause(&self, what: &str) -> Result<(), Verdict> {
        (self.place.pause)(what)
    }

    fn holds(&self, rule: Rule) -> bool {
        self.place.rules.hold(rule)
    }

    fn input(&self, task: TaskId) -> Lane {
        let topic = match task.node {
            Node::Journey => &self.topics.touchpoints,
            Node::Insight => &self.topics.frames,
        };
        (topic.clone(), task.partition)
    }

    fn check_fenced(&self) -> Result<(), Verdict> {
        match self.is_fenced {
            true => Err(Verdict::Fenced("another process runs under this name".to_owned())),
            false => Ok(()),
        }
    }

    /// Hears what the group has decided. Who heard of every generation lets go of what others
    /// have now, and takes what is new; who missed one has lost everything, and takes it anew.
    fn serve(&mut self) -> Result<(), Verdict> {
        if self.place.plan.borrow().is_deaf && self.generation > 0 {
            return Ok(());
        }
        let (generation, tasks) = self.place.broker.borrow().assignment(self.place.who);
        if generation == self.generation {
            return Ok(());
        }
        let has_missed = generation > self.generation + 1;
        let before = self.positions.len();
        self.positions.retain(|task, _| !has_missed && tasks.contains(task));
        let mut has_changed = self.positions.len() < before;
        for task in tasks {
            if !self.positions.contains_key(&task) {
                let mark = self.stable_mark(task)?;
                self.positions.insert(task, mark.position);
                has_changed = true;
            }
        }
        self.generation = generation;
        if has_changed && self.holds(Rule::TakenMeansAnew) {
            self.assignments += 1;
        }
        Ok(())
    }

    fn stable_mark(&self, task: TaskId) -> Result<Mark, Verdict> {
        let read = || self.place.broker.borrow().mark(task);
        if let Some(mark) = read() {
            return Ok(mark);
        }
        self.pause("waits for a transaction of another to end")?;
        read().ok_or_else(|| Verdict::Retry("a transaction is undecided".to_owned()))
    }

    fn refused(&mut self, refused: Refused) -> Verdict {
        match refused {
            Refused::Epoch => {
                self.is_fenced = true;
                Verdict::Fenced("the producer has a newer self".to_owned())
            }
            Refused::Generation => Verdict::Abort("the group has moved on".to_owned()),
            Refused::Over => Verdict::Abort("the transaction is over".to_owned()),
        }
    }

    fn transact(&mut self, marks: &[(TaskId, Mark)], appends: &[Append]) -> Result<(), Verdict> {
        let (who, answer) = (self.place.who, self.place.plan.borrow().answer);
        for append in appends {
            self.pause("writes records in a transaction")?;
            if !self.holds(Rule::SlicesFenced) && self.is_changelog(&append.topic) {
                self.write_unfenced(append);
                continue;
            }
            let written = self.place.broker.borrow_mut().produce(who, self.epoch, append);
            written.map_err(|refused| self.refused(refused))?;
        }
        self.pause("sends its marks")?;
        let generation = match self.holds(Rule::OwnGeneration) {
            true => self.generation,
            false => self.place.broker.borrow().assignment(who).0,
        };
        let sent = self.place.broker.borrow_mut().send_marks(who, self.epoch, generation, marks);
        if let Err(refused) = sent {
            let verdict = self.refused(refused);
            return Err(self.rolled_back(verdict));
        }
        self.pause("ends the transaction")?;
        match answer {
            Answer::Refused => {
                let verdict = Verdict::Abort("the broker wants it rolled back".to_owned());
                return Err(self.rolled_back(verdict));
            }
            Answer::Received => {
                let ended = self.place.broker.borrow_mut().end(who, self.epoch);
                return ended.map_err(|refused| self.refused(refused));
            }
            Answer::LostBefore => {}
            Answer::LostAfter => {
                // Whether it was taken is what nobody here is told.
                let _ = self.place.broker.borrow_mut().end(who, self.epoch);
            }
            Answer::UnderWay => {
                self.place.broker.borrow_mut().end_later(who, self.epoch);
                if !self.holds(Rule::CommittedOnly) {
                    return Ok(());
                }
            }
        }
        self.pause(NO_ANSWER)?;
        self.decide(marks)
    }

    /// Lets a changelog speak for all that its task has committed.
    fn raise_lows(&self, transaction: &mut Transaction) {
        for part in &mut transaction.parts {
            part.mark.sliced.low = part.mark.position;
            let topic = self.topics.changelog(part.task.node);
            let is_own = |append: &&mut Append| {
                append.topic == topic && append.partition == part.task.partition
            };
            for append in transaction.appends.iter_mut().filter(is_own) {
                let is_low = |record: &&mut Produced| record.key.get(4..) == Some(LOW);
                for record in append.records.iter_mut().filter(is_low) {
                    let Some(value) = &mut record.value else { continue };
                    let low = state::decode_low(value).unwrap_or_default();
                    value.clear();
                    let position = part.mark.position;
                    state::encode_low(state::Low { position, ..low }, value);
                }
            }
        }
    }

    fn is_changelog(&self, topic: &str) -> bool {
        [Node::Journey, Node::Insight].iter().any(|node| self.topics.changelog(*node) == topic)
    }

    /// What a producer of its own would do, which nobody fences.
    fn write_unfenced(&self, append: &Append) {
        let lane = (append.topic.clone(), append.partition);
        for record in &append.records {
            let mut broker = self.place.broker.borrow_mut();
            broker.append(lane.clone(), Timestamp::LAST, record.clone());
        }
    }

    fn rolled_back(&mut self, verdict: Verdict) -> Verdict {
        let aborted = self.place.broker.borrow_mut().abort(self.place.who, self.epoch);
        aborted.err().map_or(verdict, |refused| self.refused(refused))
    }

    /// Finds out what became of a commit: a new self ends it, then the marks tell.
    fn decide(&mut self, marks: &[(TaskId, Mark)]) -> Result<(), Verdict> {
        if self.holds(Rule::FenceBeforeDeciding) {
            self.epoch = self.place.broker.borrow_mut().begin_anew(self.place.who);
        } else {
            // It is rolled back, but the request to end it is under way, and of the same epoch.
            let _ = self.place.broker.borrow_mut().abort(self.place.who, self.epoch);
        }
        self.pause("asks what became of it")?;
        let unknown = |verdict: Verdict| Verdict::Fatal(format!("cannot find out: {verdict:?}"));
        let mut found = Vec::new();
        for (task, sent) in marks {
            let mut mark = self.stable_mark(*task).map_err(unknown)?;
            if !self.holds(Rule::AttemptNamed) && mark.sequence == sent.sequence {
                mark = *sent;
            }
            found.push(mark);
        }
        let sent: Vec<Mark> = marks.iter().map(|mark| mark.1).collect();
        if !self.holds(Rule::MarkDecides) {
            return Ok(());
        }
        match became(&sent, &found) {
            Became::Committed => Ok(()),
            Became::RolledBack => Err(Verdict::Abort("it was rolled back".to_owned())),
            Became::Superseded(_) => Err(Verdict::Fenced("another has committed".to_owned())),
        }
    }

    /// One write: it is there or not, and a process that is not told has died.
    fn write(&mut self, marks: &[(TaskId, Mark)], appends: &[Append]) -> Result<(), Verdict> {
        let answer = self.place.plan.borrow().answer;
        self.pause("commits")?;
        match answer {
            Answer::Refused => return Err(Verdict::Retry("too much waits".to_owned())),
            Answer::LostBefore => return Err(Verdict::Fatal("could not write".to_owned())),
            Answer::Received | Answer::LostAfter | Answer::UnderWay => {}
        }
        self.place.broker.borrow_mut().commit(marks, appends);
        if answer == Answer::LostAfter {
            return Err(Verdict::Fatal("written, and not told".to_owned()));
        }
        self.pause("has committed")
    }
}

impl Log for SimLog {
    fn tasks(&mut self) -> Vec<TaskId> {
        // What could not be heard now is heard with the next poll.
        let _ = self.serve();
        self.positions.keys().copied().collect()
    }

    fn assignment(&self) -> u64 {
        self.assignments
    }

    fn committed(&mut self, task: TaskId) -> Result<Mark, Verdict> {
        self.check_fenced()?;
        self.pause("reads a mark")?;
        let mut mark = self.stable_mark(task)?;
        if !self.holds(Rule::AsOfCommitted) {
            mark.as_of = Mark::NONE.as_of;
        }
        Ok(mark)
    }

    fn bounds(&mut self, task: TaskId) -> Result<(u64, u64), Verdict> {
        self.check_fenced()?;
        let (start, end) = self.place.broker.borrow().bounds(&self.input(task));
        Ok((if self.holds(Rule::RetentionChecked) { start } else { 0 }, end))
    }

    fn seek(&mut self, task: TaskId, position: u64) -> Result<(), Verdict> {
        self.positions.insert(task, position);
        Ok(())
    }

    fn poll(&mut self, _: usize, _: u32, sink: &mut dyn RecordSink) -> Result<(), Verdict> {
        self.check_fenced()?;
        self.pause("polls")?;
        self.serve()?;
        let take = self.place.plan.borrow().take;
        let broker = self.place.broker.borrow();
        let tasks: Vec<TaskId> = self.positions.keys().copied().collect();
        for (task, count) in tasks.into_iter().zip(take.into_iter().cycle()) {
            let lane = self.input(task);
            let (start, from) = (broker.bounds(&lane).0, self.positions[&task]);
            if from < start && broker.assignment(self.place.who).0 != self.generation {
                // Who has not heard that others go on may ask for what these need no more.
                return Err(Verdict::Abort(format!("{from} of {lane:?} is deleted")));
            }
            if from < start && self.holds(Rule::RetentionChecked) {
                return Err(Verdict::Corrupted(format!("{from} of {lane:?} is deleted")));
            }
            let seen = broker.read(&lane, from.max(start)).take(usize::from(count));
            let batch: Vec<Record<'_>> = seen
                .map(|seen| Record {
                    position: seen.position,
                    append_time: seen.time,
                    key: &seen.record.key,
                    value: seen.record.value.as_deref(),
                })
                .collect();
            let Some(last) = batch.last() else { continue };
            self.positions.insert(task, last.position + 1);
            // A poll gives what it gives in any number of batches.
            let (one, two) = batch.split_at(batch.len() / 2);
            for part in [one, two].into_iter().filter(|part| !part.is_empty()) {
                sink.records(task, part);
            }
        }
        Ok(())
    }

    fn has_changelog(&self) -> bool {
        self.place.kind == Kind::Cluster
    }

    fn open_changelog(&mut self, task: TaskId) -> Result<bool, Verdict> {
        self.check_fenced()?;
        self.pause("opens a changelog")?;
        let lane = (self.topics.changelog(task.node).to_owned(), task.partition);
        let (start, end) = self.place.broker.borrow().bounds(&lane);
        self.changelog = Some((lane, start));
        Ok(end > start)
    }

    fn read_changelog(&mut self, _: u32, give: &mut TakeState<'_>) -> Result<Extent, Verdict> {
        self.check_fenced()?;
        self.pause("reads a changelog")?;
        let Some((lane, from)) = self.changelog.clone() else { return Ok(Extent::default()) };
        let broker = self.place.broker.borrow();
        // As if it had just been compacted: the last of each key, where it was written.
        let mut last = BTreeMap::new();
        for seen in broker.read(&lane, 0) {
            last.insert(&seen.record.key, (seen.position, &seen.record.value));
        }
        let left: BTreeMap<u64, _> =
            last.iter().map(|(key, (position, value))| (*position, (*key, *value))).collect();
        let mut next = from;
        for (position, (key, value)) in left.range(from..).take(READ_AT_ONCE) {
            give(key, value.as_deref());
            next = position + 1;
        }
        let all = broker.bounds(&lane).1;
        let is_at_end = left.range(next..).next().is_none();
        self.changelog = Some((lane, next));
        Ok(Extent { read: next, all, is_at_end })
    }

    fn commit(&mut self, transaction: &Transaction) -> Verdict {
        let mut transaction = transaction.clone();
        if !self.holds(Rule::OwnLow) {
            self.raise_lows(&mut transaction);
        }
        let parts = transaction.parts.iter();
        let marks: Vec<(TaskId, Mark)> = parts.map(|part| (part.task, part.mark)).collect();
        let done = match self.place.kind {
            Kind::Embedded => self.write(&marks, &transaction.appends),
            Kind::Cluster => {
                self.check_fenced().and_then(|()| self.transact(&marks, &transaction.appends))
            }
        };
        done.err().unwrap_or(Verdict::Done)
    }
}
