//! The slow path: folds again from the chapter where a history changed until the states agree.

use crate::order::compare;
use crate::sink::{Negative, Nowhere};
use crate::{Chapter, JourneyState, Reading, Sink, Walk};
use model::Touchpoint;
use std::cmp::Ordering;

/// Takes a touchpoint out, puts one in, and emits the difference.
pub(crate) fn refold(
    reading: &Reading,
    state: &mut JourneyState,
    removed: Option<(usize, usize)>,
    inserted: Option<Touchpoint>,
    sink: &mut impl Sink,
) {
    if std::mem::take(&mut state.is_cold) {
        state.walk.go_cold(reading, &mut Negative(sink));
    }
    let target = inserted.map(|touchpoint| (chapter_of(reading, state, &touchpoint), touchpoint));
    let changed = [removed.map(|place| place.0), target.map(|place| place.0)];
    let (Some(first), Some(last)) =
        (changed.into_iter().flatten().min(), changed.into_iter().flatten().max())
    else {
        return;
    };
    let mut old = state.chapters[first].start.clone();
    let mut new = old.clone();
    let mut has_agreed = false;
    for at in first..state.chapters.len() {
        let before = std::mem::take(&mut state.chapters[at].touchpoints);
        let mut after = before.clone();
        if let Some((_, index)) = removed.filter(|place| place.0 == at) {
            after.remove(index);
        }
        if let Some((_, touchpoint)) = target.filter(|place| place.0 == at) {
            let index =
                after.partition_point(|t| compare(reading, t, &touchpoint) == Ordering::Less);
            after.insert(index, touchpoint);
        }
        let start = new.clone();
        fold_both(reading, (&before, &mut old), (&after, &mut new), sink);
        state.chapters[at] = Chapter::new(start, after);
        has_agreed = at >= last && old == new;
        if has_agreed {
            break;
        }
    }
    if !has_agreed {
        state.walk = new;
    }
    divide(reading, state);
}

/// The chapter that a touchpoint falls into: the last one that begins at or before it.
fn chapter_of(reading: &Reading, state: &JourneyState, touchpoint: &Touchpoint) -> usize {
    let begins_before = |chapter: &Chapter| {
        let first = chapter.touchpoints.first();
        first.is_none_or(|first| compare(reading, first, touchpoint) == Ordering::Less)
    };
    state.chapters.partition_point(begins_before).saturating_sub(1)
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
        before[..common].iter().for_each(|t| old.step(reading, t, &mut Nowhere));
        *new = old.clone();
    }
    before[common..].iter().for_each(|t| old.step(reading, t, &mut Negative(sink)));
    after[common..].iter().for_each(|t| new.step(reading, t, sink));
}

/// Divides chapters that have grown too long, and drops those that have become empty.
fn divide(reading: &Reading, state: &mut JourneyState) {
    let is_long = |chapter: &Chapter| chapter.touchpoints.len() > 2 * Chapter::LENGTH;
    let is_empty = |chapter: &Chapter| chapter.touchpoints.is_empty();
    if state.chapters.len() > 1 && state.chapters.iter().any(is_empty) {
        state.chapters.retain(|chapter| !is_empty(chapter));
    }
    if let Some(at) = state.chapters.iter().position(is_long) {
        let mut front = std::mem::take(&mut state.chapters[at]);
        let back = front.touchpoints.split_off(Chapter::LENGTH);
        let mut walk = front.start.clone();
        front.touchpoints.iter().for_each(|t| walk.step(reading, t, &mut Nowhere));
        state.chapters[at] = Chapter::new(front.start, front.touchpoints);
        state.chapters.insert(at + 1, Chapter::new(walk, back));
    }
}
