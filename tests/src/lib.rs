//! Tests of the whole, and what the tests of several rooms share: a real broker, a real registry
//! and a double of one, ports, chance, and the way into a running instance.
//!
//! `tidy` holds the rules of the house that the compiler cannot hold.

mod bearer;
mod broker;
mod ports;
mod random;
mod registry;
mod registry_double;
mod secure_broker;

pub use bearer::bearer;
pub use broker::Broker;
pub use ports::free_ports;
pub use random::Random;
pub use registry::Registry;
pub use registry_double::{Mood, RegistryDouble};
pub use secure_broker::SecureBroker;
