//! Many customers: what the differences of all of them add up to, by window.
//!
//! Pure: frames go in with their position, counters that changed come out as upserts.

mod counter;
mod ledger;

pub use counter::{Counter, CounterId, Difference};
pub use ledger::Ledger;
