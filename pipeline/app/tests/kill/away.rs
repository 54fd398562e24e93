//! The broker is away for longer than any wait of a client, or one of two is: nobody ends, and no
//! number changes.

use crate::cluster::{Running, SESSION, verify, write};
use crate::load::Over;
use crate::program::Program;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tests::Broker;

const PATIENCE: Duration = Duration::from_secs(300);

/// Longer than a session and a call.
const OUTAGE: Duration = Duration::from_secs(60);

fn seed() -> u64 {
    std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

#[test]
fn a_minute_without_a_broker_is_waited_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = Broker::start(&folder.path().join("broker"));
    let program = Program::instance(folder.path(), &broker.address, "away", "one", SESSION);
    let mut running = Running::start(program);
    let is_over = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let _over = Over(&is_over);
        let writer = scope.spawn(|| write(&broker.address, "away", seed(), &is_over));
        std::thread::sleep(Duration::from_secs(2));
        broker.signal("-KILL");
        let begun = Instant::now();
        while begun.elapsed() < OUTAGE {
            let ended = running.child.try_wait().expect("a look");
            assert!(ended.is_none(), "it ended by itself: {ended:?}");
            std::thread::sleep(Duration::from_millis(500));
        }
        broker.start_again();
        std::thread::sleep(Duration::from_secs(2));
        is_over.store(true, Ordering::Relaxed);
        writer.join().expect("the writer")
    });
    running.wait_until_caught_up();
    verify(&[&running.program], &broker.address, "away", written, seed());
    running.end();
}

/// How many partitions a broker leads, those of offsets and transactions among them.
fn led(brokers: &str, node: u32) -> usize {
    let listed = Command::new("kcat").args(["-b", brokers, "-L"]).output().expect("kcat");
    let text = String::from_utf8(listed.stdout).expect("text");
    text.matches(&format!("leader {node},")).count()
}

fn wait_for_leader(brokers: &str, is_second: bool) {
    let begun = Instant::now();
    while (led(brokers, 2) > 0) != is_second {
        assert!(begun.elapsed() < PATIENCE, "leaders do not move");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn leaders_and_coordinators_move_and_nobody_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let [first, second] = Broker::start_two(&folder.path().join("brokers"));
    let brokers = format!("{},{}", first.address, second.address);
    let programs = ["one", "two"]
        .map(|name| Program::instance(folder.path(), &brokers, "moved", name, SESSION));
    let mut running = programs.map(Running::start);
    let is_over = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let _over = Over(&is_over);
        let writer = scope.spawn(|| write(&brokers, "moved", seed(), &is_over));
        for is_killed in [true, false] {
            wait_for_leader(&brokers, true);
            std::thread::sleep(Duration::from_secs(2));
            match is_killed {
                true => second.signal("-KILL"),
                false => second.stop(),
            }
            wait_for_leader(&first.address, false);
            std::thread::sleep(Duration::from_secs(2));
            second.start_again();
        }
        wait_for_leader(&brokers, true);
        std::thread::sleep(Duration::from_secs(2));
        for running in &mut running {
            let ended = running.child.try_wait().expect("a look");
            assert!(ended.is_none(), "it ended by itself: {ended:?}");
        }
        is_over.store(true, Ordering::Relaxed);
        writer.join().expect("the writer")
    });
    running[0].wait_until_caught_up();
    let programs: Vec<&Program> = running.iter().map(|running| &running.program).collect();
    verify(&programs, &brokers, "moved", written, seed());
    running.into_iter().for_each(|running| _ = running.end());
}
