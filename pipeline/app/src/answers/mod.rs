//! Answers to questions, each from the tasks as they stand between two turns.

mod audit;
mod customers;
mod insights;
mod readable;
mod topic;

pub use audit::audit;
pub use customers::{customer, customers};
pub use insights::{insights, live_snapshot, snapshot_at};
pub use topic::topic;
