//! States that the log has never committed are refused, whoever of them is loaded first.

use codec::control::Secret;
use engine::sim::{Broker, alone};
use engine::{
    Node, Pace, Produced, Settings, StateStore, StateWrite, TaskId, Topics, Verdict, Worker,
};
use model::{Draft, Span, Timestamp};
use std::cell::RefCell;
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

/// Touchpoints of as many customers.
fn append(world: &RefCell<Broker>, settings: &Settings, count: u64) {
    for number in 0..count {
        let draft = Draft {
            event_id: format!("e{number}"),
            time: Timestamp::from_millis(1_767_571_200_000),
            customer_id: format!("c{number}"),
            channel: "chat".to_owned(),
            kind: "enquiry_received".to_owned(),
            ..Draft::default()
        };
        let mut bytes = Vec::new();
        codec::encode::touchpoint(&draft, codec::frame::ids::TOUCHPOINT, &mut bytes);
        let record = Produced { key: draft.customer_id.into_bytes(), value: Some(bytes) };
        let lane = (settings.topics.touchpoints.clone(), 0);
        world.borrow_mut().append(lane, Timestamp::LAST, record);
    }
}

/// A folder whose states were copied after its log: of ten customers the log knows four. Where the
/// copy fell between the states and the low position, only the states say so, and nobody loads
/// those of the other six while the four are replayed.
#[test]
fn states_beyond_the_log_are_refused_also_where_the_low_position_is_not() {
    for node in [Node::Journey, Node::Insight] {
        let settings = settings();
        let (world, log, mut store) = alone(&settings.topics);
        append(&world, &settings, 10);
        let whole = Arc::clone(&settings);
        let mut worker = Worker::new(log, store.clone(), whole, Pace::default(), 1).expect("whole");
        while !worker.is_caught_up().expect("a log") {
            worker.turn(None, 0).expect("a turn");
        }
        worker.flush().expect("a flush");
        drop(worker);
        let task = TaskId { node, partition: 0 };
        let other = match node {
            Node::Journey => Node::Insight,
            Node::Insight => Node::Journey,
        };
        store.clear(TaskId { node: other, partition: 0 }).expect("a clear");
        let low = store.get(task, b"m").expect("a store").expect("a low position");
        let mut none = Vec::new();
        codec::state::encode_low(codec::state::Low::default(), &mut none);
        assert_ne!(low, none);
        store
            .write(task, &[StateWrite { key: b"m".to_vec(), value: Some(none) }])
            .expect("a write");

        let (world, log, _) = alone(&settings.topics);
        append(&world, &settings, 4);
        let begun = Worker::new(log, store, settings, Pace::default(), 2).map(|_| ());
        let refused = matches!(&begun, Err(Verdict::Corrupted(why)) if why.ends_with("[D0401]"));
        assert!(refused, "{node:?}: {begun:?}");
    }
}
