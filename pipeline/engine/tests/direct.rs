//! A topic of another system that the journey tasks read as it lies counts as its touchpoints
//! would, is begun where it is kept from, waits for schemas and is held before it fills the dead
//! letters.

#![allow(deprecated)]

use apache_avro::types::Value;
use apache_avro::{Schema, to_avro_datum};
use codec::control::Secret;
use codec::{Learned, Registered, Schemas};
use engine::sim::{Broker, again, alone};
use engine::{BatchFold, Direct, Pace, Produced, Record, Settings, Topics, Worker};
use insight::{CounterId, Ledger};
use model::{Span, Timestamp};
use rules::{Around, Mapping, Occurrences, Row, parse_mapping};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

const PARTITIONS: u32 = 3;
const T: i64 = 1_767_571_200_000;

const SCHEMA: &str = r#"{"type": "record", "name": "chat.Message", "fields": [
    {"name": "noise", "type": {"type": "array", "items": {"type": "map", "values": "string"}}},
    {"name": "id", "type": "string"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["IN", "OUT", "SALE"]}},
    {"name": "who", "type": ["null", {"type": "record", "name": "Who", "fields": [
        {"name": "number", "type": "int"}, {"name": "id", "type": "string"}]}]},
    {"name": "lines", "type": {"type": "array", "items": {"type": "record", "name": "Line",
        "fields": [{"name": "text", "type": "string"}, {"name": "price", "type": "double"}]}}}]}"#;

const MAPPING: &str = "
source = 'chat'
event_id = '.id'
time = '.at'
channel = 'chat'
kind = { of = '.kind', table = { IN = 'message_received', SALE = 'purchase_made' }, else = 'drop' }
customer_id = '.who.id'
subject = '.lines[1].text'
properties = { all = '.who', line = '.lines[0]' }
value = { amount = '.lines[0].price', unit = 'major', currency = 'EUR' }
";

/// A message of a customer.
fn message(number: i64, who: Option<&str>, kind: &str) -> Vec<u8> {
    let text = |text: &str| Value::String(text.to_owned());
    let field = |name: &str, value| (name.to_owned(), value);
    let who = match who {
        Some(id) => {
            let fields = vec![field("number", Value::Int(7)), field("id", text(id))];
            Value::Union(1, Box::new(Value::Record(fields)))
        }
        None => Value::Union(0, Box::new(Value::Null)),
    };
    let symbol = ["IN", "OUT", "SALE"].iter().position(|symbol| *symbol == kind).expect("a kind");
    let line = |number: i64| {
        let price = Value::Double(number as f64 + 0.5);
        Value::Record(vec![field("text", text(&format!("l{number}"))), field("price", price)])
    };
    let noise = Value::Map([("deaf".to_owned(), text("ening"))].into());
    let record = Value::Record(vec![
        field("noise", Value::Array(vec![noise.clone(), noise])),
        field("id", text(&format!("m{number}"))),
        field("at", Value::TimestampMillis(T + number * 1_000)),
        field("kind", Value::Enum(symbol as u32, kind.to_owned())),
        field("who", who),
        field("lines", Value::Array((0..number % 4).map(line).collect())),
    ]);
    let schema = Schema::parse_str(SCHEMA).expect("a schema");
    to_avro_datum(&schema, record).expect("a datum")
}

fn mapping() -> Mapping {
    parse_mapping(MAPPING, "chat.toml").expect("a mapping")
}

fn settings(schemas: Schemas, percent: u8) -> (Arc<Settings>, Arc<Direct>) {
    let plain = mapping().plain().expect("a plain mapping");
    let direct = Arc::new(Direct::new("chat", plain, schemas, percent));
    let mut topics = Topics::new("desirepath", "", PARTITIONS);
    topics.touchpoints = "chat".to_owned();
    let settings = Settings { topics, direct: Some(Arc::clone(&direct)), ..plain_settings() };
    (Arc::new(settings), direct)
}

