//! A log, a group, disks and clocks in memory, with a crash possible at every step, all from data.
//!
//! The third implementation of the ports: what a real log does in its own time happens here when
//! the schedule says so. Single-threaded; the same schedule gives the same run to the byte. The
//! worker that runs here is the one that runs in production.

mod alone;
mod broker;
mod log;
mod random;
mod rules;
mod schedule;
mod store;
mod world;

pub use alone::{alone, alone_again};
pub use broker::{Broker, Lane, Seen};
pub use log::{Kind, Place, SimLog};
pub use random::Random;
pub use rules::{Rule, Rules};
pub use schedule::{Answer, At, Plan, Step};
pub use store::{Disk, SimStore};
pub use world::{Arrived, Input, Process, Setting, World};
