//! Lifetime value: purchases to come times what a purchase is worth, with how sure that is.

use super::maximum::times;
use super::{Days, Fit, History, Horizon, Purchasing, Spend, Spending, SpendingFit};
use crate::inference::{Figure, Interval};

/// Customers of one history and one spend, as a counter of *value* has them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Customers {
    /// When they bought, and how many they are.
    pub history: History,
    /// What they spent on the days after the first, in minor units of one currency.
    pub total: f64,
}

impl Customers {
    /// What they spent, for the model of it.
    pub fn spend(&self) -> Spend {
        let History { repeats, customers, .. } = self.history;
        Spend { repeats, total: self.total, customers }
    }
}

impl Purchasing {
    /// Purchases until the end of a horizon, each worth less the later it comes.
    pub fn discounted(&self, history: &History, horizon: &Horizon) -> Option<f64> {
        if horizon.discount == super::Discount::NONE {
            let months = f64::from(horizon.months);
            return self.expected(history, Days(horizon.month.0 * months));
        }
        let (mut before, mut sum) = (0.0, 0.0);
        for (end, worth) in horizon.ends() {
            let until = self.expected(history, end)?;
            sum += worth * (until - before);
            before = until;
        }
        Some(sum)
    }
}

/// What one customer of a history is expected to bring within a horizon, in minor units: purchases
/// to come times what one is worth, which takes the two for independent.
pub fn worth(
    purchasing: &Purchasing,
    spending: &Spending,
    customers: &Customers,
    horizon: &Horizon,
) -> Option<f64> {
    let purchases = purchasing.discounted(&customers.history, horizon)?;
    Some(purchases * spending.expected(&customers.spend()))
}

/// Models fitted to customers, from which means over them are reckoned.
#[derive(Clone, Copy, Debug)]
pub struct Fitted<'a> {
    /// How they come back.
    pub fit: &'a Fit,
    /// What they spend; `None` where only purchases are asked for.
    pub spending: Option<&'a SpendingFit>,
}

/// How far the logarithm of a parameter is moved to see what it changes.
const APART: f64 = 1e-4;

impl Fitted<'_> {
    /// The mean over customers of what the models say of each, with its 95 % interval for one look.
    ///
    /// The interval has both parts of the error: that other customers might have come, and that the
    /// parameters are estimated from these. Each customer's influence on the mean is its own value
    /// and, through its score, what it changes in the parameters; the variance is the sum of their
    /// squares (the infinitesimal jackknife; Efron and Tibshirani 1993, section 21; Huber 1967 for
    /// the score). So it holds also where customers are not quite what a model thinks. It is taken
    /// on the logarithm, for these numbers are positive. `of` must be smooth in the parameters; it
    /// is asked about every customer, and about some of them fourteen times more.
    ///
    /// `None` where nobody is there, or where a value cannot be reckoned.
    pub fn mean(
        &self,
        customers: &[Customers],
        of: impl Fn(&Purchasing, Option<&Spending>, &Customers) -> Option<f64>,
    ) -> Option<Figure> {
        let known = self.spending.map(|fit| &fit.spending);
        let values = customers.iter().map(|it| of(&self.fit.purchasing, known, it));
        let values: Vec<f64> = values.collect::<Option<_>>()?;
        let count: f64 = customers.iter().map(|it| it.history.count()).sum();
        let weighed = |(it, value): (&Customers, &f64)| it.history.count() * value;
        let mean = customers.iter().zip(&values).map(weighed).sum::<f64>() / count;
        let few = thinned(customers);
        let of_few: f64 = few.iter().map(|it| it.history.count()).sum();
        let slopes = self.slopes(|purchasing, spending| {
            let each =
                few.iter().map(|it| Some(it.history.count() * of(purchasing, spending, it)?));
            Some(each.sum::<Option<f64>>()? / of_few)
        })?;
        let own = |at: usize| (values[at] - mean) / count;
        self.figure(customers, mean, own, slopes)
    }

    /// What the models say of any customer, such as a new one, with its interval as that of a mean.
    pub fn number(
        &self,
        customers: &[Customers],
        of: impl Fn(&Purchasing, Option<&Spending>) -> Option<f64>,
    ) -> Option<Figure> {
        let value = of(&self.fit.purchasing, self.spending.map(|fit| &fit.spending))?;
        self.figure(customers, value, |_| 0.0, self.slopes(of)?)
    }

    /// By how much a number grows with the logarithm of each parameter.
    fn slopes(
        &self,
        of: impl Fn(&Purchasing, Option<&Spending>) -> Option<f64>,
    ) -> Option<([f64; 4], [f64; 3])> {
        let (purchasing, spending) = (self.fit.purchasing, self.spending.map(|fit| fit.spending));
        let apart = |up: Option<f64>, down: Option<f64>| Some((up? - down?) / (2.0 * APART));
        let (mut by_purchasing, mut by_spending) = ([0.0; 4], [0.0; 3]);
        for (at, by) in by_purchasing.iter_mut().enumerate() {
            let moved = |by| of(&moved_purchasing(&purchasing, at, by), spending.as_ref());
            *by = apart(moved(APART), moved(-APART))?;
        }
        for (at, by) in by_spending.iter_mut().enumerate() {
            let Some(spending) = &spending else { continue };
            let moved = |by| of(&purchasing, Some(&moved_spending(spending, at, by)));
            *by = apart(moved(APART), moved(-APART))?;
        }
        Some((by_purchasing, by_spending))
    }

    /// A number with the interval that follows from what each customer changes in it.
    fn figure(
        &self,
        customers: &[Customers],
        value: f64,
        own: impl Fn(usize) -> f64,
        (by_purchasing, by_spending): ([f64; 4], [f64; 3]),
    ) -> Option<Figure> {
        if !value.is_finite() || value <= 0.0 {
            return None;
        }
        let of_purchasing = times(&self.fit.covariance, &by_purchasing);
        let of_spending =
            self.spending.map_or([0.0; 3], |fit| times(&fit.covariance, &by_spending));
        let mut squares = 0.0;
        for (at, it) in customers.iter().enumerate() {
            let mut influence = own(at) + dot(&of_purchasing, &self.fit.score(&it.history));
            if let Some(spending) = self.spending {
                influence += dot(&of_spending, &spending.score(&it.spend()));
            }
            squares += it.history.count() * influence * influence;
        }
        let factor = libm::exp(1.959_963_984_540_054 * squares.sqrt() / value);
        let interval = Interval { low: value / factor, high: value * factor };
        interval.high.is_finite().then_some(Figure { value, interval })
    }
}

fn dot<const N: usize>(one: &[f64; N], other: &[f64; N]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn moved_purchasing(of: &Purchasing, at: usize, by: f64) -> Purchasing {
    let mut values = [of.r, of.alpha.0, of.a, of.b];
    values[at] *= libm::exp(by);
    let [r, alpha, a, b] = values;
    Purchasing { model: of.model, r, alpha: Days(alpha), a, b }
}

fn moved_spending(of: &Spending, at: usize, by: f64) -> Spending {
    let mut values = [of.p, of.q, of.v];
    values[at] *= libm::exp(by);
    let [p, q, v] = values;
    Spending { p, q, v }
}

/// Groups of customers above which what a parameter changes is seen on some of them.
const THIN_MAX: usize = 4_000;

/// Every so many of the groups, in their order: enough for a slope.
fn thinned(customers: &[Customers]) -> Vec<Customers> {
    customers.iter().step_by(customers.len() / THIN_MAX + 1).copied().collect()
}
