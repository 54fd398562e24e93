//! What lifetime value says in plain sentences, in the language of who reads it.

use super::money::grouped;
use super::text::worth_text;
use super::{Value, ValueRow};
use crate::inference::{Figure, Language};
use crate::lifetime::Unfit;

impl ValueRow {
    /// What a business reads of these customers.
    pub fn plain(&self, language: Language) -> String {
        let customers = count(self.customers, language);
        let refused = |why: &Unfit| refusal(why, language);
        let outlook = match &self.outlook {
            Ok(outlook) => outlook,
            Err(why) => return refused(why),
        };
        match (&outlook.money, language) {
            (Ok(worth), Language::English) => format!(
                "Each of {customers} brings {} in twelve months.",
                money(&worth.customer, &self.currency, language)
            ),
            (Ok(worth), Language::German) => format!(
                "Von {customers} bringt jeder in zwölf Monaten {}.",
                money(&worth.customer, &self.currency, language)
            ),
            (Err(_), _) if self.currency == "none" => match language {
                Language::English => "No purchase of theirs has a value.".to_owned(),
                Language::German => "Keiner ihrer Käufe hat einen Wert.".to_owned(),
            },
            (Err(why), _) => refused(why),
        }
    }
}

impl Value {
    /// Whose new customers bring most, and whether that is more than chance; `None` where fewer
    /// than two channels can be compared.
    pub fn verdict(&self, language: Language) -> Option<String> {
        let known = self.rows.iter().filter(|row| row.channel.is_some());
        let mut known: Vec<(&ValueRow, Figure)> =
            known.filter_map(|row| Some((row, row.newcomer()?))).collect();
        known.sort_by(|one, other| other.1.value.total_cmp(&one.1.value));
        let (best, most) = known.first()?;
        let (next, second) = known.iter().skip(1).find(|(row, _)| row.currency == best.currency)?;
        let names = [best, next].map(|row| row.channel.as_deref().unwrap_or_default());
        let sums = [(best, most), (next, second)]
            .map(|(row, figure)| money(figure, &row.currency, language));
        let is_apart = is_apart(most, second);
        Some(match language {
            Language::English => format!(
                "New customers from {} bring most: {} in the twelve months after the first \
                 purchase; from {} {}. {}",
                names[0],
                sums[0],
                names[1],
                sums[1],
                match is_apart {
                    true => "The difference is more than chance at one look.",
                    false => "The difference may be chance.",
                }
            ),
            Language::German => format!(
                "Am meisten bringen neue Kunden über {}: {} in den zwölf Monaten nach dem ersten \
                 Kauf; über {} {}. {}",
                names[0],
                sums[0],
                names[1],
                sums[1],
                match is_apart {
                    true => "Der Unterschied ist, einmal angesehen, mehr als Zufall.",
                    false => "Der Unterschied kann Zufall sein.",
                }
            ),
        })
    }
}

/// Whether two estimates with intervals on the logarithm differ by more than chance, at one look
/// and 5 %.
fn is_apart(one: &Figure, other: &Figure) -> bool {
    let half = |it: &Figure| 0.5 * (libm::log(it.interval.high) - libm::log(it.interval.low));
    let apart = libm::log(one.value) - libm::log(other.value);
    apart.abs() > libm::hypot(half(one), half(other))
}

fn refusal(why: &Unfit, language: Language) -> String {
    match (why, language) {
        (Unfit::TooFew { customers, repeaters }, _) => {
            let more = |(are, need): &(i64, i64)| count((need - are).max(0), language);
            let (more, back) = (more(customers), more(repeaters));
            match language {
                Language::English => {
                    format!("Not enough data: {more} more customers and {back} more who come back.")
                }
                Language::German => {
                    format!("Zu wenig Daten: Es fehlen {more} Kunden und {back}, die wiederkommen.")
                }
            }
        }
        (Unfit::SpendFollowsFrequency(correlation), Language::English) => format!(
            "No value: who comes more often spends differently each time (correlation \
             {correlation:.2})."
        ),
        (Unfit::SpendFollowsFrequency(correlation), Language::German) => format!(
            "Kein Wert: Wer öfter kommt, gibt je Kauf anders viel aus (Korrelation {}).",
            format!("{correlation:.2}").replace('.', ",")
        ),
        (Unfit::NotConverged | Unfit::AtBound(_) | Unfit::NoMean, Language::English) => {
            format!("Not enough data: no model fits ({why}).")
        }
        (Unfit::NotConverged | Unfit::AtBound(_) | Unfit::NoMean, Language::German) => {
            "Zu wenig Daten: Kein Modell passt auf diese Kunden.".to_owned()
        }
    }
}

fn count(count: i64, language: Language) -> String {
    in_language(grouped(count.unsigned_abs()), language)
}

fn money(figure: &Figure, currency: &str, language: Language) -> String {
    in_language(worth_text(figure, currency), language)
}

/// Numbers as the language writes them: points and commas change their places.
fn in_language(text: String, language: Language) -> String {
    let swapped = |sign| match sign {
        '.' => ',',
        ',' => '.',
        other => other,
    };
    match language {
        Language::English => text,
        Language::German => text.chars().map(swapped).collect(),
    }
}
