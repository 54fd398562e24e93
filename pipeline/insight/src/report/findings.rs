//! The ledger of findings: what goes with more conversions, what has changed, and how sure that is.

use super::facts::{Fact, facts_and_corrections};
use super::{Mistake, Query};
use crate::calendar::cohort_wait;
use crate::findings::{Change, Claim, Course, Found, Group, Groups, Weeks, changes, replay};
use crate::inference::{Contrast, Figure, Verdict, difference};
use crate::{Counter, CounterId};
use model::{Family, JourneyMap, Size, Timestamp};
use std::collections::BTreeMap;

/// The probability with which the interval of a difference may ever be wrong.
const ALPHA: f64 = 0.05;
/// The least difference of rates that anybody would act on.
const WORTH: f64 = 0.05;

/// The findings of every stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// The event time that the counters were judged at.
    pub as_of: Timestamp,
    /// Findings: the confirmed first, then what may become one, then what is over.
    pub rows: Vec<FindingRow>,
    /// Changes, the latest first, each with its stage.
    pub changes: Vec<(String, Change)>,
    /// By stage the last day of the last week that is final; `None` where there is none.
    pub known: Vec<(String, Option<i64>)>,
    /// How often a final counter of these entries was changed.
    pub corrections: u32,
}

/// A finding in a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingRow {
    /// The stage.
    pub stage: String,
    /// The channel that it is about; `None` where it is about those who had been there before.
    pub channel: Option<String>,
    /// How it was found and what became of it.
    pub found: Found,
    /// Whether those who show the difference entered after it was found; else nobody has yet.
    pub is_later: bool,
    /// How the two differ, like with like; `None` where nobody is like anybody.
    pub contrast: Option<Contrast>,
    /// The difference of their rates, like with like, for whoever looks every day.
    pub difference: Option<Figure>,
    /// What to make of it; `None` where it is over.
    pub verdict: Option<Verdict>,
}

impl FindingRow {
    /// Those it is about and the others: who entered after it was found, or, before anybody has,
    /// who led to it.
    pub fn groups(&self) -> &Groups {
        if self.is_later { &self.found.since } else { &self.found.before }
    }
}

/// The findings from the counters of one map, all judged at the query's as_of.
pub fn findings<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    query: &Query,
) -> Result<Findings, Mistake> {
    let day = Size::Days(1);
    if !map.counts(Family::Flow) {
        return Err(Mistake::NotCounted(Family::Flow));
    }
    if let Some(by) = &query.by {
        return Err(Mistake::By(by.clone(), Vec::new()));
    }
    if query.from.is_some() || query.to.is_some() {
        return Err(Mistake::NoPeriod);
    }
    if !map.sizes.contains(&day) {
        return Err(Mistake::NoDays);
    }
    let facts =
        facts_and_corrections(counters, |family, id| family == Family::Flow && id.size == day);
    let mut findings = Findings {
        as_of: query.as_of,
        rows: Vec::new(),
        changes: Vec::new(),
        known: Vec::new(),
        corrections: facts.iter().map(|fact| fact.counter.corrections).sum(),
    };
    let over = last_over(map, query.as_of);
    for stage in &map.stages {
        let of_stage = facts.iter().filter(|fact| fact.dim("stage") == stage.name);
        let weeks = weeks(map, of_stage, over);
        let known = weeks.len().checked_sub(1).map(|last| weeks.sunday(last));
        findings.known.push((stage.name.clone(), known));
        let stages = map.stages.len();
        let found = replay(&weeks, stages).into_iter();
        findings.rows.extend(found.map(|found| row(map, &stage.name, found)));
        let changes = changes(&weeks, stages, map.channels.len()).into_iter();
        findings.changes.extend(changes.map(|change| (stage.name.clone(), change)));
    }
    findings.rows.sort_by(|one, other| {
        let evidence = other.found.ln_evidence.total_cmp(&one.found.ln_evidence);
        place(one).cmp(&place(other)).then(evidence)
    });
    findings.changes.sort_by_key(|(_, change)| -change.discovered);
    Ok(findings)
}

/// Confirmed, open, over.
fn place(row: &FindingRow) -> u8 {
    match row.found.course {
        Course::Confirmed(_) => 0,
        Course::Discovered => 1,
        Course::Refuted(_) | Course::Retired(..) => 2,
    }
}

