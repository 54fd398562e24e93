//! A model as bytes: what corrections have changed, and of which classes.

use crate::model::Model;
use crate::{SHIPPED_VERSION, Taxonomy};
use thiserror::Error;

/// The version of the form.
const VERSION: u8 = 1;

/// Why bytes are not a model's.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SnapshotError {
    /// Written by a later release, or not a model at all.
    #[error("a model of form {0}, and this program reads form {VERSION}")]
    Version(u8),
    /// Cut off, or damaged.
    #[error("the bytes of a model are damaged")]
    Damaged,
}

impl Model {
    /// What it has learned, as bytes: the differences from the model that ships.
    ///
    /// ```text
    /// form (1) │ shipped version (4) │ corrections (4) │ classes (1) │ name (1 + n)… │
    /// rows (4) │ row (4), a difference (4) for each class and for none… │ checksum (8)
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        let columns = self.taxonomy.columns();
        let mut bytes = vec![VERSION];
        bytes.extend(SHIPPED_VERSION.to_le_bytes());
        bytes.extend(self.corrections.to_le_bytes());
        bytes.push(self.taxonomy.names().len() as u8);
        for name in self.taxonomy.names() {
            bytes.push(name.len() as u8);
            bytes.extend(name.as_bytes());
        }
        let rows = self.weights.chunks_exact(columns).zip(self.shipped.chunks_exact(columns));
        let changed: Vec<_> = rows.enumerate().filter(|(_, (now, then))| now != then).collect();
        bytes.extend((changed.len() as u32).to_le_bytes());
        for (row, (now, then)) in changed {
            bytes.extend((row as u32).to_le_bytes());
            for (now, then) in now.iter().zip(then) {
                bytes.extend((now - then).to_le_bytes());
            }
        }
        bytes.extend(xxhash_rust::xxh64::xxh64(&bytes, 0).to_le_bytes());
        bytes
    }

    /// A model that has learned what bytes say; classes that the taxonomy has not are passed over.
    ///
    /// Differences learned on an earlier release's model are added to this one's.
    pub fn from_bytes(taxonomy: Taxonomy, bytes: &[u8]) -> Result<Model, SnapshotError> {
        let version = bytes.first().copied().ok_or(SnapshotError::Damaged)?;
        if version != VERSION {
            return Err(SnapshotError::Version(version));
        }
        let end = bytes.len().checked_sub(8).ok_or(SnapshotError::Damaged)?;
        if xxhash_rust::xxh64::xxh64(&bytes[..end], 0).to_le_bytes() != bytes[end..] {
            return Err(SnapshotError::Damaged);
        }
        let mut model = Model::shipped(taxonomy);
        Reader { bytes: &bytes[1..end] }.add_to(&mut model).ok_or(SnapshotError::Damaged)?;
        Ok(model)
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        Some(*first)
    }

    fn int(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn add_to(&mut self, model: &mut Model) -> Option<()> {
        let _shipped = self.int()?;
        model.corrections = self.int()?;
        // Where each class of the bytes is in the model: no objection first.
        let mut columns = vec![Some(0)];
        for _ in 0..self.take::<1>()?[0] {
            let length = usize::from(self.take::<1>()?[0]);
            let (name, rest) = self.bytes.split_at_checked(length)?;
            self.bytes = rest;
            columns.push(model.taxonomy.column(std::str::from_utf8(name).ok()?));
        }
        let width = model.taxonomy.columns();
        for _ in 0..self.int()? {
            let row = self.int()? as usize;
            for column in &columns {
                let difference = f32::from_bits(self.int()?);
                if let Some(column) = column {
                    *model.weights.get_mut(row * width + column)? += difference;
                }
            }
        }
        self.bytes.is_empty().then_some(())
    }
}
