//! Several instances of one application: whichever is asked gives the whole answer, and however
//! tasks move between them, every number is that of the batch fold over the topic.

use crate::cluster::{PATIENCE, Running, SESSION, verify, watch, write};
use crate::load::Over;
use crate::program::{Program, shared_broker};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[test]
fn tasks_move_between_instances_under_load_and_every_instance_says_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let application = "several";
    let program =
        |name| Program::instance(folder.path(), shared_broker(), application, name, SESSION);
    let first = Running::start(program("first"));
    let is_over = AtomicBool::new(false);
    let (written, second) = std::thread::scope(|scope| {
        let _over = Over(&is_over);
        let writer = scope.spawn(|| write(shared_broker(), application, seed, &is_over));
        let watcher = scope.spawn(|| watch(&first, &is_over));
        first.wait_for_owners(1);
        // From one to three.
        let second = Running::start(program("second"));
        first.wait_for_owners(2);
        let third = Running::start(program("third"));
        first.wait_for_owners(3);
        assert_eq!(first.owners(), second.wait_for_owners(3), "two say something else");
        // One after the other begins anew: within its session nothing moves.
        let second = Running::start(second.end());
        let third = Running::start(third.end());
        third.wait_for_owners(3);
        // One is silent for longer than its session, while it believes that the tasks are its own.
        third.signal("-STOP");
        let begun = Instant::now();
        while first.wait_for_owners(2).len() < 2 {
            assert!(begun.elapsed() < PATIENCE);
        }
        std::thread::sleep(Duration::from_secs(1));
        third.signal("-CONT");
        third.wait_for_owners(3);
        // One is killed, and one ends.
        let mut third = third;
        third.child.kill().expect("a kill");
        third.child.wait().expect("an end");
        first.wait_for_owners(2);
        let third = Running::start(third.program);
        first.wait_for_owners(3);
        third.end();
        first.wait_for_owners(2);
        is_over.store(true, Ordering::Relaxed);
        let (answers, refused) = watcher.join().expect("the watcher");
        eprintln!("{answers} answers meanwhile, {refused} times none");
        assert!(answers > 0, "no answer, {refused} refused");
        (writer.join().expect("the writer"), second)
    });
    first.wait_until_caught_up();
    let instances = [&first.program, &second.program];
    verify(&instances, shared_broker(), application, written, seed);
    first.end();
    second.end();
}

/// What the instances must agree on is held against what the first one wrote.
#[test]
fn another_secret_or_map_is_refused_and_without_a_map_that_of_the_others_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = rules::DEFAULT_MAP.replacen("\"14d\" ", "\"15d\" ", 1);
    let file = folder.path().join("map.toml");
    std::fs::write(&file, &map).expect("a file");
    let of_file = format!("[map]\nfile = {file:?}\n");
    let instance = |name, kafka: &str| {
        Program::instance(folder.path(), shared_broker(), "agreeing", name, kafka)
    };
    assert!(instance("first", &of_file).lines(&["insights"]).is_empty());
    // Whoever says nothing of a map counts by theirs.
    assert!(instance("second", "").lines(&["insights"]).is_empty());
    let taken = std::fs::read_to_string(folder.path().join("second/data/journey.toml"));
    assert_eq!(taken.expect("a map"), map);

    let refused = |program: &Program, code: &str| {
        let output = program.command(&["insights"]).output().expect("the program");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{error}");
        assert!(error.contains(code), "{error}");
    };
    let other = folder.path().join("other.toml");
    std::fs::write(&other, rules::DEFAULT_MAP).expect("a file");
    let third = instance("third", &format!("[map]\nfile = {other:?}\n"));
    refused(&third, "[D0482]");
    assert!(!folder.path().join("third/data/journey.toml").exists(), "it was taken nevertheless");
    // A folder of its own would make a secret of its own.
    let fourth = folder.path().join("fourth");
    std::fs::create_dir_all(&fourth).expect("a folder");
    let fourth = Program::shared(&fourth, "agreeing", "", "");
    refused(&fourth, "[D0481]");
    std::fs::create_dir_all(folder.path().join("fourth/data")).expect("a folder");
    std::fs::write(folder.path().join("fourth/data/secret"), [7; 32]).expect("a secret");
    refused(&fourth, "[D0481]");
}
