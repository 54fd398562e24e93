//! Whatever is killed, and whenever: the counters are those of the batch fold, each move is told
//! once.

use apache_avro::reader::datum::GenericDatumReader;
use codec::control::Secret;
use engine::sim::{Random, SimLog, SimStore, SimTopics};
use engine::{Pace, Produced, Settings, Topics, Verdict, Worker};
use insight::Ledger;
use journey::{Diff, Reading, Sink, admission, contributions};
use model::{
    Dictionary, Draft, Family, Measure, Result as Fate, SourceId, Span, Timestamp, Touchpoint,
    Value,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const KINDS: [&str; 9] = [
    "page_viewed",
    "enquiry_received",
    "message_received",
    "quote_sent",
    "booking_made",
    "purchase_made",
    "follow_up_sent",
    "lost",
    "workshop_attended",
];

fn settings(partitions: u32) -> Arc<Settings> {
    Arc::new(Settings {
        topics: Topics::new("desirepath", "", partitions),
        map: rules::default_map(),
        secret: Secret::new(&[7; 32]).expect("a secret"),
        clock_skew_max: Span::from_hours(1),
    })
}

fn draft(random: &mut Random) -> Draft {
    let hours = random.below(900) as i64 * 3;
    let amount = random.below(5_000) as i64 - 100;
    let currency = if random.once_in(2) { "EUR" } else { "USD" };
    Draft {
        event_id: format!("e{}", random.below(40)),
        source: if random.once_in(3) { "shop".to_owned() } else { String::new() },
        time: Timestamp::from_millis(1_767_571_200_000 + hours * 3_600_000),
        customer_id: format!("c{}", random.below(6)),
        channel: ["chat", "email", "store", "fax"][random.below(4) as usize].to_owned(),
        kind: KINDS[random.below(KINDS.len() as u64) as usize].to_owned(),
        value: random
            .once_in(3)
            .then(|| Value { amount_minor: amount, currency: currency.to_owned() }),
        revision: if random.once_in(6) { random.below(3) as u32 } else { 0 },
        history: random.once_in(4),
        ..Draft::default()
    }
}

/// Writes touchpoints, and now and then what is none; returns the touchpoints, and how many are
/// dead.
fn fill(world: &SimTopics, settings: &Settings, random: &mut Random) -> (Vec<Draft>, i64) {
    let topics = &settings.topics;
    let (mut drafts, mut dead) = (Vec::new(), 0);
    let count = random.below(120);
    for _ in 0..count {
        let draft = draft(random);
        let mut bytes = Vec::new();
        match random.below(12) {
            0 => bytes.extend_from_slice(b"\0\0nonsense"),
            1 => bytes.extend(codec::draft_to_json(&draft).to_string().bytes()),
            _ => codec::encode::touchpoint(&draft, codec::frame::ids::TOUCHPOINT, &mut bytes),
        }
        let key = draft.customer_id.clone().into_bytes();
        let mut partition = codec::partition(&key, topics.partitions);
        if random.once_in(8) {
            // A producer that places otherwise.
            partition = random.below(u64::from(topics.partitions)) as u32;
        }
        if bytes.starts_with(b"\0\0non") {
            dead += 1;
        } else {
            drafts.push(draft);
        }
        let record = Produced { key, value: Some(bytes) };
        world.append(&topics.touchpoints, partition, Timestamp::LAST, record);
    }
    (drafts, dead)
}

type Counters = BTreeMap<String, (i64, BTreeMap<String, i64>)>;

fn print(ledgers: &[&Ledger]) -> Counters {
    let mut rows = Counters::new();
    for (id, counter) in ledgers.iter().flat_map(|ledger| ledger.iter()) {
        let start = id.start.map_or(String::new(), |start| start.to_string());
        let name = format!("{} {start} {}", id.size, id.series.0);
        let known = rows.insert(name.clone(), (counter.count, counter.amounts.clone()));
        assert!(known.is_none(), "{name} is on two partitions");
    }
    rows
}

/// The batch fold over all touchpoints, each customer judged at its partition's committed as_of.
fn expected(
    settings: &Settings,
    drafts: &[Draft],
    dead: i64,
    as_of: impl Fn(u32) -> Timestamp,
) -> Counters {
    let mut reading = Reading::new(settings.map.clone(), Dictionary::new());
    let mut customers: BTreeMap<&str, Vec<(Touchpoint, SourceId)>> = BTreeMap::new();
    for draft in drafts {
        let value = draft.value.as_ref();
        let touchpoint = Touchpoint {
            identity: codec::identity::identity(draft.source.as_bytes(), draft.event_id.as_bytes()),
            source: reading.source_id(&draft.source),
            time: draft.time,
            kind: reading.kind_id(&draft.kind),
            channel: reading.channel_id(&draft.channel),
            currency: reading.currency_id(value.map_or("", |value| &value.currency)),
            amount: value.map_or(0, |value| value.amount_minor),
            subject: 0,
            label: 0,
            flags: model::Flags::default(),
            revision: draft.revision,
            position: 0,
        };
        let source = touchpoint.source;
        customers.entry(&draft.customer_id).or_default().push((touchpoint, source));
    }
    let mut sums = Diff::default();
    for (customer, records) in &customers {
        let (admitted, history) = admission(&reading, records);
        let as_of = as_of(codec::partition(customer.as_bytes(), settings.topics.partitions));
        let now = history.last().map_or(as_of, |last| last.time.max(as_of));
        for diff in [admitted, contributions(&reading, &history, now)] {
            for ((key, measure), amount) in diff.counters {
                sums.add(key, measure, amount);
            }
        }
    }
    let dims = [0, Fate::Dead as u16, 0, 0, 0];
    sums.add(model::CounterKey::total(Family::Admission, dims), Measure::Count, dead);
    print(&[&engine::ledger_of(&reading, &sums)])
}

/// What one process does until it has read everything, or dies.
fn live(
    world: &SimTopics,
    store: &SimStore,
    settings: &Arc<Settings>,
    random: &mut Random,
    fails_once_in: u64,
) -> Option<Worker<SimLog, SimStore>> {
    let log = SimLog::new(world, &settings.topics, Random::new(random.number()), fails_once_in);
    let pace =
        Pace { commits_per_flush: 1 + random.below(5) as u32, customers_max: 2, ..Pace::default() };
    let instance = random.number() as u32;
    let worker = Worker::new(log, store.clone(), Arc::clone(settings), pace, instance);
    let mut worker = worker.expect("a worker");
    let lifetime = if fails_once_in == 0 { u64::MAX } else { random.below(40) };
    for turn in 0.. {
        if turn >= lifetime {
            return None;
        }
        let wall = random.once_in(5).then(|| {
            let hours = random.below(3_000) as i64;
            Timestamp::from_millis(1_767_571_200_000 + hours * 3_600_000)
        });
        match worker.turn(wall, 0) {
            Ok(_) => {}
            Err(Verdict::Fatal(_)) => return None,
            Err(verdict) => panic!("{verdict:?}"),
        }
        if random.once_in(9) {
            store.sync();
        }
        if wall.is_none() && worker.is_caught_up().expect("bounds") {
            return Some(worker);
        }
    }
    None
}

fn check(seed: u64) {
    let mut random = Random::new(seed);
    let settings = settings(1 + random.below(3) as u32);
    let (world, store) = (SimTopics::default(), SimStore::default());
    let (drafts, dead) = fill(&world, &settings, &mut random);
    let kills = random.below(8);
    for _ in 0..kills {
        let fails_once_in = 2 + random.below(9);
        let worker = live(&world, &store, &settings, &mut random, fails_once_in);
        drop(worker);
        store.crash(|batches| random.below(batches as u64 + 1) as usize);
    }
    let worker = live(&world, &store, &settings, &mut random, 0).expect("the last one lives");
    let as_of = |partition| worker.journeys()[&partition].as_of();
    let ledgers: Vec<&Ledger> =
        worker.insights().values().map(engine::InsightTask::ledger).collect();
    let should = expected(&settings, &drafts, dead, as_of);
    let is = print(&ledgers);
    let differs = |name: &&String| is.get(*name) != should.get(*name);
    let names: BTreeSet<&String> = is.keys().chain(should.keys()).filter(differs).collect();
    let rows: Vec<_> = names.iter().map(|name| (name, is.get(*name), should.get(*name))).collect();
    assert!(rows.is_empty(), "SEED={seed}: counter, is, should be: {rows:#?}");
    assert_eq!(net_moves(&world, &settings), told(&should), "SEED={seed}");
    assert_eq!(world.records(&settings.topics.dead_letters).len() as i64, dead, "SEED={seed}");
}

/// Moves by where they lead, as the topic tells them: what was withdrawn is taken away, and no move
/// stands more than once.
fn net_moves(world: &SimTopics, settings: &Settings) -> BTreeMap<String, i64> {
    let schema = codec::schemas::of(codec::frame::ids::TRANSITION).expect("a schema").json;
    let schema = apache_avro::Schema::parse_str(schema).expect("a schema");
    let reader = GenericDatumReader::builder(&schema).build().expect("a reader");
    let mut moves: BTreeMap<String, (String, i64)> = BTreeMap::new();
    for record in world.records(&settings.topics.transitions) {
        let value = record.value.expect("a value");
        let (_, mut datum) = codec::frame::split(&value).expect("a frame");
        let read = reader.read_value(&mut datum).expect("a transition");
        let apache_avro::types::Value::Record(fields) = read else { panic!("no record") };
        let text = |name: &str| match &fields.iter().find(|field| field.0 == name).expect(name).1 {
            apache_avro::types::Value::String(text) => Some(text.clone()),
            apache_avro::types::Value::Union(_, inner) => match &**inner {
                apache_avro::types::Value::String(text) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        };
        let (id, sign) = match text("withdraws") {
            Some(id) => (id, -1),
            None => (text("id").expect("an id"), 1),
        };
        moves.entry(id).or_insert_with(|| (text("to").expect("to"), 0)).1 += sign;
    }
    let mut sums = BTreeMap::new();
    for (id, (to, count)) in moves {
        assert!(count == 0 || count == 1, "move {id} to {to} stands {count} times");
        *sums.entry(to).or_default() += count;
    }
    sums.retain(|_, count| *count != 0);
    sums
}

/// Moves by where they lead, as the counters have them.
fn told(counters: &Counters) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for (name, (count, _)) in counters.iter().filter(|row| row.0.starts_with("total  move|")) {
        let to = name.split("|to=").nth(1).and_then(|rest| rest.split('|').next());
        *sums.entry(to.expect("to").to_owned()).or_default() += count;
    }
    sums
}

#[test]
fn counters_are_those_of_the_batch_fold_whatever_is_killed() {
    if let Ok(seed) = std::env::var("SEED") {
        return check(seed.parse().expect("a number"));
    }
    (0..1_000).for_each(check);
}
