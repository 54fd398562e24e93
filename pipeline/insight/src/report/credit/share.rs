//! Shares of conversions, each with how far it can be trusted.

use super::sums::Sums;
use crate::inference::{self, Interval, jackknife, watched_mean};
use crate::report::{Estimate, Rate};

/// A share from 0 to 1 with an interval for one look, and one for whoever looks every day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share {
    pub(super) value: f64,
    pub(super) once: Option<Interval>,
    pub(super) always: Option<Interval>,
}

/// The probability of an error that is put up with.
const ALPHA: f64 = 0.05;

/// Watched intervals are narrowest when so many conversions have come: what a small business sees
/// in months. Chosen once, and never by what was seen.
const TUNED: i64 = 100;

/// The shares that `finish` reckons, each with its intervals by leaving out one group of customers
/// at a time; `drawn` are errors of another origin. `None` where there is nothing to reckon from.
pub(super) fn shares(
    sums: &Sums,
    drawn: Option<&[f64]>,
    finish: impl Fn(Option<usize>) -> Option<Vec<f64>>,
) -> Option<Vec<Share>> {
    let plain = |value: f64| Share { value, once: None, always: None };
    let conversions = sums.conversions();
    let Some(estimates) = jackknife(sums.groups(), &finish) else {
        return Some(finish(None)?.into_iter().map(plain).collect());
    };
    let share = |(at, mut estimate): (usize, inference::Estimate)| {
        let value = estimate.value;
        // Whom chance let come, and which orders chance let be drawn, have nothing in common.
        let drawn = drawn.and_then(|drawn| drawn.get(at)).copied().unwrap_or(0.0);
        estimate.error = (estimate.error * estimate.error + drawn * drawn).sqrt();
        let (once, always) = match ends(value, conversions) {
            // All or nothing, whichever group is left out: their differences say nothing.
            Some(end) => (Some(end), Some(end)),
            None => {
                let once = estimate.interval(ALPHA);
                (Some(once), watched_mean(value, estimate.error, conversions, TUNED, ALPHA))
            }
        };
        let within = |interval: Interval| within(value, interval);
        Share { value, once: once.map(within), always: always.map(within) }
    };
    Some(estimates.into_iter().enumerate().map(share).collect())
}

/// The interval of a share that is nothing or everything: Wilson's, as of a count.
fn ends(share: f64, conversions: i64) -> Option<Interval> {
    let part = match share {
        0.0 => 0,
        1.0 => conversions,
        _ => return None,
    };
    let rate = Rate::of(part, conversions)?;
    Some(Interval { low: rate.low, high: rate.high })
}

/// No share is less than nothing or more than everything; but what Shapley's value takes off.
fn within(value: f64, interval: Interval) -> Interval {
    let (low, high) = (interval.low, interval.high);
    Interval {
        low: if value >= 0.0 { low.max(0.0) } else { low },
        high: if value <= 1.0 { high.min(1.0) } else { high },
    }
}

impl Share {
    /// As much of a whole.
    pub(super) fn of(&self, whole: f64) -> Estimate {
        Estimate { value: self.value * whole, interval: self.once.map(|it| scaled(it, whole)) }
    }

    /// The same, for whoever looks every day.
    pub(super) fn always_of(&self, whole: f64) -> Estimate {
        Estimate { value: self.value * whole, interval: self.always.map(|it| scaled(it, whole)) }
    }
}

/// An interval of shares as one of so much of a whole, which may be below zero.
fn scaled(interval: Interval, whole: f64) -> Interval {
    let (one, other) = (interval.low * whole, interval.high * whole);
    Interval { low: one.min(other), high: one.max(other) }
}
