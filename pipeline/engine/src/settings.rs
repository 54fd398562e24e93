//! What the tasks of an installation have in common.

use crate::{Direct, Topics};
use codec::control::Secret;
use model::{JourneyMap, Span};
use std::sync::Arc;

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
    /// How the input is read, where it is a topic of another system and not `touchpoints`.
    pub direct: Option<Arc<Direct>>,
}
