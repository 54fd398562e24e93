//! What of a long history is read and written: the part that a touchpoint concerns.

use codec::control::Secret;
use engine::sim::{Broker, SimLog, SimStore, alone};
use engine::{
    BatchFold, Node, Pace, Produced, Record, Settings, StateStore, StateWrite, TaskId, Topics,
    Verdict, Worker,
};
use model::{Draft, Span, Timestamp};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

const BEGIN: i64 = 1_767_571_200_000;
const TASK: TaskId = TaskId { node: Node::Journey, partition: 0 };

fn settings() -> Arc<Settings> {
    Arc::new(Settings {
        topics: Topics::new("desirepath", "", 1),
        map: rules::default_map(),
        secret: Secret::new(&[7; 32]).expect("a secret"),
        clock_skew_max: Span::from_hours(1),
    })
}

/// A store that tells what was asked of the journey task's part of it, by the kind of key.
#[derive(Clone)]
struct Telling {
    store: SimStore,
    /// Whether the next chapter that is asked for cannot be read.
    fails: Rc<Cell<bool>>,
    told: Rc<RefCell<Vec<String>>>,
}

impl Telling {
    fn tell(&self, task: TaskId, what: &str, key: &[u8], bytes: usize) {
        if task.node == Node::Journey {
            let kind = match key.first() {
                Some(b'j') => "head",
                Some(b'k') if bytes > 1_000 => "page",
                Some(b'k') => "chapter",
                Some(b'd') => "deadline",
                _ => "task",
            };
            self.told.borrow_mut().push(format!("{what} {kind}"));
        }
    }

    /// What was told since the last time, but of the task itself.
    fn take(&self) -> Vec<String> {
        let told = std::mem::take(&mut *self.told.borrow_mut());
        told.into_iter().filter(|told| !told.ends_with("task")).collect()
    }
}

impl StateStore for Telling {
    fn get(&self, task: TaskId, key: &[u8]) -> Result<Option<Vec<u8>>, Verdict> {
        if key.first() == Some(&b'k') && self.fails.take() {
            return Err(Verdict::Retry("a disk that does not answer".to_owned()));
        }
        let value = self.store.get(task, key)?;
        self.tell(task, "read", key, value.as_ref().map_or(0, Vec::len));
        Ok(value)
    }

    fn scan(
        &self,
        task: TaskId,
        prefix: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), Verdict> {
        self.store.scan(task, prefix, visit)
    }

    fn write(&mut self, task: TaskId, writes: &[StateWrite]) -> Result<(), Verdict> {
        for write in writes {
            let bytes = write.value.as_ref().map_or(0, Vec::len);
            self.tell(task, "wrote", &write.key, bytes);
        }
        self.store.write(task, writes)
    }

    fn clear(&mut self, task: TaskId) -> Result<(), Verdict> {
        self.store.clear(task)
    }

    fn sync(&mut self) -> Result<(), Verdict> {
        self.store.sync()
    }
}

/// The touchpoints that give the customer up, both in one chapter or at its beginning. A path lies
/// between them: what comes late there asks for nothing before it, and changes nothing behind it.
const LOST: [i64; 2] = [223, 252];

/// One customer, a page view every minute but one.
fn append(world: &RefCell<Broker>, settings: &Settings, number: i64, minutes: i64) {
    let draft = Draft {
        event_id: format!("e{number}"),
        time: Timestamp::from_millis(BEGIN + minutes * 60_000),
        customer_id: "ann".to_owned(),
        channel: "website".to_owned(),
        kind: if LOST.contains(&number) { "lost" } else { "page_viewed" }.to_owned(),
        ..Draft::default()
    };
    let mut value = Vec::new();
    codec::encode::touchpoint(&draft, codec::frame::ids::TOUCHPOINT, &mut value);
    let record = Produced { key: b"ann".to_vec(), value: Some(value) };
    let lane = (settings.topics.touchpoints.clone(), 0);
    world.borrow_mut().append(lane, Timestamp::LAST, record);
}

