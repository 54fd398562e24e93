//! What a release does that meets states of another one: it makes them anew where the log has all
//! that is in them, and leaves them alone where it has not.

use codec::control::Secret;
use engine::sim::{Broker, SimLog, SimStore, alone};
use engine::{
    Node, Pace, Produced, Settings, StateStore, StateWrite, TaskId, Topics, Verdict, Worker,
};
use model::{Draft, Span, Timestamp};
use std::cell::RefCell;
use std::sync::Arc;

const LOW: &[u8] = b"m";

fn settings() -> Arc<Settings> {
    Arc::new(Settings {
        topics: Topics::new("desirepath", "", 1),
        map: rules::default_map(),
        secret: Secret::new(&[7; 32]).expect("a secret"),
        clock_skew_max: Span::from_hours(1),
        direct: None,
    })
}

fn append(world: &RefCell<Broker>, settings: &Settings, count: u64) {
    for number in 0..count {
        let draft = Draft {
            event_id: format!("e{number}"),
            time: Timestamp::from_millis(1_767_571_200_000 + number as i64 * 60_000),
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

fn read_to_the_end(log: SimLog, store: SimStore) -> Result<Worker<SimLog, SimStore>, Verdict> {
    let mut worker = Worker::new(log, store, settings(), Pace::default(), 1)?;
    while !worker.is_caught_up()? {
        worker.turn(None, 0)?;
    }
    Ok(worker)
}

/// The low position of a task, with another version before it.
fn of_another_release(store: &SimStore, task: TaskId, change: i16) -> Vec<u8> {
    let mut low = store.get(task, LOW).expect("a store").expect("a low position");
    low[0] = low[0].checked_add_signed(i8::try_from(change).expect("small")).expect("a version");
    low
}

#[test]
fn states_of_another_release_go_only_where_the_log_gives_them_again() {
    for node in [Node::Journey, Node::Insight] {
        for (change, is_whole) in [(-1, true), (1, true), (-1, false), (1, false)] {
            let (settings, task) = (settings(), TaskId { node, partition: 0 });
            let (world, log, mut store) = alone(&settings.topics);
            append(&world, &settings, 5);
            let mut worker = read_to_the_end(log, store.clone()).expect("a first release");
            worker.flush().expect("a flush");
            let other = of_another_release(&store, task, change);
            let write = StateWrite { key: LOW.to_vec(), value: Some(other.clone()) };
            store.write(task, &[write]).expect("a write");

            let (again, log, _) = alone(&settings.topics);
            append(&again, &settings, 5);
            let input = match node {
                Node::Journey => settings.topics.touchpoints.clone(),
                Node::Insight => settings.topics.frames.clone(),
            };
            if !is_whole {
                let lane = (input, 0);
                again.borrow_mut().append(lane.clone(), Timestamp::LAST, Produced::default());
                again.borrow_mut().trim(&lane, 1);
            }
            // Those of the other task are further than this log is.
            let other_node = if node == Node::Journey { Node::Insight } else { Node::Journey };
            store.clear(TaskId { node: other_node, partition: 0 }).expect("a clear");
            let begun = Worker::new(log, store.clone(), settings, Pace::default(), 2);
            let what = format!("{node:?}, version {change:+}, whole {is_whole}");
            let left = store.get(task, LOW).expect("a store");
            match begun.map(|_| ()) {
                Ok(()) => assert_eq!((is_whole, left), (true, None), "{what}"),
                Err(Verdict::Refuse(why)) => {
                    assert!(!is_whole && why.ends_with("[D0800]"), "{what}: {why}");
                    assert_eq!(left, Some(other), "{what}: states are gone");
                }
                Err(verdict) => panic!("{what}: {verdict:?}"),
            }
        }
    }
}
