//! The steps that an entry begins with, and what became of it: *sequence*.

use super::Attempt;
use crate::{Reading, Sink};
use model::{CounterKey, Family, Measure, Outcome, Paid, Touchpoint};

impl Attempt {
    /// A touchpoint of the entry is a step of it, up to the landmark.
    pub(super) fn take_step(&mut self, reading: &Reading, touchpoint: &Touchpoint) {
        let is_told = reading.counts(Family::Sequence) && !self.entry.is_past_landmark;
        if is_told && touchpoint.time <= self.landmark(reading) {
            let step = reading.step(touchpoint.kind, touchpoint.channel);
            self.entry.steps = self.entry.steps.with(step);
        }
    }

    /// An entry that was open at its landmark; what was paid is that of the purchase that converts
    /// it.
    pub(super) fn count_sequence(
        &self,
        reading: &Reading,
        (outcome, by): (Outcome, Option<&Touchpoint>),
        amount: i64,
        sink: &mut impl Sink,
    ) {
        if !reading.counts(Family::Sequence) {
            return;
        }
        let of = (self.entry.stage, reading.channel(self.channel));
        let purchase = by.filter(|by| reading.kind(by.kind).is_purchase);
        let paid = purchase.map_or_else(Paid::default, |by| Paid::of(by.amount));
        let key = CounterKey::sequence(of, self.entry.steps, (outcome, paid));
        sink.add(key, Measure::Count, amount);
        if let Some(by) = purchase.filter(|by| by.currency.0 != 0) {
            sink.add(key, Measure::Money(by.currency), by.amount.wrapping_mul(amount));
        }
    }
}