/// One process that flushes when it is told to.
fn begin(
    settings: &Arc<Settings>,
    customers_max: usize,
) -> (Rc<RefCell<Broker>>, Telling, Worker<SimLog, Telling>) {
    let (world, log, store) = alone(&settings.topics);
    let store = Telling { store, fails: Rc::default(), told: Rc::default() };
    let pace = Pace { commits_per_flush: u32::MAX, customers_max, ..Pace::default() };
    let worker = Worker::new(log, store.clone(), Arc::clone(settings), pace, 1);
    (world, store, worker.expect("a worker"))
}

fn catch_up(worker: &mut Worker<SimLog, Telling>) {
    while !worker.is_caught_up().expect("bounds") {
        worker.turn(None, 0).expect("a turn");
    }
}

/// The counters are those of the batch fold over the whole log.
fn audit(world: &RefCell<Broker>, worker: &Worker<SimLog, Telling>, settings: &Arc<Settings>) {
    let mut fold = BatchFold::new(Arc::clone(settings), 0);
    let world = world.borrow();
    for (position, (_, record)) in world.records(&settings.topics.touchpoints).enumerate() {
        fold.add(&Record {
            position: position as u64,
            append_time: Timestamp::LAST,
            key: &record.key,
            value: record.value.as_deref(),
        });
    }
    let expected = fold.ledger(worker.journeys()[&0].as_of());
    let expected: Vec<_> = expected.iter().filter(|(_, counter)| !counter.is_zero()).collect();
    let counted = worker.insights()[&0].ledger();
    let counted: Vec<_> = counted.iter().filter(|(_, counter)| !counter.is_zero()).collect();
    let plain = |rows: &[(&insight::CounterId, &insight::Counter)]| -> Vec<String> {
        let row = |(id, counter): &(&insight::CounterId, &insight::Counter)| {
            format!("{id:?} {} {:?}", counter.count, counter.amounts)
        };
        let mut rows: Vec<String> = rows.iter().map(row).collect();
        rows.sort_unstable();
        rows
    };
    assert_eq!(plain(&counted), plain(&expected));
}

#[test]
fn a_long_history_is_read_and_written_only_where_a_touchpoint_falls() {
    let settings = settings();
    let (world, store, mut worker) = begin(&settings, 100);
    for number in 0..1_000 {
        append(&world, &settings, number, number * 2);
    }
    catch_up(&mut worker);
    store.take();
    worker.flush().expect("a flush");
    let wrote = store.take();
    let count = |what: &str| wrote.iter().filter(|told| *told == what).count();
    assert_eq!((count("wrote head"), count("wrote chapter"), count("wrote page")), (1, 31, 2));
    worker.flush().expect("a flush");
    assert_eq!(store.take(), [""; 0], "what is stored is not written again");

    append(&world, &settings, 1_000, 2_000);
    catch_up(&mut worker);
    worker.flush().expect("a flush");
    // What is told next is that the landmark has come, and no touchpoint moves that.
    assert_eq!(store.take(), ["wrote head"], "in order: the head alone, and nothing is read");

    append(&world, &settings, 1_001, 501);
    catch_up(&mut worker);
    assert_eq!(store.take(), ["read chapter"], "late: the chapter that it falls into");
    worker.flush().expect("a flush");
    let late = ["wrote chapter", "wrote page", "wrote head"];
    assert_eq!(store.take(), late, "late: the chapter and its page");

    append(&world, &settings, 300, 600);
    catch_up(&mut worker);
    assert_eq!(store.take(), ["read chapter", "read chapter"], "twice: the chapter that has it");
    worker.flush().expect("a flush");
    assert_eq!(store.take(), ["wrote head"], "twice: nothing has changed");
    audit(&world, &worker, &settings);
}

#[test]
fn whoever_was_let_go_is_loaded_without_a_chapter() {
    let settings = settings();
    let (world, store, mut worker) = begin(&settings, 0);
    for number in 0..1_000 {
        append(&world, &settings, number, number * 2);
    }
    catch_up(&mut worker);
    worker.flush().expect("a flush");
    store.take();
    append(&world, &settings, 1_002, 2_002);
    catch_up(&mut worker);
    assert_eq!(store.take(), ["read head", "read page", "read page"]);
    audit(&world, &worker, &settings);
}

