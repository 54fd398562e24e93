//! The disk fills up, fails and is slow under a running instance: nothing that was accepted is
//! lost, whoever is refused is told why, and the program goes on or ends with a code and a page.

use crate::disk::{Disk, Fault, IO, NO_SPACE, READ_ONLY};
use crate::program::Program;
use crate::waiting::{wait_for_more, wait_until};
use crate::written::{Writers, Written};
use std::time::Duration;
use tests::Random;

/// Everything accepted counts, and nothing is in the log that was refused by these codes.
#[track_caller]
fn judge(name: &str, disk: &Disk, written: &Written, never_written: &[&str]) {
    let in_log = written.find(&disk.data()).unwrap_or_else(|why| panic!("{name}: {why}"));
    written.judge(&disk.data()).unwrap_or_else(|why| panic!("{name}: {why}"));
    for ((_, code), numbers) in &written.refused {
        let is_never = never_written.contains(&code.as_str());
        assert!(!is_never || in_log.is_disjoint(numbers), "{name}: {code} was written");
    }
}

#[test]
fn a_disk_that_breaks_ends_the_program_with_a_code_and_loses_nothing() {
    let none = Fault::NONE;
    let rows = [
        // name, fault, exit code, words
        ("full", Fault { write_error: NO_SPACE, only: "/log/0", ..none }, 73, "[D0309]"),
        ("write fails", Fault { write_error: IO, only: "/log/0", ..none }, 74, "[D0306]"),
        ("sync fails", Fault { sync_error: IO, only: "/log/0", ..none }, 74, "[D0306]"),
        ("read-only", Fault { write_error: READ_ONLY, only: "/log/0", ..none }, 74, "[D0306]"),
    ];
    let mut random = Random(1);
    for (name, fault, exit, word) in rows {
        let mut disk = Disk::new();
        let port = tests::free_ports();
        let written = Writers::around(port, &disk.data(), |writers| {
            let program = Program::start(&mut disk, port);
            wait_for_more(writers, 30);
            disk.set(fault);
            let (status, words) = program.wait();
            assert_eq!(status.code(), Some(exit), "{name}: {words}");
            assert!(words.contains(word), "{name}: {words}");
            // What a failed sync left in the page cache is gone with the power.
            disk.lose_power(&mut random);
            disk.set(none);
            let program = Program::start(&mut disk, port);
            wait_for_more(writers, 30);
            program.kill();
            disk.lose_power(&mut random);
        });
        let code = word.trim_matches(['[', ']']);
        let told = written.refused.get(&(503, code.to_owned()));
        assert!(told.is_some_and(|told| !told.is_empty()), "{name}: {:?}", written.refused.keys());
        judge(name, &disk, &written, &[]);
    }
}

#[test]
fn a_disk_that_cannot_be_written_is_refused_at_the_start() {
    let none = Fault::NONE;
    let rows = [
        ("read-only, new", true, Fault { open_error: READ_ONLY, ..none }, "Read-only file system"),
        ("read-only", false, Fault { open_error: READ_ONLY, ..none }, "Read-only file system"),
        ("full", false, Fault { space: Some(0), ..none }, "No space left on device"),
    ];
    for (name, is_new, fault, word) in rows {
        let mut disk = Disk::new();
        let port = tests::free_ports();
        if !is_new {
            let program = Program::start(&mut disk, port);
            program.wait_until_ready();
            program.kill();
        }
        disk.set(fault);
        let (status, words) = Program::start(&mut disk, port).wait();
        assert_eq!(status.code(), Some(73), "{name}: {words}");
        assert!(words.contains(word) && words.contains("[D0303]"), "{name}: {words}");
    }
}

#[test]
fn a_nearly_full_disk_refuses_until_there_is_room_again() {
    let mut disk = Disk::new();
    let port = tests::free_ports();
    let nearly_full = Fault { space: Some(200 << 20), ..Fault::NONE };
    let written = Writers::around(port, &disk.data(), |writers| {
        let program = Program::start(&mut disk, port);
        wait_for_more(writers, 30);
        disk.set(nearly_full);
        wait_until("all are refused", || {
            let before = writers.accepted();
            std::thread::sleep(Duration::from_millis(100));
            writers.accepted() == before
        });
        disk.set(Fault::NONE);
        wait_for_more(writers, 30);
        program.kill();
    });
    let told = written.refused.get(&(503, "D0310".to_owned()));
    assert!(told.is_some_and(|told| !told.is_empty()), "{:?}", written.refused.keys());
    judge("nearly full", &disk, &written, &["D0310"]);
}

#[test]
fn a_slow_disk_makes_it_slow_and_nothing_else() {
    let mut disk = Disk::new();
    let port = tests::free_ports();
    let mut random = Random(2);
    let written = Writers::around(port, &disk.data(), |writers| {
        disk.set(Fault { sync_millis: 200, only: "/log/0", ..Fault::NONE });
        let program = Program::start(&mut disk, port);
        program.wait_until_ready();
        wait_for_more(writers, 30);
        program.kill();
        disk.lose_power(&mut random);
    });
    assert!(written.refused.is_empty(), "{:?}", written.refused);
    judge("slow", &disk, &written, &[]);
}
