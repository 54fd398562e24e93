//! The task of the counters by itself: which frames it takes, and what its upserts say.

use codec::control::Secret;
use codec::{DeltaCell, DeltaFrame, Format};
use engine::sim::alone;
use engine::{InsightTask, Mark, Node, Record, Settings, TaskId, Topics, Verdict};
use journey::FOLD_VERSION;
use model::{Size, Span, Timestamp};
use std::sync::Arc;

const TASK: TaskId = TaskId { node: Node::Insight, partition: 0 };
const SERIES: &str = "activity|channel=chat|kind=enquiry_received";
/// 2026-01-05T00:00:00Z, in minutes since the epoch.
const MONDAY: i32 = 29_459_520;

fn task() -> InsightTask {
    let mut topics = Topics::new("desirepath", "", 1);
    topics.format = Format::Json;
    let (_, _, mut store) = alone(&topics);
    let settings = Settings {
        topics,
        map: rules::default_map(),
        secret: Secret::new(&[7; 32]).expect("a secret"),
        clock_skew_max: Span::from_hours(1),
        direct: None,
    };
    InsightTask::new(TASK, Arc::new(settings), &mut store, Mark::NONE).expect("a task")
}

/// A frame of one addition, judged so many hours after that Monday began.
fn frame(change: impl FnOnce(&mut DeltaFrame<'static>)) -> Vec<u8> {
    let mut frame = DeltaFrame {
        partition: 0,
        position: 1,
        as_of: hours(1),
        sequence: 1,
        map: "default",
        version: 1,
        fold: FOLD_VERSION,
        series: vec![SERIES],
        cells: vec![DeltaCell { series: 0, pane: MONDAY, currency: "", amount: 1 }],
    };
    change(&mut frame);
    let mut bytes = Vec::new();
    frame.encode(&mut bytes);
    bytes
}

fn hours(count: i64) -> Timestamp {
    Timestamp::from_millis((i64::from(MONDAY) + count * 60) * 60_000)
}

fn apply(task: &mut InsightTask, position: u64, bytes: &[u8]) -> Result<(), Verdict> {
    let value = Some(bytes);
    task.apply(&[Record { position, append_time: Timestamp::LAST, key: b"", value }])
}

/// Commits, and answers the upserts as texts.
fn commit(task: &mut InsightTask) -> Vec<String> {
    let (_, _, store) = alone(&Topics::new("app", "", 1));
    let (part, appends) = task.take_commit(&store, 1).expect("a commit");
    task.committed(part.mark);
    let records = appends.into_iter().flat_map(|append| append.records);
    let text = |value: Option<Vec<u8>>| String::from_utf8(value.unwrap_or_default());
    records.map(|record| text(record.value).expect("JSON")).collect()
}

/// The value of a field of JSON that is not nested.
fn field<'a>(json: &'a str, name: &str) -> &'a str {
    let (_, rest) = json.split_once(&format!("\"{name}\":")).expect("the field");
    rest.split([',', '}']).next().expect("a value").trim().trim_matches('"')
}

fn total(task: &InsightTask) -> i64 {
    let windows = task.counters().filter(|(id, _)| id.size == Size::parse("1d").expect("1d"));
    windows.map(|(_, counter)| counter.count).sum()
}

#[test]
fn a_frame_counts_once_however_often_it_is_polled() {
    let mut task = task();
    let (one, two) = (frame(|_| ()), frame(|frame| frame.cells[0].amount = 10));
    for (position, bytes, expected) in
        [(0, &one, 1), (0, &one, 1), (1, &two, 11), (0, &one, 11), (1, &two, 11), (2, &one, 12)]
    {
        apply(&mut task, position, bytes).expect("a frame");
        assert_eq!((total(&task), task.position()), (expected, expected_position(expected)));
    }
}

/// What a journey has counted it never counts again, unless its input is another one now.
#[test]
fn a_journey_that_begins_anew_is_refused_and_nothing_of_it_counts() {
    let mut task = task();
    for (position, journey_position) in [(0, 5), (1, 5), (2, 9)] {
        let bytes = frame(|frame| frame.position = journey_position);
        apply(&mut task, position, &bytes).expect("a frame");
    }
    let anew = apply(&mut task, 3, &frame(|frame| frame.position = 8));
    assert!(matches!(&anew, Err(Verdict::Refuse(why)) if why.ends_with("[D0406]")), "{anew:?}");
    assert_eq!((total(&task), task.position()), (3, 3));
}

fn expected_position(total: i64) -> u64 {
    match total {
        1 => 1,
        11 => 2,
        _ => 3,
    }
}

#[test]
fn frames_of_another_map_or_fold_are_refused_and_nothing_of_them_counts() {
    let mut task = task();
    let other: [(&str, Vec<u8>); 4] = [
        ("another map", frame(|frame| frame.map = "other")),
        ("another version", frame(|frame| frame.version = 2)),
        ("a later fold", frame(|frame| frame.fold = FOLD_VERSION + 1)),
        ("an earlier fold", frame(|frame| frame.fold = FOLD_VERSION - 1)),
    ];
    for (name, bytes) in &other {
        let refused = apply(&mut task, 0, bytes);
        let is_refused = matches!(&refused, Err(Verdict::Refuse(why)) if why.ends_with("[D0402]"));
        assert!(is_refused, "{name}: {refused:?}");
        assert_eq!((total(&task), task.position()), (0, 0), "{name}");
    }
    apply(&mut task, 0, &frame(|_| ())).expect("ours");
    assert_eq!(total(&task), 1);
}

/// Two upserts of a counter with one revision are told apart by their as_of: whoever reads the
/// topic keeps the one that is final.
#[test]
fn an_upsert_that_only_became_final_has_its_revision_and_a_later_as_of() {
    let mut task = task();
    apply(&mut task, 0, &frame(|_| ())).expect("a frame");
    let day = |rows: Vec<String>| {
        let rows = rows.into_iter().filter(|row| row.contains("\"size\": \"1d\""));
        let [row] = <[String; 1]>::try_from(rows.collect::<Vec<_>>()).expect("one of a day");
        row
    };
    let first = day(commit(&mut task));
    assert_eq!(field(&first, "is_final"), "false");
    // Nothing is added: time passes, beyond the day and the grace of two days.
    let later = frame(|frame| (frame.cells, frame.as_of) = (Vec::new(), hours(24 * 4)));
    apply(&mut task, 1, &later).expect("a frame");
    let second = day(commit(&mut task));
    assert_eq!(field(&second, "is_final"), "true");
    for name in ["count", "revision"] {
        assert_eq!(field(&second, name), field(&first, name), "{name}");
    }
    let as_of = |row: &str| {
        let (_, rest) = row.split_once("\"as_of\": \"").expect("the field");
        Timestamp::parse_rfc3339(rest.split('"').next().expect("a time")).expect("a time")
    };
    assert_eq!((as_of(&first), as_of(&second)), (hours(1), hours(24 * 4)));
}
