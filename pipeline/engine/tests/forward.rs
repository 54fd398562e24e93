//! A touchpoint on another partition than its customer's counts once: where it is forwarded to.

use codec::control::{Clock, Secret, write_clock, write_forwarded};
use codec::encode::Forwarded;
use engine::sim::{Broker, alone};
use engine::{BatchFold, Pace, Produced, Record, Settings, Topics, Worker, derived_customer};
use insight::{CounterId, Ledger};
use model::{Draft, Family, Late, Span, Timestamp};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

const PARTITIONS: u32 = 3;
const T: Timestamp = Timestamp::from_millis(1_767_571_200_000);

fn settings() -> Arc<Settings> {
    let map = model::JourneyMap { late: Late::Divert, ..rules::default_map() };
    Arc::new(Settings {
        topics: Topics::new("desirepath", "", PARTITIONS),
        map,
        secret: Secret::new(&[7; 32]).expect("a secret"),
        clock_skew_max: Span::from_hours(1),
        direct: None,
    })
}

fn draft(event: &str, customer: &str, kind: &str, hours: i64) -> Draft {
    Draft {
        event_id: event.to_owned(),
        customer_id: customer.to_owned(),
        channel: "chat".to_owned(),
        kind: kind.to_owned(),
        time: T.plus(Span::from_hours(hours)),
        ..Draft::default()
    }
}

fn bytes(draft: &Draft) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec::encode::touchpoint(draft, codec::frame::ids::TOUCHPOINT, &mut bytes);
    bytes
}

/// What a world holds once a worker has read it to its end.
struct Outcome {
    broker: Rc<RefCell<Broker>>,
    settings: Arc<Settings>,
    counters: BTreeMap<String, i64>,
}

/// Lets a worker read records, each on the partition that is said, taken at the time that is said.
fn outcome(settings: &Arc<Settings>, records: &[(u32, Timestamp, Vec<u8>)]) -> Outcome {
    let (broker, log, store) = alone(&settings.topics);
    for (partition, append_time, value) in records {
        let record = Produced { key: Vec::new(), value: Some(value.clone()) };
        let lane = (settings.topics.touchpoints.clone(), *partition);
        broker.borrow_mut().append(lane, *append_time, record);
    }
    let worker = Worker::new(log, store, Arc::clone(settings), Pace::default(), 1);
    let mut worker = worker.expect("a worker");
    while !worker.is_caught_up().expect("bounds") {
        worker.turn(None, 0).expect("a turn");
    }
    let ledgers = worker.insights().values().map(engine::InsightTask::ledger);
    let counters = totals(ledgers);
    let as_of = |partition: u32| worker.journeys()[&partition].as_of();
    let folds = (0..PARTITIONS).map(|partition| {
        let mut fold = BatchFold::new(Arc::clone(settings), partition);
        let broker = broker.borrow();
        for seen in broker.read(&(settings.topics.touchpoints.clone(), partition), 0) {
            let value = seen.record.value.as_deref();
            let (position, append_time) = (seen.position, seen.time);
            fold.add(&Record { position, append_time, key: &seen.record.key, value });
        }
        fold.ledger(as_of(partition))
    });
    let folds: Vec<Ledger> = folds.collect();
    assert_eq!(totals(folds.iter()), counters, "the batch fold differs");
    Outcome { broker, settings: Arc::clone(settings), counters }
}

fn totals<'a>(ledgers: impl Iterator<Item = &'a Ledger>) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for (id, counter) in ledgers.flat_map(Ledger::iter) {
        let CounterId { series, size, start } = &id;
        let name = format!("{size} {start:?} {}", series.0);
        *sums.entry(name).or_default() += counter.count;
    }
    sums.retain(|_, count| *count != 0);
    sums
}

impl Outcome {
    /// Records by what became of them.
    fn admitted(&self) -> BTreeMap<String, i64> {
        let prefix = format!("total None {}|", Family::Admission.name());
        let rows = self.counters.iter().filter(|row| row.0.starts_with(&prefix));
        let fate = |name: &str| name.rsplit('=').next().unwrap_or_default().to_owned();
        rows.map(|(name, count)| (fate(name), *count)).collect()
    }

    fn records(&self) -> usize {
        self.broker.borrow().records(&self.settings.topics.touchpoints).count()
    }
}

