//! Two histories united, a history taken out, a map replaced: each as differences that add up to
//! the contributions of what is there afterwards.

use crate::default_map::default_map;
use crate::law::{CHANNELS, CLASSES, KINDS, labelled, reading, record};
use journey::{
    Diff, Erasure, InMemory, JourneyState, Reading, absorb, admission, advance, contributions,
    elapse, erase, label, refit, sort, withdraw,
};
use model::{
    CounterKey, Dictionary, Family, Flags, Group, Label, LabelId, Measure, SourceId, Span,
};
use model::{Timestamp, Touchpoint, Transition};
use proptest::prelude::*;
use std::collections::BTreeMap;

const BEGIN: i64 = 1_767_571_200_000;

fn hours(hours: i64) -> Timestamp {
    Timestamp::from_millis(BEGIN + hours * 3_600_000)
}

/// Records of one customer in the order of arrival, how late it is after each of them, and what is
/// said of it.
type Arrivals = Vec<(Touchpoint, i64, Option<Label>)>;

fn arrivals(span: i64, count: std::ops::Range<usize>) -> impl Strategy<Value = Arrivals> {
    let class = 0..CLASSES.len() as u16 + 1;
    let label =
        (class, 1_u32..5).prop_map(|(class, revision)| Label { class: LabelId(class), revision });
    let label = prop::option::weighted(0.4, label);
    prop::collection::vec((record(span), 0..span * 8, label), count)
}

/// The same few identities again and again, of any revision, some of them word for word.
fn with_repeats(parts: &mut [Arrivals], copies: &[(usize, usize, usize)], identities: u64) {
    for part in parts.iter_mut() {
        for (record, ..) in part.iter_mut() {
            record.identity %= identities;
            record.source = SourceId(record.identity as u16 % 3);
        }
    }
    for (from, to, at) in copies {
        let from = &parts[from % parts.len()];
        let Some(copy) = from.get(at % from.len().max(1)).copied() else { continue };
        let to = to % parts.len();
        parts[to].push(copy);
    }
}

fn records(parts: &[&Arrivals]) -> Vec<(Touchpoint, SourceId)> {
    let all = parts.iter().flat_map(|part| part.iter());
    all.map(|(record, ..)| (*record, record.source)).collect()
}

/// What the records of one customer add to *admission*, and the labelled history that they make.
fn admitted(reading: &Reading, parts: &[&Arrivals]) -> (Diff, Vec<Touchpoint>) {
    let (sums, mut history) = admission(reading, &records(parts));
    let all = parts.iter().flat_map(|part| part.iter());
    let labels = all.filter_map(|(record, _, label)| Some((record.identity, (*label)?)));
    labelled(reading, &mut history, &labels.collect::<Vec<_>>());
    (sums, history)
}

/// A customer as a task has it: the state, and its as_of.
#[derive(Clone, Default)]
struct Customer {
    state: JourneyState,
    as_of: Option<Timestamp>,
}

impl Customer {
    fn as_of(&self) -> Timestamp {
        self.as_of.unwrap_or(Timestamp::NEVER)
    }

    fn arrive(&mut self, reading: &Reading, arrivals: &Arrivals, sums: &mut Diff) {
        for (record, late, said) in arrivals {
            let as_of = self.as_of();
            // Every other label comes before its touchpoint.
            let (early, later) = said.iter().partition::<Vec<_>, _>(|said| said.revision % 2 == 1);
            let label = |state: &mut JourneyState, labels: &[&Label], sums: &mut Diff| {
                for said in labels {
                    label(reading, state, &mut InMemory, (record.identity, **said), sums);
                }
            };
            label(&mut self.state, &early, sums);
            let (state, source) = (&mut self.state, record.source);
            advance(reading, state, &mut InMemory, record, source, as_of, sums);
            self.wait(reading, hours(*late), sums);
            label(&mut self.state, &later, sums);
        }
    }

    fn wait(&mut self, reading: &Reading, until: Timestamp, sums: &mut Diff) {
        self.as_of = self.as_of.max(Some(until));
        let as_of = self.as_of();
        elapse(reading, &mut self.state, &mut InMemory, as_of, sums);
    }

    /// Another customer turns out to be this one; what that one told is taken back under its name.
    fn unite(&mut self, reading: &Reading, loser: &Customer, own: &mut Diff, others: &mut Diff) {
        withdraw(reading, &loser.state, others);
        let history: Vec<Touchpoint> = loser.state.history().collect();
        let waiting = loser.state.pending.as_ref().map_or(&[][..], |pending| &pending.0);
        let as_of = self.as_of();
        absorb(reading, &mut self.state, history, waiting, as_of, own);
    }

