//! A replay: it says nothing, and whoever is killed in it again and again gets to its end.

use codec::control::Secret;
use engine::sim::{Broker, SimStore, alone, alone_again};
use engine::{Node, Pace, Produced, Settings, StateStore, TaskId, Topics, Worker};
use model::{Draft, Span, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

const RECORDS: u64 = 200;
const JOURNEY: TaskId = TaskId { node: Node::Journey, partition: 0 };

/// Nothing is written behind but by a replay: once it has taken two polls.
const PACE: Pace = Pace {
    poll_bytes: 4 << 20,
    commits_per_flush: 2,
    customers_max: 1_000,
    flushes_per_sync: 1,
    slice_bytes: 64 << 10,
    cells_max: usize::MAX,
};

struct Plant {
    broker: Rc<RefCell<Broker>>,
    store: SimStore,
    settings: Arc<Settings>,
}

impl Plant {
    /// All of a log is committed, and nothing is stored.
    fn unstored() -> Plant {
        let settings = Arc::new(Settings {
            topics: Topics::new("desirepath", "", 1),
            map: rules::default_map(),
            secret: Secret::new(&[7; 32]).expect("a secret"),
            clock_skew_max: Span::from_hours(1),
            direct: None,
        });
        let (broker, log, store) = alone(&settings.topics);
        for number in 0..RECORDS {
            let kinds = ["enquiry_received", "follow_up_sent", "purchase_made"];
            let draft = Draft {
                event_id: format!("e{number}"),
                time: Timestamp::from_millis(1_767_571_200_000 + number as i64 * 60_000),
                customer_id: format!("c{}", number % 40),
                channel: "chat".to_owned(),
                kind: kinds[(number / 40) as usize % 3].to_owned(),
                ..Draft::default()
            };
            let mut bytes = Vec::new();
            codec::encode::touchpoint(&draft, codec::frame::ids::TOUCHPOINT, &mut bytes);
            let record = Produced { key: draft.customer_id.into_bytes(), value: Some(bytes) };
            let lane = (settings.topics.touchpoints.clone(), 0);
            broker.borrow_mut().append(lane, Timestamp::LAST, record);
        }
        let seldom = Pace { commits_per_flush: u32::MAX, ..PACE };
        let (nowhere, settings_of) = (store.clone(), Arc::clone(&settings));
        let mut worker = Worker::new(log, nowhere, settings_of, seldom, 1).expect("a worker");
        while !worker.is_caught_up().expect("bounds") {
            worker.turn(None, 0).expect("a turn");
        }
        drop(worker);
        assert_eq!(stored(&store), 0, "something is stored");
        Plant { broker, store, settings }
    }

    /// One life: so many turns at most, then it is killed. How far its journeys are stored.
    fn live(&self, number: u32, turns: u32) -> (u64, bool) {
        let log = alone_again(&self.broker, &self.settings.topics);
        let (store, settings) = (self.store.clone(), Arc::clone(&self.settings));
        let mut worker = Worker::new(log, store, settings, PACE, number).expect("a worker");
        for _ in 0..turns {
            worker.turn(None, 0).expect("a turn");
        }
        (stored(&self.store), worker.replaying() == 0)
    }
}

/// Before which position the stored journeys hold everything.
fn stored(store: &SimStore) -> u64 {
    let low = store.get(JOURNEY, b"m").expect("a store");
    low.map_or(0, |low| codec::state::decode_low(&low).expect("a low position").position)
}

#[test]
fn whoever_is_killed_in_a_replay_again_and_again_gets_to_its_end() {
    let plant = Plant::unstored();
    let mut before = 0;
    for life in 2..200 {
        let (stored, is_over) = plant.live(life, 4);
        if is_over {
            return;
        }
        assert!(stored > before, "life {life} got no further than {before}");
        before = stored;
    }
    panic!("it never came to the end of the replay: {before} of {RECORDS}");
}

#[test]
fn what_was_replayed_is_stored_with_the_first_commit_after_it() {
    let plant = Plant::unstored();
    let log = alone_again(&plant.broker, &plant.settings.topics);
    let seldom = Pace { commits_per_flush: 1_000, ..PACE };
    let (store, settings) = (plant.store.clone(), Arc::clone(&plant.settings));
    let mut worker = Worker::new(log, store, settings, seldom, 2).expect("a worker");
    while worker.replaying() > 0 {
        worker.turn(None, 0).expect("a turn");
    }
    assert_eq!(stored(&plant.store), 0, "it was stored before anything was committed");
    let wall = Some(Timestamp::from_millis(1_799_107_200_000));
    while !worker.turn(wall, 0).expect("a turn").has_committed {}
    assert_eq!(stored(&plant.store), RECORDS);
}
