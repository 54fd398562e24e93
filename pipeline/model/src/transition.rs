//! A move of one customer, as the topic `transitions` tells it.

use crate::{ChannelId, KindId, Timestamp};

/// What sort of move it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransitionType {
    /// A stage was entered.
    Entered,
    /// The attempt went cold at its deadline.
    Cold,
    /// The business gave the lead up.
    Lost,
}

/// One move, by dense ids. Its id on the topic is a hash of the customer, `touchpoint` and `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Transition {
    /// What sort of move.
    pub kind_of_move: TransitionType,
    /// Identity of the touchpoint that moved; for cold that of the attempt.
    pub touchpoint: u64,
    /// Identity of the attempt's first touchpoint.
    pub attempt: u64,
    /// Stage before, `ends::NONE` where an attempt begins.
    pub from: u16,
    /// Stage after, `ends::COLD` or `ends::LOST`.
    pub to: u16,
    /// When it happened.
    pub at: Timestamp,
    /// Channel by the dictionary.
    pub channel: ChannelId,
    /// Kind by the dictionary; for cold that of the last touchpoint.
    pub kind: KindId,
}
