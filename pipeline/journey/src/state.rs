//! What is kept of one customer.

use crate::{Chapter, Reading, Walk};
use model::{Timestamp, Touchpoint};

/// One customer's journey: the history in chapters, and where the customer stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JourneyState {
    /// The history in order, one chapter at least; only the first may be empty.
    pub chapters: Vec<Chapter>,
    /// Where the customer stands after the last touchpoint, judged by touchpoints alone.
    pub walk: Walk,
    /// Whether the open attempt has been reported cold. An overlay: a touchpoint that was in time
    /// and arrives later takes it back, so a timer decides nothing about a later record.
    pub is_cold: bool,
    /// The position after the last record applied.
    pub at: u64,
}

impl Default for JourneyState {
    fn default() -> Self {
        JourneyState {
            chapters: vec![Chapter::default()],
            walk: Walk::default(),
            is_cold: false,
            at: 0,
        }
    }
}

impl JourneyState {
    /// The whole history, in order.
    pub fn history(&self) -> impl Iterator<Item = &Touchpoint> {
        self.chapters.iter().flat_map(|chapter| &chapter.touchpoints)
    }

    /// How many touchpoints the history has.
    pub fn len(&self) -> usize {
        self.chapters.iter().map(|chapter| chapter.touchpoints.len()).sum()
    }

    /// Whether the history has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The last touchpoint.
    pub fn last(&self) -> Option<&Touchpoint> {
        self.chapters.last()?.touchpoints.last()
    }

    /// Chapter and index of an identity. The newest chapters are asked first.
    pub fn find(&self, identity: u64) -> Option<(usize, usize)> {
        let chapters = self.chapters.iter().enumerate().rev();
        chapters.filter_map(|(at, chapter)| chapter.find(identity).map(|index| (at, index))).next()
    }

    /// When time alone will next change what this customer adds; `None` when it never will.
    pub fn due(&self, reading: &Reading) -> Option<Timestamp> {
        let deadline = self.walk.deadline(reading).filter(|_| !self.is_cold);
        deadline.filter(|deadline| *deadline != Timestamp::END)
    }

    /// The time that this customer is judged at: the later of as_of and the last touchpoint.
    pub fn now(&self, as_of: Timestamp) -> Timestamp {
        self.last().map_or(as_of, |last| last.time.max(as_of))
    }
}
