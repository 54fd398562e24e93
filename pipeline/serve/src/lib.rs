//! Doors out, and the one door in that is HTTP: reports, counters, customers, health, metrics.

mod question;

pub use question::{Backend, Question, Readiness, Refusal};