#[test]
fn states_of_another_release_are_discarded_and_made_again() {
    let settings = settings();
    let (world, mut store, mut worker) = begin(&settings, 100);
    for number in 0..100 {
        append(&world, &settings, number, number % 7 * 600);
    }
    catch_up(&mut worker);
    worker.flush().expect("a flush");
    // As the release before wrote them: a position without a version, and a head in its form.
    let old = |key: &[u8], value: Vec<u8>| StateWrite { key: key.to_vec(), value: Some(value) };
    let head = old(b"jann", [2, 100, 0, 0, 0, 1, 0, 0, 0].to_vec());
    store.write(TASK, &[old(b"m", 100_u64.to_le_bytes().to_vec()), head]).expect("a write");
    begin_anew(&world, &store, &mut worker, &settings);
    audit(&world, &worker, &settings);
    worker.flush().expect("a flush");
    let head = store.get(TASK, b"jann").expect("a store").expect("a head");
    assert_eq!(head[0], 7, "it is written as this release does");
}

/// A late touchpoint, whose chapter cannot be read: the worker says so and commits nothing of it;
/// then it begins anew from what is committed.
fn begin_anew(
    world: &RefCell<Broker>,
    store: &Telling,
    worker: &mut Worker<SimLog, Telling>,
    settings: &Settings,
) {
    append(world, settings, 1_000, 11);
    store.fails.set(true);
    let verdict = loop {
        match worker.turn(None, 0) {
            Ok(turn) => assert!(!turn.has_committed, "what could not be read was committed"),
            Err(verdict) => break verdict,
        }
    };
    assert!(matches!(verdict, Verdict::Retry(_)), "{verdict:?}");
    catch_up(worker);
}

#[test]
fn a_store_that_does_not_answer_stops_the_turn_and_nothing_of_it_counts() {
    let settings = settings();
    let (world, store, mut worker) = begin(&settings, 100);
    for number in 0..200 {
        append(&world, &settings, number, number * 2);
    }
    catch_up(&mut worker);
    worker.flush().expect("a flush");
    begin_anew(&world, &store, &mut worker, &settings);
    audit(&world, &worker, &settings);
}

#[test]
fn what_comes_for_a_sealed_time_is_late_and_the_audit_says_so_too() {
    let mut sealing = settings();
    Arc::get_mut(&mut sealing).expect("the only one").map.touchpoints_max = 64;
    let (world, store, mut worker) = begin(&sealing, 0);
    for number in 0..300 {
        append(&world, &sealing, number, number * 2);
        // Sent again: sealed meanwhile, or a duplicate.
        append(&world, &sealing, number / 2, number / 2 * 2);
        if number % 50 == 0 {
            catch_up(&mut worker);
            worker.flush().expect("a flush");
        }
    }
    catch_up(&mut worker);
    let state = worker.journeys()[&0].customer(&store, "ann").expect("a store").expect("ann");
    assert!(state.len() <= 64, "{} are kept", state.len());
    let seal = state.seal().expect("a seal");
    assert_eq!(seal.touchpoints as usize + state.len(), 300, "each counts once");
    audit(&world, &worker, &sealing);
    let broker = world.borrow();
    let late: Vec<_> = broker.records(&sealing.topics.late).collect();
    assert!(late.len() > 100, "only {} are late", late.len());
    let schema = codec::schemas::of(codec::frame::ids::LATE).expect("a schema").json;
    let schema = apache_avro::Schema::parse_str(schema).expect("a schema");
    let reader = apache_avro::reader::datum::GenericDatumReader::builder(&schema);
    let reader = reader.build().expect("a reader");
    for (_, record) in late {
        let value = record.value.as_ref().expect("a value");
        let (_, mut datum) = codec::frame::split(value).expect("a frame");
        let read = format!("{:?}", reader.read_value(&mut datum).expect("a late record"));
        assert!(read.contains("\"sealed\"") && read.contains("[D0140]"), "{read}");
    }
}
