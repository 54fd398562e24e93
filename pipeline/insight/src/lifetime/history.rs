//! What a model has to know of a customer: four numbers, the same of many.

use super::Days;

/// Customers who bought alike: all that a model of purchases needs of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct History {
    /// Days with a purchase after the first one.
    pub repeats: u32,
    /// From the first purchase to the last.
    pub recency: Days,
    /// From the first purchase until now.
    pub age: Days,
    /// How many customers.
    pub customers: i64,
}

impl History {
    /// Whether there may be such customers: the last purchase lies between the first and now, and
    /// is the first where there is no other.
    pub fn is_possible(&self) -> bool {
        self.customers > 0
            && 0.0 <= self.recency.0
            && self.recency.0 <= self.age.0
            && self.age.0.is_finite()
            && (self.repeats == 0) == (self.recency.0 == 0.0)
    }

    pub(crate) fn count(&self) -> f64 {
        self.customers as f64
    }
}

/// Histories above which the first steps of a climb are taken on fewer, drawn together.
const FINE_MAX: usize = 20_000;
/// Steps of time among those.
const STEPS: f64 = 48.0;

/// Sorted by repeats; equal ones together.
pub(crate) fn sorted(histories: &[History]) -> Vec<History> {
    let mut sorted = histories.to_vec();
    sorted.sort_by(|one, other| {
        let times = |it: &History| [it.recency.0, it.age.0];
        let by_time = || {
            let [one, other] = [times(one), times(other)];
            one[0].total_cmp(&other[0]).then(one[1].total_cmp(&other[1]))
        };
        one.repeats.cmp(&other.repeats).then_with(by_time)
    });
    sorted.dedup_by(|next, kept| {
        let is_same =
            (kept.repeats, kept.recency, kept.age) == (next.repeats, next.recency, next.age);
        kept.customers += if is_same { next.customers } else { 0 };
        is_same
    });
    sorted
}

/// The same customers with times in a few steps, where there are very many: near enough to begin
/// from, and thousands of times fewer.
pub(crate) fn coarse(sorted_ones: &[History]) -> Option<Vec<History>> {
    if sorted_ones.len() <= FINE_MAX {
        return None;
    }
    let longest = sorted_ones.iter().map(|it| it.age.0).fold(0.0, f64::max);
    let step = longest / STEPS;
    let middle = |days: f64| (libm::floor(days / step) + 0.5) * step;
    let drawn = sorted_ones.iter().map(|it| {
        let age = middle(it.age.0);
        let recency = if it.repeats == 0 { 0.0 } else { middle(it.recency.0).min(age) };
        History { recency: Days(recency), age: Days(age), ..*it }
    });
    Some(sorted(&drawn.collect::<Vec<_>>()))
}
