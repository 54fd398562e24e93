//! How strong something unmeasured would have to be to explain a ratio away.

use super::Figure;

/// The strength of confounding that would make a ratio nothing: the "E-value" of VanderWeele and
/// Ding (2017), which has nothing to do with evidence by betting.
///
/// A strength of 3 says: something that makes both the exposure and the conversion three times as
/// likely, beyond all strata, would be enough; anything weaker would not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Confounding {
    /// For the ratio itself, from 1.
    pub point: f64,
    /// For the end of its interval that is nearer to 1; 1 where the interval holds 1: nothing at
    /// all is needed.
    pub limit: f64,
}

impl Confounding {
    /// Of a ratio of risks, of any direction.
    pub fn of(ratio: &Figure) -> Confounding {
        let nearer = match ratio.value {
            above if above >= 1.0 => ratio.interval.low.max(1.0),
            _ => ratio.interval.high.min(1.0),
        };
        Confounding { point: strength(ratio.value), limit: strength(nearer) }
    }
}

fn strength(ratio: f64) -> f64 {
    let ratio = if ratio < 1.0 { 1.0 / ratio } else { ratio };
    ratio + (ratio * (ratio - 1.0)).sqrt()
}
