//! When a touchpoint reaches the log: mostly at once, sometimes days later, sometimes twice.

use crate::lead::after;
use crate::{Lead, Truth};
use model::{Draft, Timestamp};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// A touchpoint on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// When it reaches the log.
    pub at: Timestamp,
    /// The touchpoint.
    pub touchpoint: Draft,
}

/// The deliveries of a lead, those that are sent twice included; in no order.
pub(crate) fn deliver(truth: &Truth, seed: u64, number: u64, lead: Lead) -> Vec<Delivery> {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x00DE_11FE);
    random.set_stream(number + 1);
    let mut deliveries = Vec::with_capacity(lead.touchpoints.len());
    for touchpoint in lead.touchpoints {
        let chance: f64 = random.random();
        let days = if chance < truth.late[1] {
            0.5 + after(&mut random, 1.0)
        } else if chance < truth.late[0] + truth.late[1] {
            after(&mut random, 0.04)
        } else {
            after(&mut random, 1.0 / 86_400.0)
        };
        let at = |days: f64| {
            Timestamp::from_millis(touchpoint.time.millis() + (days * 86_400_000.0) as i64)
        };
        if random.random_bool(truth.duplicates) {
            let again = days + after(&mut random, 0.1);
            deliveries.push(Delivery { at: at(again), touchpoint: touchpoint.clone() });
        }
        deliveries.push(Delivery { at: at(days), touchpoint });
    }
    deliveries
}
