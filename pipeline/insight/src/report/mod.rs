//! Finishers: counters go in, what a business reads comes out.
//!
//! Pure sums and arithmetic over the counters of one map. A report says of every rate its parts and
//! an interval, and of every cohort whether it is final: what is open is never shown as lost.

mod activity;
mod cadence;
mod cadence_table;
mod cadence_words;
mod channels;
mod credit;
mod digest;
mod dropoffs;
mod estimate;
pub(crate) mod facts;
mod findings;
mod findings_events;
mod findings_table;
mod findings_words;
mod forecast;
mod forecast_table;
mod forecast_words;
mod funnel;
mod funnel_table;
mod html;
mod matured;
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
mod value;
mod value_table;
mod value_words;
mod ways;
mod ways_table;

pub use activity::{Activity, activity};
pub use cadence::{FollowUpRow, Habit, HabitRow, Habits, cadence};
pub use channels::{ChannelRow, Channels, channels};
pub use credit::{CreditModel, CreditRow, CreditVerdict, Credits, credits};
pub use digest::{ColdLead, ColdSoon, Day, Digest, Leak, digest, leaks, queries};
pub use dropoffs::{CurveRow, DropOffs, LastRow, dropoffs};
pub use estimate::{Estimate, EstimatedMoney};
pub use findings::{FindingRow, Findings, findings};
pub use forecast::{Forecast, Leads, forecast};
pub use funnel::{Funnel, Maturity, StageRow, StepRow, Times, funnel};
pub use html::html;
pub use matured::Matured;
pub use money::{Money, minor_digits, written};
pub use moves::{MoveRow, Moves, moves};
pub use named::{CHANNELS, NAMES, Wanted, report};
pub use period::{Period, from_text, to_text};
pub use quartiles::Quartiles;
pub use query::{Group, Mistake, Query, Scope};
pub use rate::Rate;
pub use summary::{Summary, summary};
pub use table::{Cell, Column, Kind, Table};
pub use touches::{TouchRow, Touches, touches};
pub use value::{Outlook, Value, ValueRow, Worth, value};
pub use ways::{WayRow, WaySums, Ways};
