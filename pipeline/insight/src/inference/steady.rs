//! A rate that may be looked at every day, if it stays the same.

use super::Interval;
use super::interval::edge;
use super::likelihood::{Mixture, is_share};

/// The confidence sequence of one constant rate after a part of a whole: with a probability of
/// `1 - alpha` the rate lies in it at **every** look, however often and whenever is looked.
///
/// It holds the rates against which the beta-binomial mixture with Beta(1, 1) has not gathered
/// evidence of `1 / alpha` (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021,
/// arXiv 1810.08240). The trials must be decided: who may still convert is none of them. Where the
/// rate changes over time see [`drifting_rate`](super::drifting_rate).
///
/// `None` where there is no whole, or the part is not one of it.
pub fn steady_rate(part: i64, whole: i64, alpha: f64) -> Option<Interval> {
    if !is_share(part, whole) {
        return None;
    }
    let limit = -libm::log(alpha);
    let share = part as f64 / whole as f64;
    let mixture = Mixture::of(part, whole);
    let is_possible = |rate: f64| mixture.ln_against(rate) < limit;
    // The evidence is convex in the rate and least at the share itself.
    let low = if part == 0 { 0.0 } else { edge(share, 0.0, is_possible) };
    let high = if part == whole { 1.0 } else { edge(share, 1.0, is_possible) };
    Some(Interval { low, high })
}
