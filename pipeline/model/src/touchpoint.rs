//! A touchpoint as the fold sees it: small values, no text.

use crate::{ChannelId, CurrencyId, KindId, Label, SourceId, Timestamp};

/// What a touchpoint is besides its content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(pub u8);

impl Flags {
    /// An import or a backfill: does not move as_of.
    pub const HISTORY: Flags = Flags(1);
    /// Came from another partition, once.
    pub const FORWARDED: Flags = Flags(2);
    /// Records of this identity and revision differ.
    pub const CONFLICT: Flags = Flags(4);

    /// Whether all of these flags are set.
    pub fn has(self, flag: Flags) -> bool {
        self.0 & flag.0 == flag.0
    }

    /// Sets or clears a flag.
    pub fn set(&mut self, flag: Flags, is_set: bool) {
        self.0 = if is_set { self.0 | flag.0 } else { self.0 & !flag.0 };
    }
}

/// One customer interaction, admitted, as small values by the task's dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touchpoint {
    /// Hash of source and event_id, compared within one customer only.
    pub identity: u64,
    /// Source of the identity: where a merge finds it twice, one record becomes a duplicate there.
    pub source: SourceId,
    /// When it happened.
    pub time: Timestamp,
    /// What happened.
    pub kind: KindId,
    /// Where it happened.
    pub channel: ChannelId,
    /// Currency of the value, 0 when there is none.
    pub currency: CurrencyId,
    /// The value in minor units of the currency; 0 when there is none.
    pub amount: i64,
    /// Hash of the deal, order or product; 0 when there is none.
    pub subject: u64,
    /// What a label says of it, if one was heard of.
    pub label: Label,
    /// History, forwarded.
    pub flags: Flags,
    /// Of several records of one identity the greatest counts.
    pub revision: u32,
    /// Position in the log of the record that counts.
    pub position: u64,
}
