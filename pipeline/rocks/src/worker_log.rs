//! The engine's port over the embedded log, for the tasks of one worker.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use engine::{Log, Mark, Node, RecordSink, TaskId, Transaction, Verdict};

use crate::EmbeddedLog;

/// Names of the topics that tasks read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// Input of journey tasks.
    pub journey: String,
    /// Input of insight tasks.
    pub insight: String,
}

/// The log as one worker sees it.
pub struct WorkerLog {
    log: Arc<EmbeddedLog>,
    inputs: Inputs,
    positions: BTreeMap<TaskId, u64>,
    turn: usize,
}

impl WorkerLog {
    /// A worker's view; every task begins at its committed position.
    pub fn new(log: Arc<EmbeddedLog>, inputs: Inputs, tasks: &[TaskId]) -> WorkerLog {
        let positions = tasks.iter().map(|task| (*task, log.committed(*task).position)).collect();
        WorkerLog { log, inputs, positions, turn: 0 }
    }

    fn topic(&self, task: TaskId) -> &str {
        match task.node {
            Node::Journey => &self.inputs.journey,
            Node::Insight => &self.inputs.insight,
        }
    }
}

impl Log for WorkerLog {
    fn tasks(&mut self) -> Vec<TaskId> {
        self.positions.keys().copied().collect()
    }

    /// Nobody else has tasks here.
    fn assignment(&self) -> u64 {
        0
    }

    fn committed(&mut self, task: TaskId) -> Result<Mark, Verdict> {
        Ok(self.log.committed(task))
    }

    fn bounds(&mut self, task: TaskId) -> Result<(u64, u64), Verdict> {
        let topic = self.topic(task);
        Ok((self.log.start(topic, task.partition)?, self.log.end(topic, task.partition)?))
    }

    fn seek(&mut self, task: TaskId, position: u64) -> Result<(), Verdict> {
        self.positions.insert(task, position);
        Ok(())
    }

    fn poll(
        &mut self,
        bytes_max: usize,
        wait_millis: u32,
        sink: &mut dyn RecordSink,
    ) -> Result<(), Verdict> {
        let mut tasks: Vec<TaskId> = self.positions.keys().copied().collect();
        if tasks.is_empty() {
            return Ok(());
        }
        // The first in turn changes, so that a busy task does not starve the others.
        self.turn = (self.turn + 1) % tasks.len();
        tasks.rotate_left(self.turn);
        let wanted: Vec<(&str, u32, u64)> =
            tasks.iter().map(|t| (self.topic(*t), t.partition, self.positions[t])).collect();
        self.log.wait(&wanted, Duration::from_millis(u64::from(wait_millis)))?;
        let share = (bytes_max / tasks.len()).max(1);
        let mut moved = Vec::with_capacity(tasks.len());
        for (task, (topic, partition, from)) in tasks.iter().zip(&wanted) {
            let mut give = |batch: &[engine::Record<'_>]| sink.records(*task, batch);
            moved.push((*task, self.log.read(topic, *partition, *from, share, &mut give)?));
        }
        self.positions.extend(moved);
        Ok(())
    }

    fn commit(&mut self, transaction: &Transaction) -> Verdict {
        self.log.commit(transaction)
    }
}
