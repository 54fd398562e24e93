//! Differences that turn round when like is compared with like (Simpson 1951).

use super::{Contrast, Figure, Stratum};

/// A difference in one pot that is not that of its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Paradox {
    /// The difference of the two groups as they are.
    pub in_one_pot: f64,
    /// The difference with both spread over the strata alike.
    pub like_with_like: Figure,
    /// Large strata that say the opposite of the pot beyond chance, by their places.
    pub against: Vec<usize>,
}

/// A stratum is large with such a share of all who are compared.
const LARGE: f64 = 0.1;

/// The paradox in strata, if there is one: the sign of the difference turns round when it is
/// standardised, or in a large stratum whose own 95 % interval does not hold 0.
///
/// What is shown then is the difference like with like, and the pot beside it as what misleads.
pub fn paradox(strata: &[Stratum]) -> Option<Paradox> {
    let pot = strata.iter().fold(Stratum::default(), |pot, stratum| Stratum {
        exposed: pot.exposed.plus(&stratum.exposed),
        others: pot.others.plus(&stratum.others),
    });
    let in_one_pot = Contrast::of(&[pot])?.difference.value;
    let whole = Contrast::of(strata)?;
    let turns = |difference: f64| difference * in_one_pot < 0.0;
    let is_against = |stratum: &Stratum| {
        let Some(found) = Contrast::of(&[*stratum]) else { return false };
        let is_large = found.compared as f64 >= LARGE * whole.compared as f64;
        is_large && turns(found.difference.value) && !found.difference.interval.has(0.0)
    };
    let against: Vec<usize> = (0..strata.len()).filter(|at| is_against(&strata[*at])).collect();
    let is_paradox = turns(whole.difference.value) || !against.is_empty();
    is_paradox.then_some(Paradox { in_one_pot, like_with_like: whole.difference, against })
}
