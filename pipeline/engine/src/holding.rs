//! Whether a task takes its next record: of a topic of another system it may have to stand still.

use crate::{Breaker, Direct, Hold, JourneyTask, Log, Node, TaskId, Verdict};
use codec::SchemaId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What holds a task, if something does.
pub(crate) struct Holding {
    direct: Option<Arc<Direct>>,
    partition: u32,
    hold: Option<Hold>,
    /// When so much of the input cannot be read that it is held.
    breaker: Option<Breaker>,
    /// Whether the last record was a dead letter.
    has_died: bool,
    /// The number that the registry was asked about last, until a record was read: what cannot be
    /// read by what it has just said is the fault of the record.
    confirmed: Option<SchemaId>,
}

impl Holding {
    pub(crate) fn new(direct: Option<&Arc<Direct>>, partition: u32) -> Holding {
        Holding {
            direct: direct.cloned(),
            partition,
            hold: direct.and_then(|direct| direct.hold_of(partition)),
            breaker: direct.map(|direct| direct.breaker()),
            has_died: false,
            confirmed: None,
        }
    }

    /// Whether the next record is not taken. What a task has committed is replayed all the same,
    /// unless it cannot be read without a schema.
    pub(crate) fn is_held(&self, is_replaying: bool) -> bool {
        match self.hold {
            Some(Hold::Schema(_) | Hold::Doubt(_)) => true,
            Some(Hold::Poison(_)) => !is_replaying,
            None => false,
        }
    }

    /// Goes on where what held it is over; says whether it does.
    pub(crate) fn goes_on(&mut self) -> bool {
        let is_over = match (self.hold, &self.direct) {
            (Some(hold), Some(direct)) => direct.is_over(hold),
            _ => false,
        };
        if let Some(Hold::Doubt(id)) = self.hold.take_if(|_| is_over) {
            self.confirmed = Some(id);
        }
        is_over
    }

    pub(crate) fn hold(&mut self, hold: Hold) {
        self.hold = Some(hold);
        if let Some(direct) = &self.direct {
            direct.note(self.partition, hold);
        }
    }

    /// Holds the task before a record that the schema of a number does not fit, unless the registry
    /// has just said that it is still the same; says whether it does.
    pub(crate) fn doubts(&mut self, id: SchemaId) -> bool {
        let is_doubtful = self.confirmed != Some(id);
        if is_doubtful {
            self.hold(Hold::Doubt(id));
        }
        is_doubtful
    }

    /// The record at hand is a dead letter.
    pub(crate) fn died(&mut self) {
        self.has_died = true;
    }

    /// A record was taken: holds the input before it fills the dead letters.
    pub(crate) fn taken(&mut self, is_replaying: bool) {
        let is_dead = std::mem::take(&mut self.has_died);
        self.confirmed = self.confirmed.filter(|_| is_dead);
        let Some(breaker) = self.breaker.as_mut().filter(|_| !is_replaying) else { return };
        if breaker.take(is_dead) {
            let dead = breaker.dead();
            self.hold(Hold::Poison(dead));
        }
    }
}

/// Partitions of which the log gives nothing, for their journeys are held.
#[derive(Default)]
pub(crate) struct Paused(BTreeSet<u32>);

impl Paused {
    /// The tasks are made anew.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    /// Lets the log give nothing of those that are held, and those again that go on.
    pub(crate) fn look(
        &mut self,
        log: &mut impl Log,
        journeys: &mut BTreeMap<u32, JourneyTask>,
    ) -> Result<(), Verdict> {
        for (partition, task) in journeys {
            let id = TaskId { node: Node::Journey, partition: *partition };
            if task.goes_on() {
                self.0.remove(partition);
                log.hold(id, false)?;
                // What was given meanwhile was not taken.
                log.seek(id, task.position())?;
            } else if task.is_held() && self.0.insert(*partition) {
                log.hold(id, true)?;
            }
        }
        Ok(())
    }
}
