//! The log on Apache Kafka: tasks by consumer group, commits by transaction.
//!
//! ```text
//! KafkaLog  engine's port      queue.rs  one consumer: group, positions, batches
//!                              producer  one producer: transactions that carry the marks
//!                              changelog what a lost store is restored from
//! Reader    what a topic holds, committed records only
//! Sender    records outside of transactions, for the doors in
//! property  what users may set of librdkafka, and what of it is a secret
//! rights    what the cluster allows
//! Feed      topics of other systems, and transactions that carry how far they are read
//! topics    creates topics, or says what is wrong with those that are there
//! ```
//!
//! A mark lies in the group's offsets: its position is the offset, the rest is the offset's
//! metadata. So records and mark are committed by one transaction, all or nothing.

mod changelog;
mod connection;
mod error;
mod failure;
mod feed;
mod group;
mod lone;
mod mark;
mod place;
mod producer;
pub mod property;
mod queue;
mod reader;
pub mod rights;
mod sender;
mod settings;
mod stand;
pub mod topics;
mod txn;
mod worker_log;

pub use error::Error;
pub use feed::{Begin, Feed, Fetched, Visited};
pub use producer::Producer;
pub use reader::{Reader, Start};
pub use sender::Sender;
pub use settings::{Deadlines, OWN, Settings};
pub use stand::{Note, Stand};
pub use worker_log::KafkaLog;
