//! Copies of a data folder: checkpoints are whole, and what is copied file by file while somebody
//! writes is whole too, or refused.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::{StateStore, StateWrite, Transaction, Verdict};
use model::Timestamp;
use rocks::{EmbeddedLog, Error, LogOptions, RocksStore, StoreOptions, TopicSpec};

use crate::{TASK, append, part};

const TOPIC: &str = "touchpoints";

/// A log whose tables are written so often that files come and go all the time.
fn open(folder: &Path) -> Result<Arc<EmbeddedLog>, Error> {
    let topics = [TopicSpec { name: TOPIC.into(), partitions: 4, compacted: false }];
    let limits = LogOptions { write_buffer_bytes: 128 << 10, ..LogOptions::default() };
    EmbeddedLog::open(folder, &topics, limits, || Timestamp::from_millis(7))
}

/// Every value of every partition.
fn all(log: &EmbeddedLog) -> Result<BTreeSet<u64>, Error> {
    let mut found = BTreeSet::new();
    for partition in 0..4 {
        let mut next = 0;
        log.read(TOPIC, partition, 0, usize::MAX, &mut |batch| {
            for record in batch {
                assert_eq!(record.position, next, "positions follow each other");
                next += 1;
                let value = std::str::from_utf8(record.value.unwrap()).unwrap();
                let number: u64 = value.split('.').next().unwrap().parse().unwrap();
                assert!(found.insert(number), "{number} is there twice");
            }
        })?;
    }
    Ok(found)
}

/// Numbers that writers have been told are accepted.
#[derive(Default)]
struct Writers {
    next: AtomicU64,
    accepted: Mutex<BTreeSet<u64>>,
    is_over: AtomicBool,
}

impl Writers {
    /// Lets something happen while three writers append and a task commits.
    fn around<T>(log: &EmbeddedLog, happen: impl FnOnce(&Writers) -> T) -> T {
        let writers = Writers::default();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| writers.write(log));
            }
            scope.spawn(|| {
                let mut sequence = 0;
                while !writers.is_over.load(Ordering::Relaxed) {
                    sequence += 1;
                    let commit = Transaction { parts: vec![part(sequence)], appends: Vec::new() };
                    assert_eq!(log.commit(&commit), Verdict::Done);
                }
            });
            struct Over<'a>(&'a AtomicBool);
            impl Drop for Over<'_> {
                fn drop(&mut self) {
                    self.0.store(true, Ordering::Relaxed);
                }
            }
            let _over = Over(&writers.is_over);
            happen(&writers)
        })
    }

    fn write(&self, log: &EmbeddedLog) {
        while !self.is_over.load(Ordering::Relaxed) {
            let numbers: Vec<u64> =
                (0..3).map(|_| self.next.fetch_add(1, Ordering::Relaxed)).collect();
            let padding = "x".repeat(300);
            let values: Vec<String> = numbers.iter().map(|n| format!("{n}.{padding}")).collect();
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let partition = (numbers[0] % 4) as u32;
            assert_eq!(log.append(&[append(TOPIC, partition, &values)]), Verdict::Done);
            self.accepted.lock().unwrap().extend(numbers);
        }
    }

    fn accepted(&self) -> BTreeSet<u64> {
        self.accepted.lock().unwrap().clone()
    }

    fn wait_for(&self, count: usize) {
        while self.accepted.lock().unwrap().len() < count {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A small generator: a seed repeats the order of the files, not the moments of the writers.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }
}

/// As `cp -r` copies: the names of a folder first, then file by file, in any order. What has gone
/// meanwhile is passed over. Between two files there are so many microseconds at most.
fn copy(from: &Path, to: &Path, pause: u64, random: &mut Random) {
    std::fs::create_dir_all(to).unwrap();
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(from).unwrap().flatten().map(|entry| entry.path()).collect();
    names.sort();
    while !names.is_empty() {
        let path = names.swap_remove(random.below(names.len() as u64) as usize);
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target, pause, random);
        } else {
            let _ = std::fs::copy(&path, &target);
        }
        std::thread::sleep(Duration::from_micros(random.below(pause)));
    }
}

