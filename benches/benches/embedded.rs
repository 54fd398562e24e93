//! Embedded, end to end: from Avro in the log to the last committed insight, on one thread.

use benches::{open_log, preload, settings, worker};
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TOTAL: u64 = 1_000_000;
const CUSTOMERS: u64 = 200_000;

fn main() {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(4);
    let log = open_log(folder.path(), &settings);
    preload(&log, &settings, TOTAL, CUSTOMERS);
    let mut worker = worker(&log, folder.path(), &settings);
    let begun = Instant::now();
    let mut commits = 0;
    while !worker.is_caught_up().expect("bounds") {
        commits += u64::from(worker.turn(None, 0).expect("a turn").has_committed);
    }
    let took = begun.elapsed();
    let counters: usize = worker.insights().values().map(|task| task.counters().count()).sum();
    let rate = TOTAL as f64 / took.as_secs_f64();
    eprintln!(
        "embedded end to end: {TOTAL} touchpoints, {CUSTOMERS} customers, {took:.2?}, \
         {rate:.0} a second, {commits} commits, {counters} counters"
    );
    let begun = Instant::now();
    worker.flush().expect("a flush");
    eprintln!("last flush of the store: {:.2?}", begun.elapsed());
}
