//! Bad rows that are alike: which of them one is.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Different bad rows that are told apart; those beyond count as the first of their kind.
const ROWS_MAX: usize = 1_000_000;

/// Different bad rows that are written down with the place of an import: 0.3 MB.
const NOTED_MAX: usize = 10_000;

/// How often each bad row has stood in a file, so that importing it twice gives letters that can
/// be known for the same.
#[derive(Default)]
pub(super) struct Alike(HashMap<u64, u32, BuildHasherDefault<DefaultHasher>>);

impl Alike {
    /// How many bad rows of these bytes stood before this one.
    pub(super) fn before(&mut self, raw: &[u8]) -> u32 {
        let key = self.0.hasher().hash_one(raw);
        if self.0.len() >= ROWS_MAX && !self.0.contains_key(&key) {
            return 0;
        }
        let count = self.0.entry(key).or_insert(0);
        let before = *count;
        *count = count.saturating_add(1);
        before
    }

    /// How often each has stood here; `None` where they are too many to be written down.
    pub(super) fn noted(&self) -> Option<Vec<(u64, u32)>> {
        let is_few = self.0.len() <= NOTED_MAX;
        is_few.then(|| self.0.iter().map(|(key, count)| (*key, *count)).collect())
    }

    /// What was written down.
    pub(super) fn of(noted: &[(u64, u32)]) -> Alike {
        Alike(noted.iter().copied().take(NOTED_MAX).collect())
    }
}
