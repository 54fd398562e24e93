//! Where the fold puts what changes.

use model::{CounterKey, Measure, Purchases, Transition};
use std::collections::BTreeMap;

/// Takes differences of counters, and moves made or taken back.
pub trait Sink {
    /// Adds an amount to a counter; what is added up is what counts.
    fn add(&mut self, key: CounterKey, measure: Measure, amount: i64);
    /// A move was made (1) or taken back (−1).
    fn moved(&mut self, transition: &Transition, sign: i64);
    /// A customer's purchases are these (1), or are not any more (−1).
    fn valued(&mut self, purchases: &Purchases, sign: i64);
    /// Whether anybody hears of it: else what costs much to say need not be said.
    fn is_heard(&self) -> bool {
        true
    }
}

/// Differences, added up and without zeros.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// What changed, by counter and measure.
    pub counters: BTreeMap<(CounterKey, Measure), i64>,
    /// Customers by what they have bought.
    pub purchases: BTreeMap<Purchases, i64>,
    /// Moves made and taken back.
    pub transitions: BTreeMap<Transition, i64>,
}

impl Diff {
    /// Adds what another one says of counters and purchases; moves are told once, where they are
    /// made.
    pub fn merge(&mut self, more: &Diff) {
        for ((key, measure), amount) in &more.counters {
            self.add(*key, *measure, *amount);
        }
        for (purchases, count) in &more.purchases {
            self.valued(purchases, *count);
        }
    }
}

impl Sink for Diff {
    fn add(&mut self, key: CounterKey, measure: Measure, amount: i64) {
        add(&mut self.counters, (key, measure), amount);
    }

    fn moved(&mut self, transition: &Transition, sign: i64) {
        add(&mut self.transitions, *transition, sign);
    }

    fn valued(&mut self, purchases: &Purchases, sign: i64) {
        add(&mut self.purchases, *purchases, sign);
    }
}

fn add<K: Ord>(sums: &mut BTreeMap<K, i64>, key: K, amount: i64) {
    use std::collections::btree_map::Entry;
    match sums.entry(key) {
        Entry::Vacant(vacant) if amount != 0 => {
            vacant.insert(amount);
        }
        Entry::Vacant(_) => {}
        Entry::Occupied(mut sum) => {
            *sum.get_mut() = sum.get().wrapping_add(amount);
            if *sum.get() == 0 {
                sum.remove();
            }
        }
    }
}

/// Takes back what is put into it.
pub(crate) struct Negative<'a, S: Sink>(pub &'a mut S);

impl<S: Sink> Sink for Negative<'_, S> {
    fn add(&mut self, key: CounterKey, measure: Measure, amount: i64) {
        self.0.add(key, measure, amount.wrapping_neg());
    }

    fn moved(&mut self, transition: &Transition, sign: i64) {
        self.0.moved(transition, -sign);
    }

    fn valued(&mut self, purchases: &Purchases, sign: i64) {
        self.0.valued(purchases, -sign);
    }

    fn is_heard(&self) -> bool {
        self.0.is_heard()
    }
}

/// Forgets what is put into it.
pub(crate) struct Silent;

impl Sink for Silent {
    fn add(&mut self, _: CounterKey, _: Measure, _: i64) {}
    fn moved(&mut self, _: &Transition, _: i64) {}
    fn valued(&mut self, _: &Purchases, _: i64) {}

    fn is_heard(&self) -> bool {
        false
    }
}
