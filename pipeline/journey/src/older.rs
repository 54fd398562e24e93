//! The chapters before the newest: where each begins, who may be in it, and what the store lacks.

use crate::{Echo, Packed, Seal};
use model::Timestamp;
use std::collections::BTreeMap;

/// Where the older chapters of one customer are kept.
///
/// Cannot fail, as the fold cannot: a store that has broken gives an empty chapter, and whoever
/// called throws away what came of it.
pub trait Chapters {
    /// Reads a chapter by its number.
    fn read(&mut self, chapter: u32) -> Packed;
}

/// Nowhere else: a state that has never been written has every chapter in memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct InMemory;

impl Chapters for InMemory {
    fn read(&mut self, _: u32) -> Packed {
        Packed::default()
    }
}

/// Which identities may be in a chapter: 24 bits and eight probes each at the usual length, so one
/// in some ten thousand is taken for another. Whoever may be there is looked for there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(pub [u64; Filter::WORDS]);

impl Filter {
    /// How many words it has.
    pub const WORDS: usize = 12;
    const PROBES: u64 = 8;

    /// The probes of an identity: word and bit.
    fn probes(identity: u64) -> impl Iterator<Item = (usize, u64)> {
        let mixed = identity.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let (base, step) = (mixed >> 32, mixed & 0xffff_ffff | 1);
        (0..Self::PROBES).map(move |probe| {
            let spread = base.wrapping_add(probe.wrapping_mul(step)) & 0xffff_ffff;
            let place = (spread * (64 * Self::WORDS as u64)) >> 32;
            (place as usize / 64, 1_u64 << (place % 64))
        })
    }

    fn of(chapter: &Packed) -> Filter {
        let mut filter = Filter::default();
        for identity in chapter.identities() {
            Self::probes(identity).for_each(|(word, bit)| filter.0[word] |= bit);
        }
        filter
    }

    /// Whether an identity may be there.
    #[inline]
    pub fn may_have(&self, identity: u64) -> bool {
        Self::probes(identity).all(|(word, bit)| self.0[word] & bit != 0)
    }
}

/// What is known of a chapter without reading it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heading {
    /// Its number: given once, so that a chapter keeps its key wherever others come before it.
    pub chapter: u32,
    /// How many touchpoints it has.
    pub count: u16,
    /// The time of the first.
    pub first: Timestamp,
    /// Who may be in it.
    pub filter: Filter,
}

impl Heading {
    /// Of a chapter.
    pub(crate) fn of(number: u32, packed: &Packed) -> Heading {
        Heading {
            chapter: number,
            count: packed.count(),
            first: packed.first_time().unwrap_or_default(),
            filter: Filter::of(packed),
        }
    }
}

/// A page of headings, in the order of the history; written whole, and only when it has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its number, from the same count as those of chapters.
    pub number: u32,
    /// The headings, one at least.
    pub headings: Vec<Heading>,
    /// How many touchpoints they count.
    pub(crate) touchpoints: u32,
    /// Whether the store has it otherwise.
    pub(crate) is_changed: bool,
}

impl Page {
    /// How many headings one takes before the next begins; one that grows in its middle takes
    /// twice as many.
    pub(crate) const LENGTH: usize = 16;

    /// A page of which the number is known, to be filled with what the store has under it.
    pub fn stored(number: u32) -> Page {
        Page { number, ..Page::default() }
    }

    /// Fills a page.
    pub fn fill(&mut self, headings: Vec<Heading>) {
        self.headings = headings;
        self.count();
    }

    fn count(&mut self) {
        self.touchpoints = self.headings.iter().map(|heading| u32::from(heading.count)).sum();
    }

    fn has_changed(&mut self) {
        self.is_changed = true;
        self.count();
    }
}

/// Where a chapter stands: page and heading. The newest comes after all of them.
pub(crate) type Place = (usize, usize);

/// The chapters before the newest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Older {
    /// Where each begins.
    pub pages: Vec<Page>,
    /// The next number.
    pub next: u32,
    /// What of the history is sealed.
    pub sealed: Option<Seal>,
    /// What is left of that for the paths that lead on from there.
    pub echo: Echo,
    /// What the store lacks, by number.
    pub(crate) changed: BTreeMap<u32, Packed>,
    /// Numbers that the store has and nothing needs.
    pub(crate) gone: Vec<u32>,
}

