//! A rate that may be looked at every day, though it changes: the average so far.

use super::Interval;
use super::interval::edge;
use super::likelihood::{is_share, ln_sum};

/// The bets are on odds that are e^b times the average's, with b = ±2^(j/2) for j from ...
const FINEST: i32 = -16;
/// ... to ...: from 1/256 to 8, for a million trials as well as for ten.
const COARSEST: i32 = 6;

/// The confidence sequence of the **average of all rates so far** after a part of a whole; nobody
/// says that the rates of two days were the same.
///
/// Each bet multiplies its stake by e^(b·x) / (1 - m + m·e^b) at an outcome x of 1 or 0, the
/// betting form of Waudby-Smith and Ramdas (arXiv 2010.09686) with bets fixed in advance. As
/// ln(1 - p + p·e^b) is concave in p, trials of different rates weigh no more than as many trials
/// of their average (Hoeffding 1963, theorem 1), so the stake stays below a martingale and the
/// bound holds for m the running mean, without a word about how the rates move (Howard, Ramdas,
/// McAuliffe and Sekhon 2021). That the bets are fixed is what makes the result a function of two
/// counts: windows may be added up in any order.
///
/// `None` where there is no whole, or the part is not one of it.
pub fn drifting_rate(part: i64, whole: i64, alpha: f64) -> Option<Interval> {
    if !is_share(part, whole) {
        return None;
    }
    let limit = -libm::log(alpha);
    let share = part as f64 / whole as f64;
    let bets = bets();
    let is_possible = |rate: f64| ln_stake(&bets, part, whole, rate) < limit;
    // Convex in the rate, and at the share itself no bet has won anything.
    let low = if part == 0 { 0.0 } else { edge(share, 0.0, is_possible) };
    let high = if part == whole { 1.0 } else { edge(share, 1.0, is_possible) };
    Some(Interval { low, high })
}

/// Each bet b with e^b - 1.
fn bets() -> Vec<(f64, f64)> {
    let sizes = (FINEST..=COARSEST).map(|j| libm::exp2(0.5 * f64::from(j)));
    sizes.flat_map(|size| [size, -size]).map(|bet| (bet, libm::expm1(bet))).collect()
}

/// The logarithm of what the bets, of equal stakes, have made of 1 if the average is `rate`.
fn ln_stake(bets: &[(f64, f64)], part: i64, whole: i64, rate: f64) -> f64 {
    let (part, whole) = (part as f64, whole as f64);
    let logs = bets.iter().map(|(bet, gain)| part * bet - whole * libm::log1p(rate * gain));
    ln_sum(logs) - libm::log(bets.len() as f64)
}
