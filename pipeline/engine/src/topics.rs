//! The topics of an installation, by name.

use crate::Node;
use codec::{Format, Partitioner};

/// Names of the topics, and how many partitions each keyed one has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    /// Partitions of every topic.
    pub partitions: u32,
    /// The form of what is published.
    pub format: Format,
    /// How producers place touchpoints; every other topic is placed by murmur2.
    pub partitioner: Partitioner,
    /// Input of journey tasks.
    pub touchpoints: String,
    /// Delta frames: input of insight tasks.
    pub frames: String,
    /// States of journey tasks, compacted; only where the log has changelogs.
    pub journey_changelog: String,
    /// States of insight tasks, compacted; only where the log has changelogs.
    pub insight_changelog: String,
    /// Moves of customers.
    pub transitions: String,
    /// Counters, compacted.
    pub insights: String,
    /// Touchpoints that came too late.
    pub late: String,
    /// Records that could not be read.
    pub dead_letters: String,
    /// What channels have cost, compacted; written by the doors alone.
    pub costs: String,
    /// What became of findings; written by whoever has the counters of partition 0.
    pub findings: String,
    /// Which instance has which tasks; on a cluster alone, of one partition, compacted.
    pub members: String,
}

impl Topics {
    /// The topics of an application: public ones with a prefix, internal ones with its id.
    pub fn new(application: &str, prefix: &str, partitions: u32) -> Topics {
        let public = |name: &str| format!("{prefix}{name}");
        Topics {
            partitions,
            format: Format::default(),
            partitioner: Partitioner::default(),
            touchpoints: public("touchpoints"),
            frames: format!("{application}-insight-repartition"),
            journey_changelog: format!("{application}-journey-changelog"),
            insight_changelog: format!("{application}-insight-changelog"),
            transitions: public("transitions"),
            insights: public("insights"),
            late: public("late"),
            dead_letters: public("dead-letters"),
            costs: public("costs"),
            findings: public("findings"),
            members: format!("{application}-members"),
        }
    }

    /// The partition of `touchpoints` that a customer's records lie on.
    pub fn of_customer(&self, customer: &[u8]) -> u32 {
        self.partitioner.partition(customer, self.partitions)
    }

    /// The changelog of a node's states.
    pub fn changelog(&self, node: Node) -> &str {
        match node {
            Node::Journey => &self.journey_changelog,
            Node::Insight => &self.insight_changelog,
        }
    }

    /// The topics that a log has besides where it keeps changelogs, all of them compacted.
    pub fn changelogs(&self) -> [&str; 2] {
        [&self.journey_changelog, &self.insight_changelog]
    }

    /// Every topic of every log, and whether it is compacted.
    pub fn all(&self) -> [(&str, bool); 8] {
        [
            (&self.touchpoints, false),
            (&self.frames, false),
            (&self.transitions, false),
            (&self.insights, true),
            (&self.late, false),
            (&self.dead_letters, false),
            (&self.costs, true),
            (&self.findings, false),
        ]
    }
}
