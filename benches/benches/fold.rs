//! Advance: one touchpoint more, in order and late. Funnels: many histories searched for steps.

use benches::{Random, touchpoint};
use codec::identity;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use journey::{InMemory, JourneyState, Lens, Period, Reading, Sink, absorb, advance, passages};
use model::{
    CounterKey, Dictionary, Flags, JourneyMap, Measure, Purchases, SourceId, Timestamp, Touchpoint,
    Transition,
};
use rules::{KnownWords, parse_funnel};
use std::collections::BTreeSet;
use std::hint::black_box;

/// Counts what it is given, so that nothing is optimised away.
#[derive(Default)]
struct Tally(i64);

impl Sink for Tally {
    fn add(&mut self, _: CounterKey, _: Measure, amount: i64) {
        self.0 = self.0.wrapping_add(amount);
    }

    fn moved(&mut self, _: &Transition, sign: i64) {
        self.0 = self.0.wrapping_add(sign);
    }

    fn valued(&mut self, _: &Purchases, sign: i64) {
        self.0 = self.0.wrapping_add(sign);
    }
}

fn history(reading: &mut Reading, length: u64, seed: u64) -> Vec<Touchpoint> {
    let mut random = Random(seed);
    let drafts = (0..length).map(|number| touchpoint(&mut random, number, length, 1));
    drafts
        .map(|draft| {
            let value = draft.value.as_ref();
            Touchpoint {
                identity: identity::identity(b"shop", draft.event_id.as_bytes()),
                source: model::SourceId(0),
                time: draft.time,
                kind: reading.kind_id(&draft.kind),
                channel: reading.channel_id(&draft.channel),
                currency: reading.currency_id(value.map_or("", |value| &value.currency)),
                amount: value.map_or(0, |value| value.amount_minor),
                subject: 0,
                label: model::Label::default(),
                flags: Flags::default(),
                revision: 0,
                position: 0,
            }
        })
        .collect()
}

fn state(reading: &Reading, records: &[Touchpoint], tally: &mut Tally) -> JourneyState {
    let mut state = JourneyState::default();
    for record in records {
        let (source, as_of) = (SourceId(0), Timestamp::NEVER);
        advance(reading, &mut state, &mut InMemory, record, source, as_of, tally);
    }
    state
}

fn fold(reading: &Reading, records: &[Touchpoint]) -> i64 {
    let mut tally = Tally::default();
    black_box(state(reading, records, &mut tally));
    tally.0
}

/// Every second one of these is kept back, and comes after the next twenty.
fn half_late(sorted: &[Touchpoint]) -> Vec<Touchpoint> {
    let mut places: Vec<(usize, Touchpoint)> = sorted.iter().copied().enumerate().collect();
    places.sort_by_key(|(place, _)| if place % 2 == 0 { *place } else { place + 20 });
    places.into_iter().map(|(_, record)| record).collect()
}

