//! A piece of a history, which begins with the fold's state before its first touchpoint.

use crate::Walk;
use model::Touchpoint;

/// About 32 touchpoints of one customer, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chapter {
    /// Where the customer stood before the first of them.
    pub start: Walk,
    /// The touchpoints, in the order of the history.
    pub touchpoints: Vec<Touchpoint>,
    /// Which identities may be here: two bits each; derived, never stored.
    filter: [u64; 4],
}

impl Chapter {
    /// How many touchpoints a chapter takes before the next one begins.
    pub const LENGTH: usize = 32;

    /// A chapter of these touchpoints.
    pub fn new(start: Walk, touchpoints: Vec<Touchpoint>) -> Chapter {
        let mut chapter = Chapter { start, touchpoints: Vec::new(), filter: [0; 4] };
        touchpoints.iter().for_each(|touchpoint| chapter.note(touchpoint.identity));
        chapter.touchpoints = touchpoints;
        chapter
    }

    fn bits(identity: u64) -> [(usize, u64); 2] {
        let bit = |part: u64| ((part >> 6 & 3) as usize, 1_u64 << (part & 63));
        [bit(identity), bit(identity >> 8)]
    }

    fn note(&mut self, identity: u64) {
        for (word, bit) in Self::bits(identity) {
            self.filter[word] |= bit;
        }
    }

    /// Adds a touchpoint at the end.
    pub fn push(&mut self, touchpoint: Touchpoint) {
        self.note(touchpoint.identity);
        self.touchpoints.push(touchpoint);
    }

    /// The index of an identity.
    pub fn find(&self, identity: u64) -> Option<usize> {
        let may_have = Self::bits(identity).iter().all(|(word, bit)| self.filter[*word] & bit != 0);
        may_have.then(|| self.touchpoints.iter().position(|t| t.identity == identity)).flatten()
    }
}
