//! What the log refuses to take, so that what it has taken is safe.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use engine::{Transaction, Verdict};
use model::Timestamp;
use rocks::{EmbeddedLog, LogOptions, TopicSpec};

use crate::{append, part, values};

fn topics() -> [TopicSpec; 1] {
    [TopicSpec { name: "touchpoints".into(), partitions: 4, compacted: false }]
}

#[test]
fn beyond_the_queue_callers_are_told_to_come_back_and_nothing_of_theirs_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let limits = LogOptions { queue_bytes_max: 100, ..LogOptions::default() };
    // Whoever leads a group looks at the clock; so the disk is as slow as this test wants.
    let (looks, looked) = channel::<()>();
    let (lets, goes_on) = channel::<()>();
    let gate = Mutex::new((looks, goes_on));
    let log = EmbeddedLog::open(folder.path(), &topics(), limits, move || {
        let gate = gate.lock().unwrap();
        gate.0.send(()).unwrap();
        gate.1.recv().unwrap();
        Timestamp::from_millis(7)
    });
    let log = log.unwrap();
    let write = |value: &'static str| {
        let log = Arc::clone(&log);
        std::thread::spawn(move || log.append(&[append("touchpoints", 0, &[value])]))
    };
    let leading = write("leads");
    looked.recv().unwrap();
    // What is being written counts too; there is room for one more that is as small.
    let waiting = write("waits");
    let refused = log.append(&[append("touchpoints", 0, &["refused".repeat(20).as_str()])]);
    let Verdict::Retry(refused) = refused else { panic!("{refused:?}") };
    assert!(refused.contains("[D0307]"), "{refused}");
    lets.send(()).unwrap();
    assert_eq!(leading.join().unwrap(), Verdict::Done);
    looked.recv().unwrap();
    lets.send(()).unwrap();
    assert_eq!(waiting.join().unwrap(), Verdict::Done);
    let stored: Vec<String> = values(&log, 0).unwrap().into_iter().map(|(_, v)| v).collect();
    assert_eq!(stored, ["leads", "waits"]);
}

#[test]
fn a_nearly_full_disk_takes_commits_of_tasks_alone() {
    let folder = tempfile::tempdir().unwrap();
    let open = |free_bytes_min| {
        let limits = LogOptions { free_bytes_min, ..LogOptions::default() };
        EmbeddedLog::open(folder.path(), &topics(), limits, || Timestamp::from_millis(7)).unwrap()
    };
    let log = open(u64::MAX);
    let refused = log.append(&[append("touchpoints", 0, &["a"])]);
    assert!(matches!(&refused, Verdict::Retry(text) if text.contains("[D0310]")), "{refused:?}");
    let commit =
        Transaction { parts: vec![part(1)], appends: vec![append("touchpoints", 0, &["b"])] };
    assert_eq!(log.commit(&commit), Verdict::Done);
    drop(log);
    let log = open(0);
    assert_eq!(log.append(&[append("touchpoints", 0, &["c"])]), Verdict::Done);
    assert_eq!(values(&log, 0).unwrap().len(), 2);
    assert_eq!(log.failure(), None);
}
