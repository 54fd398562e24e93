//! Bits flip and files go: a log that is damaged is refused with its page, states that are damaged
//! are made anew. Never is there another number.

use crate::written::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tests::Random;

const TOUCHPOINTS: u64 = 3_000;

/// A data folder with tables and a write-ahead log in `log/`, and tables in `state/`.
fn folder(home: &Path) -> PathBuf {
    let data = home.join("data");
    for part in 0..2 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
        command.args(["topic", "write", "touchpoints", "--data"]).arg(&data);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the program");
        let mut lines = String::new();
        for number in (part * TOUCHPOINTS / 2)..((part + 1) * TOUCHPOINTS / 2) {
            let time = 1_767_571_200_000 + number * 60_000;
            let id = format!(r#""event_id":"e{number}","customer_id":"c{}""#, number % 97);
            let what = r#""channel":"chat","kind":"enquiry_received""#;
            lines += &format!("{{{id},\"time\":{time},{what}}}\n");
        }
        let mut stdin = child.stdin.take().expect("a pipe");
        std::io::Write::write_all(&mut stdin, lines.as_bytes()).expect("a write");
        drop(stdin);
        assert!(child.wait().expect("an end").success());
    }
    data
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp");
    assert!(copied.success());
}

/// Every counter and the outcome of the audit, in words.
fn numbers(data: &Path) -> Result<String, String> {
    let audit = json(data, &["audit"])?;
    let insights = json(data, &["insights"])?;
    let told = insights.iter().map(|row| format!("{} {}\n", row["dims"], row["count"]));
    Ok(format!("{} {}\n{}", audit[0]["records"], audit[0]["differences"], told.collect::<String>()))
}

/// The files of a database whose names end so, the largest first.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(end));
    files.retain(|path| path.metadata().expect("its data").len() > 0);
    files.sort_by_key(|path| std::cmp::Reverse(path.metadata().expect("its data").len()));
    files
}

fn flip(path: &Path, at: u64) {
    let mut bytes = std::fs::read(path).expect("a file");
    let at = at as usize % bytes.len();
    bytes[at] ^= 0x10;
    std::fs::write(path, bytes).expect("a write");
}

fn seed() -> u64 {
    std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

#[test]
fn a_damaged_log_is_refused_or_gives_the_same_numbers() {
    let home = tempfile::tempdir().expect("a folder");
    let whole = folder(home.path());
    let broken = home.path().join("broken");
    copy(&whole, &broken);
    let right = numbers(&broken).expect("numbers");
    assert!(right.starts_with(&format!("{TOUCHPOINTS} 0\n")), "{right}");
    let mut random = Random(seed());
    let mut refused = 0;
    for (end, times) in [(".sst", 8), (".log", 6)] {
        for _ in 0..times {
            copy(&whole, &broken);
            let file = files(&broken.join("log"), end).remove(0);
            let at = random.below(1 << 40);
            flip(&file, at);
            match numbers(&broken) {
                Ok(told) => assert_eq!(told, right, "SEED={}: {file:?} at {at}", seed()),
                Err(why) => {
                    let is_told =
                        ["[D0301]", "[D0312]", "[D0401]"].iter().any(|code| why.contains(code));
                    assert!(is_told && why.contains("70"), "{file:?} at {at}: {why}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused >= 8, "only {refused} of 14 were noticed");
}

#[test]
fn a_log_that_lacks_a_file_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let whole = folder(home.path());
    let broken = home.path().join("broken");
    for end in [".sst", "CURRENT", ".log"] {
        copy(&whole, &broken);
        std::fs::remove_file(files(&broken.join("log"), end).remove(0)).expect("a removal");
        let why = numbers(&broken).expect_err(end);
        let is_told = ["[D0301]", "[D0312]", "[D0401]"].iter().any(|code| why.contains(code));
        assert!(is_told, "{end}: {why}");
    }
}

#[test]
fn damaged_states_are_made_anew_from_the_log() {
    let home = tempfile::tempdir().expect("a folder");
    let whole = folder(home.path());
    let right = numbers(&whole).expect("numbers");
    let broken = home.path().join("broken");
    let mut random = Random(seed());
    for round in 0..8 {
        copy(&whole, &broken);
        let state = broken.join("state");
        match round {
            0 => std::fs::remove_file(files(&state, ".sst").remove(0)).expect("a removal"),
            1 => flip(&files(&state, "CURRENT").remove(0), 3),
            2 => std::fs::remove_dir_all(&state).expect("a removal"),
            _ => flip(&files(&state, ".sst").remove(0), random.below(1 << 40)),
        }
        let told = numbers(&broken).unwrap_or_else(|why| panic!("{round}: {why}"));
        assert_eq!(told, right, "SEED={}, round {round}", seed());
    }
}
