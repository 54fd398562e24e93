//! A funnel that somebody asked for: how many reached each step, and how long it took.
//!
//! The ways of each customer come in one by one and are added up; nothing of a customer stays.

use super::query::By;
use super::{Group, Mistake, Quartiles, Query, Rate, Scope, Times};
use model::{Bucket, Funnel, JourneyMap, Passage, PassageEnd, Search, Size, Timestamp};
use std::collections::BTreeMap;

/// What it can be divided by, besides sizes of windows.
const DIMS: &[&str] = &["channel"];

/// The ways through a funnel, as they are added up.
#[derive(Clone, Debug)]
pub struct WaySums {
    map: JourneyMap,
    query: Query,
    funnel: Funnel,
    by: By,
    groups: BTreeMap<Group, Sums>,
}

/// The ways of one group, by step.
#[derive(Clone, Debug)]
struct Sums {
    reached: Vec<i64>,
    open: Vec<i64>,
    excluded: Vec<i64>,
    since_before: Vec<BTreeMap<Bucket, i64>>,
    since_first: Vec<BTreeMap<Bucket, i64>>,
}

impl Sums {
    fn new(steps: usize) -> Sums {
        let none = vec![BTreeMap::new(); steps];
        Sums {
            reached: vec![0; steps],
            open: vec![0; steps],
            excluded: vec![0; steps],
            since_before: none.clone(),
            since_first: none,
        }
    }

    /// Three counts and two histograms of each step.
    fn numbers(&self) -> Vec<i64> {
        let mut numbers = Vec::new();
        for step in 0..self.reached.len() {
            numbers.extend([self.reached[step], self.open[step], self.excluded[step]]);
            for times in [&self.since_before[step], &self.since_first[step]] {
                let count = |at: u16| times.get(&Bucket(at)).copied().unwrap_or(0);
                numbers.extend((0..Bucket::COUNT).map(count));
            }
        }
        numbers
    }

    fn add_numbers(&mut self, numbers: &[i64]) -> bool {
        let buckets = usize::from(Bucket::COUNT);
        let each = 3 + 2 * buckets;
        if numbers.len() != each * self.reached.len() {
            return false;
        }
        for (step, numbers) in numbers.chunks_exact(each).enumerate() {
            self.reached[step] += numbers[0];
            self.open[step] += numbers[1];
            self.excluded[step] += numbers[2];
            let (before, first) = numbers[3..].split_at(buckets);
            for (times, counts) in
                [(&mut self.since_before[step], before), (&mut self.since_first[step], first)]
            {
                for (at, count) in (0..).zip(counts).filter(|(_, count)| **count != 0) {
                    *times.entry(Bucket(at)).or_default() += count;
                }
            }
        }
        true
    }
}

/// A funnel that somebody asked for, finished.
#[derive(Clone, Debug, PartialEq)]
pub struct Ways {
    /// What was asked for.
    pub funnel: Funnel,
    /// When they began, in words.
    pub period: String,
    /// What they were divided by.
    pub by: Option<String>,
    /// The event time that they were judged at.
    pub as_of: Timestamp,
    /// The steps in order, each with its groups.
    pub rows: Vec<WayRow>,
}

/// Those who reached a step: reached = reached the next + may still + left.
#[derive(Clone, Debug, PartialEq)]
pub struct WayRow {
    /// Which step, from 1; in any order how many of them.
    pub step: usize,
    /// The step as it was written.
    pub name: String,
    /// Which of them.
    pub group: Group,
    /// How many reached it.
    pub reached: i64,
    /// Of those who reached the step before that is not optional; `None` of the first.
    pub of_before: Option<Rate>,
    /// Of those who began.
    pub of_first: Option<Rate>,
    /// Those who came no further yet and may still; `None` where the search does not say, of the
    /// last step and of optional ones.
    pub open: Option<i64>,
    /// Those who came no further and no longer can; `None` of the last step and of optional ones.
    pub left: Option<i64>,
    /// Of those who left the ones whom something excluded; `None` where nothing excludes.
    pub excluded: Option<i64>,
    /// How long it took since the step before that is not optional.
    pub since_before: Times,
    /// How long it took since the first step.
    pub since_first: Times,
}

impl WaySums {
    /// Nobody yet.
    pub fn new(map: &JourneyMap, funnel: &Funnel, query: &Query) -> Result<WaySums, Mistake> {
        if query.from.zip(query.to).is_some_and(|(from, to)| to < from) {
            return Err(Mistake::Backwards);
        }
        let by = By::parse(map, query, DIMS)?;
        let mut groups = BTreeMap::new();
        if by == By::Nothing {
            groups.insert(Group::All, Sums::new(funnel.steps.len()));
        }
        Ok(WaySums { map: map.clone(), query: query.clone(), funnel: funnel.clone(), by, groups })
    }

