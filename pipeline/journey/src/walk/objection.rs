//! Objections of an entry, what the business did next, and what became of the entry: *objection*.

use super::Attempt;
use crate::{Reading, Sink};
use model::{CounterKey, Family, Measure, Outcome, Touchpoint, ends};

/// The classes of objections that were raised in an entry, each once and in the order of their
/// first mention, and the kind of the business's first touchpoint after it, or `ends::NONE`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raised(pub Vec<(u16, u16)>);

impl Attempt {
    fn count_objection(
        &self,
        reading: &Reading,
        (objection, next): (u16, u16),
        (outcome, amount): (u16, i64),
        sink: &mut impl Sink,
    ) {
        let entry = &self.entry;
        let channel = reading.channel(self.channel);
        let dims = [u16::from(entry.stage), channel, objection, next, outcome];
        let key = CounterKey::pane(Family::Objection, reading.map(), entry.time, dims);
        sink.add(key, Measure::Count, amount);
    }

    /// A touchpoint may raise an objection in the entry that it leads to or lies in.
    pub(super) fn object(
        &mut self,
        reading: &Reading,
        touchpoint: &Touchpoint,
        sink: &mut impl Sink,
    ) {
        let Some(objection) = reading.objection(touchpoint.label.class) else { return };
        if !reading.counts(Family::Objection) {
            return;
        }
        let raised = self.entry.raised.get_or_insert_default();
        if raised.0.iter().any(|(known, _)| *known == objection) {
            return;
        }
        let is_first = raised.0.is_empty();
        raised.0.push((objection, ends::NONE));
        let open = (Outcome::Open as u16, 1);
        if is_first {
            self.count_objection(reading, (ends::ALL, ends::NONE), open, sink);
        }
        self.count_objection(reading, (objection, ends::NONE), open, sink);
    }

    /// The business does something: what it does first answers what was raised before.
    pub(super) fn answer(&mut self, reading: &Reading, kind: u16, sink: &mut impl Sink) {
        let Some(mut raised) = self.entry.raised.take() else { return };
        let open = Outcome::Open as u16;
        for (index, (objection, next)) in raised.0.iter_mut().enumerate() {
            if *next != ends::NONE {
                continue;
            }
            *next = kind;
            // The first that was raised stands for all of them.
            let of_all = (index == 0).then_some(ends::ALL);
            for objection in of_all.into_iter().chain([*objection]) {
                self.count_objection(reading, (objection, ends::NONE), (open, -1), sink);
                self.count_objection(reading, (objection, kind), (open, 1), sink);
            }
        }
        self.entry.raised = Some(raised);
    }

    /// The entry is decided.
    pub(super) fn decide_objections(&self, reading: &Reading, end: u16, sink: &mut impl Sink) {
        let raised = self.entry.raised.iter().flat_map(|raised| &raised.0).enumerate();
        for (index, (objection, next)) in raised {
            let of_all = (index == 0).then_some(ends::ALL);
            for objection in of_all.into_iter().chain([*objection]) {
                let open = (Outcome::Open as u16, -1);
                self.count_objection(reading, (objection, *next), open, sink);
                self.count_objection(reading, (objection, *next), (end, 1), sink);
            }
        }
    }
}
