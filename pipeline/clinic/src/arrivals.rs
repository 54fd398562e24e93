//! The clinic from day to day: who arrives, and what reaches the log.

use crate::delivery::{Delivery, deliver};
use crate::lead::pick;
use crate::{Course, Lead, Truth};
use model::Timestamp;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Poisson};
use std::collections::BTreeMap;

const DAY_MILLIS: i64 = 86_400_000;

/// Share of the leads of a day that arrive in each hour from seven to twenty-two.
const HOURS: [f64; 15] =
    [0.03, 0.06, 0.09, 0.10, 0.09, 0.08, 0.06, 0.06, 0.07, 0.07, 0.07, 0.07, 0.07, 0.05, 0.03];

/// A clinic from a seed: deliveries in the order in which they reach the log, for ever.
///
/// Memory holds what is on its way: about the touchpoints that the leads of the past will still
/// have.
#[derive(Clone, Debug)]
pub struct Clinic {
    truth: Truth,
    seed: u64,
    /// First instant of the first day, a Monday.
    opening: Timestamp,
    /// How long a lead is followed.
    days_followed: f64,
    day: u64,
    leads: u64,
    leads_max: u64,
    on_their_way: BTreeMap<(Timestamp, u64), Delivery>,
    number: u64,
    courses: Vec<Course>,
}

impl Clinic {
    /// Opens the clinic on a Monday at midnight; each lead is followed for so many days, and at
    /// most so many ever come.
    pub fn open(
        truth: Truth,
        seed: u64,
        opening: Timestamp,
        days_followed: f64,
        leads_max: u64,
    ) -> Clinic {
        Clinic {
            truth,
            seed,
            opening,
            days_followed,
            day: 0,
            leads: 0,
            leads_max,
            on_their_way: BTreeMap::new(),
            number: 0,
            courses: Vec::new(),
        }
    }

    /// How the customers behave.
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// What became, or will become, of the leads that have arrived, in the order of their numbers.
    pub fn courses(&self) -> &[Course] {
        &self.courses
    }

    fn midnight(&self, day: u64) -> Timestamp {
        Timestamp::from_millis(self.opening.millis() + day as i64 * DAY_MILLIS)
    }

    /// Lets the leads of one more day arrive.
    fn next_day(&mut self) {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed ^ 0x0000_DA75);
        random.set_stream(self.day);
        let mean = self.truth.leads_per_day * self.truth.weekdays[(self.day % 7) as usize];
        let count = Poisson::new(mean).map_or(0.0, |count| count.sample(&mut random)) as u64;
        for _ in 0..count.min(self.leads_max - self.leads) {
            let hour = 7.0 + pick(&mut random, HOURS.into_iter()) as f64 + random.random::<f64>();
            let after = (hour * 3_600_000.0) as i64;
            let arrival = Timestamp::from_millis(self.midnight(self.day).millis() + after);
            let (truth, seed, number) = (&self.truth, self.seed, self.leads);
            let lead = Lead::play(truth, seed, number, arrival, self.days_followed);
            self.courses.push(lead.course.clone());
            for delivery in deliver(truth, seed, number, lead) {
                self.on_their_way.insert((delivery.at, self.number), delivery);
                self.number += 1;
            }
            self.leads += 1;
        }
        self.day += 1;
    }
}

impl Clinic {
    /// The next delivery that reaches the log by a time: one that nobody who has yet to arrive can
    /// come before.
    pub fn next_by(&mut self, time: Timestamp) -> Option<Delivery> {
        loop {
            let (is_over, midnight) = (self.leads >= self.leads_max, self.midnight(self.day));
            let first = self.on_their_way.first_key_value().map(|((at, _), _)| *at);
            match first.filter(|at| *at <= time) {
                Some(at) if is_over || at < midnight => {
                    return self.on_their_way.pop_first().map(|(_, delivery)| delivery);
                }
                _ if is_over || midnight > time => return None,
                _ => self.next_day(),
            }
        }
    }
}

impl Iterator for Clinic {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        self.next_by(Timestamp::END)
    }
}
