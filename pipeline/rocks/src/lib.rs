//! The embedded log and the store of states, both on RocksDB, in one data folder.
//!
//! ```text
//! data/log/    write-ahead log on, synced by group commit: chunks, tables, marks, tails
//! data/state/  no write-ahead log, disposable: states by node, partition and key
//! data/log.making  stands while log/ is made: what is beside it then is a rest
//! data/witness how much log/ has accepted: a copy that lacks its end is refused
//! ```
//!
//! A commit is one write batch: marks and records are there together or not at all.

mod checkpoint;
mod chunk;
mod error;
mod group;
mod keys;
mod log;
mod making;
mod options;
mod read;
mod retain;
mod store;
mod witness;
mod worker_log;

pub use checkpoint::{Stand, Standing};
pub use error::Error;
pub use log::{EmbeddedLog, TopicSpec};
pub use options::{LogOptions, StoreOptions};
pub use store::RocksStore;
pub use worker_log::{Inputs, WorkerLog};
