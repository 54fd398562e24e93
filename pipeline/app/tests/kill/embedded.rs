//! On the embedded log: every touchpoint that was accepted counts exactly once, none that was not
//! sent; and every counter is that of the batch fold.

use crate::load::Random;
use crate::process::Process;
use crate::written::Writers;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

fn start(data: &Path, port: u16) -> Process {
    let mut run = Command::new(env!("CARGO_BIN_EXE_desirepath"));
    run.arg("run").arg("--data").arg(data).arg("--listen").arg(format!("127.0.0.1:{port}"));
    Process::start(run.stdout(Stdio::null()).stderr(Stdio::null()))
}

#[test]
fn what_was_accepted_counts_once_after_kill_minus_nine() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let kills: u64 = std::env::var("KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    let port = tests::free_ports();
    let written = Writers::around(port, &data, |_| {
        for _ in 0..kills {
            let mut child = start(&data, port);
            std::thread::sleep(Duration::from_millis(80 + random.below(320)));
            child.kill().expect("a kill");
            child.wait().expect("an end");
        }
    });
    let (sent, accepted) = (written.sent.len(), written.accepted.len());
    assert!(accepted as u64 > kills, "only {accepted} were accepted");
    let counted = written.judge(&data).unwrap_or_else(|why| panic!("SEED={seed}: {why}"));
    eprintln!("{kills} kills: {sent} sent, {accepted} accepted, {counted} counted");
}

/// Whoever is impatient with the very first start begins again, in the folder that it left.
#[test]
fn a_first_start_that_is_killed_leaves_a_folder_that_starts() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    let port = tests::free_ports();
    let mut begun = 0;
    for turn in 0..60 {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let mut child = start(&data, port);
        std::thread::sleep(Duration::from_millis(random.below(90)));
        child.kill().expect("a kill");
        child.wait().expect("an end");
        if data.join("log").is_dir() {
            begun += 1;
            let counted = crate::written::json(&data, &["insights"]);
            assert!(counted.is_ok(), "SEED={seed}, turn {turn}: {counted:?}");
        }
    }
    eprintln!("{begun} of 60 first starts had begun a log when they were killed");
}
