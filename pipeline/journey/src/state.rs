//! What is kept of one customer.

use crate::older::{Older, Place};
use crate::order::compare;
use crate::{Chapter, Chapters, Packed, Page, Pending, Reading, Seal, Told, Walk};
use model::{Group, Timestamp, Touchpoint};
use std::cmp::Ordering;

/// One customer's journey: where the customer stands, the newest chapter of the history, and where
/// the older ones are. What the store has of those is not in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JourneyState {
    /// Where the customer stands after the last touchpoint, judged by touchpoints alone.
    pub walk: Walk,
    /// The newest chapter; empty only where the history is.
    pub newest: Packed,
    /// The others, where there are any.
    pub older: Option<Box<Older>>,
    /// The position after the last record applied.
    pub at: u64,
    /// The group that the customer is hashed into; whoever reads the state says it.
    pub group: Group,
    /// What time alone has told of the open attempt.
    pub told: Told,
    /// Labels that have come before their touchpoints, if any has.
    pub pending: Option<Box<Pending>>,
}

/// What the store lacks of the older chapters, each by its number.
#[derive(Debug, Default)]
pub struct Changes<'a> {
    /// Chapters to write.
    pub chapters: Vec<(u32, Packed)>,
    /// Pages to write.
    pub pages: Vec<&'a Page>,
    /// Chapters and pages to delete.
    pub gone: Vec<u32>,
}

