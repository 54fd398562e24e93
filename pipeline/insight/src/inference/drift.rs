//! Whether a rate, or a mix of channels, has changed.

use super::likelihood::ln_sum;

/// A change that is thought to have happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// The logarithm of the evidence against "nothing has changed since the first window".
    pub ln_evidence: f64,
    /// The first window, from 1 on, that is likely to be after the change.
    pub since: usize,
}

/// Evidence that the shares of classes changed at some window: converted and not, or the channels
/// that leads come by. `windows` has for each final window, in order, a count of each class.
///
/// If nothing has changed the chance that it ever reaches 1 / α is α at most, looked at after each
/// window: the numerator is a mixture over when the change was (after window j with weight
/// 1/√j - 1/√(j + 1), the rest for "not yet") of how well one distribution before and another after
/// it foretold each customer, flat Dirichlet on both sides; the denominator the best that any one
/// distribution can do in hindsight, never less than the true one's (Wasserman, Ramdas and
/// Balakrishnan 2020, "Universal inference", section 8). For inhomogeneous traffic nothing is
/// assumed: only shares count, not how many came (Lindon and Malek, arXiv 2011.03567).
///
/// Customers must be independent given their window. Where weeks differ more than that by nature,
/// it will say so: a season is a change. After a finding one begins anew at `since`. `None` with
/// fewer than two windows, or windows of different classes.
pub fn drift(windows: &[Vec<i64>]) -> Option<Drift> {
    let classes = windows.first()?.len();
    if windows.len() < 2 || windows.iter().any(|window| window.len() != classes) {
        return None;
    }
    let mut all = vec![0; classes];
    windows.iter().for_each(|window| add(&mut all, window));
    let mut before = vec![0; classes];
    let mut of_changes = Vec::new();
    for (at, window) in windows.iter().enumerate().take(windows.len() - 1) {
        add(&mut before, window);
        let after: Vec<i64> = all.iter().zip(&before).map(|(all, before)| all - before).collect();
        let weight = tail(at + 1) - tail(at + 2);
        of_changes.push(libm::log(weight) + ln_foretold(&before) + ln_foretold(&after));
    }
    let most = (0..of_changes.len()).max_by(|a, b| of_changes[*a].total_cmp(&of_changes[*b]))?;
    let none_yet = ln_foretold(&all) + libm::log(tail(windows.len()));
    let numerator = ln_sum(of_changes.iter().copied().chain([none_yet]));
    Some(Drift { ln_evidence: numerator - ln_best(&all), since: most + 1 })
}

/// The weight of all changes after a window or later: slow to fall, for a shop lives for years.
fn tail(window: usize) -> f64 {
    1.0 / (window as f64).sqrt()
}

fn add(sums: &mut [i64], window: &[i64]) {
    sums.iter_mut().zip(window).for_each(|(sum, count)| *sum += count);
}

/// How well a flat Dirichlet prior foretold customers of these classes, one after the other.
fn ln_foretold(counts: &[i64]) -> f64 {
    let all: i64 = counts.iter().sum();
    let of_classes: f64 = counts.iter().map(|count| libm::lgamma(*count as f64 + 1.0)).sum();
    let classes = counts.len() as f64;
    of_classes + libm::lgamma(classes) - libm::lgamma(all as f64 + classes)
}

/// How likely they are under the distribution that suits them best.
fn ln_best(counts: &[i64]) -> f64 {
    let all: i64 = counts.iter().sum();
    let of = |count: f64| if count > 0.0 { count * libm::log(count / all as f64) } else { 0.0 };
    counts.iter().map(|count| of(*count as f64)).sum()
}
