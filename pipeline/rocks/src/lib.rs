//! The store of states on RocksDB, and the parts of the embedded log, in one data folder.
//!
//! ```text
//! data/log/    write-ahead log on, synced by group commit: chunks, tables, marks, tails
//! data/state/  no write-ahead log, disposable: states by node, partition and key
//! ```
//!
//! The store stands; of the log its keys, chunks and options do.
#![expect(dead_code, reason = "the embedded log, which uses the rest, is not built yet")]

mod chunk;
mod error;
mod keys;
mod options;
mod store;

pub use error::Error;
pub use options::{LogOptions, StoreOptions};
pub use store::RocksStore;
