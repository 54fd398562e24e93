//! Where an import stands between two rows, so that another can go on there.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh64::Xxh64;

/// A place between two rows of a file, and what tells whether a file is the same up to there.
///
/// Of a compressed file it is a place in what it holds, so it does not matter how it is packed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Rows before it.
    pub rows: u64,
    /// Bytes before it.
    pub(super) bytes: u64,
    /// Their hash.
    pub(super) hash: u64,
    /// Lines before it.
    pub(super) line: u64,
    /// Bad rows before it, by their hash, and how often each stood there.
    pub(super) alike: Vec<(u64, u32)>,
}

/// What has been taken from a stream.
pub(super) struct Trail {
    pub(super) bytes: u64,
    hash: Xxh64,
}

impl Default for Trail {
    fn default() -> Trail {
        Trail { bytes: 0, hash: Xxh64::new(0) }
    }
}

impl Trail {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }

    /// A hash of everything.
    pub(super) fn hash(&self) -> u64 {
        self.hash.digest()
    }

    /// Whether exactly the bytes before a place have been taken.
    pub(super) fn is_at(&self, place: &Place) -> bool {
        self.bytes == place.bytes && self.hash() == place.hash
    }
}
