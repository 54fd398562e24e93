//! A verdict in a plain sentence, in the language of who reads it.

use super::{Interval, Verdict};

/// A language that sentences are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
}

/// What a sentence says.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement<'a> {
    /// Whom it is about, in the reader's words: `three follow-ups in seven days`.
    pub what: &'a str,
    /// Converted and all of those whom it is about.
    pub one: (i64, i64),
    /// Converted and all of the others.
    pub other: (i64, i64),
    /// The watched interval of the difference, in shares.
    pub interval: Interval,
    /// The verdict.
    pub verdict: Verdict,
}

impl Statement<'_> {
    /// What a business reads: how many, how much, what to do. Says what goes together, never what
    /// causes what.
    pub fn plain(&self, language: Language) -> String {
        let advice = self.verdict.advice(language);
        format!("{} {advice}", self.seen(language))
    }

    /// The first half of it: how many, and nothing that follows from it.
    pub fn seen(&self, language: Language) -> String {
        let words = Words::of(language);
        let share = |(part, whole): (i64, i64)| part as f64 / whole.max(1) as f64;
        let [one, other] = [self.one, self.other].map(|sums| language.per_cent(share(sums)));
        let seen = words.seen.replace("{one}", &one).replace("{other}", &other);
        // The words of the reader last, so that what stands in braces there is left alone.
        seen.replace("{what}", self.what)
    }

    /// What somebody reads who wants to check it: counts, difference in points, interval.
    pub fn technical(&self, language: Language) -> String {
        let words = Words::of(language);
        let share = |(part, whole): (i64, i64)| part as f64 / whole.max(1) as f64;
        let difference = words.points(share(self.one) - share(self.other));
        let (low, high) = (words.points(self.interval.low), words.points(self.interval.high));
        words
            .technical
            .replace("{one}", &words.parts(self.one))
            .replace("{other}", &words.parts(self.other))
            .replace("{difference}", &difference)
            .replace("{low}", &low)
            .replace("{high}", &high)
    }
}

impl Verdict {
    /// What to do, in a sentence.
    pub fn advice(&self, language: Language) -> String {
        let words = Words::of(language);
        let more = |more: Option<i64>, texts: [&str; 2]| match more {
            Some(count) => texts[0].replace("{more}", &words.count(count)),
            None => texts[1].to_owned(),
        };
        match *self {
            Verdict::Act => words.act.to_owned(),
            Verdict::Alike => words.alike.to_owned(),
            Verdict::Promising { more: count } => more(count, words.promising),
            Verdict::NotEnough { more: count } => more(count, words.not_enough),
        }
    }
}

impl Language {
    /// A share in per cent, with a digit more where whole per cent would hide a small one.
    pub fn per_cent(self, share: f64) -> String {
        let share = 100.0 * share;
        let text = match 0.0 < share && share < 10.0 {
            true => format!("{share:.1} %"),
            false => format!("{share:.0} %"),
        };
        text.replace('.', &Words::of(self).point.to_string())
    }

    /// A number of things.
    pub fn count(self, count: i64) -> String {
        Words::of(self).count(count)
    }

    /// A difference of shares in points, with its sign.
    pub fn points(self, difference: f64) -> String {
        Words::of(self).points(difference)
    }

    /// A number with two digits behind the point.
    pub fn hundredths(self, number: f64) -> String {
        format!("{number:.2}").replace('.', &Words::of(self).point.to_string())
    }
}

/// The sentences and signs of a language.
struct Words {
    point: char,
    apart: char,
    of: &'static str,
    seen: &'static str,
    act: &'static str,
    alike: &'static str,
    /// With a number of leads, and without.
    promising: [&'static str; 2],
    not_enough: [&'static str; 2],
    technical: &'static str,
}

const ENGLISH: Words = Words {
    point: '.',
    apart: ',',
    of: "of",
    seen: "{what}: {one} convert, {other} of the others.",
    act: "The difference holds: act on it.",
    alike: "No difference worth acting on.",
    promising: [
        "Promising: about {more} more leads are needed to be sure.",
        "Promising, but it would take too many more leads to be sure.",
    ],
    not_enough: [
        "Not enough data: about {more} more leads are needed.",
        "Not enough data, and no number of leads that is likely to come would be enough.",
    ],
    technical: "{one} against {other}; difference {difference} points, {low} to {high} \
                (95 %, holds at every look)",
};

const GERMAN: Words = Words {
    point: ',',
    apart: '.',
    of: "von",
    seen: "{what}: {one} schließen ab, von den anderen {other}.",
    act: "Der Unterschied ist gesichert: Danach kann man handeln.",
    alike: "Kein Unterschied, nach dem zu handeln sich lohnt.",
    promising: [
        "Vielversprechend: Für Gewissheit fehlen noch etwa {more} Anfragen.",
        "Vielversprechend, aber für Gewissheit bräuchte es zu viele weitere Anfragen.",
    ],
    not_enough: [
        "Zu wenig Daten: Es fehlen noch etwa {more} Anfragen.",
        "Zu wenig Daten, und so viele Anfragen, wie nötig wären, kommen kaum zusammen.",
    ],
    technical: "{one} gegen {other}; Unterschied {difference} Punkte, {low} bis {high} \
                (95 %, gilt bei jedem Hinsehen)",
};

impl Words {
    fn of(language: Language) -> &'static Words {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }

    fn count(&self, count: i64) -> String {
        let digits = count.unsigned_abs().to_string();
        let sign = if count < 0 { "−" } else { "" };
        let mut text = String::from(sign);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(self.apart);
            }
            text.push(digit);
        }
        text
    }

    fn parts(&self, (part, whole): (i64, i64)) -> String {
        format!("{} {} {}", self.count(part), self.of, self.count(whole))
    }

    /// A difference of shares in points with its sign.
    fn points(&self, difference: f64) -> String {
        let text = format!("{:+.1}", 100.0 * difference);
        let text = if text == "-0.0" { "+0.0".to_owned() } else { text };
        text.replace('-', "−").replace('.', &self.point.to_string())
    }
}
