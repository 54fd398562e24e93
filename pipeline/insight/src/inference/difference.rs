//! How two watched rates differ, at every look.

use super::interval::edge;
use super::likelihood::{Mixture, is_share};
use super::{Figure, Interval};

/// The difference of two rates with its confidence sequence: with a probability of `1 - alpha` the
/// rate of `one` less that of `other`, both (part, whole), lies in it at every look.
///
/// Two mixtures of independent customers multiply to one martingale, so a pair of rates is possible
/// while their product has not gathered evidence of 1 / alpha; a difference is, while some pair
/// with it is. That is narrower than the union of two intervals at half the error each. Both rates
/// must be constant. `None` where a rate has no whole.
pub fn difference(one: (i64, i64), other: (i64, i64), alpha: f64) -> Option<Figure> {
    let (a, b) = mixtures(one, other)?;
    let value = share(one) - share(other);
    let is_possible = |apart: f64| {
        let (low, high) = ((-apart).max(0.0), (1.0 - apart).min(1.0));
        let evidence = least(low, high, |rate| a.ln_against(rate + apart) + b.ln_against(rate));
        evidence < -libm::log(alpha)
    };
    // The least over pairs of a convex function is convex itself.
    let reach = |end: f64| if is_possible(end) { end } else { edge(value, end, is_possible) };
    Some(Figure { value, interval: Interval { low: reach(-1.0), high: reach(1.0) } })
}

/// The ratio of two rates with its confidence sequence, in the same way; the upper bound is
/// infinite where the other may be next to nothing. `None` where a rate has no whole, or the other
/// is 0 so far.
pub fn ratio(one: (i64, i64), other: (i64, i64), alpha: f64) -> Option<Figure> {
    let (a, b) = mixtures(one, other)?;
    if other.0 == 0 {
        return None;
    }
    let value = share(one) / share(other);
    // In the logarithms of rate and ratio both mixtures are convex.
    let is_possible = |ln_ratio: f64| {
        let factor = libm::exp(ln_ratio);
        let high = (-ln_ratio).min(0.0);
        let of = |ln_rate: f64| {
            let rate = libm::exp(ln_rate);
            a.ln_against((rate * factor).min(1.0)) + b.ln_against(rate)
        };
        least(LN_LEAST, high, of) < -libm::log(alpha)
    };
    // Where one has not converted yet, nothing is the ratio, and every small one is possible.
    let middle = if one.0 == 0 { LN_LEAST } else { libm::log(value) };
    let reach =
        |end: f64| if is_possible(end) { None } else { Some(edge(middle, end, is_possible)) };
    let low = reach(LN_LEAST).map_or(0.0, libm::exp);
    let high = reach(-LN_LEAST).map_or(f64::INFINITY, libm::exp);
    Some(Figure { value, interval: Interval { low, high } })
}

/// The logarithm of a rate that is nothing: one in ten billion.
const LN_LEAST: f64 = -23.0;

fn mixtures(one: (i64, i64), other: (i64, i64)) -> Option<(Mixture, Mixture)> {
    let is_said = is_share(one.0, one.1) && is_share(other.0, other.1);
    is_said.then(|| (Mixture::of(one.0, one.1), Mixture::of(other.0, other.1)))
}

fn share((part, whole): (i64, i64)) -> f64 {
    part as f64 / whole as f64
}

/// The least value of a convex function between two ends, by golden section (Kiefer 1953).
fn least(low: f64, high: f64, value: impl Fn(f64) -> f64) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let (mut low, mut high) = (low, high);
    let (mut left, mut right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
    let (mut at_left, mut at_right) = (value(left), value(right));
    for _ in 0..60 {
        if at_left < at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - GOLDEN * (high - low);
            at_left = value(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + GOLDEN * (high - low);
            at_right = value(right);
        }
    }
    at_left.min(at_right)
}