#[test]
fn a_folder_copied_while_somebody_writes_has_everything_accepted_before_or_is_refused() {
    let seeds = std::env::var("SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(25);
    let (mut whole, mut refused) = (0, 0);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let log = open(&data).unwrap();
    Writers::around(&log, |writers| {
        for seed in 1..=seeds {
            let copied = folder.path().join("copy");
            let _ = std::fs::remove_dir_all(&copied);
            writers.wait_for(writers.accepted().len() + 300);
            let before = writers.accepted();
            copy(&data, &copied, 200 << (seed % 6), &mut Random(seed));
            let found = open(&copied).and_then(|log| {
                // What comes next must not meet what was left there.
                for partition in 0..4 {
                    let own = (u64::MAX - u64::from(partition)).to_string();
                    assert_eq!(log.append(&[append(TOPIC, partition, &[&own])]), Verdict::Done);
                }
                all(&log)
            });
            match found {
                Ok(found) => {
                    let lost = before.difference(&found).count();
                    assert_eq!(lost, 0, "seed {seed}: {lost} of {} are lost", before.len());
                    whole += 1;
                }
                Err(error) => {
                    let text = error.to_string();
                    let is_told = ["[D0301]", "[D0312]"].iter().any(|code| text.ends_with(code));
                    assert!(is_told, "seed {seed}: {text}");
                    refused += 1;
                }
            }
        }
    });
    eprintln!("{seeds} copies: {whole} whole, {refused} refused");
    assert!(refused > 0, "no copy was torn: nothing was tried");
}

/// The last write-ahead log goes: RocksDB itself sees nothing missing, for its list of tables is as
/// old.
#[test]
fn a_log_without_its_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (data, cut) = (folder.path().join("data"), folder.path().join("cut"));
    let log = open(&data).unwrap();
    assert_eq!(log.append(&[append(TOPIC, 0, &["1."])]), Verdict::Done);
    copy(&data, &cut, 1, &mut Random(1));
    assert_eq!(log.append(&[append(TOPIC, 0, &["2."])]), Verdict::Done);
    drop(log);
    std::fs::copy(data.join("witness"), cut.join("witness")).unwrap();
    let error = open(&cut).err().unwrap();
    assert!(matches!(error, Error::Shortened { stands: 1, accepted: 2, .. }), "{error}");
    assert!(error.to_string().ends_with("[D0312]"));
    assert!(matches!(error.verdict(), Verdict::Corrupted(_)));
    // The same log, where nobody ever said that there was more.
    std::fs::remove_file(cut.join("witness")).unwrap();
    assert_eq!(open(&cut).unwrap().end(TOPIC, 0).unwrap(), 1);
}

#[test]
fn a_witness_that_cannot_be_read_is_refused_and_one_that_is_not_there_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("witness");
    let log = open(folder.path()).unwrap();
    assert_eq!(log.append(&[append(TOPIC, 0, &["1."])]), Verdict::Done);
    drop(log);
    let right = std::fs::read(&path).unwrap();
    for wrong in [&[][..], &right[..15], &[&right[..], &[0]].concat(), &[9; 16]] {
        std::fs::write(&path, wrong).unwrap();
        let error = open(folder.path()).err().unwrap();
        assert!(error.to_string().ends_with("[D0312]"), "{wrong:?}: {error}");
    }
    std::fs::remove_file(&path).unwrap();
    drop(open(folder.path()).unwrap());
    assert_eq!(std::fs::read(&path).unwrap(), right);
}

/// Tables newer than the marks, and marks newer than the tables.
#[test]
fn chunks_and_ends_that_do_not_belong_together_are_refused() {
    for is_end_lost in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path()).unwrap();
        assert_eq!(log.append(&[append(TOPIC, 2, &["1.", "2."])]), Verdict::Done);
        drop(log);
        let families = ["default", "chunks", "tables", "meta"];
        let path = folder.path().join("log");
        let db = rocksdb::DB::open_cf(&rocksdb::Options::default(), path, families).unwrap();
        let family = db.cf_handle(if is_end_lost { "meta" } else { "chunks" }).unwrap();
        let rows = db.iterator_cf(family, rocksdb::IteratorMode::Start);
        for (key, _) in rows.map(Result::unwrap) {
            if !is_end_lost || key.starts_with(b"e") {
                db.delete_cf(family, key).unwrap();
            }
        }
        drop(db);
        // Nobody may count what is missing before this is looked at.
        std::fs::remove_file(folder.path().join("witness")).unwrap();
        let error = open(folder.path()).err().unwrap().to_string();
        assert!(
            error.contains("touchpoints/2 at its end") && error.ends_with("[D0301]"),
            "{error}"
        );
    }
}

#[test]
fn a_checkpoint_holds_exactly_what_was_accepted_until_then() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(&folder.path().join("data")).unwrap();
    Writers::around(&log, |writers| {
        for round in 0..8 {
            writers.wait_for(writers.accepted().len() + 200);
            let before = writers.accepted();
            let home = folder.path().join(format!("copy{round}"));
            std::fs::create_dir(&home).unwrap();
            let standing = log.checkpoint(&home.join("log")).unwrap();
            let copy = open(&home).unwrap();
            for at in &standing.partitions {
                assert_eq!(copy.start(&at.topic, at.partition).unwrap(), at.start);
                assert_eq!(copy.end(&at.topic, at.partition).unwrap(), at.end);
            }
            let [(task, mark)] = standing.marks[..] else { panic!("{:?}", standing.marks) };
            assert_eq!((task, copy.committed(TASK)), (TASK, mark));
            let found = all(&copy).unwrap();
            let ends: u64 = standing.partitions.iter().map(|at| at.end).sum();
            assert_eq!(found.len() as u64, ends);
            assert!(before.is_subset(&found));
        }
    });
}

#[test]
fn a_checkpoint_of_states_has_what_was_in_memory_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut store =
        RocksStore::open(&folder.path().join("data"), &StoreOptions::default()).unwrap();
    let write = |value: &[u8]| StateWrite { key: b"k".to_vec(), value: Some(value.to_vec()) };
    store.write(TASK, &[write(b"then")]).unwrap();
    let home = folder.path().join("copy");
    std::fs::create_dir(&home).unwrap();
    store.checkpoint(&home.join("state")).unwrap();
    store.write(TASK, &[write(b"later")]).unwrap();
    let copy = RocksStore::open(&home, &StoreOptions::default()).unwrap();
    assert_eq!(copy.get(TASK, b"k").unwrap().as_deref(), Some(&b"then"[..]));
}
