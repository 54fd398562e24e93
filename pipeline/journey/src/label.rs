//! What a label changes: it speaks of a touchpoint, and may come before it.

use crate::advance::elapse;
use crate::refold::refold;
use crate::{Chapters, JourneyState, Reading, Sink, Told};
use model::{Family, Label, Touchpoint};

/// Labels of touchpoints that have not come yet, one for each identity, by what arrived first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending(pub Vec<(u64, Label)>);

impl Pending {
    /// Notes a label; of several of one touchpoint the one that counts is kept.
    fn note(&mut self, reading: &Reading, identity: u64, label: Label) {
        match self.0.iter_mut().find(|(known, _)| *known == identity) {
            Some((_, known)) => *known = Label::one_of(*known, label, reading.dictionary()),
            None => self.0.push((identity, label)),
        }
    }
}

/// Labels one touchpoint of a customer.
///
/// As with `advance`, equal sets of records give equal sums, whatever the order of arrival: a label
/// waits for its touchpoint, and of several the greatest revision counts. It moves no time, no
/// stage and no deadline, so what time alone has told stands.
pub fn label(
    reading: &Reading,
    state: &mut JourneyState,
    chapters: &mut impl Chapters,
    (identity, label): (u64, Label),
    sink: &mut impl Sink,
) {
    let Some((place, index)) = state.find(identity, chapters) else {
        return state.pending.get_or_insert_default().note(reading, identity, label);
    };
    let mut chapter = state.packed(place, chapters).unpack();
    let Some(known) = chapter.touchpoints.get_mut(index) else { return };
    if !label.counts_before(&known.label, reading.dictionary()) {
        return;
    }
    let said = Touchpoint { label, ..*known };
    let [before, after] = [known.label, label].map(|label| reading.objection(label.class));
    if before == after || !reading.counts(Family::Objection) {
        *known = said;
        return state.put(place, &chapter);
    }
    let told = state.told;
    refold(reading, state, chapters, Some((place, index)), said, sink);
    let until = match told {
        Told::Nothing => None,
        Told::Landmark => state.walk.landmark(reading),
        Told::Cold => state.walk.deadline(reading),
    };
    if let Some(until) = until {
        elapse(reading, state, chapters, until, sink);
    }
}

/// A touchpoint that comes with the label that has waited for it.
pub(crate) fn labelled(
    reading: &Reading,
    state: &mut JourneyState,
    record: &Touchpoint,
) -> Touchpoint {
    let Some(pending) = &mut state.pending else { return *record };
    let Some(at) = pending.0.iter().position(|(known, _)| *known == record.identity) else {
        return *record;
    };
    let (_, label) = pending.0.remove(at);
    if pending.0.is_empty() {
        state.pending = None;
    }
    Touchpoint { label: Label::one_of(record.label, label, reading.dictionary()), ..*record }
}

/// The labels that two customers wait with, as one customer's.
pub(crate) fn united(reading: &Reading, a: &[(u64, Label)], b: &[(u64, Label)]) -> Pending {
    let mut pending = Pending::default();
    for (identity, label) in a.iter().chain(b) {
        pending.note(reading, *identity, *label);
    }
    pending
}
