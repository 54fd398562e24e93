//! Objections: in how many entries of a stage one is raised, what becomes of them, and after what
//! answer.

use super::facts::{Fact, facts};
use super::query::By;
use super::{Group, Mistake, Query, Rate, Scope};
use crate::inference::{Statement, Verdict, difference};
use crate::{Counter, CounterId};
use model::{Family, JourneyMap, Timestamp};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What objections can be divided by, besides sizes of windows.
const DIMS: &[&str] = &["channel"];

/// The least difference of rates that anybody would act on.
const WORTH: f64 = 0.05;

/// The error that all sentences of a table together are allowed.
const ALPHA: f64 = 0.05;

/// What is raised in the stages of a map, and what comes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Objections {
    /// Which windows, by when the stage was entered.
    pub scope: Scope,
    /// The period in words.
    pub period: String,
    /// The event time that they were judged at.
    pub as_of: Timestamp,
    /// By stage and group: all objections together, then each class, the most frequent first.
    pub rows: Vec<ObjectionRow>,
    /// By stage and class: what the business did next, the most frequent first.
    pub answers: Vec<AnswerRow>,
    /// What has to be said about the windows.
    pub notes: Vec<String>,
}

/// Entries of a stage in which an objection was raised.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectionRow {
    /// The stage at that time.
    pub stage: String,
    /// The class; `all` for whatever it was.
    pub objection: String,
    /// Which entries.
    pub group: Group,
    /// The part of the stage's entries in which it was raised.
    pub share: Option<Rate>,
    /// What became of those entries.
    pub fate: Fate,
    /// Converted and decided of the stage's other entries.
    pub others: (i64, i64),
    /// Whether they convert otherwise than the others; `None` where one side has none decided.
    pub found: Option<Found>,
}

/// Entries in which one answer was the first after an objection.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerRow {
    /// The stage at that time.
    pub stage: String,
    /// The class; `all` for whatever it was.
    pub objection: String,
    /// The kind of the business's first touchpoint after it; `none` where there was none.
    pub next: String,
    /// What became of the entries.
    pub fate: Fate,
    /// Whether they convert otherwise than after other answers; `None` where nothing is to compare.
    pub found: Option<Found>,
}

/// A difference as it is watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Converted and decided of those whom the row is about.
    pub one: (i64, i64),
    /// Of those whom they are held against.
    pub other: (i64, i64),
    /// What the difference allows.
    pub verdict: Verdict,
    interval: crate::inference::Interval,
}

impl Found {
    /// `count` rows are looked at together, and share the error among them.
    fn of(one: (i64, i64), other: (i64, i64), count: usize) -> Option<Found> {
        let alpha = ALPHA / count.max(1) as f64;
        let interval = difference(one, other, alpha)?.interval;
        Some(Found { one, other, verdict: Verdict::of(one, other, WORTH, alpha)?, interval })
    }

    /// It as a statement about whom it is about, in the reader's words.
    pub fn statement<'a>(&self, what: &'a str) -> Statement<'a> {
        let Found { one, other, verdict, interval } = *self;
        Statement { what, one, other, interval, verdict }
    }
}

/// What became of entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// Neither, yet.
    pub open: i64,
    /// A later stage was entered.
    pub converted: i64,
    /// Nothing was heard for too long.
    pub cold: i64,
    /// Given up.
    pub lost: i64,
}

impl Fate {
    fn add(&mut self, outcome: &str, count: i64) {
        match outcome {
            "open" => self.open += count,
            "converted" => self.converted += count,
            "lost" => self.lost += count,
            // Of all entries *flow* does not tell cold from lost.
            _ => self.cold += count,
        }
    }

    fn join(&mut self, other: &Fate) {
        self.open += other.open;
        self.converted += other.converted;
        self.cold += other.cold;
        self.lost += other.lost;
    }

    /// How many are no longer open.
    pub fn decided(&self) -> i64 {
        self.converted + self.cold + self.lost
    }

    /// How many there are.
    pub fn all(&self) -> i64 {
        self.open + self.decided()
    }

    fn rate(&self) -> (i64, i64) {
        (self.converted, self.decided())
    }

    /// The part of the decided that has converted.
    pub fn converts(&self) -> Option<Rate> {
        Rate::of(self.converted, self.decided())
    }
}

/// What was done next where nothing was.
pub(super) const UNANSWERED: &str = "none";

