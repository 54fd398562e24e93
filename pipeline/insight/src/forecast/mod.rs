//! What is to come: how likely open leads move on, and how much the coming weeks will bring.
//!
//! Pure functions over counters by day: entries, how long they took, moves. Everything that is said
//! of a day is reckoned from what was known the evening before it, for every evening since the
//! beginning, so that the same counters say how good the forecasts have been: nothing is stored.
//!
//! **What it needs of counters:** *flow*, *duration* and *move* by windows of a day.

mod book;
mod detector;
mod hazards;
mod learned;
mod outlook;
mod replay;
mod scores;
mod steering;

pub use book::{Book, LAGS};
pub use detector::Detector;
pub use hazards::Hazards;
pub use replay::{Alarm, Coming, LEAD_DAYS, Measure, Replay, replay};
pub use scores::{Calibration, Scored, Track};
pub use steering::{LEVELS, Steering};
