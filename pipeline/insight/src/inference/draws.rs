//! Numbers from a seed, for methods that draw.

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same on every machine.
pub(crate) struct Draws(u64);

impl Draws {
    /// From a seed.
    pub(crate) fn new(seed: u64) -> Draws {
        Draws(seed)
    }

    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// Puts things in an order, each as likely as any other (Fisher and Yates 1938).
    pub(crate) fn shuffle(&mut self, things: &mut [usize]) {
        for last in (1..things.len()).rev() {
            // Lemire's multiplication: of so few numbers none is preferred by more than 2^-58.
            let at = (u128::from(self.number()) * (last as u128 + 1)) >> 64;
            things.swap(last, at as usize);
        }
    }
}
