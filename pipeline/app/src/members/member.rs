//! One instance, as it tells the others of itself.

use engine::{Node, TaskId};
use serde::{Deserialize, Serialize};

/// What an instance has and where it answers. What a later version adds is passed over.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Where it answers the others; `None` of a command, which answers nobody.
    pub url: Option<String>,
    /// The partitions of touchpoints whose journeys it has.
    pub journeys: Vec<u32>,
    /// The partitions whose counters it has.
    pub insights: Vec<u32>,
    /// The version of its program.
    pub version: String,
}

impl Member {
    /// Whether it has a task.
    pub fn has(&self, task: TaskId) -> bool {
        let partitions = match task.node {
            Node::Journey => &self.journeys,
            Node::Insight => &self.insights,
        };
        partitions.contains(&task.partition)
    }
}
