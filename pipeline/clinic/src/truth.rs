//! What is planted: every number that decides how the clinic's customers behave.

use serde::Serialize;

/// How the customers of the clinic behave. The defaults are the demo's, documented field by field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Truth {
    /// New leads on an average day.
    pub leads_per_day: f64,
    /// Factor of a weekday, Monday first; they average one.
    pub weekdays: [f64; 7],
    /// Where leads come from, and how good each channel is.
    pub channels: Vec<ChannelTruth>,
    /// What staff do after an enquiry, and what it causes.
    pub follow_ups: FollowUpTruth,
    /// What makes leads hesitate.
    pub objections: Vec<ObjectionTruth>,
    /// Probability that a booking becomes a visit.
    pub shows_up: f64,
    /// Probability that a booking is neither kept nor cancelled.
    pub no_show: f64,
    /// What customers do once they are customers.
    pub loyalty: Loyalty,
    /// Shares of touchpoints that reach the log minutes to hours, and days, after they happened.
    pub late: [f64; 2],
    /// Share of touchpoints that are sent twice.
    pub duplicates: f64,
}

/// A channel that brings leads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChannelTruth {
    /// Its name in touchpoints.
    pub channel: String,
    /// Share of the leads.
    pub share: f64,
    /// Probability that a lead of it ever asks.
    pub enquires: f64,
    /// Factor on the probability to book.
    pub quality: f64,
}

/// Follow-ups within seven days of the enquiry, and the habit of staff to chase warm leads.
///
/// The number is chosen by `planned` from how many messages the lead sent on the first day (1, 2,
/// 3), and so is the probability to book: warm leads are chased more and book more, so a comparison
/// that does not look at the first day shows more than is caused.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FollowUpTruth {
    /// Probabilities of 1, 2 and 3 messages on the first day.
    pub intensity: [f64; 3],
    /// Probabilities of 0, 1, 2 and 3 follow-ups, by messages on the first day.
    pub planned: [[f64; 4]; 3],
    /// Probability to give up within three days, whatever staff do, by messages on the first day.
    pub quits: [f64; 3],
    /// Probability to book before the seventh day, whatever staff do, by messages on the first day.
    pub books_early: [f64; 3],
    /// Probability to book afterwards with one follow-up, by messages on the first day.
    pub books: [f64; 3],
    /// What causes the difference: factor of 0, 1, 2 and 3 follow-ups on that probability. Three
    /// instead of one doubles it, for everybody.
    pub effect: [f64; 4],
}

/// Something that makes leads hesitate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObjectionTruth {
    /// Its class: price, timing, trust, need, competitor, convenience.
    pub class: String,
    /// Probability that a lead raises it while considering.
    pub in_consideration: f64,
    /// Probability that a lead raises it after a quote.
    pub in_decision: f64,
    /// Factor on the probability to book, and to keep the booking.
    pub effect: f64,
}

/// Repeat visits by BG/NBD (Fader, Hardie and Lee 2005), what they are worth by Gamma-Gamma (Fader
/// and Hardie 2013). Times in days, money in major units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Loyalty {
    /// Shape of the rate of visits.
    pub r: f64,
    /// Scale of the rate of visits, in days.
    pub alpha: f64,
    /// First parameter of the probability to stay away after a visit.
    pub a: f64,
    /// Second parameter of the probability to stay away after a visit.
    pub b: f64,
    /// Shape of what one visit is worth.
    pub p: f64,
    /// Shape over customers.
    pub q: f64,
    /// Scale over customers.
    pub v: f64,
    /// Currency of every amount.
    pub currency: String,
}

impl Default for Truth {
    fn default() -> Truth {
        let channel = |channel: &str, share, enquires, quality| ChannelTruth {
            channel: channel.to_owned(),
            share,
            enquires,
            quality,
        };
        let objection = |class: &str, in_consideration, in_decision, effect| ObjectionTruth {
            class: class.to_owned(),
            in_consideration,
            in_decision,
            effect,
        };
        Truth {
            leads_per_day: 40.0,
            weekdays: [1.3, 1.2, 1.15, 1.1, 1.05, 0.7, 0.5],
            channels: vec![
                channel("ads", 0.30, 0.22, 0.7),
                channel("social", 0.20, 0.18, 0.8),
                channel("website", 0.22, 0.35, 1.0),
                channel("email", 0.08, 0.30, 1.1),
                channel("phone", 0.07, 0.85, 1.2),
                channel("chat", 0.08, 0.60, 1.0),
                channel("referral", 0.05, 0.65, 1.5),
            ],
            follow_ups: FollowUpTruth {
                intensity: [0.5, 0.3, 0.2],
                planned: [[0.4, 0.4, 0.14, 0.06], [0.2, 0.3, 0.28, 0.22], [0.05, 0.12, 0.28, 0.55]],
                quits: [0.45, 0.25, 0.08],
                books_early: [0.02, 0.04, 0.07],
                books: [0.12, 0.22, 0.32],
                effect: [0.75, 1.0, 1.5, 2.0],
            },
            objections: vec![
                objection("price", 0.10, 0.25, 0.75),
                objection("timing", 0.12, 0.08, 0.9),
                objection("trust", 0.10, 0.04, 0.6),
                objection("need", 0.07, 0.03, 0.7),
                objection("competitor", 0.04, 0.08, 0.7),
                objection("convenience", 0.08, 0.05, 0.95),
            ],
            shows_up: 0.82,
            no_show: 0.10,
            loyalty: Loyalty {
                r: 1.2,
                alpha: 45.0,
                a: 1.0,
                b: 3.5,
                p: 6.25,
                q: 3.74,
                v: 35.0,
                currency: "EUR".to_owned(),
            },
            late: [0.05, 0.015],
            duplicates: 0.01,
        }
    }
}

impl Truth {
    /// The probability to book after the seventh day, for a lead that is still there.
    pub fn books(&self, quality: f64, intensity: usize, follow_ups: usize, hesitates: f64) -> f64 {
        let base = self.follow_ups.books[intensity] * quality * hesitates;
        // Below a half with one follow-up, so that a factor of two is a factor of two.
        base.min(0.48) * self.follow_ups.effect[follow_ups]
    }
}
