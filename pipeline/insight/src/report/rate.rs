//! A share with its parts and its interval.

/// The 97.5 % point of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// A part of a whole, with the 95 % interval of the rate behind it.
///
/// The interval is Wilson's (1927), without a correction for continuity. It holds for one look at
/// independent trials: not for a number that is watched until it pleases. Where a rate is watched
/// ([`Matured`](super::Matured)) the bounds are those of a sequence that holds at every look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// How many of them did.
    pub part: i64,
    /// How many there are.
    pub whole: i64,
    /// Lower bound, from 0 to 1.
    pub low: f64,
    /// Upper bound, from 0 to 1.
    pub high: f64,
}

impl Rate {
    /// The rate of a part; `None` where there is no whole, or the part is not one of it.
    pub fn of(part: i64, whole: i64) -> Option<Rate> {
        if whole <= 0 || !(0..=whole).contains(&part) {
            return None;
        }
        let (k, n) = (part as f64, whole as f64);
        let share = k / n;
        let middle = share + Z * Z / (2.0 * n);
        let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        // At the ends the formula gives 0 and 1 but for the last bit.
        let low = if part == 0 { 0.0 } else { (middle - half) / scale };
        let high = if part == whole { 1.0 } else { (middle + half) / scale };
        Some(Rate { part, whole, low, high })
    }

    /// The rate itself.
    pub fn share(&self) -> f64 {
        self.part as f64 / self.whole as f64
    }
}
