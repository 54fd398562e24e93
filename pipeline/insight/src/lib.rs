//! Many customers: what the differences of all of them add up to, by window, and what that says.
//!
//! Pure: frames go in with their position, counters that changed come out as upserts; `report`
//! finishes counters into what a business reads, `inference` says how far a number can be trusted,
//! and `laws` tells where counters contradict each other.

mod calendar;
mod counter;
pub mod findings;
pub mod forecast;
pub mod inference;
mod laws;
mod ledger;
pub mod lifetime;
mod names;
pub mod report;

pub use calendar::is_kept;
pub use counter::{Counter, CounterId, Difference, SeriesId};
pub use laws::{Violation, laws};
pub use ledger::{Ledger, Place};