impl JourneyState {
    /// The whole history, in order. Of a state that was never written, or has been `complete`d:
    /// whoever asks another has a mistake.
    pub fn history(&self) -> impl Iterator<Item = Touchpoint> + '_ {
        let older = self.older.iter().flat_map(|older| {
            let headings = older.pages.iter().flat_map(|page| &page.headings);
            headings.map(|heading| {
                let chapter = older.changed.get(&heading.chapter);
                chapter.expect("invariant: whoever asks for the history has completed the state")
            })
        });
        let chapters = older.chain(std::iter::once(&self.newest));
        chapters.flat_map(|packed| packed.unpack().touchpoints)
    }

    /// Reads every older chapter into memory.
    pub fn complete(&mut self, chapters: &mut impl Chapters) {
        let Some(older) = &mut self.older else { return };
        for heading in older.pages.iter().flat_map(|page| &page.headings) {
            let entry = older.changed.entry(heading.chapter);
            entry.or_insert_with(|| chapters.read(heading.chapter));
        }
    }

    /// Takes the place of another state of the same customer: what the store has of that one and
    /// this one does not write anew is waste.
    pub(crate) fn replace(mut self, other: &mut JourneyState) {
        if let Some(old) = &mut other.older {
            let gone = &mut self.older.get_or_insert_default().gone;
            gone.append(&mut old.gone);
            for page in &old.pages {
                gone.push(page.number);
                gone.extend(page.headings.iter().map(|heading| heading.chapter));
            }
        }
        (self.at, self.group) = (other.at, other.group);
        *other = self;
    }

    /// How many touchpoints the history has, but for sealed ones.
    pub fn len(&self) -> usize {
        let pages = self.older.iter().flat_map(|older| &older.pages);
        let older: usize = pages.map(|page| page.touchpoints as usize).sum();
        older + usize::from(self.newest.count())
    }

    /// Whether the history has none.
    pub fn is_empty(&self) -> bool {
        self.newest.count() == 0
    }

    /// The time of the last touchpoint, be it sealed.
    pub fn last_time(&self) -> Option<Timestamp> {
        self.newest.last_time().or_else(|| self.seal().map(|seal| seal.until))
    }

    /// What of the history is sealed.
    pub fn seal(&self) -> Option<Seal> {
        self.older.as_ref()?.sealed
    }

    /// The time of the first touchpoint that is not sealed.
    pub(crate) fn first_time(&self) -> Option<Timestamp> {
        self.begins((0, 0))
    }

    /// The time of the first touchpoint of a chapter.
    pub(crate) fn begins(&self, place: Place) -> Option<Timestamp> {
        let heading = self.older.as_ref().and_then(|older| older.heading(place));
        heading.map(|heading| heading.first).or_else(|| self.newest.first_time())
    }

    /// How many touchpoints a chapter has.
    pub(crate) fn count(&self, place: Place) -> usize {
        let heading = self.older.as_ref().and_then(|older| older.heading(place));
        usize::from(heading.map_or(self.newest.count(), |heading| heading.count))
    }

    /// When time alone will next change what this customer adds; `None` when it never will.
    pub fn due(&self, reading: &Reading) -> Option<Timestamp> {
        let deadline = || self.walk.deadline(reading);
        let due = match self.told {
            Told::Nothing => self.walk.landmark(reading).or_else(deadline),
            Told::Landmark => deadline(),
            Told::Cold => None,
        };
        due.filter(|due| *due != Timestamp::END)
    }

    /// The time that this customer is judged at: the later of as_of and the last touchpoint.
    pub fn now(&self, as_of: Timestamp) -> Timestamp {
        self.last_time().map_or(as_of, |last| last.max(as_of))
    }

    /// What the store lacks of the older chapters; from now on it is taken to have it.
    pub fn take_changes(&mut self) -> Changes<'_> {
        self.newest.shrink();
        let Some(older) = &mut self.older else { return Changes::default() };
        let pages = older.pages.iter_mut();
        Changes {
            chapters: std::mem::take(&mut older.changed).into_iter().collect(),
            pages: pages
                .filter_map(|page| std::mem::take(&mut page.is_changed).then_some(&*page))
                .collect(),
            gone: std::mem::take(&mut older.gone),
        }
    }

    /// Adds a touchpoint that comes after all others.
    pub(crate) fn push(&mut self, touchpoint: &Touchpoint, before: Option<Walk>) {
        if let Some(start) = before {
            let full = std::mem::replace(&mut self.newest, Packed::new(&start));
            self.older.get_or_insert_default().push(full);
        }
        self.newest.push(touchpoint);
    }

    /// The place of the newest chapter.
    pub(crate) fn newest_place(&self) -> Place {
        (self.older.as_ref().map_or(0, |older| older.pages.len()), 0)
    }

    /// The place after one that is not the newest.
    pub(crate) fn next_place(&self, (page, at): Place) -> Place {
        let is_there = self.older.as_ref().and_then(|older| older.heading((page, at + 1)));
        is_there.map_or((page + 1, 0), |_| (page, at + 1))
    }

    /// A chapter by its place, from memory or from where it is kept.
    pub(crate) fn packed(&self, place: Place, chapters: &mut impl Chapters) -> Packed {
        let Some(older) = &self.older else { return self.newest.clone() };
        let Some(heading) = older.heading(place) else { return self.newest.clone() };
        let changed = older.changed.get(&heading.chapter);
        changed.cloned().unwrap_or_else(|| chapters.read(heading.chapter))
    }

    /// Puts a chapter in its place.
    pub(crate) fn put(&mut self, place: Place, chapter: &Chapter) {
        let packed = Packed::pack(chapter);
        match &mut self.older {
            Some(older) if older.heading(place).is_some() => older.replace(place, packed),
            _ => self.newest = packed,
        }
    }

    /// Place and index of an identity.
    pub(crate) fn find(
        &self,
        identity: u64,
        chapters: &mut impl Chapters,
    ) -> Option<(Place, usize)> {
        if let Some(index) = self.newest.find(identity) {
            return Some((self.newest_place(), index));
        }
        let older = self.older.as_ref()?;
        for (page, headings) in older.pages.iter().enumerate().rev() {
            for (at, heading) in headings.headings.iter().enumerate().rev() {
                if heading.filter.may_have(identity)
                    && let Some(index) = self.packed((page, at), chapters).find(identity)
                {
                    return Some(((page, at), index));
                }
            }
        }
        None
    }

    /// The chapter that a touchpoint falls into: the last one that begins before it.
    pub(crate) fn place_of(
        &self,
        reading: &Reading,
        touchpoint: &Touchpoint,
        chapters: &mut impl Chapters,
    ) -> Place {
        let newest = self.newest_place();
        let mut begins_before = |place: Place| {
            match self.begins(place).map(|first| first.cmp(&touchpoint.time)) {
                // Which comes first of two at the same time only the chapter says.
                Some(Ordering::Equal) => {
                    let chapter = self.packed(place, chapters).unpack();
                    let first = chapter.touchpoints.first();
                    first.is_none_or(|first| compare(reading, first, touchpoint).is_lt())
                }
                order => order.is_none_or(Ordering::is_lt),
            }
        };
        if newest == (0, 0) || begins_before(newest) {
            return newest;
        }
        let page = partition_point(newest.0, |page| begins_before((page, 0))).saturating_sub(1);
        let headings = self.older.as_ref().map_or(0, |older| older.pages[page].headings.len());
        (page, partition_point(headings, |at| begins_before((page, at))).saturating_sub(1))
    }
}

/// How many of the first numbers hold, when those that hold come first.
fn partition_point(count: usize, mut holds: impl FnMut(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
