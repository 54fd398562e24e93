//! On the embedded log: every touchpoint that was accepted counts exactly once, none that was not
//! sent; and every counter is that of the batch fold.

use crate::load::Random;
use crate::written::Writers;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

fn start(data: &Path, port: u16) -> Child {
    let mut run = Command::new(env!("CARGO_BIN_EXE_desirepath"));
    run.arg("run").arg("--data").arg(data).arg("--listen").arg(format!("127.0.0.1:{port}"));
    run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program")
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
