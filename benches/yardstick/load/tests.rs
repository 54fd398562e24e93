//! The load is what every other one was: records and answers by their hashes.

use super::{Answers, Load, Shape, touchpoint};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

fn shape(records: u64) -> Shape {
    Shape { records, customers: 500, ..Shape::default() }
}

/// The first eight bytes of a SHA-256.
fn hash(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)[..8])
}

/// Partition, key and value of every record in a row, each with its length before it.
fn records(shape: &Shape) -> Vec<u8> {
    let (mut all, mut key, mut value) = (Vec::new(), String::new(), Vec::new());
    for touchpoint in Load::new(shape) {
        touchpoint::key(touchpoint.customer, &mut key);
        touchpoint::encode(&touchpoint, &key, &mut value);
        all.push(touchpoint.partition as u8);
        for part in [key.as_bytes(), &value] {
            all.push(part.len() as u8);
            all.extend_from_slice(part);
        }
    }
    all
}

#[test]
fn the_records_are_those_that_every_figure_was_measured_with() {
    assert_eq!(hash(&records(&shape(20_000))), "8fe1bf8f0faa8a49");
}

#[test]
fn the_answers_are_those_that_every_system_is_held_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut answers = Answers::new(500);
    Load::new(&shape(20_000)).for_each(|touchpoint| answers.add(&touchpoint));
    answers.write(folder.path(), true).expect("answers");
    let rows = [
        ("insights-arrival.csv", "f1d9696f7be0b29d"),
        ("totals-arrival.csv", "c36266db1d51aef4"),
        ("insights-event-time.csv", "f1d9696f7be0b29d"),
        ("totals-event-time.csv", "c36266db1d51aef4"),
        ("dropped-due.csv", "cfb6fc8fb71582f6"),
    ];
    for (name, expected) in rows {
        let bytes = std::fs::read(folder.path().join(name)).expect("an answer");
        assert_eq!(hash(&bytes), expected, "{name}");
    }
}

#[test]
fn whoever_comes_back_had_gone_cold_when_it_was_due() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut answers = Answers::new(500);
    Load::new(&shape(20_000)).for_each(|touchpoint| answers.add(&touchpoint));
    answers.write(folder.path(), true).expect("answers");
    // Counts by hour and stage: a comeback has another channel.
    let counts = |name: &str, column: usize| {
        let text = std::fs::read_to_string(folder.path().join(name)).expect("an answer");
        let mut counts: BTreeMap<(String, String), i64> = BTreeMap::new();
        for line in text.lines().skip(1) {
            let row: Vec<&str> = line.split(',').collect();
            let cell = (row[0].to_owned(), row[1].to_owned());
            *counts.entry(cell).or_default() += row[column].parse::<i64>().expect("a number");
        }
        counts.retain(|_, count| *count > 0);
        counts
    };
    let (back, due) = (counts("insights-event-time.csv", 6), counts("dropped-due.csv", 3));
    assert!(back.len() > 50, "only {} cells", back.len());
    assert!(due.values().sum::<i64>() > back.values().sum(), "nobody stays away");
    for (cell, count) in back {
        assert!(due.get(&cell).is_some_and(|due| *due >= count), "{cell:?}: {count} came back");
    }
}

#[test]
fn what_is_skipped_is_drawn_nevertheless() {
    let (whole, mut played) = (shape(1_000), shape(1_500));
    played.skip = 1_000;
    // A play spans the event time of what it skips, so that it goes on where that has ended.
    let (whole, played) = (records(&whole), records(&played));
    assert_eq!(whole, played[..whole.len()]);
}
