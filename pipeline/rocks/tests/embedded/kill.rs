//! `kill -9` at any moment loses no accepted record and doubles none.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use engine::Verdict;

const FOLDER: &str = "ROCKS_WRITER_FOLDER";
const FIRST: &str = "ROCKS_WRITER_FIRST";

/// The process that is killed: this binary again, so that RocksDB is linked once. Without the
/// variables, which only its neighbour sets, it has nothing to do.
#[test]
fn writer() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let log = super::open(folder.as_ref()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let log = &log;
            scope.spawn(move || {
                for number in (first + thread..).step_by(4) {
                    let text = number.to_string();
                    let appends = [super::append("touchpoints", 0, &[&text])];
                    assert_eq!(log.append(&appends), Verdict::Done);
                    std::io::stdout().write_all(format!("\n#{text};\n").as_bytes()).unwrap();
                }
            });
        }
    });
}

#[test]
fn accepted_records_survive_kill_minus_nine() {
    let kills: u64 = std::env::var("KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let folder = tempfile::tempdir().unwrap();
    let mut accepted = BTreeSet::new();
    for round in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["kill::writer", "--exact", "--nocapture"])
            .env(FOLDER, folder.path())
            .env(FIRST, (round * 10_000_000).to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            out.read_to_string(&mut text).map(|_| text)
        });
        let nanos = std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
        std::thread::sleep(Duration::from_millis(20 + u64::from(nanos / 1000 % 250)));
        child.kill().unwrap();
        child.wait().unwrap();
        let text = reader.join().unwrap().unwrap();
        let whole = |line: &str| line.strip_prefix('#')?.strip_suffix(';')?.parse::<u64>().ok();
        accepted.extend(text.lines().filter_map(whole));

        let log = super::open(folder.path()).unwrap();
        let stored = super::values(&log, 0).unwrap();
        assert!(stored.iter().zip(0..).all(|((position, _), index)| *position == index));
        let numbers: BTreeSet<u64> = stored.iter().map(|(_, n)| n.parse().unwrap()).collect();
        assert_eq!(numbers.len(), stored.len(), "a number is stored twice");
        let lost: Vec<_> = accepted.difference(&numbers).take(5).collect();
        assert!(lost.is_empty(), "round {round}: accepted and lost: {lost:?}");
    }
    assert!(accepted.len() as u64 > kills, "only {} accepted: nothing was tested", accepted.len());
}
