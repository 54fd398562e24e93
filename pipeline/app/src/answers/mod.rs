//! Answers to questions, each from the tasks as they stand between two turns.

mod audit;
mod customers;
mod digest;
mod funnel;
mod insights;
mod readable;
mod report;
mod system;
mod topic;

pub use audit::audit;
pub use customers::{customer, customers};
pub use digest::digest;
pub use funnel::funnel;
pub use insights::{insights, live_snapshot, snapshot_at};
pub use readable::{Readable, readable};
pub use report::{Asked, report};
pub use topic::{check_topic, topic, topics};
