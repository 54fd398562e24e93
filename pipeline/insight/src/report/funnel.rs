//! The funnel: who entered each stage, and what became of them.

use super::facts::{Fact, facts};
use super::money::{Money, add};
use super::quartiles::bucket;
use super::query::{By, minute};
use super::{Group, Matured, Mistake, Quartiles, Query, Rate, Scope, funnel_table};
use crate::calendar::cohort_wait;
use crate::inference::Cohort;
use crate::{Counter, CounterId};
use model::{Bucket, Family, JourneyMap, Size, Span, Timestamp, Zone};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What the funnel can be divided by, besides sizes of windows.
const DIMS: &[&str] = &["channel", "entry"];

/// The funnel of a map: its stages, and the steps between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Funnel {
    /// Which cohorts: entries of these windows.
    pub scope: Scope,
    /// The period in words.
    pub period: String,
    /// What it was divided by: `channel`, `entry`, a size; `None` where it was not.
    pub by: Option<String>,
    /// The event time that it was judged at.
    pub as_of: Timestamp,
    /// The stages in the order of the map, each with its groups.
    pub stages: Vec<StageRow>,
    /// The steps from stage to stage, by when they happened.
    pub steps: Vec<StepRow>,
    /// What has to be said about the windows.
    pub notes: Vec<String>,
}

/// The entries of a stage, or of one group of them: entered = converted + expired + open.
#[derive(Clone, Debug, PartialEq)]
pub struct StageRow {
    /// The stage.
    pub stage: String,
    /// Which of them.
    pub group: Group,
    /// How many entries.
    pub entered: i64,
    /// Of them those of people who had never entered the stage before: the number of people.
    pub first: i64,
    /// A later stage was entered, or the last one again.
    pub converted: i64,
    /// The attempt ended here: cold or lost.
    pub expired: i64,
    /// Neither, yet.
    pub open: i64,
    /// Of the expired those that went cold; `None` where the counters do not say.
    pub cold: Option<i64>,
    /// Of the expired those that were given up; `None` where the counters do not say.
    pub lost: Option<i64>,
    /// The converted among those decided.
    pub rate_decided: Option<Rate>,
    /// The converted among all that entered: not final while some are open.
    pub rate_all: Option<Rate>,
    /// How long the converted took.
    pub times: Times,
    /// Money of the entries.
    pub money: Money,
    /// How far the cohort is decided.
    pub maturity: Maturity,
    /// The rate for whoever looks every day.
    pub matured: Matured,
}

/// How long the converted took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// The counters do not say it for this group, or not at all.
    Unknown,
    /// So many converted, which is fewer than `Quartiles::COUNT_MIN`: not enough data.
    TooFew(i64),
    /// The quartiles.
    Known(Quartiles),
}

/// How far a cohort is decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Maturity {
    /// Whether nothing in it is open.
    pub is_mature: bool,
    /// Every entry before this time is decided; `None` where no window says since when.
    pub until: Option<Timestamp>,
    /// The converted among the entries before that time: the one rate that neither waiting leads
    /// nor quick ones bend.
    pub rate: Option<Rate>,
}

/// The steps from one stage to another, by when they happened.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRow {
    /// The stage before.
    pub from: String,
    /// The stage after; the last stage to itself is a repeat.
    pub to: String,
    /// How many steps.
    pub count: i64,
    /// Their part of all steps from this stage to another.
    pub share: Option<Rate>,
    /// Money of the entries that they made.
    pub money: Money,
}

/// What is known of one stage and group while counters are read.
#[derive(Default)]
struct Tally {
    first: i64,
    outcomes: [i64; 3],
    ends: [i64; 3],
    times: BTreeMap<Bucket, i64>,
    money: Money,
    /// Converted, expired and open by window.
    windows: BTreeMap<Timestamp, [i64; 3]>,
}

