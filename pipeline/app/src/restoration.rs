//! How far lost states are restored, told while it goes on.

use crate::work::Tasks;
use engine::{Progress, TaskId};
use std::time::{Duration, Instant};

/// How long between two lines in the log.
const INTERVAL: Duration = Duration::from_secs(5);

/// Tells what is being restored.
#[derive(Default)]
pub struct Restoration {
    begun: Option<Instant>,
    told: Option<Instant>,
    last: Option<Progress>,
}

impl Restoration {
    /// Looks at the tasks, and says how far they are where it is time.
    pub fn look(&mut self, tasks: &Tasks) {
        let restoring = tasks.restoring();
        // The last is the one that is read now.
        let now = restoring.last().copied();
        if let Some(last) = self.last.filter(|last| now.map(|now| now.task) != Some(last.task)) {
            let took = self.begun.map_or(0.0, |begun| begun.elapsed().as_secs_f64());
            let (task, bytes) = (name(last.task), last.bytes);
            tracing::info!(task, bytes, seconds = took, "restored its states from the changelog");
            (self.begun, self.told) = (None, None);
        }
        self.last = now;
        let Some(progress) = now else { return };
        let begun = *self.begun.get_or_insert_with(Instant::now);
        if self.told.is_none_or(|told| told.elapsed() >= INTERVAL) {
            self.told = Some(Instant::now());
            let seconds = begun.elapsed().as_secs_f64();
            tracing::info!(bytes = progress.bytes, seconds, "{}", said(&progress));
        }
    }
}

/// A task as metrics and answers name it.
pub fn name(task: TaskId) -> String {
    format!("{:?}-{}", task.node, task.partition).to_lowercase()
}

/// What part of a changelog is read.
pub fn share(progress: &Progress) -> f64 {
    match progress.extent.all {
        0 => 0.0,
        all => progress.extent.read.min(all) as f64 / all as f64,
    }
}

/// How far a task is, as a sentence.
pub fn said(progress: &Progress) -> String {
    let percent = (share(progress) * 100.0).floor();
    format!("states of {} are restored from its changelog: {percent} %", name(progress.task))
}

#[cfg(test)]
mod tests {
    use super::said;
    use engine::{Extent, Node, Progress, TaskId};

    #[test]
    fn progress_is_said_in_percent_and_is_not_over_before_it_is() {
        let task = TaskId { node: Node::Journey, partition: 3 };
        for (read, all, percent) in
            [(0, 0, "0"), (0, 9, "0"), (1, 3, "33"), (999, 1_000, "99"), (7, 7, "100")]
        {
            let extent = Extent { read, all, is_at_end: false };
            let should =
                format!("states of journey-3 are restored from its changelog: {percent} %");
            assert_eq!(said(&Progress { task, extent, bytes: 0 }), should);
        }
    }
}
