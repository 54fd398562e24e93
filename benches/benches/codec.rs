//! Decode and encode: one touchpoint of the product's own schema.

use benches::{Random, touchpoint};
use codec::{Program, encode, frame};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

fn decode(criterion: &mut Criterion) {
    let schema = codec::schemas::of(frame::ids::TOUCHPOINT).expect("a schema").json;
    let program = Program::compile(schema).expect("a program");
    let mut random = Random(1);
    let messages: Vec<Vec<u8>> = (0..1_000)
        .map(|number| {
            let mut bytes = Vec::new();
            let draft = touchpoint(&mut random, number, 1_000, 100);
            encode::touchpoint(&draft, frame::ids::TOUCHPOINT, &mut bytes);
            bytes
        })
        .collect();
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("touchpoint", |bencher| {
        bencher.iter(|| {
            for message in &messages {
                let (_, datum) = frame::split(message).expect("a frame");
                black_box(program.decode(datum).expect("a touchpoint").identity());
            }
        });
    });
    group.finish();
}

fn encoding(criterion: &mut Criterion) {
    let mut random = Random(1);
    let drafts: Vec<_> = (0..1_000).map(|n| touchpoint(&mut random, n, 1_000, 100)).collect();
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("touchpoint", |bencher| {
        bencher.iter_batched_ref(
            || Vec::with_capacity(200_000),
            |bytes| {
                bytes.clear();
                for draft in &drafts {
                    encode::touchpoint(draft, frame::ids::TOUCHPOINT, bytes);
                }
                black_box(bytes.len())
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, decode, encoding);
criterion_main!(benches);
