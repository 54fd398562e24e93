//! A crowd: ten million customers who come once, `CUSTOMERS` for another number; how fast, how much
//! memory the process has had at most while it counted, and what the states take on the disk.

use benches::{open_log, preload_crowd, settings, worker};
use std::path::Path;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CUSTOMERS: u64 = 10_000_000;

/// A line of what the kernel says of this process, in MiB.
fn memory(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").expect("this process");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().expect("a number") >> 10
}

/// What the files of a folder take, in MiB.
fn size(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).expect("a folder").flatten();
    files.filter_map(|file| Some(file.metadata().ok()?.len())).sum::<u64>() >> 20
}

fn main() {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let customers = std::env::var("CUSTOMERS").ok().and_then(|text| text.parse().ok());
    let customers: u64 = customers.unwrap_or(CUSTOMERS);
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(4);
    let log = open_log(folder.path(), &settings);
    preload_crowd(&log, &settings, customers);
    // From here on the peak is that of counting.
    std::fs::write("/proc/self/clear_refs", "5").expect("this process's own peak");
    let before = memory("VmRSS:");
    let mut worker = worker(&log, folder.path(), &settings);
    let begun = Instant::now();
    while !worker.is_caught_up().expect("bounds") {
        worker.turn(None, 0).expect("a turn");
    }
    worker.flush().expect("a flush");
    worker.store().flush().expect("states on the disk");
    let took = begun.elapsed();
    let rate = customers as f64 / took.as_secs_f64();
    let disk = size(&folder.path().join("state"));
    eprintln!(
        "{customers} customers, each once: {took:.2?}, {rate:.0} a second; in memory {before} MiB \
         before and {} MiB at most; states of {disk} MiB on the disk",
        memory("VmHWM:")
    );
}
