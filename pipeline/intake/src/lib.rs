//! Doors in: files and bodies of requests become touchpoints, or refusals that say what to mend.
//!
//! ```text
//! file ──► open ──► lines ──► rows ──► mapping ──► admit ──► Draft
//!          magic    64 KiB    csv, spaces, json      limits   └──► BadRow
//! record of a topic ──► payload by its form ──► mapping ──► admit ──► Draft… or why not
//! ```
//!
//! Nothing here is unbounded: a row, a list and what a compressed byte may become have
//! limits. A bad row costs that row; what says nothing of the rows after it ends the file.

mod costs;
mod guess;
mod import;
mod topic;

pub use costs::{CostFault, costs_of_csv};
pub use guess::{DayOrder, Guess, Hints, Question, guess};
pub use import::{
    BadRow, Fate, Holds, Import, ImportError, Place, Progress, Replay, Tried, holds, with_lookups,
};
pub use topic::{Became, ForeignRecord, Learned, Registered, SchemaId, Schemas, Topic, TopicForm};
