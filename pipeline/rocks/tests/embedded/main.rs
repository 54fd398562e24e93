//! The embedded log and the store of states, on real files.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::{
    Append, Log, Mark, Node, Part, Produced, Record, RecordSink, StateStore, StateWrite, TaskId,
    Transaction, Verdict,
};
use model::Timestamp;
use rocks::{
    EmbeddedLog, Error, Inputs, LogOptions, RocksStore, StoreOptions, TopicSpec, WorkerLog,
};

mod copies;
mod kill;
mod making;
mod pressure;
mod retention;
mod store;

const TASK: TaskId = TaskId { node: Node::Journey, partition: 0 };

fn open(folder: &Path) -> Result<Arc<EmbeddedLog>, Error> {
    let topics = ["touchpoints", "insights"].map(|name| TopicSpec {
        name: name.into(),
        partitions: 4,
        compacted: name == "insights",
    });
    EmbeddedLog::open(folder, &topics, LogOptions::default(), || Timestamp::from_millis(7))
}

fn append(topic: &str, partition: u32, values: &[&str]) -> Append {
    let records =
        values.iter().map(|v| Produced { key: b"k".to_vec(), value: Some(v.as_bytes().to_vec()) });
    Append { topic: topic.into(), partition, records: records.collect() }
}

fn values(log: &EmbeddedLog, from: u64) -> Result<Vec<(u64, String)>, Error> {
    let mut all = Vec::new();
    log.read("touchpoints", 0, from, usize::MAX, &mut |batch| {
        for r in batch {
            assert_eq!(r.append_time, Timestamp::from_millis(7));
            all.push((r.position, String::from_utf8(r.value.unwrap().to_vec()).unwrap()));
        }
    })?;
    Ok(all)
}

fn part(sequence: u64) -> Part {
    let as_of = Timestamp::from_millis(5);
    let mark = Mark { position: sequence, as_of, sequence, attempt: 9, ..Mark::NONE };
    Part { task: TASK, mark }
}

#[test]
fn marks_and_records_survive_together() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).unwrap();
    let commit =
        Transaction { parts: vec![part(1)], appends: vec![append("touchpoints", 0, &["a", "b"])] };
    assert_eq!(log.commit(&commit), Verdict::Done);
    assert!(matches!(log.commit(&commit), Verdict::Fenced(_)), "a repeated sequence");
    log.append(&[append("touchpoints", 0, &["c"])]);
    drop(log);
    let log = open(folder.path()).unwrap();
    assert_eq!(log.committed(TASK), part(1).mark);
    assert_eq!(log.end("touchpoints", 0).unwrap(), 3);
    assert_eq!(values(&log, 1).unwrap(), [(1, "b".into()), (2, "c".into())]);
}

#[test]
fn eight_threads_share_syncs() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..200 {
                    assert_eq!(log.append(&[append("touchpoints", 0, &["x"])]), Verdict::Done);
                }
            });
        }
    });
    assert_eq!(values(&log, 0).unwrap().len(), 1600);
    assert!(log.syncs() < 1600, "{} syncs for 1600 appends", log.syncs());
}

#[test]
fn a_compacted_topic_keeps_the_latest_value_of_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).unwrap();
    let latest = || {
        let mut seen = Vec::new();
        log.scan("insights", 1, b"", &mut |key, value| {
            seen.push((key.to_vec(), value.to_vec()));
            true
        })
        .unwrap();
        seen
    };
    log.append(&[append("insights", 1, &["old", "new"])]);
    assert_eq!(latest(), [(b"k".to_vec(), b"new".to_vec())]);
    let mut gone = append("insights", 1, &[""]);
    gone.records[0].value = None;
    log.append(&[gone]);
    assert_eq!(latest(), []);
}

#[test]
fn retention_takes_whole_chunks_before_low_and_keeps_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).unwrap();
    log.append(&[append("touchpoints", 0, &["a", "b"])]);
    log.append(&[append("touchpoints", 0, &["c", "d"])]);
    assert_eq!(log.retain("touchpoints", 0, 3).unwrap(), 2);
    assert!(matches!(values(&log, 1), Err(Error::OutOfRange { start: 2, .. })));
    assert_eq!(values(&log, 2).unwrap().len(), 2);
    assert_eq!(log.retain("touchpoints", 0, 9).unwrap(), 4);
    drop(log);
    let log = open(folder.path()).unwrap();
    assert_eq!((log.start("touchpoints", 0).unwrap(), log.end("touchpoints", 0).unwrap()), (4, 4));
}

