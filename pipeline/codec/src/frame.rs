//! The Confluent wire format: a zero byte and the id of the schema before every value.

use crate::Fault;

/// Ids of our own schemas where no registry gives them others.
///
/// Registries count upwards from 1, so that ids up here never meet one of theirs.
pub mod ids {
    /// `touchpoint.avsc`.
    pub const TOUCHPOINT: u32 = 2_000_000_000;
    /// `clock.avsc`.
    pub const CLOCK: u32 = 2_000_000_001;
    /// `absorb.avsc`.
    pub const ABSORB: u32 = 2_000_000_002;
    /// `erase.avsc`.
    pub const ERASE: u32 = 2_000_000_003;
    /// `map_switch.avsc`.
    pub const MAP_SWITCH: u32 = 2_000_000_004;
    /// `label.avsc`.
    pub const LABEL: u32 = 2_000_000_005;
    /// `transition.avsc`.
    pub const TRANSITION: u32 = 2_000_000_006;
    /// `insight.avsc`.
    pub const INSIGHT: u32 = 2_000_000_007;
    /// `dead_letter.avsc`.
    pub const DEAD_LETTER: u32 = 2_000_000_008;
    /// `late.avsc`.
    pub const LATE: u32 = 2_000_000_009;
    /// `forwarded.avsc`.
    pub const FORWARDED: u32 = 2_000_000_010;
    /// `cost.avsc`.
    pub const COST: u32 = 2_000_000_011;
    /// `finding.avsc`.
    pub const FINDING: u32 = 2_000_000_012;
}

/// Writes the head of a frame.
pub fn begin(id: u32, out: &mut Vec<u8>) {
    out.push(0);
    out.extend_from_slice(&id.to_be_bytes());
}

/// Splits a message into the id of its schema and the value.
#[inline]
pub fn split(message: &[u8]) -> Result<(u32, &[u8]), Fault> {
    match message {
        [0, a, b, c, d, value @ ..] => Ok((u32::from_be_bytes([*a, *b, *c, *d]), value)),
        [0, ..] | [] => Err(Fault::Ends { at: 0, wanted: 5, left: message.len() }),
        [byte, ..] => Err(Fault::Magic { byte: *byte }),
    }
}
