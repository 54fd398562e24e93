//! The rules by which a commit is told from one that never was: each broken once by a trace of the
//! checked model, and tried here on a broker.

use crate::proxy::{END_TXN, Loss, Proxy, TXN_OFFSET_COMMIT};
use crate::share;
use crate::world::{PATIENCE, Polled, World, broker, folder, part, task, world};
use engine::{Log, Mark, Part, Verdict};
use kafka::{KafkaLog, Settings};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tests::{Broker, free_ports};

/// A broker behind a proxy that loses things, for one test at a time.
struct Behind {
    proxy: Proxy,
    broker: Broker,
}

fn behind() -> MutexGuard<'static, Behind> {
    static BEHIND: OnceLock<Mutex<Behind>> = OnceLock::new();
    let start = || {
        let (port, listener) = (free_ports(), TcpListener::bind("127.0.0.1:0").expect("a port"));
        let proxy = Proxy::start(listener, port);
        let broker = Broker::start_behind(&folder("proxied"), port, proxy.port);
        Mutex::new(Behind { proxy, broker })
    };
    BEHIND.get_or_init(start).lock().unwrap_or_else(PoisonError::into_inner)
}

/// A producer of another program that commits marks of the group, as another instance would, but
/// stops where it is told to.
struct Other {
    producer: BaseProducer,
    consumer: BaseConsumer,
}

impl Other {
    fn new(world: &World) -> Other {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &world.settings.brokers);
        let consumer = config.clone().set("group.id", &world.settings.application).create();
        let id = format!("{}-other", world.settings.application);
        let producer: BaseProducer =
            config.set("transactional.id", id).create().expect("a producer");
        producer.init_transactions(PATIENCE).expect("initialised");
        Other { producer, consumer: consumer.expect("a consumer") }
    }

    /// Sends a mark in a transaction that stays open.
    fn send(&self, world: &World, part: &Part) {
        let Mark { position, as_of, sequence, attempt, .. } = part.mark;
        let mut list = TopicPartitionList::new();
        let mut element = list.add_partition(&world.input, part.task.partition as i32);
        element.set_offset(Offset::Offset(position as i64)).expect("an offset");
        element.set_metadata(format!("1;{};{sequence};{attempt}", as_of.millis()));
        let group = self.consumer.group_metadata().expect("a group");
        self.producer.begin_transaction().expect("begun");
        let sent = self.producer.send_offsets_to_transaction(&list, &group, PATIENCE);
        sent.expect("sent");
    }

    fn commit(&self) {
        self.producer.commit_transaction(PATIENCE).expect("committed");
    }
}

#[test]
fn a_mark_is_read_only_once_the_transaction_that_carries_it_is_decided() {
    let world = world(broker(), "undecided", 1);
    world.send(0, (0..3).map(|n| n.to_string()));
    let other = Other::new(&world);
    let (first, second) = (part(0, 1, 1, 7), part(0, 2, 2, 7));
    other.send(&world, &first);
    other.commit();
    other.send(&world, &second);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut log = world.open();
            log.committed(task(0))
        });
        thread::sleep(Duration::from_secs(2));
        assert!(!reader.is_finished(), "a mark was read before its successor was decided");
        other.commit();
        assert_eq!(reader.join().expect("a reader"), Ok(second.mark));
    });
}

#[test]
fn a_zombie_commits_nothing_and_a_task_that_comes_back_is_given_anew() {
    let world = world(broker(), "zombie-member", 2);
    let mut first = world.open();
    let mut stalls = Settings { instance: "two".to_owned(), ..world.settings.clone() };
    for key in ["session.timeout.ms", "max.poll.interval.ms"] {
        stalls.client.insert(key.to_owned(), "6000".to_owned());
    }
    let mut zombie = KafkaLog::open(stalls).expect("a second instance");
    share(&mut first, &mut zombie);
    let gone = zombie.tasks()[0].partition;
    let (known, until) = (first.assignment(), Instant::now() + PATIENCE);
    // The second one polls no more, and is taken for dead.
    while first.tasks().len() != 2 {
        assert!(Instant::now() < until, "the task does not come back");
        first.poll(1 << 20, 50, &mut Polled::default()).expect("polled");
    }
    assert!(first.assignment() > known, "nobody could tell that the task was away");
    let late = zombie.commit(&world.transaction(part(gone, 0, 1, 2), &["of the zombie"]));
    assert!(matches!(late, Verdict::Abort(_) | Verdict::Fenced(_)), "{late:?}");
    assert_eq!(first.committed(task(gone)), Ok(Mark::NONE));
    let ours = part(gone, 0, 1, 1);
    assert_eq!(first.commit(&world.transaction(ours, &["of the owner"])), Verdict::Done);
    assert_eq!(first.committed(task(gone)), Ok(ours.mark));
    assert_eq!(world.output(), BTreeMap::from([(gone, vec!["of the owner".to_owned()])]));
}