impl Older {
    /// As the store has them.
    pub fn stored(pages: Vec<Page>, next: u32, sealed: Option<Seal>, echo: Echo) -> Older {
        Older { pages, next, sealed, echo, ..Older::default() }
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    pub(crate) fn heading(&self, (page, at): Place) -> Option<&Heading> {
        self.pages.get(page)?.headings.get(at)
    }

    /// Puts a chapter after all others.
    pub(crate) fn push(&mut self, mut packed: Packed) {
        packed.shrink();
        let is_full = |page: &Page| page.headings.len() >= Page::LENGTH;
        if self.pages.last().is_none_or(is_full) {
            let number = self.number();
            self.pages.push(Page { number, ..Page::default() });
        }
        let heading = Heading::of(self.number(), &packed);
        self.changed.insert(heading.chapter, packed);
        if let Some(page) = self.pages.last_mut() {
            page.headings.push(heading);
            page.has_changed();
        }
    }

    /// Puts another chapter in the place of one.
    pub(crate) fn replace(&mut self, (page, at): Place, packed: Packed) {
        let Some(page) = self.pages.get_mut(page) else { return };
        let Some(heading) = page.headings.get_mut(at) else { return };
        let number = heading.chapter;
        let new = Heading::of(number, &packed);
        if *heading != new {
            *heading = new;
            page.has_changed();
        }
        self.changed.insert(number, packed);
    }

    /// Puts a chapter after one.
    pub(crate) fn insert_after(&mut self, (page, at): Place, packed: Packed) {
        let heading = Heading::of(self.number(), &packed);
        self.changed.insert(heading.chapter, packed);
        let spare = self.number();
        let Some(grown) = self.pages.get_mut(page) else { return };
        grown.headings.insert(at + 1, heading);
        grown.has_changed();
        if grown.headings.len() > 2 * Page::LENGTH {
            let headings = grown.headings.split_off(Page::LENGTH);
            grown.count();
            let mut back = Page { number: spare, headings, ..Page::default() };
            back.has_changed();
            self.pages.insert(page + 1, back);
        }
    }

    /// Takes out the chapters before a place; returns how many touchpoints they had.
    pub(crate) fn drop_before(&mut self, (page, at): Place) -> u64 {
        let before = |headings: &[Heading]| -> u64 {
            headings.iter().map(|heading| u64::from(heading.count)).sum()
        };
        let mut touchpoints = 0;
        for dropped in self.pages.drain(..page.min(self.pages.len())) {
            touchpoints += u64::from(dropped.touchpoints);
            self.gone.push(dropped.number);
            for heading in &dropped.headings {
                self.changed.remove(&heading.chapter);
                self.gone.push(heading.chapter);
            }
        }
        if let Some(first) = self.pages.first_mut().filter(|_| at > 0) {
            touchpoints += before(&first.headings[..at]);
            for heading in first.headings.drain(..at) {
                self.changed.remove(&heading.chapter);
                self.gone.push(heading.chapter);
            }
            first.has_changed();
        }
        // The last of a page's chapters may have gone with the touchpoints that it had.
        if self.pages.first().is_some_and(|first| first.headings.is_empty()) {
            self.gone.push(self.pages.remove(0).number);
        }
        touchpoints
    }

    /// Takes out the headings that are not wanted, and the pages that they leave empty.
    pub(crate) fn retain(&mut self, is_wanted: impl Fn(&Heading) -> bool) {
        let (changed, gone) = (&mut self.changed, &mut self.gone);
        for page in &mut self.pages {
            let before = page.headings.len();
            page.headings.retain(|heading| {
                let stays = is_wanted(heading);
                if !stays {
                    changed.remove(&heading.chapter);
                    gone.push(heading.chapter);
                }
                stays
            });
            if page.headings.len() < before {
                page.has_changed();
            }
        }
        self.pages.retain(|page| {
            if page.headings.is_empty() {
                gone.push(page.number);
            }
            !page.headings.is_empty()
        });
    }
}
