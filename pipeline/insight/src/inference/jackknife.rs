//! Intervals for whatever is reckoned from sums: by leaving out one group of customers at a time.

use super::Interval;
use super::interval::edge;

/// A number with the error of it that comes from who happened to be a customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The number, from everybody.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// How many groups there are.
    pub groups: usize,
}

/// Numbers with their errors, by the delete-a-group jackknife (Kott 2001; Quenouille, Tukey).
///
/// `finish` reckons the numbers, always as many and in the same order, from the sums of everybody
/// (`None`) or of everybody but one group (`Some(group)`). Groups are counters' dimension `group`:
/// customers hashed into 32, whose sums add, so that all but one is a subtraction. What is finished
/// must be smooth and must not grow with the number of customers: a rate, a share of credit, a
/// removal effect; a total is first divided by what it is a total of, or see
/// [`Estimate::of_total`]. A median is not smooth.
///
/// `None` where a sum cannot be finished: a group holds all of something. Then there is too little
/// for an interval.
pub fn jackknife(
    groups: usize,
    mut finish: impl FnMut(Option<usize>) -> Option<Vec<f64>>,
) -> Option<Vec<Estimate>> {
    if groups < 2 {
        return None;
    }
    let values = finish(None)?;
    let without = (0..groups).map(|group| finish(Some(group))).collect::<Option<Vec<_>>>()?;
    let count = groups as f64;
    let estimate = |(at, value): (usize, f64)| {
        let left: Vec<f64> = without.iter().filter_map(|values| values.get(at).copied()).collect();
        if left.len() < groups {
            return None;
        }
        let mean = left.iter().sum::<f64>() / count;
        let squares: f64 = left.iter().map(|left| (left - mean) * (left - mean)).sum();
        Some(Estimate { value, error: (squares * (count - 1.0) / count).sqrt(), groups })
    };
    values.into_iter().enumerate().map(estimate).collect()
}

impl Estimate {
    /// A total of all customers from the totals of the groups; `None` of less than two.
    pub fn of_total(totals: &[f64]) -> Option<Estimate> {
        if totals.len() < 2 {
            return None;
        }
        let count = totals.len() as f64;
        let value: f64 = totals.iter().sum();
        let mean = value / count;
        let squares: f64 = totals.iter().map(|total| (total - mean) * (total - mean)).sum();
        let error = (squares * count / (count - 1.0)).sqrt();
        Some(Estimate { value, error, groups: totals.len() })
    }

    /// The interval for one look, by Student's distribution with one degree of freedom less than
    /// there are groups.
    pub fn interval(&self, alpha: f64) -> Interval {
        let half = self.error * student(alpha, self.groups - 1);
        Interval { low: self.value - half, high: self.value + half }
    }
}

/// The value that a variable with Student's distribution exceeds, up or down, with a probability.
///
/// From the finite sums for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4).
pub fn student(alpha: f64, freedom: usize) -> f64 {
    let is_within = |t: f64| within(t, freedom) < 1.0 - alpha;
    let mut high = 1.0;
    while is_within(high) && high < 1e12 {
        high *= 2.0;
    }
    edge(0.0, high, is_within)
}

/// The probability that it lies between -t and t.
fn within(t: f64, freedom: usize) -> f64 {
    let angle = libm::atan(t / (freedom as f64).sqrt());
    let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
    let is_odd = freedom % 2 == 1;
    let (mut term, mut sum) = if is_odd { (cosine, 0.0) } else { (1.0, 0.0) };
    let mut power = if is_odd { 1 } else { 0 };
    while power + 2 <= freedom {
        sum += term;
        term *= cosine * cosine * (power as f64 + 1.0) / (power as f64 + 2.0);
        power += 2;
    }
    match is_odd {
        true => std::f64::consts::FRAC_2_PI * (angle + sine * sum),
        false => sine * sum,
    }
}
