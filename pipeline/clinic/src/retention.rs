//! What customers do once they are customers: come again, pay, stay away.

use crate::Truth;
use crate::conversation::Conversation;
use crate::lead::after;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Gamma};

/// Plays the visits from the first one on; how many there were within the days that are followed.
///
/// BG/NBD: visits come at a rate that is Gamma over customers, and after each the customer stays
/// away for good with a probability that is Beta over customers. Gamma-Gamma: what a visit is worth
/// is Gamma, its rate Gamma over customers, and has nothing to do with how often they come.
pub(crate) fn visits(
    truth: &Truth,
    said: &mut Conversation,
    random: &mut ChaCha8Rng,
    first: f64,
) -> usize {
    let loyalty = &truth.loyalty;
    let draw = |shape: f64, scale: f64, random: &mut ChaCha8Rng| {
        Gamma::new(shape, scale).map_or(shape * scale, |gamma| gamma.sample(random))
    };
    let rate = draw(loyalty.r, 1.0 / loyalty.alpha, random).max(1e-6);
    let stays_away = Beta::new(loyalty.a, loyalty.b).map_or(0.2, |beta| beta.sample(random));
    let worth = draw(loyalty.q, 1.0 / loyalty.v, random).max(1e-6);
    let (mut at, mut count) = (first, 0);
    while at <= said.days() {
        count += 1;
        let amount = draw(loyalty.p, 1.0 / worth, random);
        said.pay(at + 0.03, (amount * 100.0).round().max(100.0) as i64, &loyalty.currency);
        match random.random_range(0..40) {
            0 => said.customer(at + 1.5, "website", "social", "review_left"),
            1 => said.customer(at + 2.0, "social", "social", "referral_made"),
            2 => said.customer(at + 0.8, "support", "support", "ticket_opened"),
            _ => {}
        }
        if random.random_bool(stays_away.clamp(0.0, 1.0)) {
            break;
        }
        // At least a day between two visits: two on one day are one.
        at += after(random, 1.0 / rate).max(1.0);
        said.customer(at, "booking", "booking", "appointment_kept");
    }
    count
}
