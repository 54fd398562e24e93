//! The slow path: folds again from the chapter where a history changed until the states agree.

use crate::older::Place;
use crate::order::compare;
use crate::sink::{Negative, Silent};
use crate::{Chapter, Chapters, JourneyState, Packed, Reading, Sink, Walk};
use model::Touchpoint;

/// Takes a touchpoint out, puts one in, and emits the difference. Reads only the chapters that
/// change, and those after them until the states agree.
pub(crate) fn refold(
    reading: &Reading,
    state: &mut JourneyState,
    chapters: &mut impl Chapters,
    removed: Option<(Place, usize)>,
    inserted: Touchpoint,
    sink: &mut impl Sink,
) {
    if std::mem::take(&mut state.is_cold) {
        state.walk.go_cold(reading, &mut Negative(sink));
    }
    let target = state.place_of(reading, &inserted, chapters);
    let first = removed.map_or(target, |(place, _)| place.min(target));
    let last = removed.map_or(target, |(place, _)| place.max(target));
    let newest = state.newest_place();
    let (mut walks, mut place): (Option<(Walk, Walk)>, Place) = (None, first);
    let (mut is_long, mut has_emptied) = (false, false);
    loop {
        let mut chapter = state.packed(place, chapters).unpack();
        let begin = || (chapter.start.clone(), chapter.start.clone());
        let (mut old, mut new) = walks.take().unwrap_or_else(begin);
        let before = chapter.touchpoints.clone();
        // A store that has broken gives a chapter that lacks it.
        let has = |(at, index): &(Place, usize)| *at == place && *index < before.len();
        if let Some((_, index)) = removed.filter(has) {
            chapter.touchpoints.remove(index);
        }
        if place == target {
            let precedes = |t: &Touchpoint| compare(reading, t, &inserted).is_lt();
            let index = chapter.touchpoints.partition_point(precedes);
            chapter.touchpoints.insert(index, inserted);
            is_long = chapter.touchpoints.len() > 2 * Chapter::LENGTH;
        }
        has_emptied |= chapter.touchpoints.is_empty();
        chapter.start = new.clone();
        fold_both(reading, (&before, &mut old), (&chapter.touchpoints, &mut new), sink);
        state.put(place, &chapter);
        let has_agreed = old == new;
        if place == newest {
            state.walk = new;
            break;
        }
        if place >= last && has_agreed {
            break;
        }
        // Where the states agree already, only the second of two changes is left.
        place = if has_agreed { last } else { state.next_place(place) };
        walks = (!has_agreed).then_some((old, new));
    }
    if is_long {
        divide(reading, state, chapters, target);
    }
    if has_emptied {
        drop_empty(state, chapters);
    }
}

/// Takes the old way back and goes the new one; what both have in common at the front is silent.
fn fold_both(
    reading: &Reading,
    (before, old): (&[Touchpoint], &mut Walk),
    (after, new): (&[Touchpoint], &mut Walk),
    sink: &mut impl Sink,
) {
    let mut common = 0;
    if old == new {
        common = before.iter().zip(after).take_while(|(a, b)| a == b).count();
        before[..common].iter().for_each(|t| old.step(reading, t, &mut Silent));
        *new = old.clone();
    }
    before[common..].iter().for_each(|t| old.step(reading, t, &mut Negative(sink)));
    after[common..].iter().for_each(|t| new.step(reading, t, sink));
}

/// Divides a chapter that has grown too long.
fn divide(reading: &Reading, state: &mut JourneyState, chapters: &mut impl Chapters, place: Place) {
    let mut front = state.packed(place, chapters).unpack();
    let touchpoints = front.touchpoints.split_off(Chapter::LENGTH);
    let mut start = front.start.clone();
    front.touchpoints.iter().for_each(|t| start.step(reading, t, &mut Silent));
    let back = Packed::pack(&Chapter { start, touchpoints });
    let is_newest = place == state.newest_place();
    let older = state.older.get_or_insert_default();
    if is_newest {
        older.push(Packed::pack(&front));
        state.newest = back;
    } else {
        older.replace(place, Packed::pack(&front));
        older.insert_after(place, back);
    }
}

/// Drops chapters that have become empty; another becomes the newest where that was one.
fn drop_empty(state: &mut JourneyState, chapters: &mut impl Chapters) {
    if let Some(older) = &mut state.older {
        older.retain(|heading| heading.count > 0);
    }
    let last = state.older.iter().flat_map(|older| older.pages.last()).next();
    let last = last.and_then(|page| page.headings.last()).map(|heading| heading.chapter);
    if let Some(last) = last.filter(|_| state.newest.count() == 0) {
        let page = state.newest_place().0 - 1;
        let at = state.older.as_ref().map_or(0, |older| older.pages[page].headings.len() - 1);
        state.newest = state.packed((page, at), chapters);
        if let Some(older) = &mut state.older {
            older.retain(|heading| heading.chapter != last);
        }
    }
}
