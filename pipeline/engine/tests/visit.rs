//! Customers are visited some at a time, in memory and in the store, each once.

use codec::control::Secret;
use engine::sim::{Broker, Random, SimLog, SimStore, alone};
use engine::{Pace, Produced, Settings, Topics, Worker};
use model::{Draft, Span, Timestamp};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

fn settings() -> Arc<Settings> {
    Arc::new(Settings {
        topics: Topics::new("desirepath", "", 2),
        map: rules::default_map(),
        secret: Secret::new(&[7; 32]).expect("a secret"),
        clock_skew_max: Span::from_hours(1),
        direct: None,
    })
}

fn append(world: &RefCell<Broker>, settings: &Settings, customer: u64, event: u64) {
    let draft = Draft {
        event_id: format!("e{event}"),
        time: Timestamp::from_millis(1_767_571_200_000 + event as i64 * 60_000),
        customer_id: format!("c{customer}"),
        channel: "chat".to_owned(),
        kind: "enquiry_received".to_owned(),
        ..Draft::default()
    };
    let mut bytes = Vec::new();
    codec::encode::touchpoint(&draft, codec::frame::ids::TOUCHPOINT, &mut bytes);
    let key = draft.customer_id.into_bytes();
    let partition = codec::partition(&key, settings.topics.partitions);
    let record = Produced { key, value: Some(bytes) };
    let lane = (settings.topics.touchpoints.clone(), partition);
    world.borrow_mut().append(lane, Timestamp::LAST, record);
}

/// Everybody of every partition, visited so many at a time, while the worker goes on between.
fn visited(
    worker: &mut Worker<SimLog, SimStore>,
    count: usize,
    mut between: impl FnMut(&mut Worker<SimLog, SimStore>),
) -> Vec<String> {
    let mut found = Vec::new();
    let partitions: Vec<u32> = worker.journeys().keys().copied().collect();
    for partition in partitions {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let task = &worker.journeys()[&partition];
            let mut here = 0;
            let next =
                task.visit_some(worker.store(), after.as_deref(), count, &mut |key, state| {
                    assert!(!state.is_empty());
                    here += 1;
                    found.push(String::from_utf8_lossy(key).into_owned());
                });
            assert!(here <= count, "{here} at once");
            after = next.expect("a visit");
            if after.is_none() {
                break;
            }
            between(worker);
        }
    }
    found
}

#[test]
fn everybody_is_visited_once_whatever_is_in_memory_and_however_many_at_once() {
    for seed in 1..40 {
        let mut random = Random::new(seed);
        let settings = settings();
        let (world, log, store) = alone(&settings.topics);
        let customers = random.below(60) + 1;
        for customer in 0..customers {
            append(&world, &settings, customer, customer);
        }
        // Few stay in memory, and few are written at once.
        let pace = Pace {
            poll_bytes: 200 + random.below(2_000) as usize,
            commits_per_flush: random.below(4) as u32 + 1,
            customers_max: random.below(20) as usize,
            ..Pace::default()
        };
        let mut worker = Worker::new(log, store, Arc::clone(&settings), pace, 1).expect("a worker");
        for _ in 0..random.below(30) + 10 {
            worker.turn(None, 0).expect("a turn");
        }
        let all: BTreeSet<String> = visited(&mut worker, 1_000, |_| {}).into_iter().collect();
        assert!(!all.is_empty(), "seed {seed}");
        let mut event = 1_000;
        for count in [1, 2, 3, 7, customers as usize, 61] {
            let found = visited(&mut worker, count, |worker| {
                // Who was in memory is written and let go, and others come in.
                event += 1;
                append(&world, &settings, event % customers, event);
                worker.turn(None, 0).expect("a turn");
                worker.flush().expect("a flush");
            });
            let mut once: Vec<String> = found.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), found.len(), "seed {seed}, {count} at once: twice");
            let found: BTreeSet<String> = found.into_iter().collect();
            assert!(all.is_subset(&found), "seed {seed}, {count} at once: missing");
        }
    }
}
