//! Findings: what goes with more conversions, or with less, from discovery to retirement.
//!
//! Nothing of the ledger is kept: it is played again, week by week, from entries of weeks that are
//! final, so that it is the same on every log and whatever came when. Begin at `replay.rs`.

mod change;
mod claim;
mod followed;
mod groups;
mod replay;
mod weeks;

pub use change::{Change, Changed, changes};
pub use claim::Claim;
pub use groups::Groups;
pub use replay::{Course, Found, Step, replay};
pub use weeks::{Group, Weeks};
