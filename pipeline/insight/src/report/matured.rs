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
}

impl Matured {
    /// Of all windows that are known, in any order.
    ///
    /// What was known at earlier looks nobody has kept, so a window that was changed after it was
    /// final is taken as it stands now. Half of the error that is put up with is left for that.
    pub(crate) fn of(cohorts: &[Cohort]) -> Matured {
        let mut watched = Watched::new(ALPHA, Pace::Drifting);
        watched.look(cohorts);
        let (part, whole) = watched.sums();
        let rate = watched.interval().map(|interval| {
            let (low, high) = (interval.low, interval.high);
            Rate { part, whole, low, high }
        });
        Matured { rate, last: watched.last().map(Timestamp::from_millis) }
    }

    /// What has to be said about the interval of several of them, in a period or over all time;
    /// nothing where none has one.
    pub(crate) fn note<'a>(
        all: impl IntoIterator<Item = &'a Matured>,
        is_period: bool,
    ) -> Option<String> {
        all.into_iter().find(|matured| matured.rate.is_some())?;
        let mut note = "Of final ones: entries of which nothing is open and that nobody waits for \
                        any more. The brackets there hold the average so far 95 times in 100 \
                        however often you look, and grow narrower as more become final."
            .to_owned();
        if is_period {
            note.push_str(
                " That is of this period: one that moves along with the date begins anew each day.",
            );
        }
        Some(note)
    }
}
