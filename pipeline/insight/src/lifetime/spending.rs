//! What a purchase of a customer is worth: Gamma-Gamma.

use super::maximum::{Climb, climb};
use super::special::digamma;
use super::{REPEATERS_MIN, Unfit};

/// Customers who came back as often and spent as much on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spend {
    /// Days with a purchase after the first one.
    pub repeats: u32,
    /// What they spent on these days in all, in minor units of one currency.
    pub total: f64,
    /// How many customers.
    pub customers: i64,
}

impl Spend {
    /// Whether it says anything of what a purchase is worth.
    pub(super) fn is_some(&self) -> bool {
        self.repeats > 0 && self.total > 0.0 && self.customers > 0
    }

    fn mean(&self) -> f64 {
        self.total / f64::from(self.repeats)
    }
}

/// A population of customers: what a purchase is worth is Gamma around a mean of each customer, and
/// the means are inverse Gamma over customers (Fader and Hardie 2013, "The Gamma-Gamma model of
/// monetary value").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spending {
    /// Shape of one customer's purchases.
    pub p: f64,
    /// Shape over customers.
    pub q: f64,
    /// Scale over customers, in minor units.
    pub v: f64,
}

impl Spending {
    /// What a purchase of a customer is expected to be worth, in minor units: drawn from the mean
    /// of what was seen toward that of everybody, which is what is said of whoever never came back.
    pub fn expected(&self, spend: &Spend) -> f64 {
        let repeats = if spend.is_some() { f64::from(spend.repeats) } else { 0.0 };
        let total = if spend.is_some() { spend.total } else { 0.0 };
        self.p * (self.v + total) / (self.p * repeats + self.q - 1.0)
    }

    /// The mean over customers, in minor units.
    pub fn mean(&self) -> f64 {
        self.p * self.v / (self.q - 1.0)
    }
}

/// Groups above which the first steps of a climb are taken on some of them.
const FINE_MAX: usize = 20_000;

/// A fitted population, with how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpendingFit {
    /// The population.
    pub spending: Spending,
    /// Customers that it stands on: those who came back and paid.
    pub customers: i64,
    /// Correlation of how often they came back and what a purchase was worth: the model takes it
    /// for nothing.
    pub correlation: f64,
    /// The logarithm of the likelihood, in minor units.
    pub ln_likelihood: f64,
    /// Of the logarithms of p, q and v.
    pub(super) covariance: [[f64; 3]; 3],
}

impl SpendingFit {
    /// Beyond it, up or down, spend follows frequency, and a value may not be their product.
    pub const CORRELATION_MAX: f64 = 0.3;
    /// The logarithm of a parameter beyond which it is no parameter any more.
    const BOUND: f64 = 9.0;

    /// The most likely population, of those that came back and paid.
    pub fn of(spends: &[Spend]) -> Result<SpendingFit, Unfit> {
        let spends: Vec<Spend> = spends.iter().filter(|spend| spend.is_some()).copied().collect();
        let customers: i64 = spends.iter().map(|spend| spend.customers).sum();
        if customers < REPEATERS_MIN {
            let repeaters = (customers, REPEATERS_MIN);
            return Err(Unfit::TooFew { customers: repeaters, repeaters });
        }
        let correlation = correlation(&spends);
        if correlation.abs() > Self::CORRELATION_MAX {
            return Err(Unfit::SpendFollowsFrequency(correlation));
        }
        // In units of the mean, in which a scale is of the size of one.
        let all = |of: fn(&Spend) -> f64| -> f64 {
            spends.iter().map(|spend| spend.customers as f64 * of(spend)).sum()
        };
        let unit = all(Spend::mean) / customers as f64;
        let mut scaled: Vec<Spend> =
            spends.iter().map(|spend| Spend { total: spend.total / unit, ..*spend }).collect();
        scaled.sort_by(|one, other| {
            one.repeats.cmp(&other.repeats).then(one.total.total_cmp(&other.total))
        });
        // Of very many every so many, near enough to begin from.
        let few: Vec<Spend> = scaled.iter().step_by(scaled.len() / FINE_MAX + 1).copied().collect();
        let starts = [[4.0, 4.0, 0.8], [1.0, 2.0, 1.0], [20.0, 3.0, 0.1]];
        let mut best = Climb::Lost;
        for start in starts.map(|start: [f64; 3]| start.map(libm::log)) {
            best = match (best, climb(start, Self::BOUND, |at| slope(&few, at))) {
                (Climb::Arrived(one), Climb::Arrived(other)) if other.value <= one.value => {
                    Climb::Arrived(one)
                }
                (Climb::Arrived(one), Climb::Left(_) | Climb::Lost) => Climb::Arrived(one),
                (Climb::Left(parameter), Climb::Lost) => Climb::Left(parameter),
                (_, next) => next,
            };
        }
        if let Climb::Arrived(near) = best
            && few.len() < scaled.len()
        {
            best = climb(near.at, Self::BOUND, |at| slope(&scaled, at));
        }
        let best = match best {
            Climb::Arrived(maximum) => maximum,
            Climb::Left(parameter) => return Err(Unfit::AtBound(["p", "q", "v"][parameter])),
            Climb::Lost => return Err(Unfit::NotConverged),
        };
        let [p, q, v] = best.at.map(libm::exp);
        if q <= 1.0 {
            return Err(Unfit::NoMean);
        }
        Ok(SpendingFit {
            spending: Spending { p, q, v: v * unit },
            customers,
            correlation,
            // A density of as many values as there are customers.
            ln_likelihood: best.value - customers as f64 * libm::log(unit),
            covariance: best.covariance,
        })
    }

