//! Special functions with the same bits on every machine.

/// The logarithm of the beta function.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// The derivative of the logarithm of the gamma function, for positive numbers, to 14 digits.
///
/// Raised by its recurrence to where the asymptotic series serves (Abramowitz and Stegun 6.3.5 and
/// 6.3.18).
pub(crate) fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 10.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = 1.0 / 12.0 - y * (1.0 / 120.0 - y * (1.0 / 252.0 - y * (1.0 / 240.0 - y / 132.0)));
    sum + libm::log(x) - 0.5 / x - y * series
}

/// Terms of a series after which it is given up.
const TERMS_MAX: u32 = 100_000;

/// Gauss's hypergeometric function by its series, for `0 <= z < 1` and a positive `c`.
///
/// `None` where so many terms do not settle it, which takes a z that is all but 1.
pub(crate) fn hypergeometric(a: f64, b: f64, c: f64, z: f64) -> Option<f64> {
    let (mut term, mut sum) = (1.0, 1.0);
    for n in 0..TERMS_MAX {
        let n = f64::from(n);
        term *= (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        sum += term;
        if term.abs() <= 1e-16 * f64::abs(sum) {
            return Some(sum);
        }
    }
    None
}
