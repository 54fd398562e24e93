//! An instance is silent for longer than its transaction may take, and for less than its session:
//! nobody takes its place, and what it had begun is rolled back behind its back.

use crate::cluster::{Running, verify, write};
use crate::load::Over;
use crate::program::{Program, shared_broker};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A session that lasts longer than the thirty seconds after which a transaction is given up.
const SETTINGS: &str = "commit_interval = \"100ms\"\n[kafka.client]\n\
                        \"session.timeout.ms\" = \"120000\"\n";

/// The broker looks for transactions that take too long every ten seconds.
const SILENCE: Duration = Duration::from_secs(42);

#[test]
fn a_transaction_that_was_given_up_meanwhile_is_made_again_and_counts_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let program = Program::instance(folder.path(), shared_broker(), "silent", "one", SETTINGS);
    let mut running = Running::start(program);
    let is_over = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let _over = Over(&is_over);
        let writer = scope.spawn(|| write(shared_broker(), "silent", seed, &is_over));
        for moment in 0..2 {
            // Another part of the interval each time.
            std::thread::sleep(Duration::from_millis(3_000 + 37 * moment));
            running.signal("-STOP");
            std::thread::sleep(SILENCE);
            running.signal("-CONT");
        }
        std::thread::sleep(Duration::from_secs(2));
        is_over.store(true, Ordering::Relaxed);
        writer.join().expect("the writer")
    });
    let ended = running.child.try_wait().expect("a look");
    assert!(ended.is_none(), "it ended by itself: {ended:?}");
    running.wait_until_caught_up();
    verify(&[&running.program], shared_broker(), "silent", written, seed);
    running.end();
}
