//! Follow-ups of an entry in its first days, and what became of it: *cadence* and *intensity*. What
//! is asked at the landmark, *sequence* asks as well.

use super::{Attempt, Walk};
use crate::{Reading, Sink};
use model::{Basis, CounterKey, Family, FollowUps, Measure, Outcome, Timestamp, Touchpoint};

impl Walk {
    /// When time alone will ask whether the entry is open; `None` where the attempt goes cold first
    /// or a touchpoint has told already.
    pub(crate) fn landmark(&self, reading: &Reading) -> Option<Timestamp> {
        let attempt = self.attempt.as_ref().filter(|_| reading.counts_landmark())?;
        let landmark = attempt.landmark(reading);
        let is_first = self.deadline(reading).is_some_and(|deadline| landmark < deadline);
        (is_first && !attempt.entry.is_past_landmark).then_some(landmark)
    }

    /// Emits that the entry is open at its landmark; where the customer stands is not changed.
    pub(crate) fn stay_open(&self, reading: &Reading, sink: &mut impl Sink) {
        if let Some(attempt) = &self.attempt {
            attempt.count_landmark(reading, (Outcome::Open, None), 1, sink);
        }
    }
}

impl Attempt {
    pub(super) fn landmark(&self, reading: &Reading) -> Timestamp {
        self.entry.time.plus(reading.map().cadence_landmark)
    }

    fn count_cadence(
        &self,
        reading: &Reading,
        (basis, outcome): (Basis, Outcome),
        amount: i64,
        sink: &mut impl Sink,
    ) {
        let (entry, channel) = (&self.entry, reading.channel(self.channel));
        let (stage, follow_ups) = (u16::from(entry.stage), u16::from(entry.follow_ups));
        if reading.counts(Family::Cadence) {
            let dims = [basis as u16, stage, follow_ups, outcome as u16, channel];
            sink.add(CounterKey::total(Family::Cadence, dims), Measure::Count, amount);
        }
        if basis == Basis::Landmark && reading.counts(Family::Intensity) {
            let dims = [stage, follow_ups, u16::from(entry.early), outcome as u16, channel];
            sink.add(CounterKey::total(Family::Intensity, dims), Measure::Count, amount);
        }
    }

    /// The entry was open at its landmark, and is now; or this became of it, by a touchpoint.
    fn count_landmark(
        &self,
        reading: &Reading,
        (outcome, by): (Outcome, Option<&Touchpoint>),
        amount: i64,
        sink: &mut impl Sink,
    ) {
        self.count_cadence(reading, (Basis::Landmark, outcome), amount, sink);
        self.count_sequence(reading, (outcome, by), amount, sink);
    }

    /// The entry begins.
    pub(super) fn begin_cadence(&self, reading: &Reading, sink: &mut impl Sink) {
        self.count_cadence(reading, (Basis::Naive, Outcome::Open), 1, sink);
    }

    /// A touchpoint comes: one after the landmark finds the entry open there.
    pub(super) fn pass_landmark(
        &mut self,
        reading: &Reading,
        time: Timestamp,
        sink: &mut impl Sink,
    ) {
        let is_counted = reading.counts_landmark() && !self.entry.is_past_landmark;
        if is_counted && time > self.landmark(reading) {
            self.entry.is_past_landmark = true;
            self.count_landmark(reading, (Outcome::Open, None), 1, sink);
        }
    }

    /// A touchpoint that enters nothing may be a follow-up, or the customer's at the beginning.
    pub(super) fn follow_up(
        &mut self,
        reading: &Reading,
        touchpoint: &Touchpoint,
        sink: &mut impl Sink,
    ) {
        if !reading.counts_follow_ups() {
            return;
        }
        let kind = reading.kind(touchpoint.kind);
        if !kind.is_follow_up {
            // All of it is before the landmark, so what is counted there need not be taken back.
            let until = self.entry.time.plus(reading.map().cadence_intensity);
            let is_early = kind.keeps_warm && touchpoint.time <= until;
            let early = self.entry.early + u8::from(is_early);
            self.entry.early = early.min(FollowUps::Many as u8);
            return;
        }
        let is_one = touchpoint.time <= self.landmark(reading);
        if is_one && self.entry.follow_ups < FollowUps::Many as u8 {
            self.count_cadence(reading, (Basis::Naive, Outcome::Open), -1, sink);
            self.entry.follow_ups += 1;
            self.count_cadence(reading, (Basis::Naive, Outcome::Open), 1, sink);
        }
    }

    /// The entry is decided: at a time, and where it converts by a touchpoint.
    pub(super) fn decide_landmark(
        &self,
        reading: &Reading,
        outcome: Outcome,
        (at, by): (Timestamp, Option<&Touchpoint>),
        sink: &mut impl Sink,
    ) {
        if !reading.counts_landmark() {
            return;
        }
        let is_past = self.entry.is_past_landmark;
        self.count_cadence(reading, (Basis::Naive, Outcome::Open), -1, sink);
        self.count_cadence(reading, (Basis::Naive, outcome), 1, sink);
        if is_past {
            self.count_landmark(reading, (Outcome::Open, None), -1, sink);
        }
        if is_past || self.landmark(reading) < at {
            self.count_landmark(reading, (outcome, by), 1, sink);
        }
    }
}
