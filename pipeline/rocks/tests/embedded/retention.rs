//! From when on a partition has records, over chunks of every length.

use crate::append;
use engine::{Append, Produced, Verdict};
use model::Timestamp;
use rocks::{EmbeddedLog, LogOptions, TopicSpec};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

#[test]
fn the_first_position_since_a_time_is_found_by_halving() {
    let folder = tempfile::tempdir().unwrap();
    let topic = TopicSpec { name: "touchpoints".into(), partitions: 2, compacted: false };
    let now = Arc::new(AtomicI64::new(0));
    let clock = Arc::clone(&now);
    let time = move || Timestamp::from_millis(clock.load(Ordering::Relaxed));
    let log = EmbeddedLog::open(folder.path(), &[topic], LogOptions::default(), time).unwrap();
    let since = |millis| log.first_since("touchpoints", 0, Timestamp::from_millis(millis)).unwrap();
    assert_eq!(since(5), 0, "of an empty partition");
    // Times of appends, and how many records each has; the clock goes back once.
    let mut first = Vec::new();
    let mut position = 0;
    for (millis, count) in [(10, 1), (10, 5), (20, 2), (15, 3), (30, 1), (47, 9)] {
        now.store(millis, Ordering::Relaxed);
        assert_eq!(log.append(&[append("touchpoints", 0, &vec!["v"; count])]), Verdict::Done);
        assert_eq!(log.append(&[append("touchpoints", 1, &["v"])]), Verdict::Done);
        let kept = first.last().map_or(millis, |(last, _): &(i64, u64)| millis.max(*last));
        first.push((kept, position));
        position += count as u64;
    }
    let expected =
        |millis| first.iter().find(|(time, _)| *time >= millis).map_or(position, |f| f.1);
    for millis in 0..60 {
        assert_eq!(since(millis), expected(millis), "since {millis}");
    }
    let kept = log.retain("touchpoints", 0, since(25)).unwrap();
    assert_eq!((kept, since(0), since(40)), (11, 11, expected(40)));
}

/// Keys and values of a partition, from its beginning on, as a reader of the topic has them.
fn table(log: &EmbeddedLog) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
    let mut table = BTreeMap::new();
    let start = log.start("insights", 0).unwrap();
    log.read("insights", 0, start, usize::MAX, &mut |batch| {
        for record in batch {
            table.insert(record.key.to_vec(), record.value.map(<[u8]>::to_vec));
        }
    })
    .unwrap();
    table.retain(|_, value| value.is_some());
    table
}

#[test]
fn a_compacted_topic_loses_what_is_old_and_not_the_latest_of_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let topic = TopicSpec { name: "insights".into(), partitions: 1, compacted: true };
    let now = Arc::new(AtomicI64::new(0));
    let open = || {
        let clock = Arc::clone(&now);
        let time = move || Timestamp::from_millis(clock.load(Ordering::Relaxed));
        EmbeddedLog::open(folder.path(), &[topic.clone()], LogOptions::default(), time).unwrap()
    };
    let log = open();
    let mut written = 0;
    for hour in 0..60_u32 {
        now.store(i64::from(hour), Ordering::Relaxed);
        // Key 0 is written once and never again, 1 is taken away in the end, others change often.
        let keys = [if hour == 0 { 0 } else { 2 + hour % 7 }, 1];
        let records = keys.map(|key| {
            let value = (key != 1 || hour < 40).then(|| format!("{key} of {hour}").into_bytes());
            Produced { key: key.to_string().into_bytes(), value }
        });
        let append = Append { topic: "insights".into(), partition: 0, records: records.to_vec() };
        assert_eq!(log.append(&[append]), Verdict::Done);
        written += 2;
    }
    let before = table(&log);
    assert_eq!(before.len(), 8, "{before:?}");
    for since in [0, 1, 30, 55, 61, 61] {
        now.store(60, Ordering::Relaxed);
        let old = log.first_since("insights", 0, Timestamp::from_millis(since)).unwrap();
        assert_eq!(log.compact("insights", 0, old).unwrap(), old, "since {since}");
        assert_eq!(table(&log), before, "since {since}");
    }
    let (start, end) = (log.start("insights", 0).unwrap(), log.end("insights", 0).unwrap());
    assert!(start >= written && end - start == 8, "{start} to {end}: only the latest are kept");
    drop(log);
    assert_eq!(table(&open()), before);
}