#[test]
fn a_flipped_byte_of_a_chunk_and_a_lost_chunk_are_noticed() {
    for lost in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path()).unwrap();
        log.append(&[append("touchpoints", 0, &["a"])]);
        log.append(&[append("touchpoints", 0, &["b"])]);
        drop(log);
        let families = ["default", "chunks", "tables", "meta"];
        let path = folder.path().join("log");
        let db = rocksdb::DB::open_cf(&rocksdb::Options::default(), path, families).unwrap();
        let chunks = db.cf_handle("chunks").unwrap();
        let mode = rocksdb::IteratorMode::Start;
        let (key, value) = db.iterator_cf(chunks, mode).next().unwrap().unwrap();
        let mut value = value.to_vec();
        *value.last_mut().unwrap() ^= 1;
        if lost { db.delete_cf(chunks, key) } else { db.put_cf(chunks, key, value) }.unwrap();
        drop(db);
        let error = values(&open(folder.path()).unwrap(), 0).unwrap_err();
        assert!(error.to_string().contains("touchpoints/0 at 0"), "{error}");
        assert!(matches!(error.verdict(), Verdict::Corrupted(text) if text.contains("D0301")));
    }
}

#[test]
fn a_held_folder_and_a_missing_parent_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let _held = open(folder.path()).unwrap();
    assert!(matches!(open(folder.path()).err(), Some(Error::Locked { .. })));
    assert!(matches!(open(&folder.path().join("a/b")).err(), Some(Error::Folder { .. })));
}

#[test]
fn a_worker_polls_its_tasks_and_commits() {
    struct Count(u64);
    impl RecordSink for Count {
        fn records(&mut self, task: TaskId, batch: &[Record<'_>]) {
            assert_eq!((task, batch[0].position), (TASK, self.0));
            self.0 += batch.len() as u64;
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).unwrap();
    let inputs = Inputs { journey: "touchpoints".into(), insight: "insights".into() };
    let mut worker = WorkerLog::new(log.clone(), inputs, &[TASK]);
    let mut count = Count(0);
    worker.poll(1 << 20, 1, &mut count).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| log.append(&[append("touchpoints", 0, &["a", "b"])]));
        worker.poll(1 << 20, 10_000, &mut count).unwrap();
    });
    assert_eq!(count.0, 2);
    let commit = Transaction { parts: vec![part(1)], appends: vec![] };
    assert_eq!(worker.commit(&commit), Verdict::Done);
    assert_eq!(worker.committed(TASK).unwrap().sequence, 1);
    assert_eq!(worker.bounds(TASK).unwrap(), (0, 2));
    assert!(!log.wait(&[("touchpoints", 0, 2)], Duration::from_millis(1)).unwrap());
}

#[test]
fn a_store_checks_its_values_and_clears_one_task_only() {
    let folder = tempfile::tempdir().unwrap();
    let other = TaskId { node: Node::Insight, partition: 0 };
    let mut store = RocksStore::open(folder.path(), &StoreOptions::default()).unwrap();
    let write = |key: &[u8]| StateWrite { key: key.to_vec(), value: Some(b"v".to_vec()) };
    store.write(TASK, &[write(b"a"), write(b"b")]).unwrap();
    store.write(other, &[write(b"a")]).unwrap();
    let mut seen = 0;
    store.scan(TASK, b"", &mut |_, _| (seen += 1, true).1).unwrap();
    assert_eq!(seen, 2);
    store.clear(TASK).unwrap();
    assert_eq!(store.get(TASK, b"a").unwrap(), None);
    store.flush().unwrap();
    drop(store);
    let db = rocksdb::DB::open_default(folder.path().join("state")).unwrap();
    let (key, mut value) = db.iterator(rocksdb::IteratorMode::Start).next().unwrap().unwrap();
    value[9] ^= 1;
    db.put(key, value).unwrap();
    drop(db);
    let store = RocksStore::open(folder.path(), &StoreOptions::default()).unwrap();
    assert!(matches!(store.get(other, b"a"), Err(Verdict::Corrupted(_))));
}
