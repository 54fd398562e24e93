//! What a registry has said of the schemas that a direct source is counted by.
//!
//! After a start the latest records are read once more. By another schema they would count as
//! something else than they were counted as, so what was said once is remembered in the folder.

use crate::durable;
use crate::failure::Failure;
use data_encoding::HEXLOWER;
use intake::{Learned, SchemaId};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The file of the data folder.
const FILE: &str = "schemas";

/// What was said of each number, by its fingerprint.
pub struct Seen {
    path: PathBuf,
    known: BTreeMap<SchemaId, String>,
}

impl Seen {
    /// What a folder remembers.
    pub fn open(data: &Path) -> Result<Seen, Failure> {
        let path = data.join(FILE);
        let unusable = |why: String| {
            Failure::Write(format!("could not use {}: {why} [D0701]", path.display()))
        };
        let known = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| unusable(e.to_string()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(unusable(error.to_string())),
        };
        Ok(Seen { path, known })
    }

    /// Remembers what is said of a number; refused where it is not what was said before.
    pub fn keep(&mut self, id: SchemaId, learned: &Learned) -> Result<(), String> {
        let Some(print) = fingerprint(learned) else { return Ok(()) };
        match self.known.get(&id) {
            Some(before) if *before == print => return Ok(()),
            Some(_) => {
                return Err(format!(
                    "the registry has given number {id} to another schema than the one by which \
                     records were counted: let it have the former again under that number [D0469]"
                ));
            }
            None => {}
        }
        self.known.insert(id, print);
        let written = serde_json::to_vec(&self.known).map_err(std::io::Error::from);
        written.and_then(|bytes| durable::write(&self.path, &bytes)).map_err(|error| {
            self.known.remove(&id);
            format!("could not write {}: {error} [D0303]", self.path.display())
        })
    }
}

/// What tells a word from others; `None` for that there is no schema, which is none to count by.
fn fingerprint(learned: &Learned) -> Option<String> {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    match learned {
        Learned::Schema(registered) => {
            part(registered.schema.as_bytes());
            registered.named.iter().for_each(|named| part(named.as_bytes()));
        }
        Learned::Other(words) => {
            part(b"other");
            part(words.as_bytes());
        }
        Learned::Unknown => return None,
    }
    Some(HEXLOWER.encode(&hash.finalize()[..16]))
}

#[cfg(test)]
mod tests {
    use super::{FILE, Seen};
    use intake::{Learned, Registered};

    fn schema(text: &str) -> Learned {
        Learned::Schema(Registered { schema: text.to_owned(), named: Vec::new() })
    }

    #[test]
    fn what_was_said_of_a_number_is_held_to_over_a_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = || Seen::open(folder.path()).expect("what it remembers");
        let mut seen = open();
        for (id, learned, is_kept) in [
            (1, schema("a"), true),
            (1, schema("a"), true),
            (1, schema("b"), false),
            (1, Learned::Other("it is of JSON".to_owned()), false),
            // That it has none any more says nothing of what it had.
            (1, Learned::Unknown, true),
            (2, Learned::Unknown, true),
            (2, schema("b"), true),
        ] {
            assert_eq!(seen.keep(id, &learned).is_ok(), is_kept, "{id} {learned:?}");
        }
        let mut later = open();
        assert!(later.keep(1, &schema("b")).expect_err("another").contains("D0469"));
        assert!(later.keep(1, &schema("a")).is_ok() && later.keep(2, &schema("b")).is_ok());
        std::fs::write(folder.path().join(FILE), b"{").expect("a file");
        assert!(Seen::open(folder.path()).is_err());
    }
}