    /// The history without positions and marks that differ by which of two alike records came.
    fn history(&self) -> Vec<Touchpoint> {
        self.state.history().collect()
    }
}

fn only_admission(diff: &Diff) -> BTreeMap<(CounterKey, Measure), i64> {
    let counters = diff.counters.iter().filter(|((key, _), _)| key.family == Family::Admission);
    counters.map(|(key, amount)| (*key, *amount)).collect()
}

/// What a batch over all records of one customer says.
fn batch(reading: &Reading, parts: &[&Arrivals], as_of: Timestamp) -> Diff {
    let (mut sums, history) = admitted(reading, parts);
    let now = history.last().map_or(as_of, |last| last.time.max(as_of));
    sums.merge(&contributions(reading, Group(0), &history, now));
    sums
}

/// The state and the moves of a history that came in order.
fn in_order(
    reading: &Reading,
    history: &[Touchpoint],
    as_of: Timestamp,
) -> (JourneyState, BTreeMap<Transition, i64>) {
    let (mut state, mut told) = (JourneyState::default(), Diff::default());
    for touchpoint in history {
        let source = touchpoint.source;
        advance(reading, &mut state, &mut InMemory, touchpoint, source, as_of, &mut told);
    }
    elapse(reading, &mut state, &mut InMemory, as_of, &mut told);
    (state, told.transitions)
}

fn unmarked(history: impl IntoIterator<Item = Touchpoint>) -> Vec<Touchpoint> {
    let history = history.into_iter();
    history.map(|touchpoint| Touchpoint { flags: Flags::default(), ..touchpoint }).collect()
}

/// Two customers hear of things, turn out to be one, and are heard of again.
fn check_union(
    variant: u8,
    [first, second, after]: [&Arrivals; 3],
    late: i64,
) -> Result<(), TestCaseError> {
    let reading = reading(variant);
    let (mut own, mut others) = (Diff::default(), Diff::default());
    let (mut winner, mut loser) = (Customer::default(), Customer::default());
    // What the loser told is taken back from the loser's group.
    loser.state.group = Group(1);
    winner.arrive(&reading, first, &mut own);
    loser.arrive(&reading, second, &mut others);
    winner.wait(&reading, hours(late), &mut own);
    winner.unite(&reading, &loser, &mut own, &mut others);
    prop_assert!(others.transitions.is_empty(), "the loser's moves are taken back");
    prop_assert_eq!(&others.counters, &only_admission(&others));
    winner.arrive(&reading, after, &mut own);

    let parts = [first, second, after];
    let told = own.transitions.clone();
    own.merge(&others);
    let expected = batch(&reading, &parts, winner.as_of());
    prop_assert_eq!(&own.counters, &expected.counters);
    prop_assert_eq!(&own.purchases, &expected.purchases);
    let (_, history) = admitted(&reading, &parts);
    let (state, moves) = in_order(&reading, &history, winner.as_of());
    prop_assert_eq!(told, moves);
    prop_assert_eq!(&winner.state.walk, &state.walk);
    prop_assert_eq!(winner.state.told, state.told);
    prop_assert_eq!(unmarked(winner.history()), unmarked(history));
    Ok(())
}

/// Unites three customers in the order that is given: each pair is (winner, loser).
fn united(reading: &Reading, parts: &[Arrivals], pairs: [(usize, usize); 2]) -> (Customer, Diff) {
    let mut sums = Diff::default();
    let mut customers = vec![Customer::default(); parts.len()];
    for (customer, part) in customers.iter_mut().zip(parts) {
        customer.arrive(reading, part, &mut sums);
        customer.wait(reading, hours(400), &mut sums);
    }
    for (winner, loser) in pairs {
        let loser = customers[loser].clone();
        let mut others = Diff::default();
        customers[winner].unite(reading, &loser, &mut sums, &mut others);
        sums.merge(&others);
    }
    (customers[pairs[1].0].clone(), sums)
}

