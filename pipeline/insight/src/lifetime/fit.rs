//! The most likely population behind histories.

use super::history::{coarse, sorted};
use super::maximum::{Climb, Maximum, climb};
use super::special::digamma;
use super::{Days, History, Model, Purchasing, Unfit};

/// Customers that a model needs at the least.
pub const CUSTOMERS_MIN: i64 = 100;
/// Of them those that came back: without them nothing is known of who drops out.
pub const REPEATERS_MIN: i64 = 30;

/// The logarithm of a parameter beyond which it is no parameter any more.
const BOUND: f64 = 9.0;
/// Where climbs begin: r, a, b. The scale follows from the mean rate.
const STARTS: [[f64; 3]; 4] = [[0.7, 0.8, 2.5], [0.25, 0.5, 1.5], [2.0, 1.0, 6.0], [1.0, 3.0, 3.0]];

/// A fitted population, with how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// The population.
    pub purchasing: Purchasing,
    /// Customers that it stands on.
    pub customers: i64,
    /// Of them those that came back.
    pub repeaters: i64,
    /// The logarithm of the likelihood with times in days.
    ln_likelihood: f64,
    /// All purchases after the first ones.
    repeats: f64,
    /// Of the logarithms of r, alpha, a and b.
    pub(super) covariance: [[f64; 4]; 4],
}

impl Fit {
    /// The most likely population of one model: maximum likelihood by Newton's method on the
    /// logarithms of the parameters, from several starts, from derivatives in closed form.
    ///
    /// Order and grouping of the histories change nothing; those that no customer can have are left
    /// out.
    pub fn of(model: Model, histories: &[History]) -> Result<Fit, Unfit> {
        let possible: Vec<History> =
            histories.iter().filter(|history| history.is_possible()).copied().collect();
        let possible = sorted(&possible);
        let customers: i64 = possible.iter().map(|history| history.customers).sum();
        let back = possible.iter().filter(|history| history.repeats > 0);
        let repeaters: i64 = back.map(|history| history.customers).sum();
        if customers < CUSTOMERS_MIN || repeaters < REPEATERS_MIN {
            return Err(Unfit::TooFew {
                customers: (customers, CUSTOMERS_MIN),
                repeaters: (repeaters, REPEATERS_MIN),
            });
        }
        // In units of the mean age, in which a scale is of the size of one.
        let lived: f64 = possible.iter().map(|history| history.count() * history.age.0).sum();
        let repeats: f64 =
            possible.iter().map(|history| history.count() * f64::from(history.repeats)).sum();
        let unit = lived / customers as f64;
        let scaled: Vec<History> = possible.iter().map(|history| within(history, unit)).collect();
        let rate = repeats / customers as f64;
        let best = most_likely(model, &scaled, rate)?;
        let [r, alpha, a, b] = best.at.map(libm::exp);
        Ok(Fit {
            purchasing: Purchasing { model, r, alpha: Days(alpha * unit), a, b },
            customers,
            repeaters,
            ln_likelihood: best.value - repeats * libm::log(unit),
            repeats,
            covariance: best.covariance,
        })
    }

    /// The more likely of the two models, which have as many parameters. Why there is none, where
    /// there is none, is said of BG/NBD. Of very many histories that is judged from times in steps.
    pub fn best(histories: &[History]) -> Result<Fit, Unfit> {
        match coarse(&sorted(histories)) {
            Some(few) => Fit::of(Fit::more_likely(&few)?.purchasing.model, histories),
            None => Fit::more_likely(histories),
        }
    }

    fn more_likely(histories: &[History]) -> Result<Fit, Unfit> {
        match (Fit::of(Model::BgNbd, histories), Fit::of(Model::MbgNbd, histories)) {
            (Ok(one), Ok(other)) if other.ln_likelihood > one.ln_likelihood => Ok(other),
            (Err(_), Ok(other)) => Ok(other),
            (one, _) => one,
        }
    }

    /// The logarithm of the likelihood with times in a unit: a density depends on it.
    pub fn ln_likelihood(&self, unit: Days) -> f64 {
        self.ln_likelihood + self.repeats * libm::log(unit.0)
    }

    /// The standard errors of r, alpha (in a unit), a and b.
    pub fn errors(&self, unit: Days) -> [f64; 4] {
        let Purchasing { r, alpha, a, b, .. } = self.purchasing;
        let values = [r, alpha.in_units_of(unit), a, b];
        std::array::from_fn(|n| values[n] * self.covariance[n][n].sqrt())
    }

    /// What one customer's history says of the logarithms of the parameters: the derivatives of its
    /// part of the likelihood, which add up to nothing over all customers.
    pub(super) fn score(&self, history: &History) -> [f64; 4] {
        let Purchasing { model, r, alpha, a, b } = self.purchasing;
        let at = [r, alpha.0, a, b].map(libm::log);
        slope(model, &[History { customers: 1, ..*history }], &at).1
    }
}

