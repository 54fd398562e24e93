//! What a mapping remembers of one file, so that rows without an id have one that stays.

use super::row::Row;
use super::row_error::FieldFault;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// Different rows without an id that a file may have: a hash and a count each, 0.5 to 1 GB in all.
const ROWS_MAX: usize = 20_000_000;

/// What a mapping remembers of one file: how often each row has stood in it, and what was dropped.
///
/// A row without an id of its own is named by its content, and by how many alike stood before it:
/// so the same file gives the same ids again, and two equal rows are two touchpoints. Begin a new
/// one with every file.
pub struct Occurrences {
    seen: HashMap<u64, u32>,
    rows_max: usize,
    dropped: BTreeMap<String, u64>,
}

impl Default for Occurrences {
    fn default() -> Self {
        Occurrences::with_limit(ROWS_MAX)
    }
}

impl Occurrences {
    /// Nothing remembered, and at most so many different rows to come.
    pub fn with_limit(rows_max: usize) -> Occurrences {
        Occurrences { seen: HashMap::new(), rows_max, dropped: BTreeMap::new() }
    }

    /// How many rows were dropped, by the reason that the mapping gives.
    pub fn dropped(&self) -> &BTreeMap<String, u64> {
        &self.dropped
    }

    /// Counts what is dropped from here on.
    pub fn forget_dropped(&mut self) {
        self.dropped.clear();
    }

    pub(super) fn drop(&mut self, reason: &str) {
        // Reasons stand in the mapping, so there are few.
        match self.dropped.get_mut(reason) {
            Some(count) => *count += 1,
            None => {
                self.dropped.insert(reason.to_owned(), 1);
            }
        }
    }

    /// The id of a row that has none: 32 hex digits of SHA-256 over source, row and occurrence.
    ///
    /// Stored in logs: changing it makes every file that is imported again count twice.
    pub(super) fn id(&mut self, source: &str, row: &Row<'_>) -> Result<String, FieldFault> {
        let mut hash = Sha256::new();
        hash.update((source.len() as u64).to_le_bytes());
        hash.update(source.as_bytes());
        row.bytes(|bytes| hash.update(bytes));
        let content: [u8; 32] = hash.clone().finalize().into();
        let [a, b, c, d, e, f, g, h, ..] = content;
        let key = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        if self.seen.len() >= self.rows_max && !self.seen.contains_key(&key) {
            return Err(FieldFault::crowded(self.rows_max));
        }
        let count = self.seen.entry(key).or_insert(0);
        *count = count.saturating_add(1);
        hash.update(u64::from(*count).to_le_bytes());
        let named: [u8; 32] = hash.finalize().into();
        Ok(HEXLOWER.encode(&named[..16]))
    }
}
