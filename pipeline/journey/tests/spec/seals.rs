//! Seals: the incremental form says what their specification says, whatever is in memory, and a
//! replay from any stored state seals the same.

use crate::law::{Labelling, labellings, reading, record, said};
use crate::library::Library;
use journey::{
    Diff, JourneyState, Logged, Reading, Seal, advance, contributions, elapse, retire, sealed,
};
use model::{Flags, Group, JourneyMap, Result, SourceId, Span, Timestamp, Touchpoint};
use proptest::prelude::*;

const BEGIN: i64 = 1_767_571_200_000;

fn hours(hours: i64) -> Timestamp {
    Timestamp::from_millis(BEGIN + hours * 3_600_000)
}

fn sealing(variant: u8, change: impl FnOnce(&mut JourneyMap)) -> Reading {
    let before = reading(variant);
    let mut map = before.map().clone();
    change(&mut map);
    Reading::new(map, before.dictionary().clone())
}

/// A customer as a task has it.
#[derive(Clone, Default)]
struct Customer {
    state: JourneyState,
    shelves: Library,
}

impl Customer {
    fn arrive(&mut self, reading: &Reading, logged: &Logged, sums: &mut Diff) -> Result {
        let (record, source, appended) = logged;
        if !record.flags.has(Flags::HISTORY) {
            retire(reading, &mut self.state, &mut self.shelves, *appended);
        }
        let (state, shelves) = (&mut self.state, &mut self.shelves);
        advance(reading, state, shelves, record, *source, Timestamp::NEVER, sums)
    }

    /// What a replay must give again: everything but how the chapters happen to be kept.
    fn told(mut self) -> (Option<Seal>, Vec<Touchpoint>, JourneyState) {
        self.shelves.flush(&mut self.state);
        self.shelves.check(&mut self.state);
        (self.state.seal(), self.state.history().collect(), self.state)
    }
}

/// The law: sums are those of all that was ever counted, sealed or not; what is left is what the
/// specification leaves.
fn check(
    reading: &Reading,
    (records, labels): (&[Logged], &[Labelling]),
    flush_every: usize,
    replay_from: usize,
) -> std::result::Result<(), TestCaseError> {
    let mut customer = Customer::default();
    let mut sums = Diff::default();
    let mut stored = (0, customer.clone());
    let mut late = 0;
    let touchpoints: Vec<Touchpoint> = records.iter().map(|logged| logged.0).collect();
    let label = |customer: &mut Customer, of: &dyn Fn(usize) -> bool, sums: &mut Diff| {
        for labelling in labels.iter().filter(|labelling| of(labelling.0)) {
            let said = said(&touchpoints, labelling);
            journey::label(reading, &mut customer.state, &mut customer.shelves, said, sums);
        }
    };
    for (index, logged) in records.iter().enumerate() {
        label(&mut customer, &|before| before == index, &mut sums);
        late += usize::from(customer.arrive(reading, logged, &mut sums) == Result::Late);
        if flush_every > 0 && index % flush_every == 0 {
            customer.shelves.flush(&mut customer.state);
            if index < replay_from {
                stored = (index + 1, customer.clone());
            }
        }
        prop_assert!(customer.state.len() <= reading.map().touchpoints_max as usize);
    }
    label(&mut customer, &|before| before >= records.len(), &mut sums);
    elapse(reading, &mut customer.state, &mut customer.shelves, Timestamp::NEVER, &mut sums);

    let mut ordered: Vec<_> =
        labels.iter().map(|labelling| (labelling.0, said(&touchpoints, labelling))).collect();
    ordered.sort_by_key(|(before, _)| *before);
    let ordered: Vec<_> =
        ordered.into_iter().map(|(before, (identity, label))| (before, identity, label)).collect();
    let is = sealed(reading, records, &ordered);
    let history = is.history();
    let now = history.last().map_or(Timestamp::NEVER, |last| last.time);
    let mut expected = is.admission.clone();
    expected.merge(&contributions(reading, Group(0), &history, now));
    prop_assert_eq!(&sums.counters, &expected.counters);
    prop_assert_eq!(&sums.purchases, &expected.purchases);
    let counted: i64 = is.admission.counters.values().sum();
    let conflicts = is.admission.counters.iter().filter(|((key, _), _)| {
        key.family == model::Family::Admission && key.dims[1] == Result::Conflict as u16
    });
    let conflicts: i64 = conflicts.map(|(_, amount)| *amount).sum();
    prop_assert_eq!(counted - conflicts, records.len() as i64, "records in = what became of them");

    let (seal, open, state) = customer.told();
    let unmarked = |touchpoints: &[Touchpoint]| -> Vec<Touchpoint> {
        let plain = |flags: Flags| Flags(flags.0 & !Flags::CONFLICT.0);
        touchpoints.iter().map(|t| Touchpoint { flags: plain(t.flags), ..*t }).collect()
    };
    prop_assert_eq!(unmarked(&open), unmarked(&is.open));
    prop_assert_eq!(seal.map(|seal| seal.until), is.until());
    prop_assert_eq!(seal.map_or(0, |seal| seal.touchpoints), is.sealed.len() as u64);
    prop_assert_eq!(
        late > 0,
        is.admission.counters.keys().any(|(key, _)| {
            key.family == model::Family::Admission && key.dims[1] == Result::Late as u16
        })
    );

    let (from, mut again) = stored;
    for (index, logged) in records.iter().enumerate().skip(from) {
        label(&mut again, &|before| before == index, &mut Diff::default());
        again.arrive(reading, logged, &mut Diff::default());
    }
    label(&mut again, &|before| before >= records.len(), &mut Diff::default());
    let Customer { state: state_of, shelves } = &mut again;
    elapse(reading, state_of, shelves, Timestamp::NEVER, &mut Diff::default());
    let (seal_again, open_again, state_again) = again.told();
    prop_assert_eq!((seal_again, open_again), (seal, open));
    prop_assert_eq!((state_again.walk, state_again.told), (state.walk, state.told));
    Ok(())
}