/// The funnel of the counters of one map, all judged at the query's as_of.
///
/// A period chooses cohorts by the time of entry, in windows of days where they fit.
pub fn funnel<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    query: &Query,
) -> Result<Funnel, Mistake> {
    if !map.counts(Family::Flow) {
        return Err(Mistake::NotCounted(Family::Flow));
    }
    let by = By::parse(map, query, DIMS)?;
    let scope = Scope::of(map, query, by)?;
    let is_total = scope.size == Size::Total;
    let pane = if is_total { longest_kept(map) } else { Some(scope.size) };
    let facts = facts(counters, |family, id| match family {
        Family::Flow => scope.has(id) || is_total && Some(id.size) == pane,
        Family::Duration | Family::Move => scope.has(id),
        Family::Admission | Family::Activity | Family::Edge => false,
        Family::Credit | Family::Markov | Family::Cadence | Family::Value => false,
        Family::Coalition | Family::Chain | Family::Intensity | Family::Sequence => false,
    });
    let mut tallies: BTreeMap<(usize, Group), Tally> = BTreeMap::new();
    if by == By::Nothing {
        let stages = 0..map.stages.len();
        tallies.extend(stages.map(|stage| ((stage, Group::All), Tally::default())));
    }
    for fact in &facts {
        let stage = map.stages.iter().position(|stage| stage.name == fact.dim("stage"));
        let group = match (fact.family, by) {
            (Family::Duration, By::Dim("entry")) | (Family::Move, _) => continue,
            _ => by.group(fact),
        };
        let Some(stage) = stage else { continue };
        let tally = tallies.entry((stage, group)).or_default();
        tally.read(fact, scope.size, pane);
    }
    let knows_times = map.counts(Family::Duration) && by != By::Dim("entry");
    let decided_until = scope.until.map_or(query.as_of, |until| until.min(query.as_of));
    let row = |((stage, group), tally): ((usize, Group), Tally)| {
        let matured = tally.matured(map, pane, query.as_of);
        tally.row(&map.stages[stage].name, group, knows_times, (decided_until, matured))
    };
    Ok(Funnel {
        period: scope.words(&map.zone),
        by: query.by.clone(),
        as_of: query.as_of,
        stages: tallies.into_iter().filter(|(_, tally)| tally.is_shown(by)).map(row).collect(),
        steps: steps(map, &facts),
        notes: scope.notes(map, query.as_of),
        scope,
    })
}

/// The size whose windows are kept longest, of those the smallest: what tells since when an open
/// entry has been waiting.
pub(super) fn longest_kept(map: &JourneyMap) -> Option<Size> {
    let kept = |size: &Size| {
        let keep = map.keep.iter().find(|keep| keep.size == *size);
        keep.map_or(Span::NEVER, |keep| keep.span).millis()
    };
    map.sizes.iter().min_by_key(|size| (Reverse(kept(size)), **size)).copied()
}

impl Tally {
    fn read(&mut self, fact: &Fact<'_>, scope: Size, pane: Option<Size>) {
        let count = fact.count();
        if fact.family == Family::Duration {
            let Some(end) = index(&["converted", "cold", "lost"], fact.dim("outcome")) else {
                return;
            };
            self.ends[end] += count;
            if let Some(bucket) = bucket(fact.dim("bucket")).filter(|_| end == 0) {
                *self.times.entry(bucket).or_default() += count;
            }
            return;
        }
        let Some(outcome) = index(&["converted", "expired", "open"], fact.dim("outcome")) else {
            return;
        };
        if let Some(start) = fact.start.filter(|_| Some(fact.size) == pane) {
            self.windows.entry(start).or_default()[outcome] += count;
        }
        if fact.size == scope {
            self.outcomes[outcome] += count;
            self.first += if fact.dim("entry") == "first" { count } else { 0 };
            add(&mut self.money, &fact.counter.amounts);
        }
    }

    /// A group that nobody is in has no row; a stage always has one.
    fn is_shown(&self, by: By) -> bool {
        by == By::Nothing || self.outcomes.iter().any(|count| *count != 0)
    }

