//! What became of a commit whose answer was lost: the marks tell, once nobody can commit it any
//! more.

use crate::Mark;

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It happened.
    Committed,
    /// It did not, and nobody else has committed since.
    RolledBack,
    /// Another has committed for the task at this place of the list.
    Superseded(usize),
}

/// Compares the marks that were sent with those that are committed now, in the same order.
///
/// Every mark names its attempt, so that the equal sequence of another is no proof. There is one
/// mark at least: a commit without any leaves no trace.
pub fn became(sent: &[Mark], found: &[Mark]) -> Became {
    let pairs = || sent.iter().zip(found);
    if pairs().all(|(sent, found)| sent == found) {
        return Became::Committed;
    }
    let other = pairs().position(|(sent, found)| found.sequence >= sent.sequence);
    other.map_or(Became::RolledBack, Became::Superseded)
}
