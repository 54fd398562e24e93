//! Tasks and their state machines, and the ports that the two logs and the state store implement.
//!
//! Knows neither Kafka nor RocksDB; reads no clock; starts no thread.

mod ports;

pub use ports::{
    Append, Log, Mark, Node, Part, Produced, Record, RecordSink, StateStore, StateWrite, TaskId,
    Transaction, Verdict,
};
