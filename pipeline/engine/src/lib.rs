//! Tasks and their state machines, and the ports that the two logs and the state store implement.
//!
//! Knows neither Kafka nor RocksDB; reads no clock; starts no thread. A task's state is a pure
//! function of its input partition: after a crash it is replayed from any stored state to the
//! committed mark, in silence, and goes on.

mod applying;
mod arrival;
mod attempt;
mod batch_fold;
mod deltas;
mod fields;
mod hot;
mod identifier;
mod insight_task;
mod journey_task;
mod labels;
mod low;
mod outbox;
mod pace;
mod placement;
mod ports;
mod restore;
mod settings;
pub mod sim;
mod slots;
mod stored;
mod tally;
mod topics;
mod transitions;
mod watch;
mod worker;

pub use codec::slice::TakeState;

pub use attempt::{Became, became};
pub use batch_fold::{BatchFold, add_to, ledger_of};
pub use identifier::{derived_customer, is_usable};
pub use insight_task::{InsightTask, describe};
pub use journey_task::JourneyTask;
pub use pace::Pace;
pub use ports::{
    Append, Extent, Log, Mark, Node, Part, Produced, Record, RecordSink, Sliced, StateStore,
    StateWrite, TaskId, Transaction, Verdict,
};
pub use restore::Progress;
pub use settings::Settings;
pub use tally::Tally;
pub use topics::Topics;
pub use watch::{Watch, Watched};
pub use worker::{Turn, Worker};
