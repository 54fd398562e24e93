//! Two groups beside each other, like with like: risks standardised over strata.

use super::{Figure, Interval};

/// What became of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Those who converted.
    pub converted: i64,
    /// Those who went cold or were lost.
    pub expired: i64,
    /// Those of whom nobody knows yet.
    pub open: i64,
}

impl Outcomes {
    /// How many are decided.
    pub fn decided(&self) -> i64 {
        self.converted + self.expired
    }

    /// The two groups as one.
    pub fn plus(&self, other: &Outcomes) -> Outcomes {
        Outcomes {
            converted: self.converted + other.converted,
            expired: self.expired + other.expired,
            open: self.open + other.open,
        }
    }

    fn risk(&self) -> f64 {
        self.converted as f64 / self.decided() as f64
    }

    /// Converted and decided.
    pub fn parts(&self) -> (i64, i64) {
        (self.converted, self.decided())
    }

    /// The risk with half a conversion and half a loss added (Agresti and Coull 1998): a group that
    /// never converted is not known to the last digit.
    fn drawn_risk(&self) -> f64 {
        (self.converted as f64 + 0.5) / (self.decided() as f64 + 1.0)
    }

    /// The variance of the risk.
    fn variance(&self) -> f64 {
        let risk = self.drawn_risk();
        risk * (1.0 - risk) / self.decided() as f64
    }
}

/// Customers who are alike but for what is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stratum {
    /// Those of whom it is true.
    pub exposed: Outcomes,
    /// The others.
    pub others: Outcomes,
}

impl Stratum {
    fn decided(&self) -> i64 {
        self.exposed.decided() + self.others.decided()
    }
}

/// How two groups differ, their strata weighed alike. All intervals are of 95 %, for one look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// The conversion rate of the exposed, if they were spread over the strata like everybody.
    pub exposed: f64,
    /// That of the others.
    pub others: f64,
    /// The first less the second.
    pub difference: Figure,
    /// The first by the second; `None` where one of them is 0.
    pub ratio: Option<Figure>,
    /// The ratio of Mantel and Haenszel: that of all strata, if it is the same in each; `None`
    /// likewise.
    pub pooled: Option<Figure>,
    /// The exposed and the others as customers of one sort, (converted, how many), whose rates are
    /// these and known as well: never more than there are. What takes counts is asked with them.
    pub alike: [(i64, i64); 2],
    /// How many are compared: decided, in strata that have both groups.
    pub compared: i64,
    /// How many are decided in strata that have one group alone, of which nothing is said.
    pub left_out: i64,
    /// How many are open. They are in no rate; where there are many, the quick are over-represented
    /// in both groups.
    pub open: i64,
}

/// The 97.5 % point of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

impl Contrast {
    /// The contrast over strata: risks by direct standardisation to all who are compared, with
    /// intervals by the delta method (that of the ratio on its logarithm), and beside it the pooled
    /// ratio of Mantel and Haenszel (1959) with the variance of Greenland and Robins (1985).
    ///
    /// `None` where no stratum has decided customers in both groups.
    pub fn of(strata: &[Stratum]) -> Option<Contrast> {
        let has_both =
            |stratum: &&Stratum| stratum.exposed.decided() > 0 && stratum.others.decided() > 0;
        let both: Vec<&Stratum> = strata.iter().filter(has_both).collect();
        let all: i64 = strata.iter().map(Stratum::decided).sum();
        let compared: i64 = both.iter().map(|stratum| stratum.decided()).sum();
        if both.is_empty() {
            return None;
        }
        let weight = |stratum: &Stratum| stratum.decided() as f64 / compared as f64;
        let sum =
            |of: &dyn Fn(&Stratum) -> f64| both.iter().map(|stratum| of(stratum)).sum::<f64>();
        let square = |x: f64| x * x;
        let exposed = sum(&|s| weight(s) * s.exposed.risk());
        let others = sum(&|s| weight(s) * s.others.risk());
        let of_exposed = sum(&|s| square(weight(s)) * s.exposed.variance());
        let of_others = sum(&|s| square(weight(s)) * s.others.variance());
        let alike = |of: &dyn Fn(&Stratum) -> Outcomes, risk: f64, variance: f64| {
            let drawn = sum(&|s| weight(s) * of(s).drawn_risk());
            let most = sum(&|s| of(s).decided() as f64);
            let count = (drawn * (1.0 - drawn) / variance).round().clamp(1.0, most);
            ((risk * count).round() as i64, count as i64)
        };
        let alike =
            [alike(&|s| s.exposed, exposed, of_exposed), alike(&|s| s.others, others, of_others)];
        let half = Z * (of_exposed + of_others).sqrt();
        let value = exposed - others;
        let interval = Interval { low: (value - half).max(-1.0), high: (value + half).min(1.0) };
        let relative = of_exposed / square(exposed) + of_others / square(others);
        Some(Contrast {
            exposed,
            others,
            difference: Figure { value, interval },
            ratio: ratio(exposed / others, relative.sqrt()),
            pooled: pooled(&both),
            alike,
            compared,
            left_out: all - compared,
            open: strata.iter().map(|stratum| stratum.exposed.open + stratum.others.open).sum(),
        })
    }
}

/// A ratio with the standard error of its logarithm.
fn ratio(value: f64, error: f64) -> Option<Figure> {
    let factor = libm::exp(Z * error);
    let interval = Interval { low: value / factor, high: value * factor };
    (value.is_normal() && error.is_finite()).then_some(Figure { value, interval })
}

fn pooled(strata: &[&Stratum]) -> Option<Figure> {
    let (mut exposed, mut others, mut spread) = (0.0, 0.0, 0.0);
    for stratum in strata {
        let [a, b] = [stratum.exposed, stratum.others].map(|group| group.converted as f64);
        let [m, n] = [stratum.exposed, stratum.others].map(|group| group.decided() as f64);
        let all = m + n;
        exposed += a * n / all;
        others += b * m / all;
        spread += (m * n * (a + b) - a * b * all) / (all * all);
    }
    ratio(exposed / others, (spread / (exposed * others)).sqrt())
}
