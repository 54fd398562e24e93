//! How much evidence a finding needs, so that among all that are ever promoted few are false.

/// The budget of an endless list of findings, by e-LOND (Xu and Ramdas, "Online multiple testing
/// with e-values", AISTATS 2024).
///
/// The t-th candidate may be promoted at evidence of 1 / (α · γ(t) · (promoted so far + 1)), with
/// γ(t) = t^(-3/2) / ζ(3/2), which adds up to 1: early candidates need little, each promotion makes
/// the next easier, and the list never ends. On average the share of false findings among all ever
/// promoted is never greater than α, not even at its worst moment, however the candidates depend on
/// each other.
///
/// Candidates wait side by side and not one after the other. The proof carries over: whoever is
/// promoted at a moment makes the promoted at least one more than the number used then, so that its
/// share of the list is at most α · γ(t) times its evidence at that moment, whose mean is at most 1
/// if nothing is true. For that a promotion is never undone in this number: a finding that is
/// retired later stays counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    alpha: f64,
    registered: u32,
    promoted: u32,
}

/// ζ(3/2), the sum of t^(-3/2).
const ZETA: f64 = 2.612_375_348_685_488;

impl Budget {
    /// For false findings of a share of `alpha` at most.
    pub fn new(alpha: f64) -> Budget {
        Budget { alpha, registered: 0, promoted: 0 }
    }

    /// Registers a candidate: its number, from 1. To be done before anybody looks at its evidence.
    pub fn register(&mut self) -> u32 {
        self.registered += 1;
        self.registered
    }

    /// The logarithm of the evidence that a candidate needs now.
    pub fn ln_needed(&self, number: u32) -> f64 {
        let share = libm::pow(f64::from(number), -1.5) / ZETA;
        -libm::log(self.alpha * share * f64::from(self.promoted + 1))
    }

    /// Promotes a candidate if its evidence is enough; says whether it was.
    pub fn promote(&mut self, number: u32, ln_evidence: f64) -> bool {
        let is_enough = ln_evidence >= self.ln_needed(number);
        self.promoted += u32::from(is_enough);
        is_enough
    }

    /// How many were ever promoted.
    pub fn promoted(&self) -> u32 {
        self.promoted
    }
}
