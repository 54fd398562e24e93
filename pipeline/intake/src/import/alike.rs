//! Bad rows that are alike: which of them one is.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Different bad rows that are told apart; those beyond count as the first of their kind.
const ROWS_MAX: usize = 1_000_000;

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
}
