//! The load: touchpoints that are a pure function of a few numbers, and the answers to them.

mod answer;
mod chance;
mod due;
mod send;
#[cfg(test)]
mod tests;
pub mod touchpoint;

pub use send::play;

use answer::Answers;
use chance::{Chance, Weighted, Zipf};
use std::path::PathBuf;
use touchpoint::{KINDS, PURCHASE, REFUND, Touchpoint};

/// 2026-01-01T00:00:00Z, the first event time.
const START: i64 = 1_767_225_600_000;

/// How far back a duplicate reaches: less than the eight ids that the job remembers.
const REPEATABLE: usize = 6;

/// What is drawn.
#[derive(clap::Args, Clone, Debug)]
pub struct Shape {
    /// Touchpoints, repeated ones among them.
    #[arg(long, default_value_t = 10_000_000)]
    pub records: u64,
    /// Customers.
    #[arg(long, default_value_t = 200_000)]
    pub customers: u64,
    /// Exponent of the customers' weights; 0 makes all alike.
    #[arg(long, default_value_t = 0.8)]
    pub zipf: f64,
    /// Partitions of the topic.
    #[arg(long, default_value_t = 4)]
    pub partitions: u32,
    /// How many of a hundred are up to two minutes older than their place.
    #[arg(long, default_value_t = 5.0)]
    pub out_of_order: f64,
    /// How many of a hundred repeat one of their customer's latest six.
    #[arg(long, default_value_t = 1.0)]
    pub duplicates: f64,
    /// Days of event time that the touchpoints span; with `skip`, those that are skipped.
    #[arg(long, default_value_t = 30)]
    pub days: i64,
    /// The seed.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Passes over so many: a play goes on where a preload of so many has ended.
    #[arg(long, default_value_t = 0)]
    pub skip: u64,
}

impl Default for Shape {
    /// The load of every figure: that of the flags' defaults.
    fn default() -> Shape {
        Shape {
            records: 10_000_000,
            customers: 200_000,
            zipf: 0.8,
            partitions: 4,
            out_of_order: 5.0,
            duplicates: 1.0,
            days: 30,
            seed: 1,
            skip: 0,
        }
    }
}

/// What is done with the load.
#[derive(clap::Args, Clone, Debug)]
pub struct Flags {
    /// Brokers to send to; without them only answers are written.
    #[arg(long)]
    pub brokers: Option<String>,
    /// The topic, which is made when it is missing.
    #[arg(long, default_value = "touchpoints")]
    pub topic: String,
    #[command(flatten)]
    pub shape: Shape,
    /// A folder for the answers.
    #[arg(long)]
    pub expected: Option<PathBuf>,
    /// Answers also when leads go cold: `dropped-due.csv`, by the specification of the fold.
    #[arg(long)]
    pub due: bool,
    /// Touchpoints a second, each with the time at which it was due in the header `due`; 0 sends as
    /// fast as it can.
    #[arg(long, default_value_t = 0)]
    pub rate: u64,
}

/// The latest touchpoints of a customer.
#[derive(Clone, Copy, Default)]
struct Ring {
    kept: [Touchpoint; REPEATABLE],
    count: u8,
    next: u8,
}

impl Ring {
    fn push(&mut self, touchpoint: Touchpoint) {
        self.kept[usize::from(self.next)] = touchpoint;
        self.next = (self.next + 1) % REPEATABLE as u8;
        self.count = (self.count + 1).min(REPEATABLE as u8);
    }
}

/// Draws the touchpoints, one after the other.
pub struct Load {
    chance: Chance,
    ranks: Zipf,
    kinds: Weighted,
    partitions: Vec<u32>,
    latest: Vec<Ring>,
    out_of_order: f64,
    duplicates: f64,
    step: f64,
    left: u64,
    number: u64,
}

impl Load {
    /// From its first touchpoint; those to be skipped are drawn like all.
    pub fn new(shape: &Shape) -> Load {
        let mut key = String::new();
        let partition = |customer| {
            touchpoint::key(customer, &mut key);
            codec::partition(key.as_bytes(), shape.partitions)
        };
        let weights = KINDS.map(|kind| kind.1);
        let spread = if shape.skip > 0 { shape.skip } else { shape.records };
        Load {
            chance: Chance::new(shape.seed),
            ranks: Zipf::new(shape.customers as f64, shape.zipf),
            kinds: Weighted::new(&weights),
            partitions: (0..shape.customers).map(partition).collect(),
            latest: vec![Ring::default(); shape.customers as usize],
            out_of_order: shape.out_of_order / 100.0,
            duplicates: shape.duplicates / 100.0,
            step: shape.days as f64 * 86_400_000.0 / spread as f64,
            left: shape.records,
            number: 0,
        }
    }

    fn draw(&mut self, number: u64) -> Touchpoint {
        let chance = &mut self.chance;
        // Rank 1 is the busiest; times an odd number, the busy ones are spread over the ids.
        let rank = self.ranks.draw(chance) - 1;
        let customer = rank.wrapping_mul(7_919) % self.latest.len() as u64;
        let ring = &mut self.latest[customer as usize];
        if chance.happens(self.duplicates) && ring.count > 0 {
            return ring.kept[chance.below(u32::from(ring.count)) as usize];
        }
        let kind = self.kinds.draw(chance) as u8;
        let mut time = START + (number as f64 * self.step) as i64;
        if chance.happens(self.out_of_order) {
            time -= chance.below_long(120_000) as i64;
        }
        let cents = match kind {
            PURCHASE => Some(500 + chance.below_long(49_500) as i64),
            REFUND => Some(-500 - chance.below_long(19_500) as i64),
            _ => None,
        };
        let has_text = matches!(kind, 2 | 3 | 4 | 5 | 7 | 12);
        let text_bytes = if has_text { 20 + chance.below(41) as u8 } else { 0 };
        let channel = chance.below(8) as u8;
        let partition = self.partitions[customer as usize];
        let touchpoint =
            Touchpoint { id: number, customer, partition, time, channel, kind, cents, text_bytes };
        ring.push(touchpoint);
        touchpoint
    }
}

impl Iterator for Load {
    type Item = Touchpoint;

    fn next(&mut self) -> Option<Touchpoint> {
        self.left = self.left.checked_sub(1)?;
        let number = self.number;
        self.number += 1;
        Some(self.draw(number))
    }
}
