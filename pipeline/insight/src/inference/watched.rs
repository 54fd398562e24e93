//! A rate by cohorts that become final one after the other, looked at whenever anybody likes.

use super::{Interval, drifting_rate, steady_rate};
use std::collections::BTreeMap;

/// What became of those who entered in one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// The start of the window; later windows are greater. Of any unit.
    pub window: i64,
    /// How many entered.
    pub whole: i64,
    /// How many of them converted.
    pub part: i64,
    /// The greatest revision of its counters.
    pub revision: u64,
    /// Whether the window is final: nobody of it is open, and grace is over.
    pub is_final: bool,
}

/// What is said to stay the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// The rate itself.
    Steady,
    /// Nothing: the interval is that of the average so far.
    Drifting,
}

/// What a look has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// How many windows were added.
    pub added: usize,
    /// How many windows that were used before say something else now.
    pub revised: usize,
}

/// A confidence sequence over final cohorts, and the revisions it has lived through.
///
/// ```text
///                 next windows final                        next windows final
///  ┌─► edition 1 ──────────────────► edition 1 ─ revision ─► edition 2 ──────────► …
///  nothing    level α / (1·2)                                level α / (2·3)
/// ```
///
/// Outcomes that are still open do not count: the quick are decided and the slow are not. So
/// windows are used **in their order**, each only when all before it are final; which of them is
/// final first may depend on how they end, and the order of use may not.
///
/// A revision of a used window (a late conversion, two customers who were one) takes back what the
/// sequence stood on. It goes on with what is known now as a new *edition* at a smaller level: the
/// j-th has α / (j·(j + 1)), so that all that may ever come err with α at most, and the interval
/// widens at each a little. Revisions that come at one look are one edition. Merges and late
/// touchpoints must not depend on the rate beyond what they correct.
#[derive(Clone, Debug, PartialEq)]
pub struct Watched {
    alpha: f64,
    pace: Pace,
    edition: u32,
    used: BTreeMap<i64, Cohort>,
}

impl Watched {
    /// Before any window; all editions together are wrong with a probability of `alpha` at most.
    pub fn new(alpha: f64, pace: Pace) -> Watched {
        Watched { alpha, pace, edition: 1, used: BTreeMap::new() }
    }

    /// Takes what is known of the windows now. The list has **all** windows, or at least those that
    /// changed and all from the first one that is not final; a window that has lost everybody is
    /// said with zeros.
    pub fn look(&mut self, cohorts: &[Cohort]) -> Look {
        let mut look = Look::default();
        let last = self.used.last_key_value().map(|(window, _)| *window);
        let mut cohorts = cohorts.to_vec();
        cohorts.sort_by_key(|cohort| cohort.window);
        for cohort in cohorts {
            let is_behind = last.is_some_and(|last| cohort.window <= last);
            if !cohort.is_final {
                // One that was used before is open again: what it says is not known yet.
                if is_behind {
                    continue;
                }
                break;
            }
            let known = self.used.get(&cohort.window);
            if known.is_some_and(|known| known.revision > cohort.revision) {
                continue;
            }
            let sums = |cohort: &Cohort| (cohort.whole, cohort.part);
            match known.map_or((0, 0), sums) == sums(&cohort) {
                true if is_behind => {}
                _ if is_behind => look.revised += 1,
                _ => look.added += 1,
            }
            self.used.insert(cohort.window, cohort);
        }
        self.edition += u32::from(look.revised > 0);
        look
    }

    /// Counts revisions that were not seen at a look, each as an edition: for whoever has no looks
    /// but what is known now and how often it was something else.
    pub fn corrected(&mut self, revisions: u32) {
        self.edition = self.edition.saturating_add(revisions);
    }

    /// How many converted and how many entered, in the windows used.
    pub fn sums(&self) -> (i64, i64) {
        let parts = self.used.values().map(|cohort| cohort.part).sum();
        (parts, self.used.values().map(|cohort| cohort.whole).sum())
    }

    /// Which edition of the past it stands on, from 1.
    pub fn edition(&self) -> u32 {
        self.edition
    }

    /// The start of the last window used.
    pub fn last(&self) -> Option<i64> {
        self.used.last_key_value().map(|(window, _)| *window)
    }

    /// The probability with which this edition may be wrong at some time.
    pub fn level(&self) -> f64 {
        self.alpha / (f64::from(self.edition) * (f64::from(self.edition) + 1.0))
    }

    /// The interval now; `None` where nobody has been decided.
    pub fn interval(&self) -> Option<Interval> {
        let (part, whole) = self.sums();
        match self.pace {
            Pace::Steady => steady_rate(part, whole, self.level()),
            Pace::Drifting => drifting_rate(part, whole, self.level()),
        }
    }
}
