//! What the ledger of findings says of one date.

use crate::{Civil, Timestamp};

/// What became of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingType {
    /// It was found, and is watched on those who enter after that.
    Discovered = 0,
    /// They have confirmed it.
    Confirmed = 1,
    /// So many of them came without confirming it.
    Refuted = 2,
    /// It was confirmed, and has been contradicted since.
    Retired = 3,
    /// A rate, or the mix of channels, is another one than before.
    Changed = 4,
    /// Something final has changed after all, and what was said does not follow any more.
    Withdrawn = 5,
}

impl FindingType {
    /// Every type, in the order of the schema.
    pub const ALL: [FindingType; 6] = [
        FindingType::Discovered,
        FindingType::Confirmed,
        FindingType::Refuted,
        FindingType::Retired,
        FindingType::Changed,
        FindingType::Withdrawn,
    ];

    /// The word in the schema.
    pub fn word(self) -> &'static str {
        match self {
            FindingType::Discovered => "discovered",
            FindingType::Confirmed => "confirmed",
            FindingType::Refuted => "refuted",
            FindingType::Retired => "retired",
            FindingType::Changed => "changed",
            FindingType::Withdrawn => "withdrawn",
        }
    }
}

/// One line of the ledger of findings, which is only ever added to.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingEvent {
    /// Names the line: finding, type and date. A withdrawn line has the id of the one that it takes
    /// back.
    pub id: String,
    /// Names the finding, the same in each of its lines: map, version, stage and claim.
    pub finding: String,
    /// What became of it.
    pub event: FindingType,
    /// The last date of the entries that made it so.
    pub on: Civil,
    /// Name of the journey map.
    pub map: String,
    /// Version of the journey map.
    pub version: u32,
    /// The stage that was entered.
    pub stage: String,
    /// A channel, `again`, or `rate`.
    pub about: String,
    /// Whether it is more than the others, or than before.
    pub is_more: bool,
    /// Converted and decided of those it is about; for a change, part and whole after it.
    pub these: (i64, i64),
    /// The same of the others, or before it.
    pub others: (i64, i64),
    /// The logarithm of the evidence.
    pub ln_evidence: f64,
    /// The logarithm of the evidence that it needed.
    pub ln_needed: f64,
    /// The date since which a change is likely to hold.
    pub since: Option<Civil>,
    /// The event time that it was said at.
    pub as_of: Timestamp,
    /// It in a sentence, in English.
    pub plain: String,
    /// It in a sentence, in German.
    pub plain_de: String,
}
