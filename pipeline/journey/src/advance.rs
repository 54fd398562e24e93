//! What one more touchpoint changes, and what time alone changes.

use crate::order::{compare, is_alike, precedes};
use crate::sink::Negative;
use crate::{Chapter, JourneyState, Reading, Sink, refold};
use model::{CounterKey, Family, Flags, Measure, Result, SourceId, Timestamp, Touchpoint};
use std::cmp::Ordering;

/// Advances one customer's journey by one record.
///
/// Deterministic: equal sets of records give equal states and equal sums of differences, whatever
/// the order of arrival. Cannot fail. A record in order touches the last chapter only; any other
/// one folds again from the chapter it falls into until the states agree.
pub fn advance(
    reading: &Reading,
    state: &mut JourneyState,
    record: &Touchpoint,
    source: SourceId,
    as_of: Timestamp,
    sink: &mut impl Sink,
) {
    match state.find(record.identity) {
        None => {
            admit(reading, source, Result::Counted, 1, sink);
            insert(reading, state, record, sink);
        }
        Some(place) => {
            admit(reading, source, Result::Duplicate, 1, sink);
            repeat(reading, state, place, record, source, sink);
        }
    }
    elapse(reading, state, as_of, sink);
}

/// Reports what time alone changes: an attempt whose deadline is past. Idempotent.
pub fn elapse(reading: &Reading, state: &mut JourneyState, as_of: Timestamp, sink: &mut impl Sink) {
    let now = state.now(as_of);
    if state.due(reading).is_some_and(|deadline| deadline <= now) {
        state.walk.go_cold(reading, sink);
        state.is_cold = true;
    }
}

/// Counts records in *admission*.
pub(crate) fn admit(
    reading: &Reading,
    source: SourceId,
    result: Result,
    amount: i64,
    sink: &mut impl Sink,
) {
    if reading.counts(Family::Admission) {
        let key = CounterKey::total(Family::Admission, [source.0, result as u16, 0, 0, 0]);
        sink.add(key, Measure::Count, amount);
    }
}

/// A record of an identity that was not there.
fn insert(reading: &Reading, state: &mut JourneyState, record: &Touchpoint, sink: &mut impl Sink) {
    let is_last = state.last().is_none_or(|last| compare(reading, last, record) == Ordering::Less);
    if !is_last {
        return refold::refold(reading, state, None, Some(*record), sink);
    }
    take_back_cold(reading, state, record.time, sink);
    let length = state.chapters.last().map_or(0, |chapter| chapter.touchpoints.len());
    if length >= Chapter::LENGTH {
        state.chapters.push(Chapter::new(state.walk.clone(), Vec::new()));
    }
    state.walk.step(reading, record, sink);
    if let Some(chapter) = state.chapters.last_mut() {
        chapter.push(*record);
    }
}

/// A touchpoint comes after an attempt that was reported cold: in time, so it was not cold; or
/// later, so the attempt has ended.
fn take_back_cold(
    reading: &Reading,
    state: &mut JourneyState,
    time: Timestamp,
    sink: &mut impl Sink,
) {
    if !std::mem::take(&mut state.is_cold) {
        return;
    }
    match state.walk.deadline(reading) {
        Some(deadline) if time > deadline => state.walk.attempt = None,
        _ => state.walk.go_cold(reading, &mut Negative(sink)),
    }
}

/// Another record of an identity: which one counts does not depend on the order of arrival.
fn repeat(
    reading: &Reading,
    state: &mut JourneyState,
    (chapter, index): (usize, usize),
    record: &Touchpoint,
    source: SourceId,
    sink: &mut impl Sink,
) {
    let known = &mut state.chapters[chapter].touchpoints[index];
    let was_conflict = known.flags.has(Flags::CONFLICT);
    let is_conflict = match record.revision.cmp(&known.revision) {
        Ordering::Less => return,
        Ordering::Equal => was_conflict || !is_alike(record, known),
        Ordering::Greater => false,
    };
    admit(
        reading,
        source,
        Result::Conflict,
        i64::from(is_conflict) - i64::from(was_conflict),
        sink,
    );
    if !precedes(reading, record, known) {
        known.flags.set(Flags::CONFLICT, is_conflict);
        return;
    }
    let mut record = *record;
    record.flags.set(Flags::CONFLICT, is_conflict);
    if is_alike(&record, known) {
        *known = record;
    } else {
        refold::refold(reading, state, Some((chapter, index)), Some(record), sink);
    }
}
