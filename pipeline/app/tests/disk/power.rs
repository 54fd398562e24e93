//! The power fails again and again: everything accepted counts once afterwards. On a disk that lies
//! about its syncs the same test loses what was accepted, so it would notice.

use crate::disk::Disk;
use crate::program::Program;
use crate::written::{Writers, Written};
use std::time::Duration;
use tests::Random;

fn seed() -> u64 {
    std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

/// So many lives, each ended by the power; how many bytes went.
fn live(disk: &mut Disk, lives: u64) -> (Written, u64) {
    let mut random = Random(seed());
    let mut lost = 0;
    let port = tests::free_ports();
    let written = Writers::around(port, &disk.data(), |_| {
        for _ in 0..lives {
            let program = Program::start(disk, port);
            std::thread::sleep(Duration::from_millis(80 + random.below(320)));
            program.kill();
            lost += disk.lose_power(&mut random);
        }
    });
    (written, lost)
}

#[test]
fn what_was_accepted_counts_once_after_the_power_failed() {
    let lives = std::env::var("KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(25);
    let mut disk = Disk::new();
    let (written, lost) = live(&mut disk, lives);
    let accepted = written.accepted.len();
    assert!(accepted as u64 > lives && lost > 0, "{accepted} accepted, {lost} bytes lost");
    let counted = written.judge(&disk.data());
    let counted = counted.unwrap_or_else(|why| panic!("SEED={}: {why}", seed()));
    let sent = written.sent.len();
    eprintln!(
        "{lives} lives, {lost} bytes lost: {sent} sent, {accepted} accepted, {counted} count"
    );
}

#[test]
fn on_a_disk_that_lies_what_was_accepted_is_lost() {
    // The write-ahead log, and the entries of folders.
    for about in [".log", "/"] {
        let mut disk = Disk::that_lies(about);
        let (written, _) = live(&mut disk, 8);
        assert!(!written.accepted.is_empty(), "{about}: nothing was accepted");
        let why = written.find(&disk.data()).expect_err(about);
        // Without their entries whole files are missing, which is noticed before anything is read.
        let is_noticed = why.ends_with("accepted are lost")
            || ["[D0301]", "[D0312]"].iter().any(|code| why.contains(code));
        assert!(is_noticed, "{about}: {why}");
    }
}
