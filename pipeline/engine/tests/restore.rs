//! Which states a task begins with, on a group's log with a changelog: a store that cannot be
//! trusted is not used although it is there, and the changelog gives it back.

use codec::control::Secret;
use engine::sim::{Broker, Disk, Kind, Place, Plan, Rules, SimLog, SimStore};
use engine::{Node, Pace, Produced, Settings, StateStore, StateWrite, TaskId, Topics, Worker};
use model::{Draft, Span, Timestamp};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

const JOURNEY: TaskId = TaskId { node: Node::Journey, partition: 0 };
const INSIGHT: TaskId = TaskId { node: Node::Insight, partition: 0 };

/// Every commit is written behind, made sure and carried by the changelog.
const PACE: Pace = Pace {
    poll_bytes: 4 << 20,
    commits_per_flush: 1,
    customers_max: 1_000,
    flushes_per_sync: 1,
    slice_bytes: 256,
    cells_max: usize::MAX,
};

/// What a store holds, by task.
type States = BTreeMap<(Node, Vec<u8>), Vec<u8>>;

struct Plant {
    broker: Rc<RefCell<Broker>>,
    disk: Rc<RefCell<Disk>>,
    settings: Arc<Settings>,
    records: u64,
}

impl Plant {
    fn new() -> Plant {
        let settings = Arc::new(Settings {
            topics: Topics::new("desirepath", "", 1),
            map: rules::default_map(),
            secret: Secret::new(&[7; 32]).expect("a secret"),
            clock_skew_max: Span::from_hours(1),
        });
        let broker = Rc::new(RefCell::new(Broker::default()));
        broker.borrow_mut().assign(BTreeMap::from([(JOURNEY, 0), (INSIGHT, 0)]));
        Plant { broker, disk: Rc::default(), settings, records: 0 }
    }

    fn arrive(&mut self, count: u64) {
        for number in self.records..self.records + count {
            let draft = Draft {
                event_id: format!("e{number}"),
                time: Timestamp::from_millis(1_767_571_200_000 + number as i64 * 60_000),
                customer_id: format!("c{}", number % 8),
                channel: "chat".to_owned(),
                kind: "enquiry_received".to_owned(),
                ..Draft::default()
            };
            let mut bytes = Vec::new();
            codec::encode::touchpoint(&draft, codec::frame::ids::TOUCHPOINT, &mut bytes);
            let record = Produced { key: draft.customer_id.into_bytes(), value: Some(bytes) };
            let lane = (self.settings.topics.touchpoints.clone(), 0);
            self.broker.borrow_mut().append(lane, Timestamp::LAST, record);
        }
        self.records += count;
    }

    fn store(&self) -> SimStore {
        SimStore::new(&self.disk, &self.broker, Rules::default(), Rc::new(|_| Ok(())))
    }

    /// A process starts on the disk.
    fn start(&self) -> Worker<SimLog, SimStore> {
        let plan = Rc::new(RefCell::new(Plan { take: [8; 4], ..Plan::default() }));
        let place = Place {
            who: 0,
            kind: Kind::Cluster,
            broker: Rc::clone(&self.broker),
            plan,
            pause: Rc::new(|_| Ok(())),
            rules: Rules::default(),
        };
        let log = SimLog::open(place, &self.settings.topics);
        Worker::new(log, self.store(), Arc::clone(&self.settings), PACE, 1).expect("a worker")
    }

    /// It lives until all is counted and the changelog has gone on with it; bytes that its tasks
    /// took from their changelogs.
    fn live(&self) -> u64 {
        let mut worker = self.start();
        let mut restored: BTreeMap<TaskId, u64> = BTreeMap::new();
        for second in 0..200 {
            // The clock goes on, so that there is something to commit, and nobody goes cold.
            let wall = Timestamp::from_millis(1_767_571_200_000 + 3 * 3_600_000 + second * 1_000);
            worker.turn(Some(wall), 0).expect("a turn");
            for progress in worker.restoring() {
                restored.insert(progress.task, progress.bytes);
            }
        }
        // What the last commits have said is counted, and nothing more is due.
        (0..20).for_each(|_| _ = worker.turn(None, 0).expect("a turn"));
        assert!(worker.is_caught_up().expect("bounds"), "it is not caught up");
        restored.into_values().sum()
    }

    /// The states of customers and the counters, without what belongs to the store's own life.
    fn states(&self) -> States {
        let (store, mut states) = (self.store(), States::new());
        for task in [JOURNEY, INSIGHT] {
            store
                .scan(task, &[], &mut |key, value| {
                    if key.len() > 1 && key[0] != b'o' {
                        states.insert((task.node, key.to_vec()), value.to_vec());
                    }
                    true
                })
                .expect("a store");
        }
        states
    }

    /// Takes a state of a customer away, as if it had not been written yet.
    fn forget_a_customer(&self) {
        let mut store = self.store();
        let is_customer = |(node, key): &&(Node, Vec<u8>)| *node == Node::Journey && key[0] == b'j';
        let states = self.states();
        let (_, key) = states.keys().find(is_customer).expect("a customer").clone();
        store.write(JOURNEY, &[StateWrite { key, value: None }]).expect("written");
    }
}

#[test]
fn a_store_that_was_being_restored_is_restored_from_the_beginning() {
    let mut plant = Plant::new();
    plant.arrive(40);
    assert_eq!(plant.live(), 0, "a first start takes nothing from a changelog");
    let whole = plant.states();
    assert_eq!(plant.live(), 0, "a whole store is used as it is");
    plant.forget_a_customer();
    let is_restoring = StateWrite { key: b"r".to_vec(), value: Some(Vec::new()) };
    plant.store().write(JOURNEY, &[is_restoring]).expect("written");
    assert!(plant.live() > 0, "states of which some are missing were used");
    assert_eq!(plant.states(), whole);
    assert_eq!(plant.store().get(JOURNEY, b"r"), Ok(None), "it is whole, and does not say so");
}

#[test]
fn whoever_dies_while_it_restores_leaves_a_store_that_says_so() {
    let mut plant = Plant::new();
    plant.arrive(40);
    plant.live();
    let whole = plant.states();
    plant.disk = Rc::default();
    for turns in 0.. {
        let mut worker = plant.start();
        for _ in 0..turns {
            worker.turn(None, 0).expect("a turn");
        }
        if worker.restoring().is_empty() {
            assert!(turns > 1, "it was restored at once: nobody could die in it");
            break;
        }
        let says_so = [JOURNEY, INSIGHT].map(|task| {
            let is_away = plant.store().get(task, b"m").expect("a store").is_none();
            is_away || plant.store().get(task, b"r").expect("a store").is_some()
        });
        let done = worker.restoring().len();
        assert!(says_so.iter().filter(|says_so| **says_so).count() >= done, "after {turns} turns");
    }
    plant.live();
    assert_eq!(plant.states(), whole);
}

#[test]
fn a_store_that_others_have_gone_past_is_restored_and_not_gone_on_with() {
    let mut plant = Plant::new();
    plant.arrive(40);
    plant.live();
    let old = plant.disk.borrow().clone();
    plant.arrive(40);
    plant.live();
    let whole = plant.states();
    plant.disk = Rc::new(RefCell::new(old));
    assert!(plant.live() > 0, "a store from before was used");
    assert_eq!(plant.states(), whole);
}
