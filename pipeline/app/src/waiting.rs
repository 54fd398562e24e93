//! How long records have waited for their task.
//!
//! The log says how many records wait, not since when the oldest does, and to read that one would
//! cost a request a task. Two times are known without asking, and neither is later than the append
//! of the oldest that waits: when the log took the last record that was applied, for those behind
//! it were taken later; and when nothing waited last.

use engine::TaskId;
use model::Timestamp;
use std::collections::BTreeMap;

/// When nothing waited last, by task.
#[derive(Debug, Default)]
pub struct Waiting(BTreeMap<TaskId, Timestamp>);

impl Waiting {
    /// How long the oldest of `records` can have waited at most; `None` while nothing is known of
    /// it. `applied`: when the log took the last record that the task has applied.
    pub fn seconds(
        &mut self,
        task: TaskId,
        records: u64,
        applied: Timestamp,
        now: Timestamp,
    ) -> Option<f64> {
        if records == 0 {
            self.0.insert(task, now);
            return Some(0.0);
        }
        let empty = self.0.get(&task).copied().unwrap_or(Timestamp::NEVER);
        let since = empty.max(applied);
        // The log's clock may be ahead of ours.
        (since != Timestamp::NEVER).then(|| now.since(since).millis().max(0) as f64 / 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Waiting;
    use engine::{Node, TaskId};
    use model::Timestamp;

    const TASK: TaskId = TaskId { node: Node::Journey, partition: 0 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_767_571_200_000 + seconds * 1_000)
    }

    /// What is said of a task after each look at it: at second, records that wait, when the log
    /// took the last one that was applied.
    #[track_caller]
    fn check(looks: &[(i64, u64, Option<i64>)], expected: &[Option<f64>]) {
        let mut waiting = Waiting::default();
        let said: Vec<Option<f64>> = looks
            .iter()
            .map(|(now, records, applied)| {
                waiting.seconds(TASK, *records, applied.map_or(Timestamp::NEVER, at), at(*now))
            })
            .collect();
        assert_eq!(said, expected, "{looks:?}");
    }

    #[test]
    fn whoever_waits_behind_what_was_applied_came_after_it() {
        check(&[(100, 7, Some(40))], &[Some(60.0)]);
        check(&[(100, 7, Some(40)), (115, 9, Some(114))], &[Some(60.0), Some(1.0)]);
    }

    #[test]
    fn an_hour_without_records_is_no_hour_of_waiting() {
        check(&[(3_600, 0, Some(0)), (3_615, 1, Some(0))], &[Some(0.0), Some(15.0)]);
    }

    #[test]
    fn what_was_never_seen_is_not_known() {
        check(&[(100, 7, None)], &[None]);
        check(&[(100, 0, None)], &[Some(0.0)]);
    }

    #[test]
    fn a_log_whose_clock_is_ahead_lets_nobody_wait_less_than_nothing() {
        check(&[(100, 1, Some(130))], &[Some(0.0)]);
    }
}
