//! Where the older chapters of one customer are kept by a test.

use journey::{Chapters, JourneyState, Packed};
use std::collections::{BTreeMap, BTreeSet};

/// Chapters by number, as bytes; whoever asks for one that was never written has a mistake.
#[derive(Clone, Debug, Default)]
pub struct Library {
    pub chapters: BTreeMap<u32, (u16, Vec<u8>)>,
    /// What was read, in order.
    pub reads: Vec<u32>,
}

impl Chapters for Library {
    fn read(&mut self, chapter: u32) -> Packed {
        self.reads.push(chapter);
        let (count, bytes) = &self.chapters[&chapter];
        Packed::read(bytes, *count).expect("what was written can be read")
    }
}

impl Library {
    /// Takes over what the state has not given away yet.
    pub fn flush(&mut self, state: &mut JourneyState) {
        let changes = state.take_changes();
        for number in changes.gone {
            self.chapters.remove(&number);
        }
        for (number, packed) in changes.chapters {
            self.chapters.insert(number, (packed.count(), packed.bytes().to_vec()));
        }
    }

    /// Brings everything into memory, and holds the headings against the chapters: each one is
    /// where its heading says, with the touchpoints that it counts, and nothing else is kept.
    pub fn check(&mut self, state: &mut JourneyState) {
        let mut numbers = BTreeSet::new();
        for page in state.older.iter().flat_map(|older| &older.pages) {
            assert!(!page.headings.is_empty(), "a page without a heading");
            for heading in &page.headings {
                let packed = self.read(heading.chapter);
                assert_eq!(packed.count(), heading.count);
                assert!((1..=64).contains(&packed.count()), "{} touchpoints", packed.count());
                assert_eq!(packed.first_time(), Some(heading.first));
                assert!(packed.identities().all(|identity| heading.filter.may_have(identity)));
                assert!(numbers.insert(heading.chapter), "a number was given twice");
            }
        }
        assert!(self.chapters.keys().all(|number| numbers.contains(number)), "waste is kept");
        state.complete(self);
        assert_eq!(state.history().count(), state.len());
        let last = state.history().last().map(|last| last.time);
        assert_eq!(last.or(state.seal().map(|seal| seal.until)), state.last_time());
    }
}
