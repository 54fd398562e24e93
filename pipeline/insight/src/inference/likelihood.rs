//! Logarithms of how likely counts are.

/// The logarithm of Euler's beta function, both arguments above 0.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// The logarithm of the probability of one order of successes and failures at a rate.
pub(crate) fn ln_trials(part: f64, whole: f64, rate: f64) -> f64 {
    let other = whole - part;
    // Nothing of a kind says nothing, whatever its rate: 0 · ln 0 is 0.
    let won = if part == 0.0 { 0.0 } else { part * libm::log(rate) };
    let failed = if other == 0.0 { 0.0 } else { other * libm::log1p(-rate) };
    won + failed
}

/// The evidence of a part of a whole against rates: the beta-binomial mixture of all rates, weighed
/// alike, over the one in question.
///
/// Over time it is a martingale of mean 1 if that rate is the true one (Ville 1939).
pub(crate) struct Mixture {
    part: f64,
    whole: f64,
    ln_all: f64,
}

impl Mixture {
    /// Of a part of a whole, which must be one.
    pub(crate) fn of(part: i64, whole: i64) -> Mixture {
        let (part, whole) = (part as f64, whole as f64);
        Mixture { part, whole, ln_all: ln_beta(part + 1.0, whole - part + 1.0) }
    }

    /// The logarithm of the evidence against a rate.
    pub(crate) fn ln_against(&self, rate: f64) -> f64 {
        self.ln_all - ln_trials(self.part, self.whole, rate)
    }
}

/// The logarithm of a sum of numbers that are given by their logarithms.
pub(crate) fn ln_sum(logs: impl Iterator<Item = f64> + Clone) -> f64 {
    let greatest = logs.clone().fold(f64::NEG_INFINITY, f64::max);
    if greatest == f64::NEG_INFINITY {
        return greatest;
    }
    greatest + libm::log(logs.map(|log| libm::exp(log - greatest)).sum())
}

/// Whether a part can be one of a whole, and there is a whole.
pub(crate) fn is_share(part: i64, whole: i64) -> bool {
    whole > 0 && (0..=whole).contains(&part)
}
