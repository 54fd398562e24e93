//! What a channel has cost.

use crate::Civil;

/// What one channel has cost on one date of the business: advertisements, messages, wages.
///
/// Of several with one date, channel and currency the one that was said last holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The date, on the wall clock of the map's zone.
    pub date: Civil,
    /// The channel, byte for byte as touchpoints name it.
    pub channel: String,
    /// ISO 4217.
    pub currency: String,
    /// In minor units.
    pub amount_minor: i64,
}
