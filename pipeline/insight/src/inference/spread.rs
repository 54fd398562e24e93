//! What customers paid, of whom most paid nothing: how two groups differ, like with like.

use super::{Figure, watched_mean};

/// Sums over purchases from which a mean and its error follow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// How many purchases.
    pub purchases: i64,
    /// What they brought, in minor units.
    pub total: f64,
    /// At least the sum of the squares of it.
    pub squares: f64,
}

impl Spread {
    /// Purchases that brought so much together, of which each is less than a bound.
    pub fn below(purchases: i64, total: f64, bound: f64) -> Spread {
        Spread { purchases, total, squares: (total * bound).max(0.0) }
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Spread) -> Spread {
        Spread {
            purchases: self.purchases + other.purchases,
            total: self.total + other.total,
            squares: self.squares + other.squares,
        }
    }

    /// Without a part.
    #[must_use]
    pub fn less(&self, part: &Spread) -> Spread {
        Spread {
            purchases: self.purchases - part.purchases,
            total: self.total - part.total,
            squares: (self.squares - part.squares).max(0.0),
        }
    }

    /// As if each purchase had brought so much more.
    #[must_use]
    pub fn with_each(&self, more: f64) -> Spread {
        let count = self.purchases as f64;
        Spread {
            purchases: self.purchases,
            total: self.total + count * more,
            squares: (self.squares + 2.0 * more * self.total + count * more * more).max(0.0),
        }
    }

    /// What each of so many brought on average, and the variance of that.
    fn mean(&self, all: i64) -> (f64, f64) {
        let all = all as f64;
        let mean = self.total / all;
        (mean, (self.squares / all - mean * mean).max(0.0) / all)
    }
}

/// How much more a group paid, a customer, with both spread over the strata alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpreadContrast {
    /// What each of the exposed paid.
    pub exposed: f64,
    /// What each of the others paid.
    pub others: f64,
    /// The standard error of their difference, rather too great than too small: of amounts it is
    /// known only between which powers of two they lie.
    pub error: f64,
    /// How many more purchases the exposed made, each.
    pub purchases: f64,
    /// How many are compared.
    pub compared: i64,
}

impl SpreadContrast {
    /// Purchases that each group must have: below, the error of so skewed a mean is itself unknown.
    pub const PURCHASES_MIN: i64 = 10;

    /// Narrowest at so many customers; chosen once.
    const TUNED: i64 = 1_000;

    /// The contrast over strata, each as the exposed and the others with how many they are, by
    /// direct standardisation to all who are compared. `None` with too few purchases.
    pub fn of(strata: &[[(i64, Spread); 2]]) -> Option<SpreadContrast> {
        let both: Vec<&[(i64, Spread); 2]> =
            strata.iter().filter(|stratum| stratum.iter().all(|side| side.0 > 0)).collect();
        let has_enough = |at: usize| {
            both.iter().map(|stratum| stratum[at].1.purchases).sum::<i64>() >= Self::PURCHASES_MIN
        };
        if !(has_enough(0) && has_enough(1)) {
            return None;
        }
        let compared: i64 = both.iter().map(|stratum| stratum[0].0 + stratum[1].0).sum();
        let mut found =
            SpreadContrast { exposed: 0.0, others: 0.0, error: 0.0, purchases: 0.0, compared };
        let mut variance = 0.0;
        for [exposed, others] in both {
            let weight = (exposed.0 + others.0) as f64 / compared as f64;
            let [(one, of_one), (other, of_other)] =
                [exposed, others].map(|(all, spread)| spread.mean(*all));
            found.exposed += weight * one;
            found.others += weight * other;
            let bought = |(all, spread): &(i64, Spread)| spread.purchases as f64 / *all as f64;
            found.purchases += weight * (bought(exposed) - bought(others));
            variance += weight * weight * (of_one + of_other);
        }
        found.error = variance.sqrt();
        Some(found)
    }

    /// The difference with the interval that holds at every look; `of_each` is the standard error
    /// of what a purchase was taken to be worth, 0 where that is what was paid.
    pub fn watched(&self, of_each: f64, alpha: f64) -> Option<Figure> {
        let value = self.exposed - self.others;
        let error = libm::hypot(self.error, self.purchases * of_each);
        let interval = watched_mean(value, error, self.compared, Self::TUNED, alpha)?;
        Some(Figure { value, interval })
    }
}
