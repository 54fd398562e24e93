//! An audit that never ends and costs little: a few customers and counters between two turns.
//!
//! A pass takes some counters and adds up, customer by customer, what the histories say of them. A
//! counter that no frame has changed meanwhile must be that sum; one that has changed is left for
//! another pass. Once a pass the laws between the running totals are tried. What it finds is a
//! fault of the program or of the disk: nothing that arrives can cause it.

use crate::{InsightTask, JourneyTask, StateStore, Verdict, add_to};
use insight::{Counter, CounterId, Ledger, laws};
use journey::{Diff, JourneyState, Reading, Sink, contributions};
use model::{Family, Size};
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
    /// Laws between running totals that were broken when they were last tried.
    pub violations: u64,
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
        } else if counts(insights, &pass.ends) || is_read()? {
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
        Pass { sample, sums, ends: Vec::new(), after: None, visits: 0, has_seals: false }
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
        }
        let is_one_cut = insights.windows(2).all(|pair| pair[0].sources() == pair[1].sources());
        let totals = || {
            let all = insights.iter().flat_map(|task| task.counters());
            all.filter(|(id, _)| id.size == Size::Total)
        };
        if is_one_cut && totals().count() <= SERIES_MAX {
            let mut map = reading.map().clone();
            map.sizes.clear();
            self.watched.violations = laws(&map, totals()).len() as u64;
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
            let diff = contributions(reading, &history, state.now(as_of));
            diff.counters.iter().for_each(|((key, measure), n)| sums.add(*key, *measure, *n));
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