#[test]
fn a_commit_whose_answer_is_lost_is_decided_by_its_mark() {
    let behind = behind();
    let proxy = &behind.proxy;
    let mut world = world(&behind.broker.address, "answer", 1);
    world.settings.deadlines.commit = Duration::from_secs(2);
    let mut log = world.open();
    let first = part(0, 1, 1, 1);
    proxy.lose(Loss::Answer(END_TXN));
    assert_eq!(log.commit(&world.transaction(first, &["answer lost"])), Verdict::Done);
    assert!(proxy.has_lost(), "no answer was lost");
    assert_eq!(log.committed(task(0)), Ok(first.mark));
    for (key, what) in [(END_TXN, "the end"), (TXN_OFFSET_COMMIT, "the offsets")] {
        proxy.lose(Loss::Request(key));
        let verdict = log.commit(&world.transaction(part(0, 2, 2, 1), &[what]));
        assert!(matches!(verdict, Verdict::Abort(_)), "{what}: {verdict:?}");
        assert!(proxy.has_lost(), "{what} was not lost");
        assert_eq!(log.committed(task(0)), Ok(first.mark), "{what}");
    }
    assert_eq!(log.commit(&world.transaction(part(0, 2, 2, 1), &["nothing lost"])), Verdict::Done);
    let expected = ["answer lost", "nothing lost"].map(str::to_owned).to_vec();
    assert_eq!(world.output(), BTreeMap::from([(0, expected)]));
}

#[test]
fn a_commit_of_another_with_the_same_sequence_is_not_taken_for_ones_own() {
    let behind = behind();
    let proxy = &behind.proxy;
    let mut world = world(&behind.broker.address, "attempt", 1);
    world.settings.deadlines.commit = Duration::from_secs(2);
    let (ours, theirs) = (part(0, 1, 1, 1), part(0, 1, 1, 2));
    let other = Other::new(&world);
    // A group without members takes marks of a producer that belongs to none.
    other.send(&world, &theirs);
    other.commit();
    let mut log = world.open();
    proxy.lose(Loss::Request(END_TXN));
    let verdict = log.commit(&world.transaction(ours, &["never was"]));
    assert!(proxy.has_lost(), "no end was lost");
    assert!(matches!(verdict, Verdict::Fenced(_)), "{verdict:?}");
    assert_eq!(log.committed(task(0)), Ok(theirs.mark));
    assert_eq!(world.output(), BTreeMap::new());
}

#[test]
fn the_end_of_a_commit_that_was_given_up_ends_no_later_one() {
    let behind = behind();
    let proxy = &behind.proxy;
    let mut world = world(&behind.broker.address, "torn", 1);
    world.settings.deadlines.commit = Duration::from_secs(2);
    let mut log = world.open();
    proxy.lose(Loss::Late(END_TXN));
    let given_up = log.commit(&world.transaction(part(0, 1, 1, 1), &["given up"]));
    assert!(matches!(given_up, Verdict::Abort(_)), "{given_up:?}");
    // The next one has written its records and its mark when the first end arrives after all.
    let next = part(0, 1, 1, 2);
    proxy.lose(Loss::Deliver(END_TXN));
    assert_eq!(log.commit(&world.transaction(next, &["the next"])), Verdict::Done);
    assert!(proxy.has_lost(), "the late end did not come");
    assert_eq!(log.committed(task(0)), Ok(next.mark));
    assert_eq!(world.output(), BTreeMap::from([(0, vec!["the next".to_owned()])]));
}
