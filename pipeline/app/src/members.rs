//! The instances of an application on a cluster: which of them has which tasks, and where it
//! answers.
//!
//! Each writes what it has into one compacted topic and reads what the others have there
//! ([decision 0060](../../../deploy/decisions/0060-answers-are-gathered.md)). A thread does both,
//! so that no answer waits for a cluster.

mod application;
mod directory;
mod member;
mod peer;
mod shape;
mod thread;

pub use application::Application;
pub use directory::Directory;
pub use member::Member;
pub use peer::{Peer, Seal};
pub use thread::Members;