    /// The windows that are final at a time. That follows from the time and these sums, so that it
    /// is the same however the touchpoints came.
    fn matured(&self, map: &JourneyMap, pane: Option<Size>, as_of: Timestamp) -> Matured {
        let wait = cohort_wait(map);
        let is_over = |start: Timestamp| {
            let window = pane.and_then(|size| size.window(&map.zone, start));
            window.is_some_and(|window| window.end.plus(wait) <= as_of)
        };
        let cohort = |(start, [converted, expired, open]): (&Timestamp, &[i64; 3])| Cohort {
            window: start.millis(),
            whole: converted + expired,
            part: *converted,
            revision: 0,
            is_final: *open == 0 && is_over(*start),
        };
        let cohorts: Vec<Cohort> = self.windows.iter().map(cohort).collect();
        Matured::of(&cohorts)
    }

    fn row(
        self,
        stage: &str,
        group: Group,
        knows_times: bool,
        (until, matured): (Timestamp, Matured),
    ) -> StageRow {
        let [converted, expired, open] = self.outcomes;
        let maturity = self.maturity(until);
        let times = match Quartiles::of(&self.times) {
            _ if !knows_times => Times::Unknown,
            Some(quartiles) => Times::Known(quartiles),
            None => Times::TooFew(self.ends[0]),
        };
        StageRow {
            stage: stage.to_owned(),
            group,
            entered: converted + expired + open,
            first: self.first,
            converted,
            expired,
            open,
            cold: knows_times.then_some(self.ends[1]),
            lost: knows_times.then_some(self.ends[2]),
            rate_decided: Rate::of(converted, converted + expired),
            rate_all: Rate::of(converted, converted + expired + open),
            times,
            money: self.money,
            maturity,
            matured,
        }
    }

    fn maturity(&self, until: Timestamp) -> Maturity {
        let [converted, expired, open] = self.outcomes;
        if open == 0 {
            let rate = Rate::of(converted, converted + expired);
            return Maturity { is_mature: true, until: Some(until), rate };
        }
        let waiting = self.windows.iter().find(|(_, counts)| counts[2] > 0);
        let until = waiting.map(|(start, _)| *start);
        let before = self.windows.iter().filter(|(start, _)| until.is_some_and(|u| **start < u));
        let sums =
            before.fold([0, 0], |sums, (_, counts)| [sums[0] + counts[0], sums[1] + counts[1]]);
        Maturity { is_mature: false, until, rate: Rate::of(sums[0], sums[0] + sums[1]) }
    }
}

fn index(words: &[&str], word: &str) -> Option<usize> {
    words.iter().position(|known| *known == word)
}

/// The steps from stage to stage, in the order of the map.
fn steps(map: &JourneyMap, facts: &[Fact<'_>]) -> Vec<StepRow> {
    let stage = |name: &str| map.stages.iter().position(|stage| stage.name == name);
    let mut sums: BTreeMap<(usize, usize), (i64, Money)> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.family == Family::Move) {
        if let (Some(from), Some(to)) = (stage(fact.dim("from")), stage(fact.dim("to"))) {
            let sum = sums.entry((from, to)).or_default();
            sum.0 += fact.count();
            add(&mut sum.1, &fact.counter.amounts);
        }
    }
    let all_from = |from: usize| -> i64 {
        sums.iter().filter(|((start, _), _)| *start == from).map(|(_, sum)| sum.0).sum()
    };
    let row = |((from, to), (count, money)): (&(usize, usize), &(i64, Money))| StepRow {
        from: map.stages[*from].name.clone(),
        to: map.stages[*to].name.clone(),
        count: *count,
        share: Rate::of(*count, all_from(*from)),
        money: money.clone(),
    };
    sums.iter().map(row).collect()
}

impl Funnel {
    /// The report for a terminal, with times in the zone of the business.
    pub fn render(&self, zone: &Zone) -> String {
        let tables: Vec<String> =
            self.tables(zone).iter().map(|table| table.render(zone)).collect();
        tables.join("\n")
    }

    /// What the report shows, of which period, as of when.
    pub(crate) fn title(&self, zone: &Zone) -> String {
        let (period, as_of) = (&self.period, minute(zone, self.as_of));
        format!("Funnel: who entered each stage, {period}. As of {as_of} ({}).", zone.name())
    }

    /// The report as tables: the stages, and the steps between them.
    pub fn tables(&self, zone: &Zone) -> Vec<super::Table> {
        funnel_table::tables(self, zone)
    }
}
