//! A log whose commits may fail before or after they are applied.

use super::Random;
use crate::{Log, Mark, Node, Produced, Record, RecordSink, TaskId, Topics, Transaction, Verdict};
use model::Timestamp;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A record as it lies in a partition.
type Stored = (Timestamp, Produced);

/// Topics and marks in memory; shared, as a log is by the processes that come one after the other.
#[derive(Clone, Default)]
pub struct SimTopics(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    partitions: BTreeMap<(String, u32), Vec<Stored>>,
    marks: BTreeMap<TaskId, Mark>,
}

impl SimTopics {
    /// Appends a record at a time.
    pub fn append(&self, topic: &str, partition: u32, at: Timestamp, record: Produced) {
        let mut inner = self.0.borrow_mut();
        inner.partitions.entry((topic.to_owned(), partition)).or_default().push((at, record));
    }

    /// Every record of a topic, partition by partition.
    pub fn records(&self, topic: &str) -> Vec<Produced> {
        let inner = self.0.borrow();
        let partitions = inner.partitions.iter().filter(|entry| entry.0.0 == topic);
        partitions.flat_map(|entry| entry.1.iter().map(|stored| stored.1.clone())).collect()
    }

    /// Visits the records of one partition, in order.
    pub fn visit(&self, topic: &str, partition: u32, visit: &mut dyn FnMut(&Record<'_>)) {
        let inner = self.0.borrow();
        let stored = inner.partitions.get(&(topic.to_owned(), partition)).into_iter().flatten();
        for (position, (append_time, record)) in stored.enumerate() {
            let (position, value) = (position as u64, record.value.as_deref());
            visit(&Record { position, append_time: *append_time, key: &record.key, value });
        }
    }

    /// The committed mark of a task.
    pub fn mark(&self, task: TaskId) -> Mark {
        self.0.borrow().marks.get(&task).copied().unwrap_or(Mark::NONE)
    }
}

/// The log as one worker sees it.
pub struct SimLog {
    world: SimTopics,
    topics: Topics,
    positions: BTreeMap<TaskId, u64>,
    random: Random,
    /// One commit in so many fails; 0: none.
    fails_once_in: u64,
}

impl SimLog {
    /// A worker's view, which owns every task.
    pub fn new(world: &SimTopics, topics: &Topics, random: Random, fails_once_in: u64) -> SimLog {
        let nodes = [Node::Journey, Node::Insight];
        let tasks = nodes.iter().flat_map(|node| {
            (0..topics.partitions).map(|partition| TaskId { node: *node, partition })
        });
        SimLog {
            world: world.clone(),
            topics: topics.clone(),
            positions: tasks.map(|task| (task, 0)).collect(),
            random,
            fails_once_in,
        }
    }

    fn input(&self, task: TaskId) -> (String, u32) {
        let topic = match task.node {
            Node::Journey => &self.topics.touchpoints,
            Node::Insight => &self.topics.frames,
        };
        (topic.clone(), task.partition)
    }
}

impl Log for SimLog {
    fn tasks(&mut self) -> Vec<TaskId> {
        self.positions.keys().copied().collect()
    }

    fn committed(&mut self, task: TaskId) -> Result<Mark, Verdict> {
        Ok(self.world.mark(task))
    }

    fn bounds(&mut self, task: TaskId) -> Result<(u64, u64), Verdict> {
        let inner = self.world.0.borrow();
        Ok((0, inner.partitions.get(&self.input(task)).map_or(0, |records| records.len() as u64)))
    }

    fn seek(&mut self, task: TaskId, position: u64) -> Result<(), Verdict> {
        self.positions.insert(task, position);
        Ok(())
    }

    /// Gives a random number of records of each task; the bytes do not matter here.
    fn poll(&mut self, _: usize, _: u32, sink: &mut dyn RecordSink) -> Result<(), Verdict> {
        let inner = self.world.0.borrow();
        for task in self.positions.keys().copied().collect::<Vec<_>>() {
            let Some(stored) = inner.partitions.get(&self.input(task)) else { continue };
            let from = self.positions[&task];
            let count = self.random.below(7);
            let to = (from + count).min(stored.len() as u64);
            let batch: Vec<Record<'_>> = (from..to)
                .map(|position| {
                    let (append_time, record) = &stored[position as usize];
                    Record {
                        position,
                        append_time: *append_time,
                        key: &record.key,
                        value: record.value.as_deref(),
                    }
                })
                .collect();
            if !batch.is_empty() {
                sink.records(task, &batch);
            }
            self.positions.insert(task, to);
        }
        Ok(())
    }

    /// Applies, or does not, or applies and loses the answer: then the process is to crash.
    fn commit(&mut self, transaction: &Transaction) -> Verdict {
        let fails = self.fails_once_in > 0 && self.random.once_in(self.fails_once_in);
        let how = self.random.below(3);
        if fails && how == 0 {
            return Verdict::Abort("rolled back by the simulation".to_owned());
        }
        if fails && how == 1 {
            return Verdict::Fatal("lost before it was applied".to_owned());
        }
        let mut inner = self.world.0.borrow_mut();
        let now = Timestamp::LAST;
        for append in &transaction.appends {
            let lane = (append.topic.clone(), append.partition);
            let records = append.records.iter().map(|record| (now, record.clone()));
            inner.partitions.entry(lane).or_default().extend(records);
        }
        for part in &transaction.parts {
            let known = inner.marks.get(&part.task).copied().unwrap_or(Mark::NONE);
            assert_eq!(part.mark.sequence, known.sequence + 1, "a commit was left out");
            assert!(part.mark.position >= known.position, "a position went back");
            assert!(part.mark.as_of >= known.as_of, "as_of went back");
            inner.marks.insert(part.task, part.mark);
        }
        match fails {
            true => Verdict::Fatal("applied, and the answer lost".to_owned()),
            false => Verdict::Done,
        }
    }
}
