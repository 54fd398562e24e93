//! An operator ends an instance, whatever it is doing.

use crate::cluster::{Running, SESSION, verify, write};
use crate::load::{Over, Random};
use crate::program::{Program, shared_broker};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[test]
fn whoever_is_asked_to_end_ends_well_whatever_it_is_doing() {
    let folder = tempfile::tempdir().expect("a folder");
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    let program = Program::instance(folder.path(), shared_broker(), "ends", "one", SESSION);
    program.output(&["topic", "list"]);
    let is_over = AtomicBool::new(false);
    let (written, program, slowest) = std::thread::scope(|scope| {
        let _over = Over(&is_over);
        let writer = scope.spawn(|| write(shared_broker(), "ends", seed, &is_over));
        let (mut program, mut slowest) = (program, Duration::ZERO);
        for life in 0..9 {
            // Every third time it has to restore its states first.
            if life % 3 == 2 {
                program.lose_states();
            }
            let mut running = Running::begin(program);
            running.program.wait_until_alive();
            std::thread::sleep(Duration::from_millis(random.below(1_500)));
            let begun = Instant::now();
            running.signal("-TERM");
            let status = running.child.wait().expect("an end");
            assert!(status.success(), "SEED={seed}, life {life}: {status}");
            slowest = slowest.max(begun.elapsed());
            program = running.program;
        }
        // Who says so twice does not wait.
        let mut running = Running::start(program);
        running.signal("-TERM");
        running.signal("-TERM");
        let code = running.child.wait().expect("an end").code();
        assert!(matches!(code, Some(0 | 143)), "{code:?}");
        is_over.store(true, Ordering::Relaxed);
        (writer.join().expect("the writer"), running.program, slowest)
    });
    eprintln!("the slowest end took {slowest:?}");
    let running = Running::start(program);
    running.wait_until_caught_up();
    verify(&[&running.program], shared_broker(), "ends", written, seed);
    running.end();
}