    /// Adds a way; `channel`: the word of the channel that it began on, as counters have it.
    pub fn add(&mut self, way: &Passage, channel: &str) {
        let group = match self.by {
            By::Nothing => Group::All,
            By::Dim(_) => Group::Word(channel.to_owned()),
            By::Window(size) => {
                let window = size.window(&self.map.zone, way.entered_at);
                window.map_or(Group::All, |window| Group::Window(window.start))
            }
        };
        let steps = self.funnel.steps.len();
        let sums = self.groups.entry(group).or_insert_with(|| Sums::new(steps));
        // Where it stands: the last step that is not optional.
        let mut stands = 0;
        for step in 0..steps {
            let is_optional = self.funnel.steps[step].is_optional;
            if !way.has(step) {
                continue;
            }
            sums.reached[step] += 1;
            if !is_optional {
                stands = step;
            }
            let Some(at) = way.time(step) else { continue };
            let since = |before: usize| way.time(before).map(|time| Bucket::of(at.since(time)));
            let before = self.funnel.step_before(step).and_then(since);
            for (times, bucket) in [
                (&mut sums.since_before[step], before),
                (&mut sums.since_first[step], since(0).filter(|_| step > 0)),
            ] {
                if let Some(bucket) = bucket {
                    *times.entry(bucket).or_default() += 1;
                }
            }
        }
        match way.end {
            PassageEnd::Open => sums.open[stands] += 1,
            PassageEnd::Excluded => sums.excluded[stands] += 1,
            PassageEnd::Converted
            | PassageEnd::TimedOut
            | PassageEnd::Broken
            | PassageEnd::Overtaken => {}
        }
    }

    /// What was added up so far, group by group, as numbers alone: for whoever adds up the rest.
    pub fn numbers(&self) -> impl Iterator<Item = (&Group, Vec<i64>)> {
        self.groups.iter().map(|(group, sums)| (group, sums.numbers()))
    }

    /// Adds what another has added up of the same funnel; whether they were numbers of it.
    pub fn add_numbers(&mut self, group: Group, numbers: &[i64]) -> bool {
        let steps = self.funnel.steps.len();
        self.groups.entry(group).or_insert_with(|| Sums::new(steps)).add_numbers(numbers)
    }

    /// What they add up to, judged at `as_of`.
    pub fn finish(self, as_of: Timestamp) -> Ways {
        let zone = &self.map.zone;
        let is_midnight = |at: Option<Timestamp>| {
            at.is_none_or(|at| zone.local_millis(at).rem_euclid(86_400_000) == 0)
        };
        let until = self.query.to.map(|to| Timestamp::from_millis(to.millis() + 1));
        let by_day = is_midnight(self.query.from) && is_midnight(until);
        let size = if by_day { Size::Days(1) } else { Size::Hours(1) };
        let scope = Scope { size, from: self.query.from, until, is_wider: false };
        let mut rows = Vec::new();
        for step in 0..self.funnel.steps.len() {
            for (group, sums) in &self.groups {
                rows.push(row(&self.funnel, step, group, sums));
            }
        }
        Ways {
            period: scope.words(zone),
            by: self.query.by.clone(),
            as_of,
            rows,
            funnel: self.funnel,
        }
    }
}

fn row(funnel: &Funnel, step: usize, group: &Group, sums: &Sums) -> WayRow {
    let reached = sums.reached[step];
    let of = |whole: usize| Rate::of(reached, sums.reached[whole]);
    let is_required = |at: &usize| !funnel.steps[*at].is_optional;
    let next = (step + 1..funnel.steps.len()).find(is_required).filter(|_| is_required(&step));
    let knows_open = matches!(funnel.search, Search::Ways { .. });
    let times = |counts: &BTreeMap<Bucket, i64>| match Quartiles::of(counts) {
        _ if step == 0 || !knows_open => Times::Unknown,
        Some(quartiles) => Times::Known(quartiles),
        None => Times::TooFew(counts.values().sum()),
    };
    let open = if knows_open { sums.open[step] } else { 0 };
    WayRow {
        step: step + 1,
        name: match funnel.is_any_order() {
            true => format!("any {}", step + 1),
            false => funnel.steps[step].name.clone(),
        },
        group: group.clone(),
        reached,
        of_before: funnel.step_before(step).and_then(of),
        of_first: if step > 0 { of(0) } else { None },
        open: next.filter(|_| knows_open).map(|_| open),
        left: next.map(|next| reached - sums.reached[next] - open),
        excluded: next.filter(|_| !funnel.exclusions.is_empty()).map(|_| sums.excluded[step]),
        since_before: times(&sums.since_before[step]),
        since_first: times(&sums.since_first[step]),
    }
}
