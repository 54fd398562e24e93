//! The form that people and scripts hold: touchpoints both ways, counters out.

mod counter;
mod invalid;
mod touchpoint;

pub use counter::counter_to_json;
pub use invalid::Invalid;
pub use touchpoint::{Limits, draft_from_bytes, draft_from_json, draft_to_json};
