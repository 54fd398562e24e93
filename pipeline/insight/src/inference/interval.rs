//! Ranges in which unknown numbers lie.

/// A lower and an upper bound, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Interval {
    /// Whether a value lies in it.
    pub fn has(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// How far the bounds are apart.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// A number with the interval it comes with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The number.
    pub value: f64,
    /// The interval of it.
    pub interval: Interval,
}

/// The point between two ends at which a condition changes, to the last bits; it holds at `inside`
/// and not at `outside`, which may be the smaller or the greater one.
pub(crate) fn edge(inside: f64, outside: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut inside, mut outside) = (inside, outside);
    // Halved so often, an interval of floats has no number left between its ends, or is so near to
    // zero that nobody prints it.
    for _ in 0..64 {
        let middle = 0.5 * (inside + outside);
        if middle == inside || middle == outside {
            break;
        }
        match holds(middle) {
            true => inside = middle,
            false => outside = middle,
        }
    }
    0.5 * (inside + outside)
}
