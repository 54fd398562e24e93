//! From when on a partition has records, over chunks of every length.

use crate::append;
use engine::Verdict;
use model::Timestamp;
use rocks::{EmbeddedLog, LogOptions, TopicSpec};
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
