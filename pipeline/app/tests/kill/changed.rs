//! What an administrator may change under a running program: it ends with the reason rather than
//! count something else, and goes on once things are as they were.

use crate::admin::Admin;
use crate::cluster::{Running, write};
use crate::load::Over;
use crate::process::Process;
use crate::program::{PARTITIONS, Program};
use kafka::topics::{Cleanup, TopicSpec, ensure};
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tests::Broker;

const PATIENCE: Duration = Duration::from_secs(300);

fn program(folder: &Path, brokers: &str) -> Program {
    Program::instance(folder, brokers, "changed", "one", "")
}

/// Starts an instance whose log goes to a file.
fn start(program: Program, told: &Path) -> Running {
    let file = File::create(told).expect("a file");
    let mut command = program.command(&["run"]);
    let child = Process::start(command.stdout(Stdio::null()).stderr(file));
    Running { program, child }
}

/// Waits until an instance has ended by itself, for a reason and not well; what it said.
#[track_caller]
fn refuses(mut running: Running, told: &Path, code: &str) -> Program {
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = running.child.try_wait().expect("a look") {
            break status;
        }
        assert!(begun.elapsed() < PATIENCE, "it goes on: {}", read(told));
        std::thread::sleep(Duration::from_millis(100));
    };
    assert!(!status.success() && read(told).contains(code), "{status}, not {code}: {}", read(told));
    running.program
}

fn read(told: &Path) -> String {
    std::fs::read_to_string(told).expect("what it said")
}

/// Writes for a while.
fn write_for(brokers: &str, seed: u64, pause: Duration) -> u64 {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _over = Over(&is_over);
        let writer = scope.spawn(|| write(brokers, "changed", seed, &is_over));
        std::thread::sleep(pause);
        is_over.store(true, Ordering::Relaxed);
        writer.join().expect("the writer")
    })
}

#[test]
fn more_partitions_are_refused_while_it_runs_and_afterwards() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = Broker::start(&folder.path().join("broker"));
    let told = folder.path().join("told");
    let running = start(program(folder.path(), &broker.address), &told);
    running.program.wait_until_ready();
    write_for(&broker.address, 1, Duration::from_secs(1));
    Admin::new(&broker.address).add_partitions("changed-touchpoints", PARTITIONS + 1);
    let program = refuses(running, &told, "D0451");
    refuses(start(program, &told), &told, "D0451");
}

#[test]
fn a_topic_that_is_removed_while_it_runs_is_not_made_again_in_silence() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = Broker::start(&folder.path().join("broker"));
    let told = folder.path().join("told");
    let running = start(program(folder.path(), &broker.address), &told);
    running.program.wait_until_ready();
    write_for(&broker.address, 1, Duration::from_secs(1));
    running.wait_until_caught_up();
    Admin::new(&broker.address).remove("changed-touchpoints");
    let program = refuses(running, &told, "D0454");
    refuses(start(program, &told), &told, "D0488");
}

/// Somebody makes the topic again while nobody runs: what is in the new one must not be added to
/// what was counted from the old one.
#[test]
fn an_input_that_was_made_again_is_not_added_to_what_was_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = Broker::start(&folder.path().join("broker"));
    let told = folder.path().join("told");
    let running = start(program(folder.path(), &broker.address), &told);
    running.program.wait_until_ready();
    write_for(&broker.address, 1, Duration::from_secs(3));
    running.wait_until_caught_up();
    let program = kill(running);
    Admin::new(&broker.address).remove("changed-touchpoints");
    let settings = kafka::Settings::new(&broker.address, "admin", "a");
    let spec = TopicSpec::new("changed-touchpoints", PARTITIONS, Cleanup::Delete);
    let begun = Instant::now();
    while ensure(&settings, std::slice::from_ref(&spec)).is_err() {
        assert!(begun.elapsed() < PATIENCE, "the topic is not made");
    }
    let running = start(program, &told);
    running.program.wait_until_ready();
    write_for(&broker.address, 2, Duration::from_secs(1));
    refuses(running, &told, "D0406");
}

/// Nothing is written behind.
fn kill(mut running: Running) -> Program {
    running.child.kill().expect("a kill");
    running.child.wait().expect("an end");
    running.program
}

/// Deletes all but the last record of every partition.
fn delete_nearly_all(brokers: &str) {
    let settings = kafka::Settings::new(brokers, "admin", "a");
    let ends = (0..PARTITIONS).map(|partition| {
        let topic = "changed-touchpoints";
        let (_, end) = kafka::topics::bounds(&settings, topic, partition).expect("bounds");
        (topic.to_owned(), partition, end as i64 - 1)
    });
    Admin::new(brokers).delete_before(ends);
}

/// What was to be read next is deleted under an instance that is silent.
#[test]
fn input_that_is_deleted_before_a_running_instance_read_it_is_missed() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = Broker::start(&folder.path().join("broker"));
    let told = folder.path().join("told");
    let running = start(program(folder.path(), &broker.address), &told);
    running.program.wait_until_ready();
    write_for(&broker.address, 1, Duration::from_secs(1));
    running.wait_until_caught_up();
    running.signal("-STOP");
    write_for(&broker.address, 2, Duration::from_secs(1));
    delete_nearly_all(&broker.address);
    running.signal("-CONT");
    let program = refuses(running, &told, "D0461");
    refuses(start(program, &told), &told, "D04");
}

/// What was to be read next is deleted while nobody runs.
#[test]
fn input_that_is_deleted_before_anybody_read_it_is_missed_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = Broker::start(&folder.path().join("broker"));
    let told = folder.path().join("told");
    let running = start(program(folder.path(), &broker.address), &told);
    running.program.wait_until_ready();
    write_for(&broker.address, 1, Duration::from_secs(1));
    running.wait_until_caught_up();
    let program = running.end();
    write_for(&broker.address, 2, Duration::from_secs(1));
    delete_nearly_all(&broker.address);
    let program = refuses(start(program, &told), &told, "D0404");
    refuses(start(program, &told), &told, "D0404");
}