fn rows(expected: &[(&str, i64)]) -> BTreeMap<String, i64> {
    expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

/// The partition of a customer, and another one.
fn own_and_other(settings: &Settings, customer: &str) -> (u32, u32) {
    let own = settings.topics.of_customer(customer.as_bytes());
    (own, (own + 1) % PARTITIONS)
}

#[test]
fn a_journey_whose_touchpoints_lie_on_two_partitions_is_one_journey() {
    let settings = settings();
    let (own, other) = own_and_other(&settings, "ann");
    let visit = bytes(&draft("e1", "ann", "page_viewed", 0));
    let quote = bytes(&draft("e2", "ann", "quote_sent", 1));
    let now = T.plus(Span::from_hours(1));
    let whole = outcome(&settings, &[(own, now, visit.clone()), (own, now, quote.clone())]);
    let halves = outcome(&settings, &[(other, now, visit), (own, now, quote)]);
    assert_eq!(halves.counters, whole.counters);
    assert_eq!(halves.admitted(), rows(&[("counted", 2)]));
    assert_eq!((whole.records(), halves.records()), (2, 3), "records, one of them forwarded");
}

#[test]
fn who_has_no_customer_id_is_placed_by_the_customer_that_is_derived() {
    let settings = settings();
    let identifiers = BTreeMap::from([("email".to_owned(), "ann@example.org".to_owned())]);
    let derived = derived_customer(&settings.secret, &identifiers).expect("a customer");
    let (own, other) = own_and_other(&settings, &derived);
    let draft = |event| Draft { identifiers: identifiers.clone(), ..draft(event, "", "lost", 0) };
    let records = [(own, T, bytes(&draft("e1"))), (other, T, bytes(&draft("e1")))];
    let outcome = outcome(&settings, &records);
    assert_eq!(outcome.admitted(), rows(&[("counted", 1), ("duplicate", 1)]));
}

/// The log of the simulation takes what is forwarded in the year 2199.
#[test]
fn a_forwarded_touchpoint_is_judged_by_its_first_append_time() {
    let settings = settings();
    let (_, other) = own_and_other(&settings, "ann");
    let taken = |hours| T.plus(Span::from_hours(hours));
    let visit = bytes(&draft("e1", "ann", "page_viewed", 0));
    for (append_time, fate) in [(taken(0), "counted"), (taken(48), "counted"), (taken(49), "late")]
    {
        let outcome = outcome(&settings, &[(other, append_time, visit.clone())]);
        assert_eq!(outcome.admitted(), rows(&[(fate, 1)]), "taken at {append_time}");
    }
    let early = outcome(&settings, &[(other, taken(-2), visit)]);
    assert_eq!(early.admitted(), rows(&[("dead", 1)]), "from the future");
    assert_eq!(early.records(), 1, "what is dead already is not forwarded");
}

#[test]
fn what_nobody_may_forward_counts_as_no_touchpoint() {
    let settings = settings();
    let (own, other) = own_and_other(&settings, "ann");
    let visit = bytes(&draft("e1", "ann", "page_viewed", 0));
    let mut clock = Vec::new();
    write_clock(Clock { source: "", time: T }, &settings.secret, &mut clock);
    let wrap = |bytes: &[u8], secret: &[u8]| {
        let forwarded = Forwarded { partition: other, offset: 0, append_time: T, bytes };
        let (secret, mut wrapped) = (Secret::new(secret).expect("a secret"), Vec::new());
        write_forwarded(&forwarded, &secret, &mut wrapped);
        wrapped
    };
    let good = wrap(&visit, &[7; 32]);
    let mut changed = good.clone();
    *changed.last_mut().expect("a byte") ^= 1;
    let twice = wrap(&good, &[7; 32]);
    for (what, partition, value, fate) in [
        ("one of ours", own, &good, "counted"),
        ("one on the wrong partition again", other, &good, ""),
        ("one under another secret", own, &wrap(&visit, &[8; 32]), "dead"),
        ("one with another signature", own, &changed, "dead"),
        ("one within another", own, &twice, "dead"),
        ("a clock", own, &wrap(&clock, &[7; 32]), "dead"),
        ("nothing", own, &wrap(b"", &[7; 32]), "dead"),
    ] {
        let outcome = outcome(&settings, &[(partition, Timestamp::LAST, value.clone())]);
        let fates = if fate.is_empty() { rows(&[]) } else { rows(&[(fate, 1)]) };
        assert_eq!(outcome.admitted(), fates, "{what}");
        let dead = outcome.broker.borrow().records(&settings.topics.dead_letters).count();
        assert_eq!(dead, usize::from(fate == "dead"), "{what}");
        assert_eq!(outcome.records(), 1, "{what} is sent on");
    }
}

#[test]
fn a_touchpoint_that_was_nearly_too_large_is_read_when_it_is_forwarded() {
    let settings = settings();
    let (_, other) = own_and_other(&settings, "ann");
    let mut draft = draft("e1", "ann", "page_viewed", 0);
    draft.text = "x".repeat(8_000);
    let name = |n: usize| format!("p{n}");
    draft.properties = (0..7).map(|n| (name(n), "y".repeat(8_180))).collect();
    let value = bytes(&draft);
    assert!((65_300..=65_536).contains(&value.len()), "{} bytes", value.len());
    let outcome = outcome(&settings, &[(other, T, value)]);
    assert_eq!(outcome.admitted(), rows(&[("counted", 1)]));
}
