//! Finishers: counters go in, what a business reads comes out.
//!
//! Pure sums and arithmetic over the counters of one map. A report says of every rate its parts and
//! an interval, and of every cohort whether it is final: what is open is never shown as lost.

mod activity;
mod channels;
mod digest;
mod dropoffs;
pub(crate) mod facts;
mod funnel;
mod funnel_table;
mod html;
pub(crate) mod money;
mod moves;
mod named;
mod period;
mod quartiles;
mod query;
mod rate;
mod summary;
mod table;
mod text;
mod touches;
mod ways;
mod ways_table;

pub use activity::{Activity, activity};
pub use channels::{ChannelRow, Channels, channels};
pub use digest::{ColdLead, ColdSoon, Day, Digest, Leak, digest, leaks, queries};
pub use dropoffs::{CurveRow, DropOffs, LastRow, dropoffs};
pub use funnel::{Funnel, Maturity, StageRow, StepRow, Times, funnel};
pub use html::html;
pub use money::{Money, minor_digits, written};
pub use moves::{MoveRow, Moves, moves};
pub use named::{NAMES, Wanted, report};
pub use period::{Period, from_text, to_text};
pub use quartiles::Quartiles;
pub use query::{Group, Mistake, Query, Scope};
pub use rate::Rate;
pub use summary::{Summary, summary};
pub use table::{Cell, Column, Kind, Table};
pub use touches::{TouchRow, Touches, touches};
pub use ways::{WayRow, WaySums, Ways};
