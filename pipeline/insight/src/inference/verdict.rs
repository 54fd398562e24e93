//! What to make of a difference: act, wait, or know that nothing can be known yet.

use super::{Figure, difference};
use crate::report::Rate;

/// What a difference allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds at every look: the sequence does not hold 0.
    Act,
    /// There is none worth acting on: the sequence has nothing but smaller ones.
    Alike,
    /// A single look would say so, but it is looked at every day.
    Promising {
        /// About so many more leads until it holds, if it is what it seems; `None` beyond
        /// [`Verdict::LEADS_MAX`].
        more: Option<i64>,
    },
    /// Not enough data.
    NotEnough {
        /// About so many more leads until a difference worth acting on would show; `None` likewise.
        more: Option<i64>,
    },
}

impl Verdict {
    /// More leads than a small business sees in years: nobody waits for them.
    pub const LEADS_MAX: i64 = 1_000_000;

    /// The verdict on two rates (part, whole), watched at an error of `alpha`. `worth` is the least
    /// difference of rates that anybody would act on, such as 0.05.
    ///
    /// How many more are needed is asked of the watched interval itself: the groups are thought to
    /// grow in proportion, at the rates seen so far, or where these differ less than by `worth`, at
    /// rates that differ by it; how many until the interval no longer holds 0. `None` where a group
    /// is empty.
    pub fn of(one: (i64, i64), other: (i64, i64), worth: f64, alpha: f64) -> Option<Verdict> {
        let watched = difference(one, other, alpha)?;
        if !watched.interval.has(0.0) {
            return Some(Verdict::Act);
        }
        if watched.interval.low > -worth && watched.interval.high < worth {
            return Some(Verdict::Alike);
        }
        let (a, b) = (Rate::of(one.0, one.1)?, Rate::of(other.0, other.1)?);
        let more = more(one.1, other.1, pair(&watched, &a, &b, worth), alpha);
        // The intervals of one look, as Newcombe (1998) makes them one.
        let low = watched.value - libm::hypot(a.share() - a.low, b.high - b.share());
        let high = watched.value + libm::hypot(a.high - a.share(), b.share() - b.low);
        let is_promising = low > 0.0 || high < 0.0;
        Some(if is_promising { Verdict::Promising { more } } else { Verdict::NotEnough { more } })
    }

    /// The same where of so many leads only one is compared: more are needed, and beyond
    /// [`Verdict::LEADS_MAX`] nobody waits for them.
    pub fn of_leads(self, leads: f64) -> Verdict {
        let scaled = |more: Option<i64>| {
            let more = (more? as f64 * leads).ceil();
            (more <= Self::LEADS_MAX as f64).then(|| round_up((more as i64).max(1)))
        };
        match self {
            Verdict::Act | Verdict::Alike => self,
            Verdict::Promising { more } => Verdict::Promising { more: scaled(more) },
            Verdict::NotEnough { more } => Verdict::NotEnough { more: scaled(more) },
        }
    }

    /// How many more leads are needed, where that is known.
    pub fn more(self) -> Option<i64> {
        match self {
            Verdict::Act | Verdict::Alike => None,
            Verdict::Promising { more } | Verdict::NotEnough { more } => more,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Act => "act",
            Verdict::Alike => "no difference",
            Verdict::Promising { .. } => "promising",
            Verdict::NotEnough { .. } => "not enough",
        }
    }
}

/// The rates that are thought to go on: those seen, drawn apart to the least that matters.
fn pair(seen: &Figure, one: &Rate, other: &Rate, worth: f64) -> (f64, f64) {
    let missing = worth - seen.value.abs();
    if missing <= 0.0 {
        return (one.share(), other.share());
    }
    let sign = if seen.value < 0.0 { -1.0 } else { 1.0 };
    let whole = (one.whole + other.whole) as f64;
    let one_moves = missing * other.whole as f64 / whole;
    let moved = |share: f64, by: f64| (share + by).clamp(0.0, 1.0);
    (moved(one.share(), sign * one_moves), moved(other.share(), -sign * (missing - one_moves)))
}

/// How many more customers until two groups that grow in proportion differ at every look.
fn more(one: i64, other: i64, (rate, other_rate): (f64, f64), alpha: f64) -> Option<i64> {
    let now = one + other;
    let shows = |whole: i64| {
        let m = (one as f64 * whole as f64 / now as f64).round();
        let n = whole as f64 - m;
        let group = |rate: f64, whole: f64| ((rate * whole).round() as i64, whole as i64);
        let found = difference(group(rate, m), group(other_rate, n), alpha);
        found.is_some_and(|found| !found.interval.has(0.0))
    };
    let mut high = now.max(1);
    while !shows(high) {
        high *= 2;
        if high - now > Verdict::LEADS_MAX {
            return None;
        }
    }
    let mut low = high / 2;
    // To one in thirty: the answer is "about".
    while high - low > high / 32 + 1 {
        let middle = (low + high) / 2;
        if shows(middle) { high = middle } else { low = middle }
    }
    Some(round_up((high - now).max(1)))
}

/// Two digits, upward: 1,234 is 1,300.
fn round_up(count: i64) -> i64 {
    let mut unit = 1;
    while count / unit >= 100 {
        unit *= 10;
    }
    (count + unit - 1) / unit * unit
}
