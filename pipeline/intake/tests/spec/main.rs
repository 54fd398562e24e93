//! What the crate promises, as tables.
#![allow(clippy::unwrap_used)]

mod avro;
mod bad_input;
mod data_sets;
mod files;
mod going_on;
mod guess;
mod mutation;
mod topics;

use intake::{BadRow, Import, ImportError};
use model::Draft;
use rules::{Mapping, parse_mapping};
use std::path::PathBuf;
use tempfile::TempDir;

/// A mapping of CSV with the columns at, who and x; more keys of it, and more of `[file]`.
pub fn mapping(keys: &str, file: &str) -> Mapping {
    let text = format!(
        "source = 'test'\ntime = {{ at = '.at', zone = 'UTC' }}\nchannel = 'store'\n\
         kind = 'purchase_made'\ncustomer_id = '.who'\n{keys}\n[file]\nformat = 'csv'\n{file}\n"
    );
    parse_mapping(&text, "test.toml").unwrap_or_else(|error| panic!("{error:?}"))
}

/// A file of a test, and the folder that it stands in.
pub struct Kept {
    /// Where it is.
    pub path: PathBuf,
    _folder: TempDir,
}

/// A file of this name and content.
pub fn file(name: &str, bytes: &[u8]) -> Kept {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Kept { path, _folder: folder }
}

/// Every row of a file: touchpoints and bad rows apart.
pub fn rows(import: Import) -> Result<(Vec<Draft>, Vec<BadRow>), ImportError> {
    let (mut drafts, mut bad) = (Vec::new(), Vec::new());
    for row in import {
        match row? {
            Ok(draft) => drafts.push(draft),
            Err(row) => bad.push(row),
        }
    }
    Ok((drafts, bad))
}

/// The rows of a text under a mapping.
pub fn imported(text: impl AsRef<[u8]>, mapping: Mapping) -> (Vec<Draft>, Vec<BadRow>) {
    let kept = file("rows", text.as_ref());
    rows(Import::open(&kept.path, Some(mapping), None).unwrap()).unwrap()
}

/// What is said of a file that is refused, or stops being read.
pub fn refusal(result: Result<Import, ImportError>) -> String {
    match result.and_then(rows) {
        Ok(_) => panic!("read, where a refusal was expected"),
        Err(error) => error.to_string(),
    }
}

/// Bytes, compressed.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}
