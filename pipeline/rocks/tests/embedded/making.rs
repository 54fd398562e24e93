//! The first start: one that was killed in it leaves a folder that the next one begins anew.

use super::{append, open, part, values};
use engine::{Transaction, Verdict};
use rocks::Error;
use std::fs::File;
use std::path::Path;

/// What RocksDB leaves when it is killed between two steps of making a database.
fn leave_a_rest(folder: &Path) {
    drop(open(folder).unwrap());
    for entry in std::fs::read_dir(folder.join("log")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "log") {
            std::fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn a_rest_beside_its_mark_is_made_anew_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("log.making");
    leave_a_rest(folder.path());
    // Without the mark it is a database that lost something, and is left as it is.
    assert!(matches!(open(folder.path()), Err(Error::Corrupted { .. })));
    File::create(&mark).unwrap();
    let log = open(folder.path()).unwrap();
    assert!(!mark.exists());
    let appends = vec![append("touchpoints", 0, &["a"])];
    let commit = Transaction { parts: vec![part(1)], appends };
    assert_eq!(log.commit(&commit), Verdict::Done);
    drop(log);
    assert_eq!(values(&open(folder.path()).unwrap(), 0).unwrap(), [(0, "a".to_owned())]);
}

#[test]
fn while_one_process_opens_a_folder_another_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let held = File::open(folder.path()).unwrap();
    held.lock().unwrap();
    assert!(matches!(open(folder.path()), Err(Error::Locked { .. })));
    held.unlock().unwrap();
    assert!(open(folder.path()).is_ok());
}
