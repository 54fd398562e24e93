//! What has changed, for whoever waits for news: written by the worker after its commits, read at
//! any time without asking it.

use crate::work::Tasks;
use engine::{Node, TaskId};
use model::Timestamp;
use serve::News;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// For how long the worker may do nothing before it counts as stuck. Everything that it waits for
/// has a deadline of its own, and a question may take it a while.
const STUCK: Duration = Duration::from_secs(10 * 60);

/// The latest news, which tasks are here, and when the worker was last seen to be alive.
pub struct Pulse {
    news: Mutex<News>,
    tasks: Mutex<Vec<TaskId>>,
    /// Why the worker must not go on.
    forbidden: OnceLock<String>,
    /// By a clock that nobody can set.
    begun: Instant,
    /// Milliseconds after `begun`.
    seen: AtomicU64,
}

impl Default for Pulse {
    fn default() -> Pulse {
        let (news, tasks) = (Mutex::default(), Mutex::default());
        let forbidden = OnceLock::new();
        Pulse { news, tasks, forbidden, begun: Instant::now(), seen: AtomicU64::new(0) }
    }
}

impl Pulse {
    /// Takes over what the tasks say; nothing is uncommitted.
    pub fn beat(&self, tasks: &Tasks) {
        let mut revisions: BTreeMap<&'static str, u64> = BTreeMap::new();
        let insights = tasks.insights().values();
        for (family, at) in insights.clone().flat_map(|task| task.changed_at()) {
            // Each of them only ever grows, and so does their sum.
            *revisions.entry(family.name()).or_default() += at;
        }
        let as_of = insights.map(|task| task.as_of()).min();
        let as_of = as_of.filter(|as_of| *as_of != Timestamp::NEVER);
        *self.news.lock().unwrap_or_else(PoisonError::into_inner) = News { revisions, as_of };
        let task = |node| move |partition: &u32| TaskId { node, partition: *partition };
        let journeys = tasks.journeys().keys().map(task(Node::Journey));
        let here = journeys.chain(tasks.insights().keys().map(task(Node::Insight))).collect();
        *self.tasks.lock().unwrap_or_else(PoisonError::into_inner) = here;
    }

    /// The worker is alive: said before each of its turns.
    pub fn live(&self) {
        self.seen.store(self.since_begun(Instant::now()), Ordering::Relaxed);
    }

    /// For how long the worker has done nothing, where that is too long.
    pub fn stuck_for(&self, now: Instant) -> Option<Duration> {
        let seen = self.seen.load(Ordering::Relaxed);
        let since = Duration::from_millis(self.since_begun(now).saturating_sub(seen));
        (since > STUCK).then_some(since)
    }

    fn since_begun(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.begun).as_millis()).unwrap_or(u64::MAX)
    }

    /// The worker must not go on; the first reason stays.
    pub fn forbid(&self, why: String) {
        _ = self.forbidden.set(why);
    }

    /// Why the worker must not go on.
    pub fn forbidden(&self) -> Option<&str> {
        self.forbidden.get().map(String::as_str)
    }

    /// The tasks are gone.
    pub fn lose_tasks(&self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The tasks that are here.
    pub fn tasks(&self) -> Vec<TaskId> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The latest news.
    pub fn news(&self) -> News {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_does_nothing_for_too_long_is_stuck_until_it_turns() {
        let pulse = Pulse::default();
        let after = |more: u64| pulse.begun + STUCK + Duration::from_secs(more);
        assert_eq!(pulse.stuck_for(after(0)), None);
        assert_eq!(pulse.stuck_for(after(1)), Some(STUCK + Duration::from_secs(1)));
        pulse.live();
        assert_eq!(pulse.stuck_for(after(0)), None);
    }
}
