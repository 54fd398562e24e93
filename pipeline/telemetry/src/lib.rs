//! Names of metrics, the registry behind them, set-up of logs.
//!
//! `name` is the only place where a metric is named, with its unit and a sentence. `metrics` counts
//! by whole batches: nothing here is called once a record. No label ever carries a customer, a
//! campaign or a text: values of labels come from the map, the topology and the enums here.

mod finding_verdict;
mod logs;
mod metrics;
mod name;
mod process;
mod source_hold;
mod source_record;
mod task;

pub use finding_verdict::FindingVerdict;
pub use logs::{Error, Format, start_logs};
pub use metrics::{Audit, Batch, Commit, Metrics, Notice};
pub use name::{Name, Type, Unit};
pub use source_hold::SourceHold;
pub use source_record::SourceRecord;
pub use task::{Lookups, Task, TaskState};
