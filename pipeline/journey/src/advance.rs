//! What one more touchpoint changes, and what time alone changes.

use crate::label::labelled;
use crate::older::Place;
use crate::order::{compare, is_alike, precedes};
use crate::sink::Negative;
use crate::{Behind, Chapter, Chapters, JourneyState, Reading, Sink, Told, refold, seal};
use model::{CounterKey, Family, Flags, Measure, Result, SourceId, Timestamp, Touchpoint};
use std::cmp::Ordering;

/// Advances one customer's journey by one record.
///
/// Deterministic: equal sets of records give equal states and equal sums of differences, whatever
/// the order of arrival. Cannot fail. A record in order touches the newest chapter only, in
/// memory; any other one reads `chapters` from where it falls until the states agree. Returns what
/// became of the record: `Late` where its time is sealed, and then nothing has changed.
pub fn advance(
    reading: &Reading,
    state: &mut JourneyState,
    chapters: &mut impl Chapters,
    record: &Touchpoint,
    source: SourceId,
    as_of: Timestamp,
    sink: &mut impl Sink,
) -> Result {
    let is_sealed = state.seal().is_some_and(|seal| record.time <= seal.until);
    let found = if is_sealed { None } else { state.find(record.identity, chapters) };
    let result = match found {
        _ if is_sealed => Result::Late,
        Some(_) => Result::Duplicate,
        None => Result::Counted,
    };
    admit(reading, source, result, 1, sink);
    match (result, found) {
        (Result::Duplicate, Some(place)) => {
            repeat(reading, state, chapters, place, (record, source), sink);
        }
        (Result::Counted, _) => {
            let record = labelled(reading, state, record);
            insert(reading, state, chapters, &record, sink);
            seal::cap(reading, state, chapters);
        }
        _ => {}
    }
    elapse(reading, state, chapters, as_of, sink);
    result
}

/// Reports what time alone changes: an entry that is open at its landmark, an attempt whose
/// deadline is past. Idempotent.
pub fn elapse(
    reading: &Reading,
    state: &mut JourneyState,
    chapters: &mut impl Chapters,
    as_of: Timestamp,
    sink: &mut impl Sink,
) {
    let now = state.now(as_of);
    if state.due(reading).is_none_or(|due| due > now) {
        return;
    }
    if state.walk.deadline(reading).is_none_or(|deadline| deadline > now) {
        state.walk.stay_open(reading, sink);
        state.told = Told::Landmark;
        return;
    }
    take_back(reading, state, chapters, sink);
    let (newest, older) = (&state.newest, state.older.as_deref());
    let behind = &mut Behind::all(state.group, newest, older, chapters);
    state.walk.go_cold(reading, behind, sink);
    state.told = Told::Cold;
}

/// Takes back what time alone has told.
pub(crate) fn take_back(
    reading: &Reading,
    state: &mut JourneyState,
    chapters: &mut impl Chapters,
    sink: &mut impl Sink,
) {
    match std::mem::take(&mut state.told) {
        Told::Nothing => {}
        Told::Landmark => state.walk.stay_open(reading, &mut Negative(sink)),
        Told::Cold => {
            let (newest, older) = (&state.newest, state.older.as_deref());
            let behind = &mut Behind::all(state.group, newest, older, chapters);
            state.walk.go_cold(reading, behind, &mut Negative(sink));
        }
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
fn insert(
    reading: &Reading,
    state: &mut JourneyState,
    chapters: &mut impl Chapters,
    record: &Touchpoint,
    sink: &mut impl Sink,
) {
    if !is_last(reading, state, record) {
        return refold::refold(reading, state, chapters, None, *record, sink);
    }
    take_back_before(reading, state, chapters, record.time, sink);
    let is_full = usize::from(state.newest.count()) >= Chapter::LENGTH;
    let before = is_full.then(|| state.walk.clone());
    let (newest, older) = (&state.newest, state.older.as_deref());
    let behind = &mut Behind::all(state.group, newest, older, chapters);
    state.walk.step(reading, record, behind, sink);
    state.push(record, before);
}

/// Whether a touchpoint comes after all others. Only one at the same time is looked at closer.
fn is_last(reading: &Reading, state: &JourneyState, record: &Touchpoint) -> bool {
    match state.last_time().map(|last| last.cmp(&record.time)) {
        Some(Ordering::Equal) => {
            let last = state.newest.last_touchpoint();
            last.is_none_or(|last| compare(reading, &last, record).is_lt())
        }
        order => order.is_none_or(Ordering::is_lt),
    }
}

/// A touchpoint comes after what time alone has told: in time, so an attempt was not cold; or
/// later, so it has ended.
fn take_back_before(
    reading: &Reading,
    state: &mut JourneyState,
    chapters: &mut impl Chapters,
    time: Timestamp,
    sink: &mut impl Sink,
) {
    let deadline = state.walk.deadline(reading).filter(|_| state.told == Told::Cold);
    if deadline.is_some_and(|deadline| time > deadline) {
        state.told = Told::Nothing;
        state.walk.attempt = None;
    } else {
        take_back(reading, state, chapters, sink);
    }
}

/// Another record of an identity: which one counts does not depend on the order of arrival.
fn repeat(
    reading: &Reading,
    state: &mut JourneyState,
    chapters: &mut impl Chapters,
    (place, index): (Place, usize),
    (record, source): (&Touchpoint, SourceId),
    sink: &mut impl Sink,
) {
    let mut chapter = state.packed(place, chapters).unpack();
    let Some(known) = chapter.touchpoints.get_mut(index) else { return };
    let was_conflict = known.flags.has(Flags::CONFLICT);
    let is_conflict = match record.revision.cmp(&known.revision) {
        Ordering::Less => return,
        Ordering::Equal => was_conflict || !is_alike(record, known),
        Ordering::Greater => false,
    };
    let conflicts = i64::from(is_conflict) - i64::from(was_conflict);
    admit(reading, source, Result::Conflict, conflicts, sink);
    let counts = precedes(reading, record, known);
    let mut record = if counts { *record } else { *known };
    record.flags.set(Flags::CONFLICT, is_conflict);
    // A label is of the identity, whichever record of it counts.
    record.label = known.label;
    if !is_alike(&record, known) {
        refold::refold(reading, state, chapters, Some((place, index)), record, sink);
    } else if record != *known {
        *known = record;
        state.put(place, &chapter);
    }
}
