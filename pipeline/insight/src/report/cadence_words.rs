//! What the report of follow-ups says in plain sentences, in the language of who reads it.

use super::{Habit, HabitRow, Habits};
use crate::inference::Language;
use model::Span;

impl Habit {
    /// Whom it is about, in a few words: `3 or more beside 1`.
    pub fn words(&self) -> String {
        let beside = match self.beside {
            0 => "none".to_owned(),
            count => count.to_string(),
        };
        format!("{} or more beside {beside}", self.least)
    }

    fn people(&self, language: Language, within: Span) -> String {
        let Habit { least, beside } = self;
        match language {
            Language::English => {
                let noun = if *least == 1 { "follow-up" } else { "follow-ups" };
                format!("{least} {noun} or more within {within}, beside {beside}")
            }
            Language::German => {
                let noun = if *least == 1 { "Nachfassen" } else { "Mal Nachfassen" };
                format!("{least} {noun} oder mehr binnen {within}, neben {beside}")
            }
        }
    }
}

impl HabitRow {
    /// What a business reads of this habit: both ways of counting, how far the difference may be
    /// trusted, and what to do. Says what goes together, never what causes what.
    pub fn plain(&self, language: Language, within: Span) -> String {
        let of = match &self.channel {
            Some(channel) => format!("{} · {channel}", self.stage),
            None => self.stage.clone(),
        };
        let people = self.habit.people(language, within);
        format!("{of}: {people}: {}", self.findings(language, within))
    }

    fn findings(&self, language: Language, within: Span) -> String {
        let per_cent = |share| language.per_cent(share);
        let Some(contrast) = &self.comparison.landmark else {
            return match language {
                Language::English => format!(
                    "Not enough data: one of the groups has nobody who was still open after \
                     {within} and is decided."
                ),
                Language::German => format!(
                    "Zu wenig Daten: In einer der Gruppen ist niemand, der nach {within} noch \
                     offen war und entschieden ist."
                ),
            };
        };
        let (one, other) = (per_cent(contrast.exposed), per_cent(contrast.others));
        let ratio = |figure: Option<f64>| match figure {
            Some(value) => format!("× {}", language.hundredths(value)),
            None => "–".to_owned(),
        };
        let corrected = ratio(contrast.ratio.map(|ratio| ratio.value));
        let naive = self.comparison.naive.and_then(|naive| naive.ratio);
        let naive = ratio(naive.map(|ratio| ratio.value));
        let advice = self.verdict.map_or_else(String::new, |verdict| verdict.advice(language));
        let (all, of_one) = (language.count(contrast.compared), self.comparison.landmark_pot);
        let of_one = language.count(of_one.exposed.decided());
        match language {
            Language::English => format!(
                "of those still open then {one} convert, {other} of the others: {corrected}, \
                 where the usual count says {naive}. {all} compared, {of_one} of them with the \
                 habit. {advice}"
            ),
            Language::German => format!(
                "Von denen, die dann noch offen sind, schließen {one} ab, von den anderen \
                 {other}: {corrected}, wo die übliche Zählung {naive} sagt. {all} verglichen, \
                 davon {of_one} mit der Gewohnheit. {advice}"
            ),
        }
    }
}

impl Habits {
    /// What must be known to read the numbers rightly.
    pub(super) fn notes(&self) -> Vec<String> {
        let (kinds, within) = (self.kinds.join(", "), self.landmark);
        if self.rows.is_empty() {
            return vec![format!(
                "Nobody was followed up: no {kinds} within {within} of an entry."
            )];
        }
        let plain = |row: &HabitRow| row.plain(Language::English, within);
        let mut notes: Vec<String> = self.rows.iter().map(plain).collect();
        notes.push(format!(
            "Follow-ups: {kinds}, within {within} of entering the stage; [cadence] of the map says \
             which, and within what."
        ));
        notes.push(
            "The usual count goes until an entry is decided: who converts early, or is lost early, \
             cannot be followed up often, and ratios come out where nothing is true. It is printed \
             to be seen beside the other."
                .to_owned(),
        );
        notes.push(format!(
            "Like with like: only who was still open {within} after the entry, follow-ups before \
             and outcomes after; within {}. Lost and gone cold count as not converted; who is open \
             yet is in no rate.",
            self.strata()
        ));
        notes.push(self.unmeasured());
        notes.push(
            "Strength: something unmeasured that makes follow-ups and conversions both so many \
             times as likely would explain the ratio away; 1.0: nothing is needed. This is no \
             experiment: it says what goes together."
                .to_owned(),
        );
        notes.push(
            "Every habit is tried in every stage, and the difference at every look is made for \
             all of them together; other brackets are 95 % intervals of one look."
                .to_owned(),
        );
        notes
    }

    /// Within what like is compared with like.
    fn strata(&self) -> String {
        match self.intensity {
            Some(beginning) => format!(
                "the stage, the channel the journey began in, and how often the customer was heard \
                 of in the first {beginning}"
            ),
            None => "the stage and the channel the journey began in".to_owned(),
        }
    }

    /// What else might make the difference.
    fn unmeasured(&self) -> String {
        match self.intensity {
            Some(beginning) => format!(
                "Where staff chase whoever seems warm by anything else than messages of the first \
                 {beginning}, that alone makes a ratio above 1, also like with like."
            ),
            None => "The map does not count intensity, how much a customer did at the beginning: \
                     where staff chase whoever writes more, that alone makes a ratio above 1, also \
                     like with like. Add it under [counters]."
                .to_owned(),
        }
    }
}
