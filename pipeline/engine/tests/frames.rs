//! What one commit carries: never more differences than a frame may hold, whatever lies before it.

use codec::control::Secret;
use codec::{DeltaFrame, frame};
use engine::sim::{Broker, SimLog, SimStore, alone};
use engine::{Pace, Produced, Settings, Topics, Worker};
use insight::{Counter, CounterId};
use model::{Draft, Span, Timestamp};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

fn settings() -> Arc<Settings> {
    Arc::new(Settings {
        topics: Topics::new("desirepath", "", 1),
        map: rules::default_map(),
        secret: Secret::new(&[7; 32]).expect("a secret"),
        clock_skew_max: Span::from_hours(1),
        direct: None,
    })
}

fn append(broker: &RefCell<Broker>, settings: &Settings) {
    for number in 0..300 {
        let kinds = ["enquiry_received", "follow_up_sent", "purchase_made"];
        let draft = Draft {
            event_id: format!("e{number}"),
            time: Timestamp::from_millis(1_767_571_200_000 + number * 3_600_000),
            customer_id: format!("c{}", number % 40),
            channel: ["chat", "email", "store"][number as usize % 3].to_owned(),
            kind: kinds[(number / 40) as usize % 3].to_owned(),
            ..Draft::default()
        };
        let mut bytes = Vec::new();
        codec::encode::touchpoint(&draft, frame::ids::TOUCHPOINT, &mut bytes);
        let record = Produced { key: draft.customer_id.into_bytes(), value: Some(bytes) };
        let lane = (settings.topics.touchpoints.clone(), 0);
        broker.borrow_mut().append(lane, Timestamp::LAST, record);
    }
}

/// The counters without their revisions, and the cells of the largest frame.
fn run(cells_max: usize) -> (BTreeMap<CounterId, i64>, usize) {
    let settings = settings();
    let (broker, log, store): (Rc<RefCell<Broker>>, SimLog, SimStore) = alone(&settings.topics);
    append(&broker, &settings);
    let pace = Pace { cells_max, ..Pace::default() };
    let mut worker = Worker::new(log, store, Arc::clone(&settings), pace, 1).expect("a worker");
    for turn in 0.. {
        assert!(turn < 10_000, "it does not come to an end");
        // Two polls for each commit, as when commits are far apart.
        worker.apply(None, 0).expect("records");
        worker.turn(None, 0).expect("a turn");
        if worker.is_caught_up().expect("bounds") {
            break;
        }
    }
    let counters = worker.insights().values().flat_map(|task| task.counters());
    let count = |(id, counter): (&CounterId, &Counter)| (id.clone(), counter.count);
    let counters = counters.map(count).collect();
    let broker = broker.borrow();
    let frames = broker.records(&settings.topics.frames);
    let cells = frames.filter_map(|(_, record)| {
        let frame = DeltaFrame::decode(record.value.as_deref()?).ok()?;
        Some(frame.cells.len())
    });
    (counters, cells.max().unwrap_or(0))
}

#[test]
fn a_frame_holds_no_more_than_its_share_and_nothing_is_lost_or_counted_twice() {
    let (all, largest) = run(usize::MAX);
    assert!(largest > 150, "the load tries nothing: {largest}");
    for cells_max in [1, 20, 60] {
        let (counters, largest) = run(cells_max);
        // What the last touchpoint adds comes on top, and who goes cold meanwhile.
        assert!(largest < cells_max + 70, "{largest} cells where {cells_max} are the most");
        assert_eq!(counters, all, "with {cells_max} cells");
    }
}
