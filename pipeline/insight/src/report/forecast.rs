//! The forecast: what the coming days bring, how open leads go on, and how good that has been.

use super::facts::{Fact, facts};
use super::quartiles::bucket;
use super::{Mistake, Query};
use crate::forecast::{Book, Calibration, Coming, LEAD_DAYS, Replay, replay};
use crate::{Counter, CounterId};
use model::{Civil, Family, JourneyMap, Size, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Days before the last one that are looked at: what is older has long been forgotten.
const DAYS_MAX: i64 = 800;
/// The days within which a conversion of an open lead is asked for.
pub(super) const HORIZON: usize = 28;
/// The first of the days of each row of ages.
const AGES: [usize; 5] = [0, 2, 5, 10, 21];

/// What is to come, and how good that has been.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The event time that the counters were judged at.
    pub as_of: Timestamp,
    /// The stage whose entry is a conversion.
    pub conversion: String,
    /// The last day that is over.
    pub evening: Civil,
    /// How many days there are.
    pub days: usize,
    /// What is said of coming days; empty before enough days are over.
    pub coming: Vec<Coming>,
    /// Open leads by stage and age.
    pub leads: Vec<Leads>,
    /// How well what was said of leads came true.
    pub calibration: Calibration,
    /// When the world was found to have changed, and by what.
    pub alarms: Vec<(Civil, &'static str)>,
}

/// Open leads of one stage that are about as old.
#[derive(Clone, Debug, PartialEq)]
pub struct Leads {
    /// The stage.
    pub stage: String,
    /// Days since they entered it: from, and to where there is an end.
    pub age: (usize, Option<usize>),
    /// How many are open.
    pub open: i64,
    /// The mean probability that one moves on within a week.
    pub moves_on: f64,
    /// The mean probability that one is a conversion within four.
    pub converts: f64,
    /// In how many days half of those will have moved on that will; `None` where hardly any will.
    pub median: Option<usize>,
}

/// The forecast from the counters of one map, all judged at the query's as_of.
pub fn forecast<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    query: &Query,
) -> Result<Forecast, Mistake> {
    for family in [Family::Flow, Family::Move, Family::Duration] {
        if !map.counts(family) {
            return Err(Mistake::NotCounted(family));
        }
    }
    let day = Size::Days(1);
    if let Some(by) = query.by.as_ref().filter(|by| Size::parse(by) != Some(day)) {
        return Err(Mistake::By(by.clone(), Vec::new()));
    }
    if query.from.is_some() || query.to.is_some() {
        return Err(Mistake::NoPeriod);
    }
    if !map.sizes.contains(&day) {
        return Err(Mistake::NoDays);
    }
    let is_wanted = |family| matches!(family, Family::Flow | Family::Move | Family::Duration);
    let facts = facts(counters, |family, id| is_wanted(family) && id.size == day);
    // The last day that is over.
    let last = match query.as_of.is_admissible() {
        true => map.zone.local_days(query.as_of) - 1,
        false => 0,
    };
    let (book, open) = read(map, &facts, last);
    let played = replay(&book);
    let stage = |stage: u8| map.stages[usize::from(stage)].name.clone();
    Ok(Forecast {
        as_of: query.as_of,
        conversion: stage(map.conversion),
        evening: Civil::from_days(last),
        days: book.len(),
        leads: played.as_ref().map_or_else(Vec::new, |played| leads(map, &book, &open, played)),
        alarms: played.as_ref().map_or_else(Vec::new, |played| {
            let alarms = played.alarms.iter();
            alarms.map(|alarm| (Civil::from_days(alarm.date), alarm.of)).collect()
        }),
        calibration: played.as_ref().map_or_else(Calibration::default, |it| it.calibration.clone()),
        coming: played.map_or_else(Vec::new, |played| played.coming),
    })
}

/// Open entries by cell and age in days.
type OpenNow = BTreeMap<(usize, usize), i64>;

