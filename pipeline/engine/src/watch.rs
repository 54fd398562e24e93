//! An audit that never ends and costs little: a few customers and counters between two turns.
//!
//! A pass takes some counters and adds up, customer by customer, what the histories say of them. A
//! counter that no frame has changed meanwhile must be that sum; one that has changed is left for
//! another pass. Likewise one counter a pass is compared with the list of the people behind it.
//! Once a pass the laws between the running totals are tried, and the conservation of records: each
//! must have met a fate, and one alone. What it finds is a fault of the program or of the disk:
//! nothing that arrives can cause it.

use crate::{InsightTask, JourneyTask, StateStore, Verdict, add_to};
use insight::{Counter, CounterId, Ledger, laws};
use journey::{Diff, JourneyState, Reading, Selection, contributions, select};
use model::{Family, Result as Fate, Size};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How many counters a pass takes.
const SAMPLE: usize = 256;

/// How many series of running totals there may be for their laws to be tried between two turns.
const SERIES_MAX: usize = 5_000;

/// What was looked at and found since the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Counters that were compared with the histories.
    pub counters: u64,
    /// Of them, those that were something else.
    pub differences: u64,
    /// Counters that were compared with the list of the people behind them.
    pub lists: u64,
    /// Of them, those that did not count its rows.
    pub list_differences: u64,
    /// Laws between running totals that were broken when they were last tried.
    pub violations: u64,
    /// Records less those that met a fate, when it was last seen that all frames were read.
    pub unaccounted: i64,
}

/// One pass after the other over the tasks of an instance.
#[derive(Default)]
pub struct Watch {
    watched: Watched,
    pass: Option<Pass>,
    /// How many counters of the tasks the passes so far have taken.
    taken: usize,
}

/// A pass under way.
struct Pass {
    sample: BTreeMap<CounterId, Counter>,
    /// What the histories add to each of the sample.
    sums: Ledger,
    /// By partition of touchpoints: where it stood when its last customer was visited.
    ends: Vec<u64>,
    after: Option<Vec<u8>>,
    visits: u64,
    /// One of the sample that has a list of people behind it: what selects them, and how many there
    /// are so far.
    list: Option<(CounterId, Selection, i64)>,
    /// Whether somebody's history is sealed: what that added is in the counters alone, and only an
    /// audit of the log can tell whether it is right.
    has_seals: bool,
}

impl Watch {
    /// What was looked at and found.
    pub fn watched(&self) -> Watched {
        self.watched
    }

    /// Goes on, by at most so many customers. Called when nothing is uncommitted.
    ///
    /// All partitions must be here, for a counter has customers in each; else nothing is done.
    /// `is_read` says whether the insight tasks have read all frames that are committed: a commit
    /// that changed nothing has no frame, so that positions alone would wait for the next one.
    pub fn step(
        &mut self,
        journeys: &[&JourneyTask],
        insights: &[&InsightTask],
        store: &impl StateStore,
        customers_max: usize,
        is_read: impl FnOnce() -> Result<bool, Verdict>,
    ) -> Result<(), Verdict> {
        let Some(first) = insights.first() else { return Ok(()) };
        let is_replaying = journeys.iter().any(|task| task.is_replaying())
            || insights.iter().any(|task| task.is_replaying());
        let partitions = first.sources().len();
        if is_replaying || journeys.len() != partitions || insights.len() != partitions {
            self.pass = None;
            return Ok(());
        }
        let mut pass = match self.pass.take() {
            Some(pass) => pass,
            None => self.begin(journeys[0].reading(), insights),
        };
        if let Some(task) = journeys.get(pass.ends.len()) {
            pass.visit(task, store, customers_max)?;
            self.pass = Some(pass);
            return Ok(());
        }
        let is_read = is_read()?;
        if is_read {
            self.watched.unaccounted = unaccounted(journeys, insights);
        }
        if is_read || counts(insights, &pass.ends) {
            self.end(&pass, journeys[0].reading(), insights);
        } else {
            self.pass = Some(pass);
        }
        Ok(())
    }

    /// The next counters, of one task after the other.
    fn begin(&mut self, reading: &Reading, insights: &[&InsightTask]) -> Pass {
        let counters = || insights.iter().flat_map(|task| task.counters());
        let is_listed = |(id, _): &(&CounterId, &Counter)| {
            id.series.family().is_some_and(|family| family != Family::Admission)
        };
        let owned = |(id, counter): (&CounterId, &Counter)| (id.clone(), counter.clone());
        let next = counters().filter(is_listed).skip(self.taken).take(SAMPLE);
        let sample: BTreeMap<CounterId, Counter> = next.map(owned).collect();
        self.taken = if sample.len() < SAMPLE { 0 } else { self.taken + SAMPLE };
        let sums = Ledger::new(reading.map());
        // Another place of the sample each time: the first ones of all samples are of one kind.
        let turned = sample.keys().cycle().skip(self.taken / SAMPLE).take(sample.len());
        let list = turned.filter_map(|id| Some((id.clone(), selection(reading, id)?, 0))).next();
        Pass { sample, sums, ends: Vec::new(), after: None, visits: 0, list, has_seals: false }
    }