/// A map on which nearly every kind is another thing, and which counts less.
fn other_map(reading: &Reading, variant: u8) -> Reading {
    let mut map = default_map();
    map.version = 2;
    let stages = [
        ("enquiry_received", Some(2)),
        ("quote_sent", Some(1)),
        ("page_viewed", None),
        ("follow_up_sent", Some(0)),
        ("appointment_kept", Some(0)),
        ("ticket_opened", Some(3)),
    ];
    for (name, stage) in stages {
        let kind = map.kinds.iter_mut().find(|kind| kind.name == name).expect(name);
        kind.stage = stage;
    }
    map.conversion = 1;
    map.stages[2].cold_after = Span::from_days(2);
    if variant & 1 != 0 {
        map.families = vec![Family::Flow, Family::Edge];
    }
    if variant & 2 != 0 {
        map.stages.truncate(3);
        map.kinds.iter_mut().for_each(|kind| kind.stage = kind.stage.filter(|stage| *stage < 3));
    }
    let words = reading.dictionary().clone();
    assert!(words.kinds.len() >= KINDS.len() && words.channels.len() >= CHANNELS.len());
    Reading::new(map, words)
}

fn check_refit(
    variant: u8,
    [before, after]: [&Arrivals; 2],
    late: i64,
) -> Result<(), TestCaseError> {
    let old = reading(variant);
    let new = other_map(&old, variant);
    let mut customer = Customer::default();
    let mut sums = Diff::default();
    customer.arrive(&old, before, &mut sums);
    customer.wait(&old, hours(late), &mut sums);
    let (kept, told) = (customer.state.clone(), sums.clone());
    let mut beside = Diff::default();
    let as_of = customer.as_of();
    let state = refit(&new, &customer.state, as_of, &mut beside);
    prop_assert_eq!(&customer.state, &kept, "the old one goes on beside the new one");
    prop_assert_eq!(&sums, &told);

    let mut customer = Customer { state, as_of: customer.as_of };
    customer.arrive(&new, after, &mut beside);
    let parts = [before, after];
    let mut expected = batch(&new, &parts, customer.as_of());
    expected.counters.retain(|(key, _), _| key.family != Family::Admission);
    beside.counters.retain(|(key, _), _| key.family != Family::Admission);
    prop_assert_eq!(&beside.counters, &expected.counters);
    prop_assert_eq!(&beside.purchases, &expected.purchases);
    let history = admitted(&new, &parts).1;
    let (state, moves) = in_order(&new, &history, customer.as_of());
    prop_assert_eq!(&beside.transitions, &moves);
    prop_assert_eq!(&customer.state.walk, &state.walk);
    prop_assert_eq!(unmarked(customer.history()), unmarked(history));
    Ok(())
}

