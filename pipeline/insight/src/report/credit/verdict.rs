//! What can be made of a channel's credit.

use crate::inference::Interval;
use crate::report::money::Money;
use crate::report::{Estimate, EstimatedMoney};

/// What can be made of a channel's credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditVerdict {
    /// The interval is narrow enough, and the models are of one mind.
    Clear,
    /// What a channel is credited with depends on the model more than on who happened to come.
    ModelsDisagree,
    /// It is credited with nothing.
    Nothing,
    /// The interval is too wide.
    NotEnough {
        /// About so many more conversions until it is narrow enough, should the channel's share
        /// stay what it is; `None` where that cannot be said, or nobody would wait for them.
        more: Option<i64>,
    },
}

/// An interval is narrow enough that reaches no further than so much of the number.
const REACH_MAX: f64 = 0.5;

/// With fewer conversions than that, groups of customers are too few that have any: an interval by
/// leaving them out is itself a matter of chance.
const CONVERSIONS_MIN: i64 = 20;

/// The models disagree where the greatest is so many times the least, and more than one
/// conversion apart.
const TIMES_MAX: f64 = 2.0;

impl CreditVerdict {
    /// More conversions than a small business sees in years.
    pub const MORE_MAX: i64 = 100_000;

    /// The verdict on a credit, the least and greatest that models give, and all conversions.
    pub fn of(credited: &Estimate, models: Option<(f64, f64)>, conversions: i64) -> CreditVerdict {
        if credited.value == 0.0 {
            return CreditVerdict::Nothing;
        }
        let Some(interval) = credited.interval else {
            return CreditVerdict::NotEnough { more: None };
        };
        // To the side that is not cut off at nothing or at everything.
        let value = credited.value;
        let reach = (value - interval.low).max(interval.high - value) / value.abs();
        let missing = CONVERSIONS_MIN - conversions;
        if reach.is_nan() || reach > REACH_MAX || missing > 0 {
            // Errors shrink with the root of how many there are.
            let times = (reach / REACH_MAX) * (reach / REACH_MAX);
            let more = (conversions as f64 * (times - 1.0)).ceil().max(missing as f64);
            let is_few = more.is_finite() && more <= Self::MORE_MAX as f64;
            let more = is_few.then(|| rounded(more.max(1.0) as i64));
            return CreditVerdict::NotEnough { more };
        }
        let (least, most) = models.unwrap_or((credited.value, credited.value));
        let is_apart = most > TIMES_MAX * least && most - least > 1.0;
        let is_beyond = least < interval.low || interval.high < most;
        match is_apart && is_beyond {
            true => CreditVerdict::ModelsDisagree,
            false => CreditVerdict::Clear,
        }
    }

    /// The verdict in words.
    pub fn word(self) -> &'static str {
        match self {
            CreditVerdict::Clear => "clear",
            CreditVerdict::ModelsDisagree => "models disagree",
            CreditVerdict::Nothing => "no credit",
            CreditVerdict::NotEnough { .. } => "not enough data",
        }
    }

    /// About so many more conversions are needed.
    pub fn more(self) -> Option<i64> {
        match self {
            CreditVerdict::NotEnough { more } => more,
            CreditVerdict::Clear | CreditVerdict::ModelsDisagree | CreditVerdict::Nothing => None,
        }
    }
}

/// Two digits, upward: 123 is 130.
fn rounded(count: i64) -> i64 {
    let mut unit = 1;
    while count / unit >= 100 {
        unit *= 10;
    }
    (count + unit - 1) / unit * unit
}

/// Cost by credited conversion; `None` where nothing is credited. Dear where few are, so the bounds
/// change places; where there may be none, it has no interval.
pub(super) fn per(cost: &Money, credited: &Estimate) -> Option<EstimatedMoney> {
    if credited.value <= 0.0 {
        return None;
    }
    let of = |amount: i64| {
        let each = |conversions: f64| amount as f64 / conversions;
        let interval = credited.interval.filter(|interval| interval.low > 0.0).map(|interval| {
            let (one, other) = (each(interval.low), each(interval.high));
            Interval { low: one.min(other), high: one.max(other) }
        });
        Estimate { value: each(credited.value), interval }
    };
    Some(cost.iter().map(|(currency, amount)| (currency.clone(), of(*amount))).collect())
}
