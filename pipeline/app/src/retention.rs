//! How long the log in the folder keeps what it was given.

use crate::clock;
use crate::work::Tasks;
use engine::{Node, TaskId, Topics, Verdict};
use model::{Span, Timestamp};
use rocks::EmbeddedLog;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the log is looked through.
const INTERVAL: Duration = Duration::from_secs(60);

/// Deletes from the log what is older than it shall be, and of what tasks read only what is in
/// their states on the disk.
pub struct Retention {
    log: Arc<EmbeddedLog>,
    topics: Topics,
    keep: Keep,
    last: Option<Instant>,
}

/// For how long after their append records stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// What tasks read: touchpoints and the frames between the tasks.
    pub inputs: Span,
    /// What they tell: transitions, and how counters came to stand as they do.
    pub outputs: Span,
}

impl Retention {
    /// A retention of this log; it is looked through for the first time at once.
    pub fn new(log: Arc<EmbeddedLog>, topics: Topics, keep: Keep) -> Retention {
        Retention { log, topics, keep, last: None }
    }

    /// Goes through the log where it is time. Called when nothing is uncommitted.
    pub fn go_on(&mut self, tasks: &mut Tasks) -> Result<(), Verdict> {
        if self.last.is_some_and(|last| last.elapsed() < INTERVAL) {
            return Ok(());
        }
        self.last = Some(Instant::now());
        self.sweep(tasks, clock::now())
    }

    fn sweep(&self, tasks: &mut Tasks, now: Timestamp) -> Result<(), Verdict> {
        let before = |keep: Span| {
            (keep != Span::NEVER).then(|| Timestamp::from_millis(now.millis() - keep.millis()))
        };
        if let Some(before) = before(self.keep.outputs) {
            for partition in 0..self.topics.partitions {
                let old = |topic| self.log.first_since(topic, partition, before);
                let (transitions, insights) = (&self.topics.transitions, &self.topics.insights);
                self.log.retain(transitions, partition, old(transitions)?)?;
                self.log.compact(insights, partition, old(insights)?)?;
            }
        }
        let Some(before) = before(self.keep.inputs) else { return Ok(()) };
        let mut old = BTreeMap::new();
        for (node, topic) in
            [(Node::Journey, &self.topics.touchpoints), (Node::Insight, &self.topics.frames)]
        {
            for partition in 0..self.topics.partitions {
                let position = self.log.first_since(topic, partition, before)?;
                if position > self.log.start(topic, partition)? {
                    old.insert(TaskId { node, partition }, (topic, position));
                }
            }
        }
        if old.is_empty() {
            return Ok(());
        }
        // The states of what is deleted must be on the disk, which a write behind alone is not.
        let lows = tasks.flushed()?;
        tasks.store().flush()?;
        for (task, (topic, position)) in old {
            let low = lows.get(&task).copied().unwrap_or(0);
            self.log.retain(topic, task.partition, position.min(low))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
