//! What the tasks of an installation have in common.

use crate::Topics;
use codec::control::Secret;
use model::{JourneyMap, Span};

/// What the tasks of an installation share.
pub struct Settings {
    /// Names of topics.
    pub topics: Topics,
    /// The journey map.
    pub map: JourneyMap,
    /// Signs control records, hashes identifiers.
    pub secret: Secret,
    /// How far a touchpoint may lie after its append.
    pub clock_skew_max: Span,
}