fn read(map: &JourneyMap, facts: &[Fact<'_>], last: i64) -> (Book, OpenNow) {
    let stage = |name: &str| map.stages.iter().position(|stage| stage.name == name);
    let date = |fact: &Fact<'_>| fact.start.map_or(i64::MIN, |start| map.zone.local_days(start));
    let mut book = Book::new(usize::from(map.conversion), map.stages.len());
    let mut open = OpenNow::new();
    let dates = facts.iter().map(date).filter(|date| *date > i64::MIN);
    let Some(first) = dates.min().filter(|first| *first <= last) else { return (book, open) };
    let channels: BTreeSet<&str> = facts.iter().map(|fact| fact.dim("channel")).collect();
    let channels = channels.into_iter().map(str::to_owned).collect();
    book.open(first.max(last - DAYS_MAX), last, channels);
    for fact in facts {
        let (date, count) = (date(fact), fact.count());
        let cell = |stage| book.cell(stage, fact.dim("channel"));
        match fact.family {
            Family::Flow => {
                let Some(cell) = stage(fact.dim("stage")).and_then(cell) else { continue };
                book.enter(date, cell, count);
                if fact.dim("outcome") == "open" {
                    let age = usize::try_from(last + 1 - date).unwrap_or(0);
                    *open.entry((cell, age)).or_default() += count;
                }
            }
            Family::Duration => {
                let cell = stage(fact.dim("stage")).and_then(cell);
                if let Some((cell, bucket)) = cell.zip(bucket(fact.dim("bucket"))) {
                    let has_converted = fact.dim("outcome") == "converted";
                    book.decide(date, cell, bucket, has_converted, count);
                }
            }
            _ => moved(&mut book, fact, date, [stage(fact.dim("from")), stage(fact.dim("to"))]),
        }
    }
    (book, open)
}

/// A move: a beginning, a step, or an end.
fn moved(book: &mut Book, fact: &Fact<'_>, date: i64, stages: [Option<usize>; 2]) {
    let count = fact.count();
    match stages {
        [None, Some(to)] => {
            if let Some(cell) = book.cell(to, fact.dim("channel")) {
                book.begin(date, cell, count);
            }
        }
        [Some(from), Some(to)] => book.step(date, from, to, count),
        [Some(from), None] => book.end(date, from, count),
        [None, None] => {}
    }
    let [from, to] = stages;
    if to.is_some_and(|to| book.converts(from, to)) {
        for (currency, amount) in &fact.counter.amounts {
            book.earn(date, currency, *amount);
        }
    }
}

fn leads(map: &JourneyMap, book: &Book, open: &OpenNow, played: &Replay) -> Vec<Leads> {
    let channels = book.channels.len().max(1);
    let mut rows: BTreeMap<(usize, usize), Leads> = BTreeMap::new();
    for ((cell, age), count) in open
        .iter()
        .filter(|((cell, _), count)| **count > 0 && cell / channels < usize::from(map.conversion))
    {
        let (stage, count) = (cell / channels, *count);
        let group = AGES.partition_point(|from| from <= age) - 1;
        let row = rows.entry((stage, group)).or_insert_with(|| Leads {
            stage: map.stages[stage].name.clone(),
            age: (AGES[group], AGES.get(group + 1).map(|next| next - 1)),
            open: 0,
            moves_on: 0.0,
            converts: 0.0,
            median: None,
        });
        row.open += count;
        row.moves_on += count as f64 * played.moves_on(*cell, *age, LEAD_DAYS);
        row.converts += count as f64 * played.converts(book, *cell, *age, HORIZON);
        let median = played.hazards.get(*cell).and_then(|hazards| hazards.median(*age));
        row.median = row.median.into_iter().chain(median).max();
    }
    let mean = |mut row: Leads| {
        row.moves_on /= row.open as f64;
        row.converts /= row.open as f64;
        row
    };
    rows.into_values().map(mean).collect()
}
