//! Leads on whom follow-ups have no effect, as they are expected: the golden nulls.

use insight::inference::Outcomes;

/// In the first so many days follow-ups come at so many a day, whoever the lead is.
const DAYS: f64 = 7.0;
const A_DAY: f64 = 0.5;

/// Leads of whom some will buy and the rest be lost, each after an exponential time.
pub struct Leads {
    /// Which share of all they are.
    pub share: f64,
    /// Which share of them would buy.
    pub buys: f64,
    /// Mean days to buy.
    pub days_to_buy: f64,
    /// Mean days to be lost.
    pub days_to_loss: f64,
    /// Follow-ups a day.
    pub a_day: f64,
}

/// A fifth would buy; with these mean days to buy and to be lost.
pub const fn leads(days_to_buy: f64, days_to_loss: f64) -> Leads {
    Leads { share: 1.0, buys: 0.2, days_to_buy, days_to_loss, a_day: A_DAY }
}

/// The probability of exactly so many of a Poisson variable.
fn poisson(mean: f64, count: u8) -> f64 {
    let of = |at: u8| mean / f64::from(at);
    (1..=count).map(of).product::<f64>() * (-mean).exp()
}

/// The probability of exactly so many follow-ups until an exit with a mean time, or the end of the
/// first days: in closed form by the incomplete gamma function of whole order.
fn until_exit(a_day: f64, mean_days: f64, count: u8) -> f64 {
    let rate = 1.0 / mean_days;
    let both = rate + a_day;
    let reached = 1.0 - (0..=count).map(|at| poisson(both * DAYS, at)).sum::<f64>();
    rate / both * (a_day / both).powi(i32::from(count)) * reached
        + (-rate * DAYS).exp() * poisson(a_day * DAYS, count)
}

impl Leads {
    /// What is expected of so many leads, naive and at the landmark, by follow-ups from none to
    /// four or more.
    pub fn expected(&self, all: f64) -> [(Outcomes, Outcomes); 5] {
        let outcome = |buys: f64, loses: f64| Outcomes {
            converted: (all * self.share * self.buys * buys).round() as i64,
            expired: (all * self.share * (1.0 - self.buys) * loses).round() as i64,
            open: 0,
        };
        let (mut rest, mut of_bought, mut of_lost) = (1.0, 1.0, 1.0);
        let stays = |mean_days: f64| (-DAYS / mean_days).exp();
        [0, 1, 2, 3, 4].map(|follow_ups| {
            let take = |rest: &mut f64, share: f64| {
                let share = if follow_ups == 4 { *rest } else { share };
                *rest -= share;
                share
            };
            let bought = take(&mut of_bought, until_exit(self.a_day, self.days_to_buy, follow_ups));
            let lost = take(&mut of_lost, until_exit(self.a_day, self.days_to_loss, follow_ups));
            let still = take(&mut rest, poisson(self.a_day * DAYS, follow_ups));
            let landmark =
                outcome(still * stays(self.days_to_buy), still * stays(self.days_to_loss));
            (outcome(bought, lost), landmark)
        })
    }
}

/// Mean days to buy and to be lost; the exact rates of three follow-ups or more and of one, as they
/// are usually counted, their ratio, and the rate of every group at the landmark.
pub const GOLDEN: [(f64, f64, f64, f64, f64, f64); 3] = [
    (14.0, 3.0, 0.388_418, 0.142_732, 2.7213, 0.609_935),
    (14.0, 7.0, 0.247_081, 0.168_849, 1.4633, 0.291_875),
    (3.0, 14.0, 0.089_592, 0.272_931, 0.3283, 0.038_434),
];
