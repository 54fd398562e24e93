//! Differences of a batch, drawn toward none: the best of many is lucky as well as good.

use super::Figure;

/// The 97.5 % point of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

impl Figure {
    /// The standard error that a 95 % interval for one look was made of.
    pub fn error(&self) -> f64 {
        0.5 * self.interval.width() / Z
    }
}

/// What is to be expected next time of each difference of a batch, by its interval for one look.
///
/// Differences from "like the others" are spread around none, by as much as the batch says beyond
/// what chance makes of it: by the moments of DerSimonian and Laird (1986) with a mean of 0. Each is
/// drawn to it by the share of chance in its own variance (Efron and Morris 1975). Where the batch
/// is no further apart than chance makes it, all of it is chance, and nothing is expected.
pub fn shrunk(differences: &[Figure]) -> Vec<f64> {
    let variances: Vec<f64> = differences.iter().map(|it| it.error() * it.error()).collect();
    let (mut excess, mut weights) = (0.0, 0.0);
    for (difference, variance) in differences.iter().zip(&variances) {
        if *variance > 0.0 {
            excess += difference.value * difference.value / variance - 1.0;
            weights += 1.0 / variance;
        }
    }
    let spread = if weights > 0.0 { (excess / weights).max(0.0) } else { 0.0 };
    let drawn = |(difference, variance): (&Figure, &f64)| match spread + variance {
        all if all > 0.0 => difference.value * spread / all,
        _ => difference.value,
    };
    differences.iter().zip(&variances).map(drawn).collect()
}

/// The error that each of so many comparisons may make so that all that were ever made hold together
/// with `alpha`, at every look, while their number grows.
///
/// With up to 2^k comparisons each may err with α · 6/π² / (k + 1)² / 2^k. A comparison, once made,
/// is made at every later look, so at most 2^k were ever made at the k-th of these levels; over all
/// levels the errors add up to α.
pub fn share_of_growing(alpha: f64, tried: usize) -> f64 {
    const SIX_BY_PI_SQUARED: f64 = 6.0 / (core::f64::consts::PI * core::f64::consts::PI);
    let power = f64::from(tried.max(1).next_power_of_two().trailing_zeros());
    alpha * SIX_BY_PI_SQUARED / ((power + 1.0) * (power + 1.0)) / libm::exp2(power)
}

/// The probability of such a difference, or a greater one, by chance alone: two-sided, normal.
pub fn chance(difference: &Figure) -> f64 {
    match difference.error() {
        error if error > 0.0 => {
            libm::erfc(difference.value.abs() / error / core::f64::consts::SQRT_2)
        }
        _ => 1.0,
    }
}
