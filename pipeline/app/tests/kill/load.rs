//! The touchpoints that arrive.

use crate::program::PARTITIONS;
use kafka::{Sender, Settings};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use tests::Random;

/// After so many touchpoints others come: whoever comes for an hour to 40 customers, at random
/// times, would measure how long journeys are walked, and no fault.
const CROWD: u64 = 20_000;

/// Customer and JSON of the n-th touchpoint.
pub fn touchpoint(random: &mut Random, number: u64) -> (String, String) {
    const KINDS: [&str; 7] = [
        "page_viewed",
        "enquiry_received",
        "quote_sent",
        "booking_made",
        "purchase_made",
        "lost",
        "message_received",
    ];
    let customer = format!("c{}", number / CROWD * 40 + random.below(40));
    let kind = KINDS[random.below(KINDS.len() as u64) as usize];
    let channel = ["chat", "email", "store"][random.below(3) as usize];
    // A twentieth are duplicates of an earlier one.
    let id = if random.below(20) == 0 { random.below(number + 1) } else { number };
    let time = 1_767_571_200_000 + random.below(4_000) * 3_600_000;
    let value = r#"{"amount_minor":1900,"currency":"EUR"}"#;
    let id = format!(r#""event_id":"e{id}","customer_id":"{customer}","time":{time}"#);
    let json = format!(r#"{{{id},"channel":"{channel}","kind":"{kind}","value":{value}}}"#);
    (customer, json)
}

/// Writes touchpoints until it is over, every twentieth on a partition of its own choice; how many.
pub fn write(brokers: &str, application: &str, seed: u64, is_over: &AtomicBool) -> u64 {
    let topic = format!("{application}-touchpoints");
    let settings = Settings::new(brokers, "writer", "w");
    let mut sender = Sender::open(&settings).expect("a sender");
    let (mut random, mut number) = (Random(seed), 0);
    while !is_over.load(Ordering::Relaxed) {
        for _ in 0..50 {
            let (customer, json) = touchpoint(&mut random, number);
            let key = customer.as_bytes();
            let partition = match random.below(20) {
                0 => random.below(u64::from(PARTITIONS)) as u32,
                _ => codec::partition(key, PARTITIONS),
            };
            sender.append(&topic, partition, key, Some(json.as_bytes())).expect("room");
            number += 1;
        }
        // What a broker that is away may have or not is sent again: a duplicate counts once.
        if sender.flush().is_err() {
            number -= 50;
            random = Random(seed ^ number);
            sender = Sender::open(&settings).expect("a sender");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    number
}

/// Says that it is over when it goes, also where a test fails: else a writer would never end.
pub struct Over<'a>(pub &'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
