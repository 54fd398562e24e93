//! What a worker tells of its own work: what it has committed, each touchpoint and letter once.

use codec::control::Secret;
use codec::encode::{self, Letter};
use codec::{DeadClass, LateClass, frame};
use engine::sim::{Broker, SimLog, SimStore, alone};
use engine::{Node, Pace, Produced, Settings, Tally, TaskId, Topics, Worker};
use model::{Draft, Late, Span, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

const T: Timestamp = Timestamp::from_millis(1_767_571_200_000);

/// A log with one partition, and what a worker reads it with.
struct World {
    broker: Rc<RefCell<Broker>>,
    log: Option<(SimLog, SimStore)>,
    settings: Arc<Settings>,
}

impl World {
    fn new() -> World {
        let settings = Arc::new(Settings {
            topics: Topics::new("desirepath", "", 1),
            map: model::JourneyMap { late: Late::Divert, ..rules::default_map() },
            secret: Secret::new(&[7; 32]).expect("a secret"),
            clock_skew_max: Span::from_hours(1),
            direct: None,
        });
        let (broker, log, store) = alone(&settings.topics);
        World { broker, log: Some((log, store)), settings }
    }

    fn worker(&mut self, pace: Pace) -> Worker<SimLog, SimStore> {
        let (log, store) = self.log.take().expect("one worker");
        Worker::new(log, store, Arc::clone(&self.settings), pace, 1).expect("a worker")
    }

    fn append(&self, append_time: Timestamp, value: Vec<u8>) {
        let lane = (self.settings.topics.touchpoints.clone(), 0);
        let record = Produced { key: Vec::new(), value: Some(value) };
        self.broker.borrow_mut().append(lane, append_time, record);
    }
}

fn touchpoint(event: &str, customer: &str) -> Vec<u8> {
    let draft = Draft {
        event_id: event.to_owned(),
        customer_id: customer.to_owned(),
        channel: "chat".to_owned(),
        kind: "enquiry_received".to_owned(),
        time: T,
        ..Draft::default()
    };
    let mut bytes = Vec::new();
    encode::touchpoint(&draft, frame::ids::TOUCHPOINT, &mut bytes);
    bytes
}

fn letter(class: DeadClass) -> Vec<u8> {
    let (bytes, topic, error) = (&b"1;2"[..], "file.csv", "no customer [D0101]");
    let letter = Letter { bytes, key: None, topic, partition: 0, offset: 3, error, time: T };
    let mut value = Vec::new();
    encode::dead_letter(&letter, class, frame::ids::DEAD_LETTER, &mut value);
    value
}

fn read_to_the_end(worker: &mut Worker<SimLog, SimStore>) -> Tally {
    while !worker.is_caught_up().expect("bounds") {
        worker.turn(None, 0).expect("a turn");
    }
    worker.tally()
}

fn found(tally: &Tally) -> [u64; 3] {
    [tally.hot, tally.stored, tally.nowhere]
}

#[test]
fn a_customer_is_new_once_then_in_memory_and_in_the_store_when_let_go_of() {
    let mut world = World::new();
    world.append(T, touchpoint("e1", "ann"));
    world.append(T, touchpoint("e2", "ann"));
    world.append(T, touchpoint("e3", "bea"));
    // Whenever it writes behind, it lets go of everybody.
    let pace = Pace { commits_per_flush: 1, customers_max: 0, ..Pace::default() };
    let mut worker = world.worker(pace);
    assert_eq!(found(&read_to_the_end(&mut worker)), [1, 0, 2], "one commit");
    world.append(T, touchpoint("e4", "ann"));
    world.append(T, touchpoint("e5", "ann"));
    assert_eq!(found(&read_to_the_end(&mut worker)), [2, 1, 2], "after a flush");
    world.append(T, touchpoint("e4", "ann"));
    assert_eq!(found(&read_to_the_end(&mut worker)), [2, 2, 2], "a duplicate asks as well");
}

#[test]
fn letters_are_told_by_their_class_whoever_wrote_them() {
    let mut world = World::new();
    let taken = |hours| T.plus(Span::from_hours(hours));
    for (append_time, value) in [
        (taken(0), b"{".to_vec()),
        (taken(0), vec![0, 0, 0, 0, 99]),
        (taken(-2), touchpoint("e1", "ann")),
        (taken(49), touchpoint("e2", "ann")),
        (taken(0), touchpoint("", "ann")),
        (taken(0), letter(DeadClass::Schema)),
        (taken(0), letter(DeadClass::Oversize)),
    ] {
        world.append(append_time, value);
    }
    let tally = read_to_the_end(&mut world.worker(Pace::default()));
    let dead: Vec<(DeadClass, u64)> = tally.dead().collect();
    assert_eq!(
        dead,
        [
            (DeadClass::Malformed, 1),
            (DeadClass::Schema, 2),
            (DeadClass::Invalid, 1),
            (DeadClass::Future, 1),
            (DeadClass::Oversize, 1),
        ]
    );
    let late: Vec<(LateClass, u64)> = tally.late().filter(|(_, count)| *count > 0).collect();
    assert_eq!(late, [(LateClass::Grace, 1)]);
}

/// A process that begins with an empty store, behind what a former one has committed.
#[test]
fn what_is_replayed_is_told_no_second_time() {
    let append = |world: &World| {
        world.append(T, touchpoint("e1", "ann"));
        world.append(T, b"{".to_vec());
    };
    let (mut before, mut world) = (World::new(), World::new());
    append(&before);
    append(&world);
    read_to_the_end(&mut before.worker(Pace::default()));
    let task = TaskId { node: Node::Journey, partition: 0 };
    let mark = before.broker.borrow().last_mark(task);
    assert_eq!(mark.position, 2);
    world.broker.borrow_mut().commit(&[(task, mark)], &[]);
    let mut worker = world.worker(Pace::default());
    assert_eq!(worker.replaying(), 1);
    assert_eq!(read_to_the_end(&mut worker), Tally::default());
    world.append(T, touchpoint("e2", "ann"));
    assert_eq!(found(&read_to_the_end(&mut worker)), [1, 0, 0]);
}

#[test]
fn tasks_say_when_the_log_took_what_they_applied_last() {
    let mut world = World::new();
    let mut worker = world.worker(Pace::default());
    assert_eq!(worker.journeys()[&0].append_time(), Timestamp::NEVER);
    let last = T.plus(Span::from_hours(1));
    world.append(T, touchpoint("e1", "ann"));
    world.append(last, touchpoint("e2", "ann"));
    read_to_the_end(&mut worker);
    assert_eq!(worker.journeys()[&0].append_time(), last);
    assert!(worker.insights()[&0].append_time().is_admissible());
}