impl Purchasing {
    /// The logarithm of how likely histories are, with times in a unit.
    pub fn ln_likelihood(&self, histories: &[History], unit: Days) -> f64 {
        let at = [self.r, self.alpha.0 / unit.0, self.a, self.b].map(libm::log);
        let scaled: Vec<History> = histories.iter().map(|it| within(it, unit.0)).collect();
        slope(self.model, &scaled, &at).0
    }
}

fn within(history: &History, unit: f64) -> History {
    let (recency, age) = (Days(history.recency.0 / unit), Days(history.age.0 / unit));
    History { recency, age, ..*history }
}

/// The highest of the maxima that are reached from the starts.
fn most_likely(model: Model, histories: &[History], rate: f64) -> Result<Maximum<4>, Unfit> {
    let few = coarse(histories);
    let first = few.as_deref().unwrap_or(histories);
    let mut best: Option<Maximum<4>> = None;
    let mut left = None;
    for [r, a, b] in STARTS {
        let start = [r, 0.5 * r / rate, a, b].map(libm::log);
        match climb(start, BOUND, |at| slope(model, first, at)) {
            Climb::Arrived(maximum) if best.is_none_or(|best| maximum.value > best.value) => {
                best = Some(maximum);
            }
            Climb::Arrived(_) | Climb::Lost => {}
            Climb::Left(parameter) => left = Some(parameter),
        }
    }
    let best = match (best, few) {
        (Some(near), Some(_)) => climb(near.at, BOUND, |at| slope(model, histories, at)),
        (Some(best), None) => Climb::Arrived(best),
        (None, _) => left.map_or(Climb::Lost, Climb::Left),
    };
    match best {
        Climb::Arrived(maximum) => Ok(maximum),
        Climb::Left(parameter) => Err(Unfit::AtBound(["r", "alpha", "a", "b"][parameter])),
        Climb::Lost => Err(Unfit::NotConverged),
    }
}

/// The logarithm of the likelihood and its derivatives by the logarithms of r, alpha, a and b. What
/// depends on the number of repeats alone is reckoned once for each: histories are sorted by it.
///
/// Both models in one formula: with so many chances to drop out, a customer who has dropped out is
/// `a / (b + chances - 1) · ((alpha + age) / (alpha + recency))^(r + repeats)` times as likely as
/// one who has not (Fader, Hardie and Lee 2005, formula 6).
fn slope(model: Model, histories: &[History], at: &[f64; 4]) -> (f64, [f64; 4]) {
    let [r, alpha, a, b] = at.map(libm::exp);
    let mut sums = (0.0, [0.0; 4]);
    let mut run = None;
    for history in histories {
        let same = run.filter(|run: &Run| run.repeats == history.repeats);
        let of = same.unwrap_or_else(|| Run::new(model, [r, alpha, a, b], history.repeats));
        run = Some(of);
        let (to_now, to_last) = (alpha + history.age.0, alpha + history.recency.0);
        let (ln_now, ln_last) = (libm::log(to_now), libm::log(to_last));
        let (mut more, mut gone) = (0.0, 0.0);
        if of.chances > 0.0 {
            let odds = of.ln_ratio + of.shape * (ln_now - ln_last);
            let less = libm::exp(-odds.abs());
            more = odds.max(0.0) + libm::log1p(less);
            gone = if odds > 0.0 { 1.0 / (1.0 + less) } else { less / (1.0 + less) };
        }
        let count = history.count();
        let stays = 1.0 - gone;
        sums.0 += count * (of.value - of.shape * ln_now + more);
        let slopes = [
            r * (of.by_r - stays * ln_now - gone * ln_last),
            r - alpha * of.shape * (stays / to_now + gone / to_last),
            a * of.by_a + gone,
            b * (of.by_b - gone * of.by_b_gone),
        ];
        sums.1.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += count * slope);
    }
    sums
}

/// What depends on the number of repeats alone.
#[derive(Clone, Copy)]
struct Run {
    repeats: u32,
    chances: f64,
    /// r + repeats.
    shape: f64,
    value: f64,
    ln_ratio: f64,
    by_r: f64,
    by_a: f64,
    by_b: f64,
    by_b_gone: f64,
}

impl Run {
    fn new(model: Model, [r, alpha, a, b]: [f64; 4], repeats: u32) -> Run {
        let chances = model.chances(repeats);
        let shape = r + f64::from(repeats);
        let beta = |of: fn(f64) -> f64| [of(a + b), of(b + chances), of(b), of(a + b + chances)];
        let [all, stayed, once, both] = beta(libm::lgamma);
        let of_purchases = libm::lgamma(shape) - libm::lgamma(r) + r * libm::log(alpha);
        let by = beta(digamma);
        let last = b + chances - 1.0;
        Run {
            repeats,
            chances,
            shape,
            value: of_purchases + all + stayed - once - both,
            ln_ratio: if chances > 0.0 { libm::log(a) - libm::log(last) } else { 0.0 },
            by_r: digamma(shape) - digamma(r) + libm::log(alpha),
            by_a: by[0] - by[3],
            by_b: by[0] + by[1] - by[2] - by[3],
            by_b_gone: if chances > 0.0 { 1.0 / last } else { 0.0 },
        }
    }
}
