//! A mean that is watched: of money, of credit.

use super::Interval;

/// The confidence sequence of a mean from its standard error: with a probability of about
/// `1 - alpha` the mean of all customers lies in it at every look, from the first few hundred on.
///
/// The asymptotic sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (arXiv 2103.06476,
/// theorem 2.2), which asks nothing of the distribution but a variance; `count` is how many
/// customers the mean is of and `error` its standard error, the jackknife's too. It is narrowest
/// when `tuned` customers have come, which is chosen once and never by what was seen. `None` with
/// fewer than two customers.
pub fn watched_mean(
    value: f64,
    error: f64,
    count: i64,
    tuned: i64,
    alpha: f64,
) -> Option<Interval> {
    if count < 2 || tuned < 1 {
        return None;
    }
    let ln_alpha = -2.0 * libm::log(alpha);
    // Narrowest at `tuned`, to a few thousandths (formula 14 of the paper).
    let weight = (ln_alpha + libm::log(ln_alpha + 1.0)) / tuned as f64;
    let information = count as f64 * weight;
    let spread = (information + 1.0) / information;
    let half = error * (spread * (libm::log(information + 1.0) + ln_alpha)).sqrt();
    Some(Interval { low: value - half, high: value + half })
}
