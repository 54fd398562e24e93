//! A log and a store in memory, with a crash possible at every step, all from one seed.
//!
//! The third implementation of the ports: what a real log does in its own time happens here when
//! the seed says so. Single-threaded; the same seed gives the same run to the byte.

mod log;
mod random;
mod store;

pub use log::{SimLog, SimTopics};
pub use random::Random;
pub use store::SimStore;