/// Appended one after the other, each some hours after the one before it, or before: the clock of a
/// log may be set back.
fn logged(records: Vec<Touchpoint>, steps: &[i64], live: &[bool], identities: u64) -> Vec<Logged> {
    let mut now = 0;
    let logged = records.into_iter().enumerate().map(|(index, mut record)| {
        now += steps[index % steps.len()];
        record.identity %= identities;
        record.flags.set(Flags::HISTORY, !live[index % live.len()]);
        (record, SourceId(record.identity as u16 % 3), hours(now))
    });
    logged.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn seals_are_those_of_the_specification_in_a_short_history(
        variant in 0_u8..8,
        records in prop::collection::vec(record(40), 1..30),
        labels in labellings(30, 12),
        steps in prop::collection::vec(-3_i64..20, 1..9),
        live in prop::collection::vec(prop::bool::weighted(0.7), 1..9),
        identities in 5_u64..40,
        most in prop_oneof![Just(100_000_u32), 1_u32..12],
        retention in prop_oneof![Just(Span::NEVER), (1_i64..120).prop_map(Span::from_hours)],
        (flush_every, replay_from) in (0_usize..4, 0_usize..30),
    ) {
        let reading = sealing(variant, |map| {
            map.touchpoints_max = most;
            map.retention = retention;
        });
        let records = logged(records, &steps, &live, identities);
        check(&reading, (&records, &labels), flush_every, replay_from)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn seals_are_those_of_the_specification_over_many_chapters(
        variant in 0_u8..8,
        mut records in prop::collection::vec(record(900), 150..500),
        labels in labellings(500, 60),
        is_sorted in any::<bool>(),
        steps in prop::collection::vec(-3_i64..40, 1..9),
        live in prop::collection::vec(prop::bool::weighted(0.7), 1..9),
        most in 1_u32..300,
        retention in prop_oneof![Just(Span::NEVER), (1_i64..3_000).prop_map(Span::from_hours)],
        (flush_every, replay_from) in (0_usize..60, 0_usize..500),
    ) {
        for (index, record) in records.iter_mut().enumerate() {
            record.identity = record.identity % 4 * 1_000 + index as u64 % 260;
        }
        if is_sorted {
            records.sort_by_key(|record| record.time);
        }
        let reading = sealing(variant, |map| {
            map.touchpoints_max = most;
            map.retention = retention;
        });
        let records = logged(records, &steps, &live, u64::MAX);
        check(&reading, (&records, &labels), flush_every, replay_from)?;
    }
}

fn at(identity: u64, hour: i64, is_live: bool, appended: i64) -> Logged {
    let touchpoint = Touchpoint {
        identity,
        source: SourceId(0),
        time: hours(hour),
        kind: model::KindId(13),
        channel: model::ChannelId(0),
        currency: model::CurrencyId(0),
        amount: 0,
        subject: 0,
        label: model::Label::default(),
        flags: if is_live { Flags::default() } else { Flags::HISTORY },
        revision: 0,
        position: 0,
    };
    (touchpoint, SourceId(0), hours(appended))
}

/// What becomes of records, and until when the customer is sealed after each.
fn fates(reading: &Reading, records: &[Logged]) -> Vec<(Result, Option<i64>)> {
    let mut customer = Customer::default();
    let fate = |logged: &Logged| {
        let result = customer.arrive(reading, logged, &mut Diff::default());
        let hour = |seal: Seal| (seal.until.millis() - BEGIN) / 3_600_000;
        (result, customer.state.seal().map(hour))
    };
    records.iter().map(fate).collect()
}

#[test]
fn what_a_seal_does_to_the_records_after_it() {
    use Result::{Counted, Duplicate, Late};
    let of = |most, days| {
        sealing(0, |map| {
            map.touchpoints_max = most;
            map.retention = if days == 0 { Span::NEVER } else { Span::from_days(days) };
        })
    };
    type Row = (&'static str, (u32, i64), Vec<Logged>, Vec<(Result, Option<i64>)>);
    let live = |identity, hour| at(identity, hour, true, hour);
    let old = |identity, hour, appended| at(identity, hour, false, appended);
    let rows: Vec<Row> = vec![
        (
            "beyond the cap the oldest is sealed, and what is as old is late",
            (3, 0),
            vec![live(1, 1), live(2, 2), live(3, 3), live(4, 4), live(5, 1), live(6, 2)],
            vec![(Counted, None); 3]
                .into_iter()
                .chain([(Counted, Some(1)), (Late, Some(1)), (Counted, Some(2))])
                .collect(),
        ),
        (
            "a sealed identity at its own time is late, later it is somebody new",
            (2, 0),
            vec![live(1, 1), live(2, 2), live(3, 3), live(1, 1), live(1, 4)],
            vec![
                (Counted, None),
                (Counted, None),
                (Counted, Some(1)),
                (Late, Some(1)),
                (Counted, Some(2)),
            ],
        ),
        (
            "an identity that is not sealed is a duplicate, and late where it says a sealed time",
            (2, 0),
            vec![live(1, 1), live(2, 2), live(3, 3), live(3, 3), live(3, 1)],
            vec![
                (Counted, None),
                (Counted, None),
                (Counted, Some(1)),
                (Duplicate, Some(1)),
                (Late, Some(1)),
            ],
        ),
        (
            "whatever has the time of the last that is sealed is sealed with it",
            (2, 0),
            vec![live(1, 1), live(2, 1), live(3, 3), live(2, 1)],
            vec![(Counted, None), (Counted, None), (Counted, Some(1)), (Late, Some(1))],
        ),
        (
            "a live record seals what is older than the retention, one of history does not",
            (9, 10),
            vec![old(1, 0, 241), old(2, 5, 900), live(3, 242), old(4, 0, 900), old(5, 3, 900)],
            vec![
                (Counted, None),
                (Counted, None),
                (Counted, Some(0)),
                (Late, Some(0)),
                (Counted, Some(0)),
            ],
        ),
        (
            "to the millisecond of its age it is kept",
            (9, 10),
            vec![live(1, 0), live(2, 240)],
            vec![(Counted, None), (Counted, None)],
        ),
    ];
    for (name, (most, days), records, expected) in rows {
        let reading = of(most, days);
        assert_eq!(fates(&reading, &records), expected, "{name}");
        check(&reading, (&records, &[]), 1, 2).expect(name);
    }
}
