//! Why something was not delivered, and what whoever sent it should do.

use crate::failure::Failure;

/// What sort of reason it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nobody answers, or nobody who can be trusted.
    Unreachable,
    /// Not now: the same again may work.
    Later,
    /// We are not let in.
    Denied,
    /// The place is not the right one.
    Place,
    /// It does not take what it was sent.
    Refused,
}

/// Why something was not delivered: without an address, a path, or what the other side said, which
/// may repeat them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Undelivered {
    /// The sort.
    pub why: Why,
    /// In words, with its code.
    pub text: String,
}

impl Undelivered {
    /// Whether the same again may work.
    pub fn may_pass(&self) -> bool {
        matches!(self.why, Why::Unreachable | Why::Later)
    }
}

impl From<Undelivered> for Failure {
    fn from(Undelivered { why, text }: Undelivered) -> Failure {
        match why {
            Why::Unreachable => Failure::Unavailable(text),
            Why::Later => Failure::Again(text),
            Why::Denied => Failure::Permission(text),
            Why::Place => Failure::Configuration(text),
            Why::Refused => Failure::Data(text),
        }
    }
}
