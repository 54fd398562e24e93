//! Answers to questions, each from the tasks as they stand between two turns.

mod audit;
mod customers;
mod digest;
mod funnel;
mod insights;
mod open_leads;
mod readable;
mod report;
mod system;
mod timeline;
mod topic;

pub use audit::{Audited, audit};
pub use customers::{Rows, customers};
pub use digest::digest;
pub use funnel::{Passed, Words, funnel};
pub use insights::{AsOf, Folded, insights, live_part, live_snapshot, snapshot_at};
pub use open_leads::OpenLeads;
pub use readable::{Readable, readable};
pub use report::{Asked, report};
pub use system::Standing;
pub use timeline::{Timeline, customer};
pub use topic::{check_topic, topic, topics};
