//! The store of states against a real RocksDB.

use engine::{Node, StateStore, StateWrite, TaskId, Verdict};
use rocks::{RocksStore, StoreOptions};

const ANN: TaskId = TaskId { node: Node::Journey, partition: 0 };
const BOB: TaskId = TaskId { node: Node::Journey, partition: 1 };

fn put(key: &str, value: &str) -> StateWrite {
    StateWrite { key: key.into(), value: Some(value.into()) }
}

fn keys(store: &RocksStore, task: TaskId, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut visit = |key: &[u8], _: &[u8]| {
        found.push(String::from_utf8_lossy(key).into_owned());
        true
    };
    store.scan(task, prefix.as_bytes(), &mut visit).expect("a scan");
    found
}

#[test]
fn what_is_written_is_read_by_its_task_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = RocksStore::open(folder.path(), &StoreOptions::default()).expect("a store");
    store.write(ANN, &[put("a1", "x"), put("a2", "y"), put("b1", "")]).expect("a write");
    store.write(BOB, &[put("a3", "z")]).expect("a write");
    assert_eq!(keys(&store, ANN, "a"), ["a1", "a2"]);
    assert_eq!(store.get(ANN, b"b1"), Ok(Some(Vec::new())));
    assert_eq!(store.get(BOB, b"a1"), Ok(None));
    store.clear(ANN).expect("a clearing");
    assert_eq!(keys(&store, ANN, ""), Vec::<String>::new());
    assert_eq!(keys(&store, BOB, ""), ["a3"]);
}

#[test]
fn what_is_flushed_is_there_after_another_opening() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = RocksStore::open(folder.path(), &StoreOptions::default()).expect("a store");
    store.write(ANN, &[put("a", "x")]).expect("a write");
    store.flush().expect("a flush");
    drop(store);
    let store = RocksStore::open(folder.path(), &StoreOptions::default()).expect("a store");
    assert_eq!(store.get(ANN, b"a"), Ok(Some(b"x".to_vec())));
}

#[test]
fn a_flipped_bit_is_found_and_the_key_is_not_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = RocksStore::open(folder.path(), &StoreOptions::default()).expect("a store");
    store.write(ANN, &[put("ann@example.org", "xyz")]).expect("a write");
    store.flush().expect("a flush");
    drop(store);
    let db = rocksdb::DB::open_default(folder.path().join("state")).expect("a database");
    let (key, mut value) =
        db.iterator(rocksdb::IteratorMode::Start).next().expect("a row").expect("a row");
    value[10] ^= 1;
    db.put(key, value).expect("a put");
    drop(db);
    let store = RocksStore::open(folder.path(), &StoreOptions::default()).expect("a store");
    let Err(Verdict::Corrupted(text)) = store.get(ANN, b"ann@example.org") else {
        panic!("the bit was not found");
    };
    assert!(text.contains("D0301") && !text.contains("example"), "{text}");
}

#[test]
fn a_folder_that_is_held_or_cannot_be_made_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let _held = RocksStore::open(folder.path(), &StoreOptions::default()).expect("a store");
    let second = RocksStore::open(folder.path(), &StoreOptions::default());
    assert!(second.err().expect("a refusal").to_string().contains("D0302"));
    let missing = RocksStore::open(&folder.path().join("a/b"), &StoreOptions::default());
    assert!(missing.err().expect("a refusal").to_string().contains("D0303"));
}