    /// What one customer's spend says of the logarithms of the parameters.
    pub(super) fn score(&self, spend: &Spend) -> [f64; 3] {
        if !spend.is_some() {
            return [0.0; 3];
        }
        let Spending { p, q, v } = self.spending;
        slope(&[Spend { customers: 1, ..*spend }], &[p, q, v].map(libm::log)).1
    }
}

/// Pearson's correlation of repeats and mean spend over customers; 0 where one of them is the same
/// of all.
fn correlation(spends: &[Spend]) -> f64 {
    let count: f64 = spends.iter().map(|spend| spend.customers as f64).sum();
    let mean = |of: &dyn Fn(&Spend) -> f64| -> f64 {
        spends.iter().map(|spend| spend.customers as f64 * of(spend)).sum::<f64>() / count
    };
    let often = mean(&|spend| f64::from(spend.repeats));
    let much = mean(&|spend| spend.mean());
    let both = mean(&|spend| (f64::from(spend.repeats) - often) * (spend.mean() - much));
    let square = |of: f64| of * of;
    let spread = mean(&|spend| square(f64::from(spend.repeats) - often))
        * mean(&|spend| square(spend.mean() - much));
    if spread > 0.0 { both / spread.sqrt() } else { 0.0 }
}

/// The logarithm of the likelihood and its derivatives by the logarithms of p, q and v (Fader and
/// Hardie 2013, formula 1a).
fn slope(spends: &[Spend], at: &[f64; 3]) -> (f64, [f64; 3]) {
    let [p, q, v] = at.map(libm::exp);
    let (ln_v, of_q, by_q) = (libm::log(v), libm::lgamma(q), digamma(q));
    let mut sums = (0.0, [0.0; 3]);
    let mut run = None;
    for spend in spends {
        // What depends on the number of repeats alone is reckoned once for each: they are sorted.
        let same = run.filter(|run: &Run| run.repeats == spend.repeats);
        let of = same.unwrap_or_else(|| Run::new(p, q, spend.repeats));
        run = Some(of);
        let shape = of.shape;
        let (ln_total, all) = (libm::log(spend.total), spend.total + v);
        let ln_all = libm::log(all);
        let ln_mean = ln_total - of.ln_repeats;
        let count = spend.customers as f64;
        sums.0 += count
            * (of.value - of_q + q * ln_v + shape * ln_total - ln_mean - (shape + q) * ln_all);
        let slopes = [
            shape * (of.by_both - of.by_shape + ln_total - ln_all),
            q * (of.by_both - by_q + ln_v - ln_all),
            q - v * (shape + q) / all,
        ];
        sums.1.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += count * slope);
    }
    sums
}

/// What depends on the number of repeats alone.
#[derive(Clone, Copy)]
struct Run {
    repeats: u32,
    /// p times repeats.
    shape: f64,
    ln_repeats: f64,
    value: f64,
    by_both: f64,
    by_shape: f64,
}

impl Run {
    fn new(p: f64, q: f64, repeats: u32) -> Run {
        let shape = p * f64::from(repeats);
        Run {
            repeats,
            shape,
            ln_repeats: libm::log(f64::from(repeats)),
            value: libm::lgamma(shape + q) - libm::lgamma(shape),
            by_both: digamma(shape + q),
            by_shape: digamma(shape),
        }
    }
}
