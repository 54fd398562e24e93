//! What has changed, for whoever waits for news: written by the worker after its commits, read at
//! any time without asking it.

use crate::work::Tasks;
use model::Timestamp;
use serve::News;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The latest news.
#[derive(Default)]
pub struct Pulse(Mutex<News>);

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
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = News { revisions, as_of };
    }

    /// The latest news.
    pub fn news(&self) -> News {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
