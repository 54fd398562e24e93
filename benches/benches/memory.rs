//! What one customer takes in memory, everything in: the slot, the name, the index of deadlines.
//!
//! Bytes as they are asked of the allocator, so the figures do not depend on which one it is.

use codec::{encode, frame, state};
use engine::{JourneyTask, Mark, Node, Record, StateStore, StateWrite, TaskId, Verdict};
use journey::Packed;
use model::{Draft, Timestamp, Value};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A disk of any size: what is written to it takes no memory.
struct Disk;

impl StateStore for Disk {
    /// Nobody is stored; a chapter that is looked into in vain is empty.
    fn get(&self, _: TaskId, key: &[u8]) -> Result<Option<Vec<u8>>, Verdict> {
        let mut chapter = Vec::new();
        state::encode_chapter(&Packed::default(), &mut chapter);
        Ok((key.first() == Some(&b'k')).then_some(chapter))
    }

    fn scan(
        &self,
        _: TaskId,
        _: &[u8],
        _: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), Verdict> {
        Ok(())
    }

    fn write(&mut self, _: TaskId, _: &[StateWrite]) -> Result<(), Verdict> {
        Ok(())
    }

    fn clear(&mut self, _: TaskId) -> Result<(), Verdict> {
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Verdict> {
        Ok(())
    }
}

fn in_use() -> isize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated as isize - stats.bytes_deallocated as isize
}

/// The n-th touchpoint of each customer in turn, a tenth of a day apart; one in eight has a value.
fn value_of(customer: u64, number: u64) -> (Vec<u8>, Vec<u8>) {
    const KINDS: [&str; 8] = [
        "page_viewed",
        "message_received",
        "follow_up_sent",
        "quote_sent",
        "page_viewed",
        "booking_made",
        "message_sent",
        "purchase_made",
    ];
    let spread = (customer * 7_919 + number * 104_729) % 8_640_000;
    let kind = KINDS[((customer + number) % 8) as usize];
    let draft = Draft {
        event_id: format!("{customer}-{number}"),
        source: "shop".to_owned(),
        time: Timestamp::from_millis((1_767_571_200_000 + number * 8_640_000 + spread) as i64),
        customer_id: format!("customer-{customer:06}"),
        channel: "website".to_owned(),
        kind: kind.to_owned(),
        value: (kind == "purchase_made")
            .then(|| Value { amount_minor: 4_900, currency: "EUR".to_owned() }),
        ..Draft::default()
    };
    let mut value = Vec::new();
    encode::touchpoint(&draft, frame::ids::TOUCHPOINT, &mut value);
    (draft.customer_id.into_bytes(), value)
}

fn measure(customers: u64, touchpoints: u64) {
    let task = TaskId { node: Node::Journey, partition: 0 };
    let settings = benches::settings(1);
    let mut disk = Disk;
    let mut journeys = JourneyTask::new(task, settings, &mut disk, Mark::NONE).expect("a task");
    let before = in_use();
    let mut most = 0;
    for number in 0..touchpoints {
        for customer in 0..customers {
            let (key, value) = value_of(customer, number);
            let record = Record {
                position: number * customers + customer,
                append_time: Timestamp::LAST,
                key: &key,
                value: Some(&value),
            };
            journeys.apply(&disk, &[record]).expect("a disk that never fails");
        }
        let (part, _) = journeys.take_commit(&disk, 1).expect("a commit");
        journeys.committed(part.mark);
        // Before the flush everybody is dirty.
        most = in_use() - before;
        journeys.flush(&mut disk, usize::MAX).expect("a disk that never fails");
    }
    let after = in_use() - before;
    let each = |bytes: isize| bytes / customers as isize;
    eprintln!(
        "{touchpoints} touchpoints: {} bytes a customer, {} when all have just changed",
        each(after),
        each(most)
    );
}

fn main() {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    measure(100_000, 20);
    measure(20_000, 100);
    measure(4_000, 500);
}
