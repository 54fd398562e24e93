//! Seals: the oldest touchpoints become the state that the first chapter begins with.
//!
//! What they added to the counters stays, and so does where they have led; they themselves are
//! forgotten, identities included. Decided by the record that is applied and this customer's own
//! history, never by a clock, so that a replay seals the same. `sealed.rs` is the specification.

use crate::older::Place;
use crate::sink::Silent;
use crate::{Behind, Chapter, Chapters, JourneyState, Packed, Reading};
use model::{Span, Timestamp};

/// What of a customer is sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seal {
    /// The time of the last sealed touchpoint: no other one is at or before it.
    pub until: Timestamp,
    /// How many are sealed.
    pub touchpoints: u64,
}

/// Seals what is older than the map's retention when a live record is appended. A record of history
/// seals nothing: an import may bring any time in any order.
pub fn retire(
    reading: &Reading,
    state: &mut JourneyState,
    chapters: &mut impl Chapters,
    appended: Timestamp,
) {
    let retention = reading.map().retention;
    if retention == Span::NEVER {
        return;
    }
    if state.first_time().is_some_and(|first| appended > first.plus(retention)) {
        seal(reading, state, chapters, |time| appended > time.plus(retention));
    }
}

/// How many touchpoints are sealed at once where one customer has more than so many.
pub(crate) fn share(touchpoints_max: u32) -> usize {
    (touchpoints_max as usize / 32).max(1)
}

/// Seals the oldest of more touchpoints than the map allows a customer, and those of the same time.
pub(crate) fn cap(reading: &Reading, state: &mut JourneyState, chapters: &mut impl Chapters) {
    let most = reading.map().touchpoints_max;
    // The newest chapter alone is nearly always all there is.
    let has_more = match state.older {
        Some(_) => state.len() > most as usize,
        None => u32::from(state.newest.count()) > most,
    };
    if !has_more {
        return;
    }
    let mut left = share(most);
    let mut place = (0, 0);
    loop {
        let count = state.count(place);
        if left <= count || place == state.newest_place() {
            break;
        }
        left -= count;
        place = state.next_place(place);
    }
    let chapter = state.packed(place, chapters).unpack();
    if let Some(last) = chapter.touchpoints.get(left.saturating_sub(1)) {
        let until = last.time;
        seal(reading, state, chapters, |time| time <= until);
    }
}

/// Seals the touchpoints whose time is old; whoever is older than one that is old is old.
fn seal(
    reading: &Reading,
    state: &mut JourneyState,
    chapters: &mut impl Chapters,
    is_old: impl Fn(Timestamp) -> bool,
) {
    let place = last_that(state, &is_old);
    let mut chapter = state.packed(place, chapters).unpack();
    let old = chapter.touchpoints.partition_point(|touchpoint| is_old(touchpoint.time));
    let rest = chapter.touchpoints.split_off(old);
    let Some(last) = chapter.touchpoints.last() else { return };
    let until = last.time;
    let mut start = chapter.start;
    for touchpoint in &chapter.touchpoints {
        start.step(reading, touchpoint, &mut Behind::nothing(), &mut Silent);
    }
    let (here, before) = (&chapter.touchpoints, (state.older.as_deref(), place));
    let behind = &mut Behind::before(state.group, here, &[], before, chapters);
    let echo = start.echo(reading, behind);
    let newest = state.newest_place();
    let older = state.older.get_or_insert_default();
    older.echo = echo;
    let mut sealed = older.drop_before(place) + old as u64;
    if place != newest {
        // What came before it is gone, so it is the first now.
        let first = Chapter { start, touchpoints: rest };
        if first.touchpoints.is_empty() {
            older.drop_before((0, 1));
        } else {
            older.replace((0, 0), Packed::pack(&first));
        }
    } else {
        state.newest = Packed::pack(&Chapter { start, touchpoints: rest });
    }
    let before = older.sealed.map_or(0, |seal| seal.touchpoints);
    sealed += before;
    older.sealed = Some(Seal { until, touchpoints: sealed });
}

/// The last chapter that begins with an old touchpoint, or the first.
fn last_that(state: &JourneyState, is_old: impl Fn(Timestamp) -> bool) -> Place {
    let newest = state.newest_place();
    if state.newest.first_time().is_some_and(&is_old) {
        return newest;
    }
    let mut place = (0, 0);
    while place != newest {
        let next = state.next_place(place);
        let is_next = state.begins(next).is_some_and(&is_old);
        if next == newest || !is_next {
            break;
        }
        place = next;
    }
    place
}
