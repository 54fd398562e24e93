//! What a finding says in plain sentences, in the language of who reads it.

use super::{FindingRow, Rate};
use crate::findings::{Change, Changed, Course, Step};
use crate::inference::{Direction, Language, Statement, Verdict};
use model::{Civil, FindingType};

fn date(day: i64) -> String {
    Civil::from_days(day).to_string()
}

impl FindingRow {
    /// Whom it is about, in the reader's words.
    fn whom(&self, language: Language) -> String {
        match (&self.channel, language) {
            (Some(channel), Language::English) => format!("Came by {channel}, in {}", self.stage),
            (Some(channel), Language::German) => format!("Über {channel}, in {}", self.stage),
            (None, Language::English) => format!("Had been in {} before", self.stage),
            (None, Language::German) => format!("Schon einmal in {}", self.stage),
        }
    }

    /// What a business reads: how many, how sure, what to do.
    pub fn plain(&self, language: Language) -> String {
        let whom = self.whom(language);
        let statement = self.contrast.zip(self.difference).map(|(contrast, difference)| {
            let [one, other] = contrast.alike;
            let verdict = self.verdict.unwrap_or(Verdict::Alike);
            Statement { what: &whom, one, other, interval: difference.interval, verdict }
        });
        let mut text = match (statement, self.verdict) {
            (Some(statement), Some(_)) => statement.plain(language),
            // Of what is over nothing follows.
            (Some(statement), None) => statement.seen(language),
            (None, _) => whom.clone(),
        };
        text.push(' ');
        text.push_str(&self.course(language));
        if self.found.paradox.is_some() {
            text.push_str(match language {
                Language::English => {
                    " Careful (Simpson): in one pot, or in a large part of them, it is the other \
                     way round."
                }
                Language::German => {
                    " Vorsicht (Simpson): In einem Topf, oder in einem großen Teil von ihnen, ist \
                     es umgekehrt."
                }
            });
        }
        text
    }

    /// What became of it so far, with the dates.
    fn course(&self, language: Language) -> String {
        let found = date(self.found.discovered);
        match (self.found.course, language) {
            (Course::Discovered, Language::English) if self.is_later => {
                format!("Found on {found}; these came after that.")
            }
            (Course::Discovered, Language::German) if self.is_later => {
                format!("Gefunden am {found}; diese kamen danach.")
            }
            (Course::Discovered, Language::English) => {
                format!("Found on {found}, on these themselves: only later ones can confirm it.")
            }
            (Course::Discovered, Language::German) => {
                format!("Gefunden am {found}, an diesen selbst: Bestätigen können es nur spätere.")
            }
            (Course::Confirmed(day), Language::English) => {
                format!("Found on {found}, confirmed on {} by who came after.", date(day))
            }
            (Course::Confirmed(day), Language::German) => {
                format!(
                    "Gefunden am {found}, bestätigt am {} an denen, die danach kamen.",
                    date(day)
                )
            }
            (Course::Refuted(day), Language::English) => {
                format!("Found on {found}, and not confirmed by all who came up to {}.", date(day))
            }
            (Course::Refuted(day), Language::German) => format!(
                "Gefunden am {found} und von allen, die bis {} kamen, nicht bestätigt.",
                date(day)
            ),
            (Course::Retired(confirmed, day), Language::English) => format!(
                "Confirmed on {}, and no longer true: who came up to {} says the opposite.",
                date(confirmed),
                date(day)
            ),
            (Course::Retired(confirmed, day), Language::German) => format!(
                "Bestätigt am {}, inzwischen nicht mehr wahr: Wer bis {} kam, spricht dagegen.",
                date(confirmed),
                date(day)
            ),
        }
    }

