//! Entries whose windows are final, and their rate for whoever looks every day.

use super::Rate;
use crate::inference::{Cohort, Pace, Watched};
use model::Timestamp;

/// The probability with which an interval may ever be wrong.
const ALPHA: f64 = 0.05;

/// What is known for good: entries of windows of which nobody is open any more and whose grace is
/// over, in the order of the windows, up to the first one of which that is not true.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Matured {
    /// The converted among them, with the 95 % interval of their average so far that holds at every
    /// look; `None` where there are none.
    pub rate: Option<Rate>,
    /// First instant of the last of these windows.
    pub last: Option<Timestamp>,
    /// How often a counter of these entries was changed after its window was final. Each change
    /// makes the interval wider, for the rate that it stood on was another one.
    pub corrections: u32,
}

impl Matured {
    /// Of all windows that are known, in any order, and how often they were corrected.
    pub(crate) fn of(cohorts: &[Cohort], corrections: u32) -> Matured {
        let mut watched = Watched::new(ALPHA, Pace::Drifting);
        watched.look(cohorts);
        watched.corrected(corrections);
        let (part, whole) = watched.sums();
        let rate = watched.interval().map(|interval| {
            let (low, high) = (interval.low, interval.high);
            Rate { part, whole, low, high }
        });
        Matured { rate, last: watched.last().map(Timestamp::from_millis), corrections }
    }

    /// What has to be said about the interval of several of them, in a period or over all time;
    /// nothing where none has one.
    pub(crate) fn note<'a>(
        all: impl Iterator<Item = &'a Matured> + Clone,
        is_period: bool,
    ) -> Option<String> {
        all.clone().find(|matured| matured.rate.is_some())?;
        let corrections: u64 = all.map(|matured| u64::from(matured.corrections)).sum();
        let mut note = "Of final ones: entries of which nothing is open and that nobody waits for \
                        any more. The brackets there hold the average so far 95 times in 100 \
                        however often you look, and grow narrower as more become final."
            .to_owned();
        if is_period {
            note.push_str(
                " That is of this period: one that moves along with the date begins anew each day.",
            );
        }
        if corrections > 0 {
            note.push_str(&format!(
                " {corrections} numbers that were final have changed since (late touchpoints, \
                 customers who were one): for that the brackets are wider."
            ));
        }
        Some(note)
    }
}
