//! Entries in which an objection was raised: rows behind *objection*.

use super::{EntryRow, entered_row};
use crate::Reading;
use crate::contributions::{Objected, attempts, objected, visits};
use model::{CounterKey, Entry, Family, Outcome, Timestamp, Touchpoint};

/// One class of objections in one entry, or `all` of them together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectionRow {
    /// The entry.
    pub entry: EntryRow,
    /// The class, by its value in counters.
    pub objection: u16,
    /// The touchpoint that raised it first.
    pub raised: Touchpoint,
    /// What the business did next, by its value in counters.
    pub next: u16,
}

impl ObjectionRow {
    /// The counter of *objection* that it is counted in.
    pub fn key(&self, reading: &Reading) -> CounterKey {
        let entry = &self.entry;
        let outcome = entry.decided.map_or(Outcome::Open as u16, |(end, _)| end.dim());
        let channel = reading.channel(entry.channel);
        let dims = [u16::from(entry.stage), channel, self.objection, self.next, outcome];
        CounterKey::pane(Family::Objection, reading.map(), entry.entered_at, dims)
    }
}

/// Every entry of a history that is judged at `now` and that an objection was raised in, a row for
/// each class and one for all of them, in the order of entering.
pub fn objections_of(
    reading: &Reading,
    history: &[Touchpoint],
    now: Timestamp,
) -> Vec<ObjectionRow> {
    let (trails, _) = attempts(reading, history, now);
    let mut rows = Vec::new();
    for trail in &trails {
        let visits = visits(reading, trail);
        for (index, visit) in visits.iter().enumerate() {
            let around = (visit, visits.get(index + 1));
            for Objected { class, first, next } in objected(reading, trail, around) {
                // Whether it was the first time is no dimension of *objection*.
                let entry = entered_row(reading, trail, around, Entry::First);
                let raised = *trail.touchpoints[first];
                rows.push(ObjectionRow { entry, objection: class, raised, next });
            }
        }
    }
    rows
}
