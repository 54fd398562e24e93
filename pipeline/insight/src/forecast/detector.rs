//! Whether counts of days still come as they are expected.

/// How often a day may come at which a world that has not changed is said to have changed: once in
/// ten years.
const ALARM: f64 = 3_650.0;
/// Changes that are looked for: how much more or less.
const FACTORS: [f64; 6] = [0.4, 0.6, 0.8, 1.25, 1.6, 2.5];
/// After so many days what was seen of the spread weighs half.
const HALF_LIFE: f64 = 60.0;

/// An e-detector (Shin, Ramdas and Rinaldo 2022): evidence that counts are by some factor more or
/// less than expected, since any day. Where they come as expected, it reaches the alarm once in ten
/// years on average or less often.
#[derive(Clone, Debug)]
pub struct Detector {
    /// Logarithm of the evidence of each factor, since the day that suits it best.
    evidence: [f64; FACTORS.len()],
    /// Squares of what counts differed by, and of what they should have by chance alone.
    spread: [f64; 2],
}

impl Default for Detector {
    fn default() -> Detector {
        Detector { evidence: [0.0; FACTORS.len()], spread: [20.0, 20.0] }
    }
}

impl Detector {
    /// Looks at the count of a day beside what was expected the evening before. True where the
    /// world has changed; it then begins anew.
    ///
    /// Counts that spread more than chance alone (Poisson) would, weigh less.
    pub fn look(&mut self, expected: f64, actual: f64) -> bool {
        if expected <= 0.0 {
            return false;
        }
        let spread = (self.spread[0] / self.spread[1]).max(1.0);
        let mut sum = 0.0;
        for (evidence, factor) in self.evidence.iter_mut().zip(FACTORS) {
            // The likelihood of so much more or less against "as expected".
            let ratio = actual * libm::log(factor) - (factor - 1.0) * expected;
            // Cumulated since the day that suits best: a sum of e-processes begun on each day is no
            // less.
            *evidence = evidence.max(0.0) + ratio / spread;
            sum += libm::exp(evidence.min(500.0));
        }
        let keep = libm::exp2(-1.0 / HALF_LIFE);
        let apart = (actual - expected) * (actual - expected);
        // One day says no more of the spread than nine times what is usual.
        let apart = apart.min(9.0 * spread * expected);
        self.spread = [keep * self.spread[0] + apart, keep * self.spread[1] + expected];
        let is_changed = sum / FACTORS.len() as f64 >= ALARM;
        if is_changed {
            self.evidence = [0.0; FACTORS.len()];
        }
        is_changed
    }
}
