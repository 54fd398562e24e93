//! Patterns of steps, and how those who walked them fared beside the others.

use super::fisher::{adjusted, fisher};
use super::{Figure, Interval, Prior};
use crate::report::Rate;

/// A pattern with those who reached it and those it is compared with, as (converted, all).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Its steps, in order; anything may lie between them.
    pub steps: Vec<u16>,
    /// Those who reached it.
    pub reached: (i64, i64),
    /// Those who did not, though they had the time: who was lost before is no comparison.
    pub others: (i64, i64),
}

/// What is said of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Walked {
    /// The pattern.
    pub pattern: Pattern,
    /// The rate of those who reached it less that of the others, with the 95 % interval of one look
    /// (Newcombe 1998, method 10).
    pub difference: Figure,
    /// The difference to be expected next time: the rate of those who reached it drawn toward that
    /// of all patterns, by as much as this batch says. The best of many is lucky as well as good.
    pub shrunk: f64,
    /// The probability of such a difference by chance, adjusted for the batch.
    pub chance: f64,
}

/// The closed patterns of a batch that enough customers reached, the most surprising first.
///
/// A pattern is closed if no longer one that contains it was reached by as many, of whom as many
/// converted: of two that say the same of the same people the longer is kept. Chances are
/// adjusted after that, so that what nobody would have been shown costs nothing. What is found here
/// is a candidate; it is confirmed on customers who arrive later.
///
/// **What it needs of counters:** the sequence family, reached and converted by pattern, and the
/// same of those who were still open at the landmark without it.
pub fn walked(patterns: &[Pattern], reached_min: i64) -> Vec<Walked> {
    let is_large = |pattern: &&Pattern| pattern.reached.1 >= reached_min && pattern.others.1 > 0;
    let large: Vec<&Pattern> = patterns.iter().filter(is_large).collect();
    let is_closed = |pattern: &&Pattern| {
        let says_same = |other: &&Pattern| {
            other.reached == pattern.reached
                && other.steps.len() > pattern.steps.len()
                && contains(&other.steps, &pattern.steps)
        };
        !large.iter().any(says_same)
    };
    let closed: Vec<&Pattern> = large.iter().copied().filter(is_closed).collect();
    let chances: Vec<f64> = closed.iter().map(|p| fisher(p.reached, p.others)).collect();
    let prior = Prior::of(&closed.iter().map(|p| p.reached).collect::<Vec<_>>());
    let mut walked: Vec<Walked> = closed
        .iter()
        .zip(adjusted(&chances))
        .filter_map(|(pattern, chance)| {
            let usual = pattern.others.0 as f64 / pattern.others.1 as f64;
            Some(Walked {
                pattern: (*pattern).clone(),
                difference: newcombe(pattern.reached, pattern.others)?,
                shrunk: prior.rate(pattern.reached) - usual,
                chance,
            })
        })
        .collect();
    walked.sort_by(|one, other| {
        let by_chance = one.chance.total_cmp(&other.chance);
        by_chance.then_with(|| one.pattern.steps.cmp(&other.pattern.steps))
    });
    walked
}

/// Whether steps occur in a longer pattern, in their order.
fn contains(longer: &[u16], steps: &[u16]) -> bool {
    let mut longer = longer.iter();
    steps.iter().all(|step| longer.any(|other| other == step))
}

/// The difference of two rates with the interval that Wilson's of both make.
fn newcombe(one: (i64, i64), other: (i64, i64)) -> Option<Figure> {
    let (one, other) = (Rate::of(one.0, one.1)?, Rate::of(other.0, other.1)?);
    let value = one.share() - other.share();
    let low = libm::hypot(one.share() - one.low, other.high - other.share());
    let high = libm::hypot(one.high - one.share(), other.share() - other.low);
    Some(Figure { value, interval: Interval { low: value - low, high: value + high } })
}
