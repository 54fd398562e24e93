//! What a forecast says in plain sentences, in the language of who reads it.

use super::Forecast;
use super::money::{grouped, written};
use crate::forecast::{Coming, Measure};
use crate::inference::Language;

/// Forecasts that must be over before anything is said of how good they are.
pub(super) const OVER_MIN: usize = 60;
/// Of how many forecasts it is said.
pub(super) const LAST: usize = 180;

impl Coming {
    /// The error of the last forecasts as a part of the baseline's; `None` where too few are over.
    pub fn error_of_naive(&self) -> Option<f64> {
        let [ours, naive] = self.track.errors(LAST)?;
        let is_enough = self.track.scored.len() >= OVER_MIN;
        // Nothing is better than a baseline that is never off.
        let part = if naive > 0.0 { ours / naive } else { 1.0 };
        is_enough.then_some(part)
    }

    /// What a business reads of it.
    pub fn plain(&self, language: Language) -> String {
        let [low, high] = [self.intervals[1].low, self.intervals[1].high];
        let range = format!("{}–{}", self.amount(low), self.amount(high));
        let over = self.track.scored.len();
        let trust = match (self.error_of_naive(), language) {
            (None, Language::English) => {
                format!(
                    "How good that is nobody knows yet: {over} of {OVER_MIN} forecasts are over."
                )
            }
            (None, Language::German) => format!(
                "Wie gut das ist, weiß noch niemand: {over} von {OVER_MIN} Vorhersagen sind \
                 abgelaufen."
            ),
            (Some(part), Language::English) if part >= 1.0 => {
                "No better than the number of a week before.".to_owned()
            }
            (Some(part), Language::German) if part >= 1.0 => {
                "Nicht besser als die Zahl der Woche davor.".to_owned()
            }
            (Some(part), Language::English) => {
                format!("{:.0} % nearer than the number of a week before.", 100.0 * (1.0 - part))
            }
            (Some(part), Language::German) => {
                format!("{:.0} % näher als die Zahl der Woche davor.", 100.0 * (1.0 - part))
            }
        };
        let what = match (&self.measure, language) {
            (Measure::Conversions, Language::English) => "conversions",
            (Measure::Conversions, Language::German) => "Abschlüsse",
            (Measure::DropOffs, Language::English) => "drop-offs",
            (Measure::DropOffs, Language::German) => "Absprünge",
            (Measure::Revenue(currency), _) => currency,
        };
        let often = match language {
            Language::English => "in four of five cases",
            Language::German => "in vier von fünf Fällen",
        };
        let sentence = format!("{range} {what} {often}. {trust}");
        match language {
            Language::English => sentence,
            // The one comma and the points are those of numbers.
            Language::German => match self.measure {
                Measure::Revenue(_) => {
                    let range = range.replace('.', "·").replace(',', ".").replace('·', ",");
                    format!("{range} {what} {often}. {trust}")
                }
                Measure::Conversions | Measure::DropOffs => {
                    format!("{} {what} {often}. {trust}", range.replace(',', "."))
                }
            },
        }
    }

    /// A whole number, or money without its currency.
    fn amount(&self, number: f64) -> String {
        match &self.measure {
            Measure::Revenue(currency) => {
                let text = written(number.round() as i64, currency);
                text.trim_end_matches(&**currency).trim_end().to_owned()
            }
            Measure::Conversions | Measure::DropOffs => grouped(number.round().max(0.0) as u64),
        }
    }
}

impl Forecast {
    /// How well what was said of single leads came true.
    pub fn verdict(&self, language: Language) -> String {
        let leads = grouped(self.calibration.leads().round().max(0.0) as u64);
        match (self.calibration.brier(), language) {
            (Some([ours, naive]), Language::English) if ours < naive => format!(
                "Probabilities of leads: Brier score {ours:.4} beside {naive:.4} of one number for \
                 all, over {leads} forecasts that are over. They say more than that number."
            ),
            (Some([ours, naive]), Language::German) if ours < naive => format!(
                "Wahrscheinlichkeiten einzelner Anfragen: Brier-Wert {} neben {} einer Zahl für \
                 alle, aus {} abgelaufenen Vorhersagen. Sie sagen mehr als diese Zahl.",
                german(ours),
                german(naive),
                leads.replace(',', ".")
            ),
            (Some([ours, naive]), Language::English) => format!(
                "Probabilities of leads are no better than one number for all: Brier score \
                 {ours:.4} beside {naive:.4}, over {leads} forecasts that are over."
            ),
            (Some([ours, naive]), Language::German) => format!(
                "Wahrscheinlichkeiten einzelner Anfragen sind nicht besser als eine Zahl für alle: \
                 Brier-Wert {} neben {}, aus {} abgelaufenen Vorhersagen.",
                german(ours),
                german(naive),
                leads.replace(',', ".")
            ),
            (None, Language::English) => {
                "Not enough data: no forecast of a lead is over yet.".to_owned()
            }
            (None, Language::German) => {
                "Zu wenig Daten: Noch keine Vorhersage einer Anfrage ist abgelaufen.".to_owned()
            }
        }
    }
}

fn german(score: f64) -> String {
    format!("{score:.4}").replace('.', ",")
}
