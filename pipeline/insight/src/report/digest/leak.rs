//! Where most leave: of which stage the largest share of those decided is lost.

use super::super::{Funnel, Rate};
use model::Timestamp;
use std::cmp::Ordering;

/// How much of a stage is lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Leak {
    /// The stage.
    pub stage: String,
    /// How many entries are decided in the mature cohort.
    pub decided: i64,
    /// Of them those that were lost, cold or given up; `None` where too few are decided.
    pub lost: Option<Rate>,
    /// Before when the cohort entered; `None` where no window says since when entries are open.
    pub until: Option<Timestamp>,
}

impl Leak {
    /// With fewer decided nothing is said: the interval could be more than 34 points wide.
    pub const DECIDED_MIN: i64 = 30;

    /// Whether the interval reaches into that of another, so that nobody knows which is greater.
    pub fn meets(&self, other: &Leak) -> bool {
        match (self.lost, other.lost) {
            (Some(one), Some(other)) => one.low <= other.high && other.low <= one.high,
            _ => false,
        }
    }
}

/// The stages of a funnel that is not divided, the one that loses most first; those with too little
/// data last, in the order of the map.
///
/// The cohort of a stage is what entered before the first entry that is still open: in a younger
/// one the quick are decided and the slow are not, and those who leave are slow.
pub fn leaks(funnel: &Funnel) -> Vec<Leak> {
    let leak = |row: &super::super::StageRow| {
        let (won, decided) = row.maturity.rate.map_or((0, 0), |rate| (rate.part, rate.whole));
        let is_enough = decided >= Leak::DECIDED_MIN;
        Leak {
            stage: row.stage.clone(),
            decided,
            lost: Rate::of(decided - won, decided).filter(|_| is_enough),
            until: row.maturity.until,
        }
    };
    let mut leaks: Vec<Leak> = funnel.stages.iter().map(leak).collect();
    leaks.sort_by(|one, other| match (one.lost, other.lost) {
        (Some(one), Some(other)) => other.share().total_cmp(&one.share()),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    });
    leaks
}
