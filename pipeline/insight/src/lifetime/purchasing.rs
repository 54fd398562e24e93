//! How customers come back and stay away: BG/NBD and MBG/NBD.

use super::special::{hypergeometric, ln_beta};
use super::{Days, History};

/// When a customer may drop out for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// After each purchase but the first: BG/NBD (Fader, Hardie and Lee 2005, "Counting your
    /// customers the easy way"). Whoever bought once only is still alive.
    BgNbd,
    /// After each purchase, the first included: MBG/NBD (Batislam, Denizel and Filiztekin 2007).
    MbgNbd,
}

impl Model {
    /// The name of the field.
    pub fn name(self) -> &'static str {
        match self {
            Model::BgNbd => "BG/NBD",
            Model::MbgNbd => "MBG/NBD",
        }
    }

    /// How many chances to drop out so many repeats have had.
    pub(super) fn chances(self, repeats: u32) -> f64 {
        f64::from(repeats) + f64::from(u8::from(self == Model::MbgNbd))
    }
}

/// A population of customers: each buys at a rate of its own, and after a purchase drops out with a
/// probability of its own. Rates are Gamma over customers, probabilities Beta.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Purchasing {
    /// When they may drop out.
    pub model: Model,
    /// Shape of the rates.
    pub r: f64,
    /// Scale of the rates: r purchases in so long a time are the mean of who is alive.
    pub alpha: Days,
    /// First parameter of the probability to drop out; a / (a + b) is its mean.
    pub a: f64,
    /// Second parameter.
    pub b: f64,
}

impl Purchasing {
    /// The probability that a customer of this history will still buy. 1 under BG/NBD for whoever
    /// has not come back: there was no chance to drop out.
    pub fn alive(&self, history: &History) -> f64 {
        1.0 / (1.0 + self.odds_against(history))
    }

    /// The odds that a customer has dropped out.
    fn odds_against(&self, history: &History) -> f64 {
        let chances = self.model.chances(history.repeats);
        if chances == 0.0 {
            return 0.0;
        }
        let ratio = (self.alpha.0 + history.age.0) / (self.alpha.0 + history.recency.0);
        let silence = (self.r + f64::from(history.repeats)) * libm::log(ratio);
        libm::exp(libm::log(self.a) - libm::log(self.b + chances - 1.0) + silence)
    }

    /// How many purchases a customer of this history is expected to make within a time from now.
    ///
    /// Fader, Hardie and Lee 2005, formula 10, after Euler's transformation of its hypergeometric
    /// function, whose series then converges fast and whose parts cannot overflow. `None` where it
    /// does not, which takes a horizon of thousands of times alpha.
    pub fn expected(&self, history: &History, within: Days) -> Option<f64> {
        let chances = self.model.chances(history.repeats);
        let spent = self.alpha.0 + history.age.0;
        let ahead = self.growth(f64::from(history.repeats), chances, spent, within.0)?;
        Some(ahead / (1.0 + self.odds_against(history)))
    }

    /// How many purchases a new customer is expected to make within a time after the first one.
    pub fn expected_of_new(&self, within: Days) -> Option<f64> {
        let new = History { repeats: 0, recency: Days(0.0), age: Days(0.0), customers: 1 };
        self.expected(&new, within)
    }

    /// Purchases within a time of a customer who is alive now.
    fn growth(&self, repeats: f64, chances: f64, spent: f64, within: f64) -> Option<f64> {
        // At a = 1 it is a limit: the middle of two neighbours.
        let near = (self.a - 1.0).abs() < 1e-6;
        let sides: &[f64] = if near { &[1.0 - 1e-5, 1.0 + 1e-5] } else { &[self.a] };
        let mut sum = 0.0;
        for a in sides {
            let all = a + self.b + chances - 1.0;
            let z = within / (spent + within);
            // all - (r + repeats) and all - (b + chances).
            let series = hypergeometric(all - self.r - repeats, a - 1.0, all, z)?;
            sum += all / (a - 1.0) * (1.0 - libm::pow(1.0 - z, a - 1.0) * series);
        }
        Some(sum / sides.len() as f64)
    }

    /// The probability of so many purchases of a new customer within a time (formula 8).
    pub fn probability(&self, repeats: u32, within: Days) -> f64 {
        let (x, chances) = (f64::from(repeats), self.model.chances(repeats));
        let z = within.0 / (self.alpha.0 + within.0);
        let base = ln_beta(self.a, self.b);
        // Of so many purchases of whoever never drops out.
        let count = |x: f64| {
            let ways = libm::lgamma(self.r + x) - libm::lgamma(self.r) - libm::lgamma(x + 1.0);
            let of_times = if x > 0.0 { x * libm::log(z) } else { 0.0 };
            libm::exp(ways + self.r * libm::log1p(-z) + of_times)
        };
        let stays = libm::exp(ln_beta(self.a, self.b + chances) - base) * count(x);
        if chances == 0.0 {
            return stays;
        }
        let fewer: f64 = (0..repeats).map(|x| count(f64::from(x))).sum();
        let drops = libm::exp(ln_beta(self.a + 1.0, self.b + chances - 1.0) - base);
        stays + drops * (1.0 - fewer).max(0.0)
    }
}