fn advancing(criterion: &mut Criterion) {
    let mut reading = Reading::new(rules::default_map(), Dictionary::new());
    let mut group = criterion.benchmark_group("advance");
    for length in [20, 1_000] {
        let records = history(&mut reading, length, 1);
        let mut sorted = records.clone();
        sorted.sort_by_key(|record| record.time);
        group.throughput(Throughput::Elements(length));
        group.bench_function(format!("in order, history of {length}"), |bencher| {
            bencher.iter(|| fold(&reading, &sorted));
        });
        group.bench_function(format!("a twentieth late, history of {length}"), |bencher| {
            bencher.iter(|| fold(&reading, &records));
        });
        let half = half_late(&sorted);
        group.bench_function(format!("half late, history of {length}"), |bencher| {
            bencher.iter(|| fold(&reading, &half));
        });
        sorted.reverse();
        group.bench_function(format!("newest first, history of {length}"), |bencher| {
            bencher.iter(|| fold(&reading, &sorted));
        });
    }
    let mut sorted = history(&mut reading, 100_000, 1);
    sorted.sort_by_key(|record| record.time);
    let late = sorted.remove(50_000);
    let state = state(&reading, &sorted, &mut Tally::default());
    group.throughput(Throughput::Elements(1));
    group.sample_size(10);
    group.bench_function("one late, history of 100000", |bencher| {
        bencher.iter_batched_ref(
            || state.clone(),
            |state| {
                let mut tally = Tally::default();
                let as_of = Timestamp::NEVER;
                let (chapters, source) = (&mut InMemory, SourceId(0));
                advance(&reading, state, chapters, &late, source, as_of, &mut tally);
                black_box(tally.0)
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

/// What each family of counters adds to a touchpoint in order: what a map leaves out costs nothing.
fn families(criterion: &mut Criterion) {
    const LENGTH: u64 = 1_000;
    let mut group = criterion.benchmark_group("family");
    group.throughput(Throughput::Elements(LENGTH));
    let all = rules::default_map().families;
    let alone = all.iter().map(|family| (family.name(), vec![*family]));
    let sets = [("none", Vec::new())].into_iter().chain(alone);
    for (name, families) in sets.chain([("all", all.clone())]) {
        let map = JourneyMap { families, ..rules::default_map() };
        let mut reading = Reading::new(map, Dictionary::new());
        let mut sorted = history(&mut reading, LENGTH, 1);
        sorted.sort_by_key(|record| record.time);
        group.bench_function(name, |bencher| bencher.iter(|| fold(&reading, &sorted)));
    }
    group.finish();
}

/// A funnel over many customers, as a report asks for it: the histories lie in memory.
fn funnels(criterion: &mut Criterion) {
    const CUSTOMERS: usize = 100_000;
    let mut reading = Reading::new(rules::default_map(), Dictionary::new());
    let mut histories: Vec<Vec<Touchpoint>> = Vec::new();
    let all = history(&mut reading, 20 * CUSTOMERS as u64, 1);
    for at in 0..CUSTOMERS {
        // One in so many touchpoints, so that each history lasts as long as the whole.
        let mut own: Vec<Touchpoint> = all.iter().skip(at).step_by(CUSTOMERS).copied().collect();
        journey::sort(&reading, &mut own);
        histories.push(own);
    }
    let steps = "page_viewed, enquiry_received, quote_sent, purchase_made";
    let mut group = criterion.benchmark_group("funnel");
    group.throughput(Throughput::Elements(20 * CUSTOMERS as u64));
    group.sample_size(10);
    for (name, more) in [
        ("in sequence", ("order", "sequential")),
        ("in any order", ("order", "any")),
        ("every way", ("count", "totals")),
        ("by windowFunnel", ("mode", "windowFunnel")),
    ] {
        let said =
            [("steps", steps), more].map(|(word, value)| (word.to_owned(), value.to_owned()));
        let none = BTreeSet::new();
        let known = KnownWords { map: reading.map(), kinds: &none, channels: &none };
        let funnel = parse_funnel(&said.into(), known).expect("a funnel");
        let lens = Lens::new(&funnel, &reading);
        group.bench_function(format!("{name}, 100,000 histories of 20"), |bencher| {
            bencher.iter(|| {
                let ways = |history: &Vec<Touchpoint>| {
                    passages(&lens, history, Period::default(), Timestamp::LAST).len()
                };
                black_box(histories.iter().map(ways).sum::<usize>())
            });
        });
    }
    group.finish();
}

/// Two customers turn out to be one: the winner has a thousand touchpoints.
fn uniting(criterion: &mut Criterion) {
    let mut reading = Reading::new(rules::default_map(), Dictionary::new());
    let records = history(&mut reading, 1_000, 1);
    let winner = state(&reading, &records, &mut Tally::default());
    let mut group = criterion.benchmark_group("absorb");
    for length in [10, 1_000] {
        let mut loser = history(&mut reading, length, 2);
        loser.iter_mut().for_each(|touchpoint| touchpoint.identity ^= 1);
        group.bench_function(format!("{length} into 1000"), |bencher| {
            bencher.iter_batched_ref(
                || winner.clone(),
                |winner| {
                    let mut tally = Tally::default();
                    let loser = loser.iter().copied();
                    absorb(&reading, winner, loser, Timestamp::NEVER, &mut tally);
                    black_box(tally.0)
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, advancing, families, uniting, funnels);
criterion_main!(benches);
