//! The slow path: folds again from the chapter where a history changed until the states agree.

use crate::advance::take_back;
use crate::older::{Older, Place};
use crate::order::compare;
use crate::sink::{Negative, Silent};
use crate::{Behind, Chapter, Chapters, JourneyState, Packed, Reading, Sink, Touch, Walk};
use model::{Group, Touchpoint};

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
    take_back(reading, state, chapters, sink);
    let target = state.place_of(reading, &inserted, chapters);
    let first = removed.map_or(target, |(place, _)| place.min(target));
    let last = removed.map_or(target, |(place, _)| place.max(target));
    let newest = state.newest_place();
    let (mut ways, mut place): (Option<(Way, Way)>, Place) = (None, first);
    let (mut is_long, mut has_emptied) = (false, false);
    // How many touchpoints come after the last change so far.
    let mut since = 0;
    loop {
        let mut chapter = state.packed(place, chapters).unpack();
        let begin = || (Way::new(&chapter.start, place), Way::new(&chapter.start, place));
        let is_fresh = ways.is_none();
        let (mut old, mut new) = ways.take().unwrap_or_else(begin);
        let before = chapter.touchpoints.clone();
        since += before.len();
        // A store that has broken gives a chapter that lacks it.
        let has = |(at, index): &(Place, usize)| *at == place && *index < before.len();
        if let Some((_, index)) = removed.filter(has) {
            chapter.touchpoints.remove(index);
            since = before.len() - index - 1;
        }
        if place == target {
            let precedes = |t: &Touchpoint| compare(reading, t, &inserted).is_lt();
            let index = chapter.touchpoints.partition_point(precedes);
            chapter.touchpoints.insert(index, inserted);
            let after = chapter.touchpoints.len() - index - 1;
            // Where it only moves, what lies between its places comes after neither.
            let moves = removed.is_some_and(|(at, _)| at == place);
            since = if moves { since.min(after) } else { after };
            is_long = chapter.touchpoints.len() > 2 * Chapter::LENGTH;
        }
        has_emptied |= chapter.touchpoints.is_empty();
        chapter.start = new.walk.clone();
        let older = state.older.as_deref();
        let mut fold = Fold { reading, group: state.group, older, chapters, is_fresh };
        fold.both((&before, &mut old), (&chapter.touchpoints, &mut new), sink);
        state.put(place, &chapter);
        // What leads on alike must have come alike as well, as far as anything will ask.
        let has_agreed = old.walk == new.walk && since >= new.walk.reach();
        if place == newest {
            state.walk = new.walk;
            break;
        }
        if place >= last && has_agreed {
            break;
        }
        // Where the states agree already, only the second of two changes is left.
        place = if has_agreed { last } else { state.next_place(place) };
        ways = (!has_agreed).then(|| {
            old.leave(reading, &before);
            new.leave(reading, &chapter.touchpoints);
            (old, new)
        });
    }
    if is_long {
        divide(reading, state, chapters, target);
    }
    if has_emptied {
        drop_empty(state, chapters);
    }
}

/// A walk over chapters of which some are not kept any more, or not yet.
struct Way {
    walk: Walk,
    /// The first chapter that it went over.
    from: Place,
    /// What it has met in the chapters before the one at hand.
    met: Vec<Touch>,
}

impl Way {
    fn new(start: &Walk, from: Place) -> Way {
        Way { walk: start.clone(), from, met: Vec::new() }
    }

    /// Notes what was met in a chapter, as far as anything will ask.
    fn leave(&mut self, reading: &Reading, touchpoints: &[Touchpoint]) {
        self.met.extend(touchpoints.iter().map(|touchpoint| Touch::of(reading, touchpoint)));
        let idle = self.met.len().saturating_sub(self.walk.reach());
        // Not every time, for the rest is moved.
        if idle > self.met.len() / 2 {
            self.met.drain(..idle);
        }
    }
}

/// Folds one chapter as it was and as it is.
struct Fold<'a, C> {
    reading: &'a Reading,
    group: Group,
    older: Option<&'a Older>,
    chapters: &'a mut C,
    /// Whether both ways have come here as one.
    is_fresh: bool,
}

impl<C: Chapters> Fold<'_, C> {
    /// Takes the old way back and goes the new one; what both have in common at the front is
    /// silent.
    fn both(
        &mut self,
        (before, old): (&[Touchpoint], &mut Way),
        (after, new): (&[Touchpoint], &mut Way),
        sink: &mut impl Sink,
    ) {
        let mut common = 0;
        if self.is_fresh {
            common = before.iter().zip(after).take_while(|(a, b)| a == b).count();
            for touchpoint in &before[..common] {
                old.walk.step(self.reading, touchpoint, &mut Behind::nothing(), &mut Silent);
            }
            new.walk = old.walk.clone();
        }
        self.go(before, common, old, &mut Negative(sink));
        self.go(after, common, new, sink);
    }

    fn go(&mut self, all: &[Touchpoint], from: usize, way: &mut Way, sink: &mut impl Sink) {
        for (index, touchpoint) in all.iter().enumerate().skip(from) {
            let (here, older) = (&all[..index], (self.older, way.from));
            let behind = &mut Behind::before(self.group, here, &way.met, older, self.chapters);
            way.walk.step(self.reading, touchpoint, behind, sink);
        }
    }
}

/// Divides a chapter that has grown too long.
fn divide(reading: &Reading, state: &mut JourneyState, chapters: &mut impl Chapters, place: Place) {
    let mut front = state.packed(place, chapters).unpack();
    let touchpoints = front.touchpoints.split_off(Chapter::LENGTH);
    let mut start = front.start.clone();
    for touchpoint in &front.touchpoints {
        start.step(reading, touchpoint, &mut Behind::nothing(), &mut Silent);
    }
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