/// The first day, since 1970-01-01, whose grace is not over.
fn last_over(map: &JourneyMap, as_of: Timestamp) -> i64 {
    if !as_of.is_admissible() {
        return i64::MIN;
    }
    let wait = cohort_wait(map);
    let is_over = |start: Timestamp| {
        let window = Size::Days(1).window(&map.zone, start);
        window.is_some_and(|window| window.end.plus(wait) <= as_of)
    };
    let today = map.zone.local_days(as_of);
    let start = |day: i64| map.zone.day_start(model::Civil::from_days(day));
    // A grace of a hundred years is one that never ends.
    let mut day = today - (wait.millis() / 86_400_000).min(36_525) - 2;
    while day <= today && is_over(start(day)) {
        day += 1;
    }
    day
}

/// The weeks of a stage up to the first day on which somebody is open, or that is not over.
fn weeks<'f, 'a: 'f>(
    map: &JourneyMap,
    facts: impl Iterator<Item = &'f Fact<'a>> + Clone,
    over: i64,
) -> Weeks {
    let day = |fact: &Fact<'_>| fact.start.map(|start| map.zone.local_days(start));
    let mut open: BTreeMap<i64, i64> = BTreeMap::new();
    let entries = facts.clone().filter(|fact| fact.count() != 0);
    for fact in entries.clone().filter(|fact| fact.dim("outcome") == "open") {
        *open.entry(day(fact).unwrap_or(i64::MIN)).or_default() += fact.count();
    }
    let waiting = open.iter().find(|(_, count)| **count != 0).map(|(day, _)| *day);
    let until = waiting.unwrap_or(over).min(over);
    let Some(first) = entries.clone().filter_map(day).min().filter(|first| *first < until) else {
        return Weeks::default();
    };
    let mut weeks = Weeks::between(first, until);
    for fact in entries {
        let (Some(day), count) = (day(fact), fact.count()) else { continue };
        let sums = match fact.dim("outcome") {
            "converted" => (count, count),
            "expired" => (0, count),
            _ => continue,
        };
        let known = map.channels.iter().position(|channel| channel == fact.dim("channel"));
        let channel = known.unwrap_or(map.channels.len());
        weeks.add(day, Group { channel, is_again: fact.dim("entry") == "again" }, sums);
    }
    weeks
}

fn row(map: &JourneyMap, stage: &str, found: Found) -> FindingRow {
    let channel = match found.claim {
        Claim::Channel(channel) => Some(channel_name(map, channel).to_owned()),
        Claim::Again => None,
    };
    let is_later = found.since.contrast().is_some();
    let mut row = FindingRow {
        stage: stage.to_owned(),
        channel,
        found,
        is_later,
        contrast: None,
        difference: None,
        verdict: None,
    };
    row.contrast = row.groups().contrast();
    if let Some(Contrast { alike: [one, other], .. }) = row.contrast {
        row.difference = difference(one, other, ALPHA);
    }
    row.verdict = verdict(&row);
    row
}

/// What to make of a finding. The evidence decides, not the interval: among many candidates one
/// whose interval does not hold 0 is nothing special.
fn verdict(row: &FindingRow) -> Option<Verdict> {
    match row.found.course {
        Course::Confirmed(_) => return Some(Verdict::Act),
        Course::Discovered => {}
        Course::Refuted(_) | Course::Retired(..) => return None,
    }
    let compared = row.contrast.map_or(0, |contrast| contrast.compared);
    let gathered = row.found.ln_evidence;
    if row.is_later && gathered > 0.0 {
        // Evidence grows in proportion to customers, if it is what it seems.
        let missing = (row.found.ln_needed - gathered).max(0.0) / gathered;
        let more = missing * compared as f64;
        let more = (more <= Verdict::LEADS_MAX as f64).then(|| rounded(more));
        return Some(Verdict::Promising { more });
    }
    let [one, other] = row.contrast?.alike;
    let more = match Verdict::of(one, other, WORTH, ALPHA)? {
        Verdict::NotEnough { more } | Verdict::Promising { more } => more,
        // Those who led to it say so, and they say so because it was chosen among many.
        Verdict::Act => Some(rounded(compared as f64)),
        Verdict::Alike => None,
    };
    Some(Verdict::NotEnough { more })
}

/// A channel by its index in the map; beyond the last, `other`.
pub(super) fn channel_name(map: &JourneyMap, channel: usize) -> &str {
    map.channels.get(channel).map_or("other", |name| name)
}

/// Two digits, upward.
fn rounded(count: f64) -> i64 {
    let count = count.ceil().max(1.0) as i64;
    let mut unit = 1;
    while count / unit >= 100 {
        unit *= 10;
    }
    (count + unit - 1) / unit * unit
}