fn copies() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    prop::collection::vec((0_usize..8, 0_usize..8, 0_usize..40), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn two_customers_who_turn_out_to_be_one_add_what_one_history_adds(
        variant in 0_u8..8,
        parts in prop::array::uniform3(arrivals(40, 0..9)),
        copies in copies(),
        identities in prop_oneof![Just(4_u64), Just(12), Just(60)],
        late in 0_i64..600,
    ) {
        let mut parts = parts;
        with_repeats(&mut parts, &copies, identities);
        check_union(variant, [&parts[0], &parts[1], &parts[2]], late)?;
    }

    #[test]
    fn it_does_not_matter_who_takes_over_whom_nor_in_which_order(
        variant in 0_u8..8,
        parts in prop::array::uniform3(arrivals(40, 0..7)),
        copies in copies(),
        identities in prop_oneof![Just(4_u64), Just(12)],
    ) {
        let reading = reading(variant);
        let mut parts = parts;
        with_repeats(&mut parts, &copies, identities);
        let (one, sums) = united(&reading, &parts, [(0, 1), (0, 2)]);
        for pairs in [[(1, 0), (1, 2)], [(1, 2), (0, 1)], [(2, 0), (1, 2)], [(2, 1), (2, 0)]] {
            let (other, others) = united(&reading, &parts, pairs);
            prop_assert_eq!(&other.state, &one.state, "{:?}", pairs);
            prop_assert_eq!(&others.counters, &sums.counters, "{:?}", pairs);
        }
    }

    #[test]
    fn an_erased_customer_leaves_records_and_nothing_else(
        variant in 0_u8..8,
        parts in prop::array::uniform2(arrivals(40, 0..12)),
        identities in prop_oneof![Just(4_u64), Just(60)],
        late in 0_i64..600,
    ) {
        let reading = reading(variant);
        let mut parts = parts;
        with_repeats(&mut parts, &[], identities);
        let mut sums = Diff::default();
        let mut customer = Customer::default();
        customer.arrive(&reading, &parts[0], &mut sums);
        customer.wait(&reading, hours(late), &mut sums);
        let rest = erase(&reading, &customer.state, Erasure::Retract, &mut sums);
        prop_assert_eq!(rest, None);
        let (records_in, _) = admission(&reading, &records(&[&parts[0]]));
        prop_assert_eq!(&sums.counters, &records_in.counters);
        prop_assert!(sums.purchases.is_empty());
        prop_assert!(sums.transitions.is_empty());

        // Whoever is heard of again is somebody new.
        let mut again = Customer::default();
        again.arrive(&reading, &parts[1], &mut sums);
        let mut expected = batch(&reading, &[&parts[1]], again.as_of());
        expected.merge(&records_in);
        prop_assert_eq!(&sums.counters, &expected.counters);
    }

    #[test]
    fn who_is_kept_anonymously_is_counted_as_somebody_who_is_not_heard_of_again(
        variant in 0_u8..8,
        arrivals in arrivals(40, 0..12),
        late in 0_i64..600,
        later in 0_i64..3_000,
    ) {
        let reading = reading(variant);
        let mut sums = Diff::default();
        let mut customer = Customer::default();
        customer.arrive(&reading, &arrivals, &mut sums);
        customer.wait(&reading, hours(late), &mut sums);
        let before = sums.clone();
        let rest = erase(&reading, &customer.state, Erasure::KeepAnonymous, &mut sums);
        prop_assert_eq!(&sums, &before);
        let until = customer.as_of().max(hours(later));
        match rest {
            Some(mut rest) => {
                prop_assert!(rest.is_empty());
                prop_assert_eq!(rest.walk.attempt.as_ref().map(|attempt| attempt.id), Some(0));
                prop_assert_eq!(rest.due(&reading), customer.state.due(&reading));
                elapse(&reading, &mut rest, &mut InMemory, until, &mut sums);
            }
            None => prop_assert_eq!(customer.state.due(&reading), None),
        }
        let expected = batch(&reading, &[&arrivals], until);
        prop_assert_eq!(&sums.counters, &expected.counters);
        prop_assert_eq!(&sums.purchases, &expected.purchases);
    }

    #[test]
    fn another_map_counts_beside_the_old_one_what_it_would_have_counted(
        variant in 0_u8..8,
        parts in prop::array::uniform2(arrivals(40, 0..10)),
        late in 0_i64..600,
    ) {
        check_refit(variant, [&parts[0], &parts[1]], late)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn whole_histories_of_many_chapters_are_united_and_read_again(
        variant in 0_u8..8,
        parts in prop::array::uniform3(arrivals(900, 40..110)),
        late in 0_i64..6_000,
    ) {
        let mut parts = parts;
        for (at, (record, ..)) in parts.iter_mut().flat_map(|part| part.iter_mut()).enumerate() {
            record.identity = record.identity % 4 * 1_000 + at as u64 % 70;
            record.source = SourceId(record.identity as u16 % 3);
        }
        check_union(variant, [&parts[0], &parts[1], &parts[2]], late)?;
        check_refit(variant, [&parts[0], &parts[1]], late)?;
    }
}

#[test]
fn another_map_may_put_equal_times_in_another_order() {
    let mut old = reading(0);
    let at = hours(0);
    let word = |reading: &mut Reading, word| reading.kind_id(word);
    let touchpoint = |identity, kind| Touchpoint {
        identity,
        source: SourceId(0),
        time: at,
        kind,
        channel: model::ChannelId(0),
        currency: model::CurrencyId(0),
        amount: 0,
        subject: 0,
        label: model::Label::default(),
        flags: Flags::default(),
        revision: 0,
        position: 0,
    };
    let (enquiry, quote) = (word(&mut old, "enquiry_received"), word(&mut old, "quote_sent"));
    let new = other_map(&old, 0);
    let mut history = [touchpoint(1, quote), touchpoint(2, enquiry)];
    sort(&old, &mut history);
    assert_eq!(history.map(|touchpoint| touchpoint.kind), [enquiry, quote]);
    let (state, _) = in_order(&old, &history, at);
    let state = refit(&new, &state, at, &mut Diff::default());
    let kinds: Vec<_> = state.history().map(|touchpoint| touchpoint.kind).collect();
    assert_eq!(kinds, [quote, enquiry]);
}

#[test]
fn an_empty_history_changes_nothing() {
    let reading = Reading::new(default_map(), Dictionary::new());
    let nobody = JourneyState::default();
    let (mut state, mut sums) =
        (JourneyState { at: 7, ..JourneyState::default() }, Diff::default());
    withdraw(&reading, &nobody, &mut sums);
    absorb(&reading, &mut state, [], &[], hours(1), &mut sums);
    assert_eq!(erase(&reading, &nobody, Erasure::KeepAnonymous, &mut sums), None);
    assert_eq!(refit(&reading, &state, hours(1), &mut sums), state);
    assert_eq!((state.at, sums), (7, Diff::default()));
}
