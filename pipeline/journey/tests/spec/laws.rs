//! What must hold between counters holds after every single arrival and whenever time has passed,
//! not only at the end.

use crate::law::{CLASSES, reading, record};
use insight::{CounterId, Difference, Ledger, laws};
use journey::{
    Change, Diff, InMemory, JourneyState, Reading, advance, elapse, entries, label, timeline,
};
use model::{
    Entry, Family, Group, Label, LabelId, Measure, Series, Size, SourceId, Timestamp, Touchpoint,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A few customers of one business, and its counters.
struct Business {
    reading: Reading,
    states: Vec<JourneyState>,
    ledger: Ledger,
    position: u64,
    records: i64,
    as_of: Timestamp,
}

impl Business {
    fn new(variant: u8, customers: usize) -> Business {
        let plain = reading(variant);
        let mut map = plain.map().clone();
        map.sizes =
            ["1h", "2h", "1d", "3d", "7d"].map(|size| Size::parse(size).expect("a size")).to_vec();
        let customer = |number: usize| {
            let group = Group(number as u8);
            JourneyState { group, ..JourneyState::default() }
        };
        Business {
            ledger: Ledger::new(&map),
            reading: Reading::new(map, plain.dictionary().clone()),
            states: (0..customers).map(customer).collect(),
            position: 0,
            records: 0,
            as_of: Timestamp::NEVER,
        }
    }

    fn arrive(&mut self, customer: usize, record: &Touchpoint) {
        let mut diff = Diff::default();
        let (state, source) = (&mut self.states[customer], record.source);
        advance(&self.reading, state, &mut InMemory, record, source, self.as_of, &mut diff);
        self.records += 1;
        self.apply(&diff);
    }

    fn say(&mut self, customer: usize, said: (u64, Label)) {
        let mut diff = Diff::default();
        label(&self.reading, &mut self.states[customer], &mut InMemory, said, &mut diff);
        self.apply(&diff);
    }

    fn wait(&mut self, until: Timestamp) {
        self.as_of = self.as_of.max(until);
        let mut diff = Diff::default();
        for state in &mut self.states {
            elapse(&self.reading, state, &mut InMemory, self.as_of, &mut diff);
        }
        self.apply(&diff);
    }

    /// As a commit does: one frame.
    fn apply(&mut self, diff: &Diff) {
        let (map, words) = (self.reading.map(), self.reading.dictionary());
        let difference = |((key, measure), amount): (&(model::CounterKey, Measure), &i64)| {
            let currency = match measure {
                Measure::Count => None,
                Measure::Money(id) => Some(words.currencies.word(id.0)),
            };
            let series = self.ledger.series(&Series::of(key, map, words).0);
            Difference { series, pane: key.start(), currency, amount: *amount }
        };
        let frame: Vec<Difference<'_>> = diff.counters.iter().map(difference).collect();
        self.position += 1;
        self.ledger.apply(self.position, &frame);
    }

    fn check(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(laws(self.reading.map(), self.ledger.iter()), []);
        prop_assert_eq!(self.entered(), self.behind_flow());
        prop_assert_eq!(self.waiting(), self.standing());
        let (records, conflicts) = self.admitted();
        prop_assert_eq!(records, self.records, "records in = counted + duplicate");
        prop_assert!(conflicts >= 0);
        Ok(())
    }

    /// Counts of a family by dimensions and window.
    fn counts(&self, family: Family) -> impl Iterator<Item = (&CounterId, Dims<'_>, i64)> {
        let counters = self.ledger.iter();
        let counters = counters.filter(move |(id, _)| id.series.family() == Some(family));
        counters.map(|(id, counter)| {
            let dims = id.series.dims().map(|(name, value)| (name, value.into_owned()));
            (id, dims.collect(), counter.count)
        })
    }

    /// Flow over its outcomes: converted + expired + open.
    fn entered(&self) -> BTreeMap<Cohort, i64> {
        let mut sums = BTreeMap::new();
        for (id, dims, count) in self.counts(Family::Flow) {
            let cohort = ["stage", "channel", "entry"].map(|name| dims[name].clone());
            *sums.entry((cohort, id.size, id.start)).or_default() += count;
        }
        sums.retain(|_, count| *count != 0);
        sums
    }

    /// Entries of the histories by the cohorts that they belong to.
    fn behind_flow(&self) -> BTreeMap<Cohort, i64> {
        let map = self.reading.map();
        let mut sums = BTreeMap::new();
        for (history, now) in self.histories() {
            for row in entries(&self.reading, &history, now) {
                let stage = map.stages[usize::from(row.stage)].name.clone();
                let channel = map.channels.get(usize::from(self.reading.channel(row.channel)));
                let channel = channel.map_or("other", String::as_str).to_owned();
                let entry = if row.entry == Entry::First { "first" } else { "again" };
                let windows = map.sizes.iter().filter_map(|size| {
                    let window = size.window(&map.zone, row.entered_at);
                    window.map(|window| (*size, Some(window.start)))
                });
                for (size, start) in windows.chain([(Size::Total, None)]) {
                    let cohort = [stage.clone(), channel.clone(), entry.to_owned()];
                    *sums.entry((cohort, size, start)).or_default() += 1;
                }
            }
        }
        sums
    }

    /// Edges into a node less edges out of it.
    fn waiting(&self) -> BTreeMap<Node, i64> {
        let mut sums: BTreeMap<Node, i64> = BTreeMap::new();
        for (_, dims, count) in self.counts(Family::Edge) {
            for (end, sign) in [("to", 1), ("from", -1)] {
                let node = ["stage", "kind"].map(|dim| dims[&*format!("{end}_{dim}")].clone());
                if node[0] != "start" && node[0] != "expired" {
                    *sums.entry(node).or_default() += sign * count;
                }
            }
        }
        sums.retain(|_, count| *count != 0);
        sums
    }

    /// Trails that are open, by the node where each of them stands.
    fn standing(&self) -> BTreeMap<Node, i64> {
        let map = self.reading.map();
        let mut sums = BTreeMap::new();
        for (history, now) in self.histories() {
            let told = timeline(&self.reading, &history, now);
            let Some(row) = told.iter().rfind(|row| row.attempt.is_some()) else { continue };
            let has_ended = row.changes.iter().any(|change| matches!(change, Change::Ended { .. }));
            let Some(touchpoint) = row.touchpoint.filter(|_| !has_ended) else { continue };
            let kind = map.kinds.get(usize::from(self.reading.kind(touchpoint.kind).dim));
            let kind = kind.map_or("other", |kind| &kind.name).to_owned();
            let node = match row.changes.contains(&Change::Conversion) {
                true => ["converted".to_owned(), "converted".to_owned()],
                false => [map.stages[usize::from(row.stage)].name.clone(), kind],
            };
            *sums.entry(node).or_default() += 1;
        }
        sums
    }

    /// Counted and duplicate together, and conflicts.
    fn admitted(&self) -> (i64, i64) {
        let (mut records, mut conflicts) = (0, 0);
        for (_, dims, count) in self.counts(Family::Admission) {
            let sum = if dims["result"] == "conflict" { &mut conflicts } else { &mut records };
            *sum += count;
        }
        (records, conflicts)
    }

    fn histories(&self) -> impl Iterator<Item = (Vec<Touchpoint>, Timestamp)> {
        let states = self.states.iter();
        states.map(|state| (state.history().collect(), state.now(self.as_of)))
    }
}

/// Values by dimension.
type Dims<'a> = BTreeMap<&'a str, String>;
/// Stage, channel and entry; size and start of the window.
type Cohort = ([String; 3], Size, Option<Timestamp>);
/// Stage and kind.
type Node = [String; 2];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_law_holds_after_every_arrival_and_whenever_time_has_passed(
        variant in 0_u8..8,
        arrivals in prop::collection::vec((0_usize..3, record(60), 0_i64..4_000), 1..24),
        labels in prop::collection::vec((0_usize..3, 0_u64..20, 0..CLASSES.len() as u16 + 1), 24),
    ) {
        let mut business = Business::new(variant, 3);
        for ((customer, record, hours), said) in arrivals.into_iter().zip(labels) {
            let label = Label { class: LabelId(said.2), revision: 1 + hours as u32 % 3 };
            business.say(said.0, (said.1, label));
            business.check()?;
            let mut record = record;
            record.identity %= 20;
            record.source = SourceId(record.identity as u16 % 3);
            business.arrive(customer, &record);
            business.check()?;
            // Most of the time hardly moves: else nobody would be open.
            if hours < 400 {
                business.wait(Timestamp::from_millis(1_767_571_200_000 + hours * 3_600_000));
                business.check()?;
            }
        }
    }
}