/// Fates by stage, group, class and answer.
#[derive(Default)]
struct Sums {
    entries: BTreeMap<(usize, Group), Fate>,
    raised: BTreeMap<(usize, Group, String), Fate>,
    answered: BTreeMap<(usize, String, String), Fate>,
}

/// The objections of the counters of one map.
///
/// A period chooses entries by their time, in windows of days where they fit.
pub fn objections<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    query: &Query,
) -> Result<Objections, Mistake> {
    for family in [Family::Objection, Family::Flow] {
        if !map.counts(family) {
            return Err(Mistake::NotCounted(family));
        }
    }
    let by = By::parse(map, query, DIMS)?;
    let scope = Scope::of(map, query, by)?;
    let is_asked = |family| matches!(family, Family::Objection | Family::Flow);
    let mut sums = Sums::default();
    for fact in facts(counters, |family, id| is_asked(family) && scope.has(id)) {
        sums.add(map, by, &fact);
    }
    Ok(Objections {
        period: scope.words(&map.zone),
        as_of: query.as_of,
        rows: sums.rows(map),
        answers: sums.answers(map),
        notes: scope.notes(map, query.as_of),
        scope,
    })
}

impl Sums {
    fn add(&mut self, map: &JourneyMap, by: By, fact: &Fact<'_>) {
        let stage = map.stages.iter().position(|stage| stage.name == fact.dim("stage"));
        let Some(stage) = stage else { return };
        let (group, outcome) = (by.group(fact), fact.dim("outcome"));
        if fact.family == Family::Flow {
            self.entries.entry((stage, group)).or_default().add(outcome, fact.count());
            return;
        }
        let class = fact.dim("objection").to_owned();
        let raised = self.raised.entry((stage, group, class.clone())).or_default();
        raised.add(outcome, fact.count());
        let answered = self.answered.entry((stage, class, fact.dim("next").to_owned()));
        answered.or_default().add(outcome, fact.count());
    }

    fn rows(&self, map: &JourneyMap) -> Vec<ObjectionRow> {
        let raised = self.raised.iter().filter(|(_, fate)| fate.all() > 0);
        let count = raised.clone().count();
        let row = |((stage, group, objection), fate): (&(usize, Group, String), &Fate)| {
            let entries = self.entries.get(&(*stage, group.clone())).copied().unwrap_or_default();
            let others = (entries.converted - fate.converted, entries.decided() - fate.decided());
            let row = ObjectionRow {
                stage: map.stages[*stage].name.clone(),
                objection: objection.clone(),
                group: group.clone(),
                share: Rate::of(fate.all(), entries.all()),
                fate: *fate,
                others,
                found: Found::of(fate.rate(), others, count),
            };
            ((*stage, group.clone(), place(objection, fate)), row)
        };
        let mut rows: Vec<_> = raised.map(row).collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn answers(&self, map: &JourneyMap) -> Vec<AnswerRow> {
        let answered: Vec<_> = self.answered.iter().filter(|(_, fate)| fate.all() > 0).collect();
        // Of each class of a stage all entries, and those that were answered.
        let mut all: BTreeMap<(usize, &str), (i64, Fate)> = BTreeMap::new();
        for ((stage, objection, next), fate) in &answered {
            let (count, answered) = all.entry((*stage, objection.as_str())).or_default();
            *count += fate.all();
            if next != UNANSWERED {
                answered.join(fate);
            }
        }
        let mut rows = Vec::new();
        for ((stage, objection, next), fate) in &answered {
            let (size, others) =
                all.get(&(*stage, objection.as_str())).copied().unwrap_or_default();
            let (converted, decided) = fate.rate();
            let others = (others.converted - converted, others.decided() - decided);
            let is_answer = next != UNANSWERED;
            let found = || Found::of(fate.rate(), others, answered.len());
            let row = AnswerRow {
                stage: map.stages[*stage].name.clone(),
                objection: objection.clone(),
                next: next.clone(),
                fate: **fate,
                found: is_answer.then(found).flatten(),
            };
            let class = (objection != "all", Reverse(size), objection);
            rows.push(((*stage, class, !is_answer, Reverse(fate.all()), next), row));
        }
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

/// Where a class stands among those of its stage.
fn place(objection: &str, fate: &Fate) -> (bool, Reverse<i64>, String) {
    (objection != "all", Reverse(fate.all()), objection.to_owned())
}
