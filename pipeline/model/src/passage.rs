//! One way through a funnel, as far as it came.

use crate::{ChannelId, Funnel, Span, Timestamp};

/// Why a way came no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassageEnd {
    /// It reached the last step.
    Converted,
    /// It may still go on.
    Open,
    /// The window was over.
    TimedOut,
    /// Something happened that the funnel excludes.
    Excluded,
    /// Something else came between, in a strict funnel.
    Broken,
    /// A way that began later came to the same step, and goes on in its stead.
    Overtaken,
}

/// One way through a funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// When the first step was.
    pub entered_at: Timestamp,
    /// The channel of the first step.
    pub channel: ChannelId,
    /// The steps that were reached, a bit each. In any order: as many bits as there were steps.
    pub met: u32,
    /// When each of them was; `None` where the search does not say. In any order: when the first,
    /// the second, … of them was.
    pub times: Option<[Timestamp; Funnel::STEPS_MAX]>,
    /// Why it came no further.
    pub end: PassageEnd,
}

impl Passage {
    /// A way that begins.
    pub fn begin(at: Timestamp, channel: ChannelId) -> Passage {
        let mut times = [Timestamp::NEVER; Funnel::STEPS_MAX];
        times[0] = at;
        let end = PassageEnd::Open;
        Passage { entered_at: at, channel, met: 1, times: Some(times), end }
    }

    /// Index of the last step that was reached.
    pub fn step(&self) -> usize {
        (31 - self.met.leading_zeros().min(31)) as usize
    }

    /// Whether a step was reached.
    pub fn has(&self, step: usize) -> bool {
        self.met >> step & 1 == 1
    }

    /// When a step was reached.
    pub fn time(&self, step: usize) -> Option<Timestamp> {
        self.times.as_ref().filter(|_| self.has(step)).map(|times| times[step])
    }

    /// The last instant at which it may go on.
    pub fn deadline(&self, window: Span) -> Timestamp {
        self.entered_at.plus(window)
    }

    /// It reaches a step.
    pub fn reach(&mut self, step: usize, at: Timestamp) {
        self.met |= 1 << step;
        if let Some(times) = &mut self.times {
            times[step] = at;
        }
    }

    /// Whether it tells more of a customer than another: it came further, or was there earlier; of
    /// those that came there together, the one that began last.
    pub fn is_better(&self, other: &Passage) -> bool {
        let rank = |passage: &Passage| {
            let reached = passage.time(passage.step()).unwrap_or(passage.entered_at);
            (passage.step(), -i128::from(reached.millis()), passage.entered_at)
        };
        rank(self) > rank(other)
    }
}
