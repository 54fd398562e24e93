//! The form that people and scripts hold: touchpoints both ways, counters out.

mod counter;
mod invalid;
mod line;
mod plain;
mod published;
mod touchpoint;

pub use counter::counter_to_json;
pub use invalid::Invalid;
pub(crate) use published::{letter_to_json, move_to_json};
pub use touchpoint::{Limits, draft_from_bytes, draft_from_json, draft_from_text, draft_to_json};
