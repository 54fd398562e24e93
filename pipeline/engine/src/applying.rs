//! What is polled, given to the tasks that it is for.

use crate::{InsightTask, JourneyTask, Node, Record, RecordSink, StateStore, TaskId, Verdict};
use std::collections::BTreeMap;

/// Applies what is polled.
pub(crate) struct Applying<'a, S: StateStore> {
    pub(crate) store: &'a S,
    pub(crate) journeys: &'a mut BTreeMap<u32, JourneyTask>,
    pub(crate) insights: &'a mut BTreeMap<u32, InsightTask>,
    pub(crate) records: u64,
    pub(crate) fault: Option<Verdict>,
}

impl<S: StateStore> RecordSink for Applying<'_, S> {
    fn records(&mut self, task: TaskId, batch: &[Record<'_>]) {
        if self.fault.is_some() {
            return;
        }
        self.records += batch.len() as u64;
        let applied = match task.node {
            Node::Journey => {
                let task = self.journeys.get_mut(&task.partition);
                task.map_or(Ok(()), |task| task.apply(self.store, batch))
            }
            Node::Insight => {
                let task = self.insights.get_mut(&task.partition);
                task.map_or(Ok(()), |task| task.apply(batch))
            }
        };
        self.fault = applied.err();
    }
}