    /// What became of it on a date, in a sentence.
    pub(super) fn step(&self, step: &Step, language: Language) -> String {
        let whom = self.whom(language);
        let mut text = whom.clone();
        if let Some(contrast) = step.by.contrast() {
            let [one, other] = contrast.alike;
            let (interval, verdict) = (contrast.difference.interval, Verdict::Alike);
            text = Statement { what: &whom, one, other, interval, verdict }.seen(language);
        }
        text.push(' ');
        text.push_str(match (step.event, language) {
            (FindingType::Discovered, Language::English) => {
                "Found on these themselves: only later ones can confirm it."
            }
            (FindingType::Discovered, Language::German) => {
                "Gefunden an diesen selbst: Bestätigen können es nur spätere."
            }
            (FindingType::Confirmed, Language::English) => {
                "Confirmed by who came after it was found: act on it."
            }
            (FindingType::Confirmed, Language::German) => {
                "Bestätigt an denen, die nach dem Fund kamen: Danach kann man handeln."
            }
            (FindingType::Refuted, Language::English) => "All who came later did not confirm it.",
            (FindingType::Refuted, Language::German) => {
                "Alle, die später kamen, haben es nicht bestätigt."
            }
            (FindingType::Retired, Language::English) => {
                "No longer true: who came since it was confirmed says the opposite."
            }
            (FindingType::Retired, Language::German) => {
                "Nicht mehr wahr: Wer seit der Bestätigung kam, spricht dagegen."
            }
            // No step of a claim.
            (FindingType::Changed | FindingType::Withdrawn, _) => "",
        });
        text
    }

    /// What somebody reads who wants to check it: everybody in one pot, then like with like.
    pub fn technical(&self, language: Language) -> String {
        let [one, other] = self.groups().pot().map(|(part, whole)| {
            let of = if language == Language::German { "von" } else { "of" };
            format!("{} {of} {}", language.count(part), language.count(whole))
        });
        let apart = self.difference.map_or(["–"; 3].map(str::to_owned), |difference| {
            let interval = difference.interval;
            [difference.value, interval.low, interval.high].map(|part| language.points(part))
        });
        let [value, low, high] = apart;
        let (gathered, needed) = (ratio(self.found.ln_evidence), ratio(self.found.ln_needed));
        match language {
            Language::English => format!(
                "{one} against {other}; like with like {value} points, {low} to {high} (95 %, \
                 holds at every look); evidence {gathered} to 1, {needed} to 1 needed"
            ),
            Language::German => format!(
                "{one} gegen {other}; unter Gleichen {value} Punkte, {low} bis {high} (95 %, gilt \
                 bei jedem Hinsehen); Evidenz {gathered} zu 1, nötig {needed} zu 1"
            ),
        }
    }

    /// The least that is said of the direction: `more` or `less`.
    pub(super) fn direction(&self) -> &'static str {
        match self.found.direction {
            Direction::More => "more",
            Direction::Less => "less",
        }
    }
}

/// Evidence that is given by its logarithm, with two digits where they say something.
fn ratio(ln_evidence: f64) -> String {
    match libm::exp(ln_evidence) {
        great if great >= 1e6 => format!("10^{:.0}", ln_evidence / std::f64::consts::LN_10),
        value if value >= 10.0 => format!("{value:.0}"),
        value if value >= 0.01 => format!("{value:.2}"),
        _ => "0".to_owned(),
    }
}

/// What a change says.
pub(super) fn change_plain(
    stage: &str,
    change: &Change,
    channel: &str,
    language: Language,
) -> String {
    let share = |(part, whole): (i64, i64)| 100.0 * part as f64 / whole.max(1) as f64;
    let (before, after) = (share(change.before), share(change.after));
    let since = date(change.since);
    match (change.what, language) {
        (Changed::Rate, Language::English) => format!(
            "{stage}: since the week of {since} {after:.0} % convert, {before:.0} % before."
        ),
        (Changed::Rate, Language::German) => format!(
            "{stage}: Seit der Woche ab {since} schließen {after:.0} % ab, davor {before:.0} %."
        ),
        (Changed::Mix(_), Language::English) => format!(
            "{stage}: since the week of {since} they come by other channels: {channel} {after:.0} \
             %, {before:.0} % before."
        ),
        (Changed::Mix(_), Language::German) => format!(
            "{stage}: Seit der Woche ab {since} kommen sie über andere Kanäle: {channel} \
             {after:.0} %, davor {before:.0} %."
        ),
    }
}

/// The shares before and after a change, each for one look.
pub(super) fn change_rates(change: &Change) -> [Option<Rate>; 2] {
    [change.before, change.after].map(|(part, whole)| Rate::of(part, whole))
}