    fn end(&mut self, pass: &Pass, reading: &Reading, insights: &[&InsightTask]) {
        let sums: BTreeMap<&CounterId, &Counter> = pass.sums.iter().collect();
        let nothing = Counter::default();
        for (id, counter) in insights.iter().flat_map(|task| task.counters()) {
            let Some(taken) = pass.sample.get(id) else { continue };
            if pass.has_seals || taken.revision != counter.revision {
                continue;
            }
            let sum = sums.get(id).copied().unwrap_or(&nothing);
            self.watched.counters += 1;
            let is_equal = (sum.count, &sum.amounts) == (counter.count, &counter.amounts);
            self.watched.differences += u64::from(!is_equal);
            if let Some((_, _, rows)) = pass.list.as_ref().filter(|(listed, ..)| listed == id) {
                self.watched.lists += 1;
                self.watched.list_differences += u64::from(*rows != counter.count);
            }
        }
        let is_one_cut = insights.windows(2).all(|pair| pair[0].sources() == pair[1].sources());
        let totals = |families: &[Family]| {
            let all = insights.iter().flat_map(|task| task.counters());
            let all = all.filter(|(id, _)| id.size == Size::Total);
            let is_meant =
                |id: &CounterId| id.series.family().is_some_and(|f| families.contains(&f));
            all.filter(|(id, _)| is_meant(id)).collect::<Vec<_>>()
        };
        let mut map = reading.map().clone();
        map.sizes.clear();
        // *value* has a line for each customer, and no law.
        map.families.retain(|family| *family != Family::Value);
        let mut tried = totals(&map.families);
        if tried.len() > SERIES_MAX {
            // Where there are many channels, those kept by groups alone are too many.
            map.families.retain(|family| !family.is_grouped());
            tried = totals(&map.families);
        }
        if is_one_cut && tried.len() <= SERIES_MAX {
            self.watched.violations = laws(&map, tried.into_iter()).len() as u64;
        }
    }
}

/// Whether the counters stand for everything before these positions.
fn counts(insights: &[&InsightTask], ends: &[u64]) -> bool {
    let stands = |task: &&InsightTask| {
        task.sources().iter().zip(ends).all(|((position, _), end)| position >= end)
    };
    insights.iter().all(stands)
}

/// Records less those that met a fate. All frames must be read.
fn unaccounted(journeys: &[&JourneyTask], insights: &[&InsightTask]) -> i64 {
    let records: u64 = journeys.iter().map(|task| task.records()).sum();
    let counters = insights.iter().flat_map(|task| task.counters());
    // A conflict is a property of an identity whose records have met their fates already.
    let is_fate = |id: &CounterId| {
        let is_conflict = |(name, value): (&str, Cow<'_, str>)| {
            name == "result" && value == Fate::Conflict.word()
        };
        id.series.family() == Some(Family::Admission) && !id.series.dims().any(is_conflict)
    };
    let fates = counters.filter(|(id, _)| is_fate(id)).map(|(_, counter)| counter.count);
    records as i64 - fates.sum::<i64>()
}

/// What selects the people behind a counter, where there are any.
fn selection(reading: &Reading, id: &CounterId) -> Option<Selection> {
    let family = id.series.family()?.name();
    let dims: Vec<(String, String)> = (id.series.dims())
        .map(|(name, value)| (format!("{family}-{name}"), value.into_owned()))
        .collect();
    let window = id.start.map(|start| (id.size, start));
    let filters = dims.iter().map(|(name, value)| (&**name, &**value));
    Selection::parse(reading.map(), filters, window).ok()
}

impl Pass {
    fn visit(
        &mut self,
        task: &JourneyTask,
        store: &impl StateStore,
        customers_max: usize,
    ) -> Result<(), Verdict> {
        let mut sums = Diff::default();
        let (reading, as_of) = (task.reading(), task.as_of());
        let has_seals = &mut self.has_seals;
        let mut add = |_: &[u8], state: &JourneyState| {
            *has_seals |= state.seal().is_some();
            let history: Vec<_> = state.history().collect();
            let diff = contributions(reading, state.group, &history, state.now(as_of));
            if let Some((_, selection, rows)) = &mut self.list {
                *rows += select(reading, &history, state.now(as_of), selection).len() as i64;
            }
            sums.merge(&diff);
        };
        self.after = task.visit_some(store, self.after.as_deref(), customers_max, &mut add)?;
        self.visits += 1;
        add_to(&mut self.sums, self.visits, reading, &sums);
        if self.after.is_none() {
            self.ends.push(task.committed_to());
        }
        Ok(())
    }
}
