//! What nobody can read, between what everybody can, on a real broker: each is a dead letter with
//! its reason over `kill -9`, and everything else counts.

use crate::kcat::value;
use crate::load::{Random, touchpoint};
use crate::program::{PARTITIONS, Program, shared_broker};
use kafka::{Sender, Settings};
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

/// Values that are no touchpoint, by the class of their letters.
fn bad_values() -> Vec<(&'static str, Option<Vec<u8>>)> {
    let (_, json) = touchpoint(&mut Random(1), 0);
    let good = value(&json, true);
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    // A string whose length is said to be 2^62.
    let huge = [&good[..5], &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]].concat();
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let deep = json.replacen('{', &format!("{{\"attributes\":{{\"deep\":{deep}}},"), 1);
    vec![
        ("invalid", None),
        ("malformed", Some(Vec::new())),
        ("malformed", Some(good[..good.len() / 2].to_vec())),
        ("malformed", Some(with(0, 7))),
        ("schema", Some(with(4, 99))),
        ("malformed", Some(huge)),
        ("malformed", Some(deep.into_bytes())),
        ("malformed", Some(vec![0xff; 1_000])),
        ("oversize", Some(vec![b'x'; 900_000])),
    ]
}

/// How many dead letters there are of each class.
fn letters(program: &Program) -> BTreeMap<String, usize> {
    let mut classes = BTreeMap::new();
    for row in program.lines(&["topic", "read", "poison-dead-letters", "--limit", "100000"]) {
        let class = row["value"]["class"].as_str().expect("a class").to_owned();
        *classes.entry(class).or_default() += 1;
    }
    classes
}

#[test]
fn what_nobody_can_read_is_kept_with_its_reason_and_stops_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let program = Program::shared(folder.path(), "poison", "", "");
    program.output(&["topic", "list"]);
    let settings = Settings::new(shared_broker(), "writer", "one");
    let mut sender = Sender::open(&settings).expect("a sender");
    let (mut random, mut written, mut bad) = (Random(seed), 0, BTreeMap::new());
    for _ in 0..4 {
        let mut child = program.start();
        for (class, value) in bad_values() {
            for _ in 0..20 {
                let (customer, json) = touchpoint(&mut random, written);
                let partition = codec::partition(customer.as_bytes(), PARTITIONS);
                let (key, good) = (customer.as_bytes(), Some(json.as_bytes()));
                sender.append("poison-touchpoints", partition, key, good).expect("room");
                written += 1;
            }
            let partition = random.below(u64::from(PARTITIONS)) as u32;
            // Every other one without a key.
            let key = if random.below(2) == 0 { "" } else { "somebody" };
            let appended =
                sender.append("poison-touchpoints", partition, key.as_bytes(), value.as_deref());
            appended.expect("room");
            *bad.entry(class.to_owned()).or_default() += 1;
            sender.flush().expect("a flush");
        }
        program.wait_until_ready();
        std::thread::sleep(Duration::from_millis(random.below(1_000)));
        child.kill().expect("a kill");
        child.wait().expect("an end");
    }
    // Larger than the broker lets anybody write: its writer hears of it.
    let file = folder.path().join("large");
    std::fs::write(&file, vec![b'x'; 10 << 20]).expect("a file");
    let mut large = Command::new("kcat");
    large.args(["-P", "-b", shared_broker(), "-t", "poison-touchpoints", "-D", "<end>"]);
    large.args(["-X", "message.max.bytes=20000000"]).arg(&file);
    let refused = large.output().expect("kcat");
    assert!(!refused.status.success() || !refused.stderr.is_empty(), "the broker took 10 MiB");

    let audit = program.lines(&["audit"]).remove(0);
    assert_eq!(audit["differences"], 0, "SEED={seed}: {audit}");
    let rows = program.lines(&["insights", "--family", "admission"]);
    let count = |result: &str| -> i64 {
        let totals = rows.iter().filter(|row| row["window"].is_null());
        let found = totals.filter(|row| row["dims"]["result"] == result);
        found.map(|row| row["count"].as_i64().expect("a count")).sum()
    };
    let dead: usize = bad.values().sum();
    assert_eq!(count("dead"), dead as i64, "SEED={seed}: {rows:?}");
    assert_eq!(count("counted") + count("duplicate"), written as i64, "SEED={seed}: {rows:?}");
    assert_eq!(letters(&program), bad, "SEED={seed}");
}
