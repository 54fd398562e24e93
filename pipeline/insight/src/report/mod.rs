//! Finishers: counters go in, what a business reads comes out.
//!
//! Pure sums and arithmetic over the counters of one map. A report says of every rate its parts and
//! an interval, and of every cohort whether it is final: what is open is never shown as lost.

mod channels;
pub(crate) mod facts;
mod funnel;
mod funnel_table;
pub(crate) mod money;
mod moves;
mod named;
mod quartiles;
mod query;
mod rate;
mod summary;
mod table;
mod text;
mod ways;
mod ways_table;

pub use channels::{ChannelRow, Channels, channels};
pub use funnel::{Funnel, Maturity, StageRow, StepRow, Times, funnel};
pub use money::{Money, minor_digits};
pub use moves::{MoveRow, Moves, moves};
pub use named::{NAMES, report};
pub use quartiles::Quartiles;
pub use query::{Group, Mistake, Query, Scope};
pub use rate::Rate;
pub use summary::{Summary, summary};
pub use table::{Cell, Column, Kind, Table};
pub use ways::{WayRow, WaySums, Ways};
