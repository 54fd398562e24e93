//! A durable append to the embedded log, beside one fdatasync of the same disk.

use benches::{open_log, settings};
use criterion::{Criterion, criterion_group, criterion_main};
use engine::{Append, Produced, Verdict};
use rocks::EmbeddedLog;
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RECORD_BYTES: usize = 200;

fn append(log: &EmbeddedLog, topic: &str, key: u64) {
    let record = Produced { key: key.to_le_bytes().to_vec(), value: Some(vec![7; RECORD_BYTES]) };
    let append = Append { topic: topic.to_owned(), partition: 0, records: vec![record] };
    assert_eq!(log.append(&[append]), Verdict::Done);
}

/// Time of so many appends, shared by so many writers.
fn appends(log: &EmbeddedLog, topic: &str, writers: u64, count: u64) -> Duration {
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for writer in 0..writers {
            let mine = count / writers + u64::from(writer < count % writers);
            scope.spawn(move || (0..mine).for_each(|key| append(log, topic, key)));
        }
    });
    begun.elapsed()
}

fn commit(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(1);
    let log = open_log(folder.path(), &settings);
    let topic = &settings.topics.touchpoints;
    let mut group = criterion.benchmark_group("commit");
    group.measurement_time(Duration::from_secs(4)).sample_size(20);
    let mut file = File::create(folder.path().join("plain")).expect("a file");
    group.bench_function("fdatasync alone", |bencher| {
        bencher.iter(|| {
            file.write_all(&[7; RECORD_BYTES]).expect("room");
            file.sync_data().expect("a sync");
        });
    });
    for writers in [1, 16, 64] {
        group.bench_function(format!("{writers} writers"), |bencher| {
            bencher.iter_custom(|count| appends(&log, topic, writers, count));
        });
    }
    group.finish();
}

criterion_group!(benches, commit);
criterion_main!(benches);