fn plain_settings() -> Settings {
    Settings {
        topics: Topics::new("desirepath", "", PARTITIONS),
        map: rules::default_map(),
        secret: Secret::new(&[7; 32]).expect("a secret"),
        clock_skew_max: Span::from_hours(1),
        direct: None,
    }
}

fn of_file() -> Schemas {
    Schemas::of_file(SCHEMA, None).expect("schemas")
}

/// A datum with the number of its schema.
fn framed(id: u32, datum: &[u8]) -> Vec<u8> {
    [&[0][..], &id.to_be_bytes(), datum].concat()
}

type Records = Vec<(u32, Vec<u8>, Option<Vec<u8>>)>;

/// Records on their customers' partitions.
fn records(settings: &Settings, count: i64) -> Records {
    let kinds = ["IN", "OUT", "SALE", "IN"];
    (0..count)
        .map(|number| {
            let who = format!("v{}", number % 7);
            let partition = settings.topics.of_customer(who.as_bytes());
            let value = message(number, Some(&who), kinds[number as usize % kinds.len()]);
            (partition, who.into_bytes(), Some(value))
        })
        .collect()
}

fn append(broker: &Rc<RefCell<Broker>>, settings: &Settings, records: &Records) {
    let now = Timestamp::from_millis(T + 100_000);
    for (partition, key, value) in records {
        let record = Produced { key: key.clone(), value: value.clone() };
        broker.borrow_mut().append((settings.topics.touchpoints.clone(), *partition), now, record);
    }
}

/// What a world counts of records, and what the batch fold counts of them.
fn counted(settings: &Arc<Settings>, records: &Records) -> BTreeMap<String, i64> {
    let (broker, log, store) = alone(&settings.topics);
    append(&broker, settings, records);
    let worker = Worker::new(log, store, Arc::clone(settings), Pace::default(), 1);
    let mut worker = worker.expect("a worker");
    while !worker.is_caught_up().expect("bounds") {
        worker.turn(None, 0).expect("a turn");
    }
    let counters = totals(worker.insights().values().map(engine::InsightTask::ledger));
    let folds = (0..PARTITIONS).map(|partition| {
        let mut fold = BatchFold::new(Arc::clone(settings), partition);
        let broker = broker.borrow();
        for seen in broker.read(&(settings.topics.touchpoints.clone(), partition), 0) {
            let value = seen.record.value.as_deref();
            let (position, append_time) = (seen.position, seen.time);
            fold.add(&Record { position, append_time, key: &seen.record.key, value });
        }
        fold.ledger(worker.journeys()[&partition].as_of())
    });
    let folds: Vec<Ledger> = folds.collect();
    assert_eq!(totals(folds.iter()), counters, "the batch fold differs");
    counters
}

fn totals<'a>(ledgers: impl Iterator<Item = &'a Ledger>) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for (id, counter) in ledgers.flat_map(Ledger::iter) {
        let CounterId { series, size, start } = &id;
        *sums.entry(format!("{size} {start:?} {}", series.0)).or_default() += counter.count;
    }
    sums.retain(|_, count| *count != 0);
    sums
}

/// Records by what became of them.
fn admitted(counters: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    let prefix = format!("total None {}|", model::Family::Admission.name());
    let rows = counters.iter().filter(|row| row.0.starts_with(&prefix));
    let fate = |name: &str| name.rsplit('=').next().unwrap_or_default().to_owned();
    rows.map(|(name, count)| (fate(name), *count)).collect()
}

