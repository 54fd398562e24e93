//! Advance: one touchpoint more, in order and late.

use benches::{Random, touchpoint};
use codec::identity;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use journey::{JourneyState, Reading, Sink, advance};
use model::{CounterKey, Dictionary, Flags, Measure, SourceId, Timestamp, Touchpoint, Transition};
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
}

fn history(reading: &mut Reading, length: u64) -> Vec<Touchpoint> {
    let mut random = Random(1);
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
                label: 0,
                flags: Flags::default(),
                revision: 0,
                position: 0,
            }
        })
        .collect()
}

fn fold(reading: &Reading, records: &[Touchpoint]) -> i64 {
    let mut state = JourneyState::default();
    let mut tally = Tally::default();
    for record in records {
        advance(reading, &mut state, record, SourceId(0), Timestamp::NEVER, &mut tally);
    }
    black_box(tally.0)
}

fn advancing(criterion: &mut Criterion) {
    let mut reading = Reading::new(rules::default_map(), Dictionary::new());
    let mut group = criterion.benchmark_group("advance");
    for length in [20, 1_000] {
        let records = history(&mut reading, length);
        let mut sorted = records.clone();
        sorted.sort_by_key(|record| record.time);
        group.throughput(Throughput::Elements(length));
        group.bench_function(format!("in order, history of {length}"), |bencher| {
            bencher.iter(|| fold(&reading, &sorted));
        });
        group.bench_function(format!("a twentieth late, history of {length}"), |bencher| {
            bencher.iter(|| fold(&reading, &records));
        });
    }
    let mut sorted = history(&mut reading, 100_000);
    sorted.sort_by_key(|record| record.time);
    let late = sorted.remove(50_000);
    let mut state = JourneyState::default();
    let mut tally = Tally::default();
    for record in &sorted {
        advance(&reading, &mut state, record, SourceId(0), Timestamp::NEVER, &mut tally);
    }
    group.throughput(Throughput::Elements(1));
    group.sample_size(10);
    group.bench_function("one late, history of 100000", |bencher| {
        bencher.iter_batched_ref(
            || state.clone(),
            |state| {
                let mut tally = Tally::default();
                let as_of = Timestamp::NEVER;
                advance(&reading, state, &late, SourceId(0), as_of, &mut tally);
                black_box(tally.0)
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, advancing);
criterion_main!(benches);
