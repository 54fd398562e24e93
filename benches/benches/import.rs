//! What `import` itself costs of a file of touchpoints in JSON lines, apart from counting: reading,
//! then encoding besides, then appending to the log besides. CPU time of every thread.

use benches::{open_log, settings};
use engine::{Append, Produced, Verdict};
use intake::Import;
use model::Draft;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROWS: u64 = 1_000_000;
const CUSTOMERS: u64 = 100_000;
/// As `import` has it.
const BATCH: usize = 10_000;

fn main() {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = match std::env::var_os("IMPORT_FILE") {
        Some(file) => PathBuf::from(file),
        None => written(folder.path()),
    };
    let (mut rows, mut before) = (0_u64, 0.0);
    let mut tell = |step: &str, rows: u64, seconds: f64| {
        let each = seconds * 1_000_000.0 / rows.max(1) as f64;
        eprintln!(
            "{step:<24} {seconds:>6.2} CPU-seconds, {each:.2} µs a row, {:+.2}",
            each - before
        );
        before = each;
    };

    let begun = cpu();
    for row in Import::open(&file, None, None).expect("a file") {
        black_box(row.expect("a file that can be read").expect("a touchpoint"));
        rows += 1;
    }
    tell("read and parsed", rows, cpu() - begun);

    let settings = settings(4);
    let begun = cpu();
    for row in Import::open(&file, None, None).expect("a file") {
        let draft = row.expect("a file that can be read").expect("a touchpoint");
        black_box(record(&settings, draft));
    }
    tell("… and encoded", rows, cpu() - begun);

    let log = open_log(folder.path(), &settings);
    let begun = cpu();
    let mut all = Import::open(&file, None, None).expect("a file").peekable();
    while all.peek().is_some() {
        let mut lanes = vec![Vec::new(); settings.topics.partitions as usize];
        for row in all.by_ref().take(BATCH) {
            let draft = row.expect("a file that can be read").expect("a touchpoint");
            let (partition, record) = record(&settings, draft);
            lanes[partition as usize].push(record);
        }
        let appends = (0..).zip(lanes).map(|(partition, records)| Append {
            topic: settings.topics.touchpoints.clone(),
            partition,
            records,
        });
        assert_eq!(log.append(&appends.collect::<Vec<_>>()), Verdict::Done);
    }
    tell("… and appended, durable", rows, cpu() - begun);
}

fn record(settings: &engine::Settings, draft: Draft) -> (u32, Produced) {
    let value = settings.topics.format.touchpoint(&draft);
    let key = draft.customer_id.into_bytes();
    (settings.topics.of_customer(&key), Produced { key, value: Some(value) })
}

/// A file of lines of 127 bytes.
fn written(folder: &Path) -> PathBuf {
    let path = folder.join("touchpoints.jsonl");
    let mut out = BufWriter::new(std::fs::File::create(&path).expect("a file"));
    let mut random = benches::Random(1);
    for number in 0..ROWS {
        let (customer, time) = (random.below(CUSTOMERS), 1_774_430_043_000 + number * 1_000);
        writeln!(
            out,
            "{{\"event_id\":\"{number:08}\",\"time\":{time},\"customer_id\":\"c-{customer:06}\",\
             \"channel\":\"store\",\"kind\":\"purchase_made\",\"source\":\"bench\"}}"
        )
        .expect("a file");
    }
    out.flush().expect("a file");
    path
}

/// Seconds that the threads of this process have been at work.
fn cpu() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("the threads");
    let spent = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    spent.sum::<u64>() as f64 / 1e9
}