fn rows(expected: &[(&str, i64)]) -> BTreeMap<String, i64> {
    expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

/// The touchpoints that the mapping makes of whole rows, as a source that is copied has them.
fn copied(records: &Records) -> Records {
    let mut schemas = of_file();
    let mut copies = Vec::new();
    for (partition, key, value) in records {
        let text = schemas.value(value.as_deref().expect("a value")).expect("a row");
        let around = Around {
            topic: "chat".to_owned(),
            key: None,
            headers: BTreeMap::new(),
            received_at: Timestamp::NEVER,
            id: "none".to_owned(),
        };
        let row = Row::json(&text).expect("a row").within(&around);
        let drafts = mapping().drafts(&row, 1, &mut Occurrences::default()).expect("drafts");
        for draft in drafts {
            let mut bytes = Vec::new();
            codec::encode::touchpoint(&draft, codec::frame::ids::TOUCHPOINT, &mut bytes);
            copies.push((*partition, key.clone(), Some(bytes)));
        }
    }
    copies
}

#[test]
fn it_counts_what_its_touchpoints_would() {
    let (settings, _) = settings(of_file(), 100);
    let records = records(&settings, 60);
    let direct = counted(&settings, &records);
    assert_eq!(admitted(&direct), rows(&[("counted", 45)]), "the rest went out");
    assert_eq!(direct, counted(&Arc::new(plain_settings()), &copied(&records)));
}

#[test]
fn what_cannot_be_read_or_lies_elsewhere_is_a_dead_letter_and_stops_nothing() {
    let (settings, _) = settings(of_file(), 100);
    let own = settings.topics.of_customer(b"ann");
    let good = message(1, Some("ann"), "IN");
    let (key, other) = (b"ann".to_vec(), (own + 1) % PARTITIONS);
    let torn = good[..good.len() / 2].to_vec();
    let nobody = message(2, None, "IN");
    let records = vec![
        (own, key.clone(), Some(torn)),
        (own, key.clone(), None),
        (own, key.clone(), Some(nobody)),
        (other, key.clone(), Some(message(3, Some("ann"), "IN"))),
        (own, key.clone(), Some(good)),
        (own, key, Some(message(4, Some("ann"), "OUT"))),
    ];
    let counters = counted(&settings, &records);
    assert_eq!(admitted(&counters), rows(&[("counted", 1), ("dead", 3)]), "and two say nothing");
}

#[test]
fn a_task_waits_for_a_schema_and_holds_up_no_other() {
    let (settings, direct) = settings(Schemas::of_registry(None).expect("schemas"), 50);
    let (broker, log, store) = alone(&settings.topics);
    let mut records = records(&settings, 60);
    for (partition, _, value) in &mut records {
        let id = if *partition == 1 { 9 } else { 5 };
        *value = value.take().map(|datum| framed(id, &datum));
    }
    append(&broker, &settings, &records);
    let worker = Worker::new(log, store, Arc::clone(&settings), Pace::default(), 1);
    let mut worker = worker.expect("a worker");
    let turns = |worker: &mut Worker<_, _>| {
        for _ in 0..50 {
            worker.turn(None, 0).expect("a turn");
        }
    };
    turns(&mut worker);
    assert_eq!(direct.wanted(), [5, 9].into());
    let schema = Registered { schema: SCHEMA.to_owned(), named: Vec::new() };
    direct.learn(5, &Learned::Schema(schema.clone()));
    turns(&mut worker);
    assert_eq!(direct.wanted(), [9].into());
    let counted = |worker: &Worker<_, _>| {
        let totals = totals(worker.insights().values().map(engine::InsightTask::ledger));
        admitted(&totals).values().sum::<i64>()
    };
    let waiting = records.iter().filter(|(partition, ..)| *partition == 1).count();
    assert!(waiting > 0 && counted(&worker) > 0, "{waiting}");
    assert!(worker.journeys()[&1].is_held() && !worker.is_caught_up().expect("bounds"));
    direct.learn(9, &Learned::Schema(schema));
    while !worker.is_caught_up().expect("bounds") {
        worker.turn(None, 0).expect("a turn");
    }
    assert_eq!(counted(&worker), 45);
    assert!(direct.wanted().is_empty());
}

#[test]
fn what_a_known_schema_does_not_fit_is_a_question_to_the_registry_first() {
    let (settings, direct) = settings(Schemas::of_registry(None).expect("schemas"), 100);
    let (broker, log, store) = alone(&settings.topics);
    let own = settings.topics.of_customer(b"ann");
    let good =
        |number| (own, b"ann".to_vec(), Some(framed(5, &message(number, Some("ann"), "IN"))));
    let torn = (own, b"ann".to_vec(), Some(framed(5, &message(9, Some("ann"), "IN")[..5])));
    let worker = Worker::new(log, store, Arc::clone(&settings), Pace::default(), 1);
    let mut worker = worker.expect("a worker");
    let mut fates = |records: &[(u32, Vec<u8>, Option<Vec<u8>>)]| {
        append(&broker, &settings, &records.to_vec());
        for _ in 0..50 {
            worker.turn(None, 0).expect("a turn");
        }
        let totals = totals(worker.insights().values().map(engine::InsightTask::ledger));
        let fates = admitted(&totals);
        let of = |fate: &str| fates.get(fate).copied().unwrap_or_default();
        (of("counted"), of("dead"), worker.journeys()[&own].is_held())
    };
    let schema = Learned::Schema(Registered { schema: SCHEMA.to_owned(), named: Vec::new() });
    let other = SCHEMA.replace("chat.Message", "chat.Other");
    let other = Learned::Schema(Registered { schema: other, named: Vec::new() });
    direct.learn(5, &schema);
    assert_eq!(fates(&[good(1), torn.clone(), torn.clone(), good(2)]), (1, 0, true));
    assert_eq!(direct.wanted(), [5].into());
    direct.learn(5, &schema);
    assert_eq!(fates(&[]), (2, 2, false), "it is still the one, and asked for once");
    // Read since, so what comes now may be of another.
    assert_eq!(fates(&[torn, good(3)]), (2, 2, true));
    direct.learn(5, &other);
    assert_eq!(fates(&[]), (2, 2, true), "which of the two it is of, nobody knows");
    direct.learn(5, &Learned::Unknown);
    assert_eq!(fates(&[]), (3, 3, false), "what it was it stays");
}

#[test]
fn a_flood_of_what_nobody_can_read_holds_its_partition_alone() {
    let (settings, direct) = settings(of_file(), 50);
    let (broker, log, store) = alone(&settings.topics);
    let own = settings.topics.of_customer(b"ann");
    let other = (own + 1) % PARTITIONS;
    let poison = vec![(own, b"ann".to_vec(), Some(b"<order/>".to_vec())); 2_000];
    append(&broker, &settings, &poison);
    append(&broker, &settings, &records(&settings, 60));
    let worker = Worker::new(log, store, Arc::clone(&settings), Pace::default(), 1);
    let mut worker = worker.expect("a worker");
    for _ in 0..3_000 {
        worker.turn(None, 0).expect("a turn");
    }
    assert_eq!(direct.poisoned(), [(own, 501)].into());
    let letters = broker.borrow().records(&settings.topics.dead_letters).count();
    assert_eq!(letters, 501, "one more than half of the last 1,000");
    assert!(worker.journeys()[&own].is_held() && !worker.journeys()[&other].is_held());
    assert_eq!(worker.journeys()[&own].position(), 501);
}

#[test]
fn it_is_begun_where_it_is_kept_from_and_again_when_its_states_are_lost() {
    let (settings, _) = settings(of_file(), 100);
    let (broker, log, store) = alone(&settings.topics);
    let all = records(&settings, 90);
    append(&broker, &settings, &all);
    let mut kept = Vec::new();
    for partition in 0..PARTITIONS {
        broker.borrow_mut().trim(&("chat".to_owned(), partition), 5);
        kept.extend(all.iter().filter(|(on, ..)| *on == partition).skip(5).cloned());
    }
    let worker = Worker::new(log, store, Arc::clone(&settings), Pace::default(), 1);
    let mut worker = worker.expect("a worker");
    for _ in 0..5 {
        worker.turn(None, 0).expect("a turn");
    }
    drop(worker);
    // Another store, before any of the first was written down elsewhere.
    let (log, store) = again(&broker, &settings.topics);
    let worker = Worker::new(log, store, Arc::clone(&settings), Pace::default(), 2);
    let mut worker = worker.expect("begun again where it was begun");
    while !worker.is_caught_up().expect("bounds") {
        worker.turn(None, 0).expect("a turn");
    }
    let counters = totals(worker.insights().values().map(engine::InsightTask::ledger));
    assert_eq!(counters, counted(&settings, &kept));
}
