//! How far a file has been imported, noted in the data folder: another import of it goes on there.
//!
//! ```text
//! DATA/imports/KEY.json   KEY: which mapping, source and log, and the first two lines of the file
//!     place               rows, bytes and the hash of these bytes
//!     proof               a record that the log had then
//! ```
//!
//! A note is only ever a saving (`deploy/decisions/0048-a-note-beside-the-log.md`). A file that is
//! another one up to the place, and a log that does not have the record any more, are read from
//! their beginning: ids keep that from counting twice.

use crate::config::Config;
use crate::durable;
use crate::target::Target;
use data_encoding::HEXLOWER;
use intake::{Import, ImportError, Place};
use model::Timestamp;
use rules::Mapping;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serve::Question;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// Of what a note consists: another number, and notes before it are not looked at.
const FORMAT: u8 = 1;
/// Notes that are kept, about a kilobyte each: beyond them the oldest go.
const NOTES_MAX: usize = 1_000;
/// Bytes of a note that is read.
const BYTES_MAX: u64 = 1_024 * 1_024;
/// Records among which the proof is the last: a position may hold no record.
const LAST: u64 = 100;

/// What is noted.
#[derive(Clone, Serialize, Deserialize)]
pub struct Noted {
    /// Up to where everything is durable.
    pub place: Place,
    /// The latest time before it, for the source's clock.
    pub last: Option<i64>,
    /// That source.
    pub source: String,
    proof: Proof,
}

/// A record that the log has, by which it is known for the same log.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Proof {
    partition: u32,
    offset: u64,
    record: String,
}

/// The note of one file.
pub struct Note<'a> {
    target: &'a Target,
    topic: String,
    path: PathBuf,
    proof: RefCell<Option<Proof>>,
}

impl<'a> Note<'a> {
    /// The note of a file; none of a pipe, which cannot be read again.
    pub fn of(
        target: &'a Target,
        config: &Config,
        rows: &mut Import,
        mapping: Option<&Mapping>,
        source: Option<&str>,
    ) -> Result<Option<Note<'a>>, ImportError> {
        if rows.progress().bytes_total.is_none() {
            return Ok(None);
        }
        let beginning = rows.beginning()?;
        let mut hash = Sha256::new();
        let whom = match target {
            Target::Instance(remote) if !remote.is_own() => remote.url(),
            Target::Folder(_) | Target::Instance(_) => "",
        };
        let has_source = [u8::from(source.is_some()), u8::from(mapping.is_some())];
        let parts = [
            &[FORMAT],
            env!("CARGO_PKG_VERSION").as_bytes(),
            whom.as_bytes(),
            &has_source,
            source.unwrap_or_default().as_bytes(),
            &beginning,
        ];
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        if let Some(mapping) = mapping {
            mapping.content(|bytes| hash.update(bytes));
        }
        let path = config.log.data.join("imports").join(format!("{}.json", hex(hash)));
        let topic = config.topics().touchpoints;
        Ok(Some(Note { target, topic, path, proof: RefCell::default() }))
    }

    /// What was noted, if the log still has what it had then.
    pub fn read(&self) -> Option<Noted> {
        let is_one = std::fs::metadata(&self.path).is_ok_and(|data| data.len() <= BYTES_MAX);
        let bytes = is_one.then(|| std::fs::read(&self.path).ok()).flatten()?;
        let noted: Noted = serde_json::from_slice(&bytes).ok()?;
        let Proof { partition, offset, .. } = noted.proof;
        let found = self.records(partition, offset, 1)?;
        let found = self.proof_of(found.first()?)?;
        *self.proof.borrow_mut() = Some(found.clone());
        (found == noted.proof).then_some(noted)
    }

    /// Notes that everything before a place is durable. Why it could not, is for somebody to hear.
    pub fn write(&self, place: Place, last: Option<Timestamp>, source: &str) -> Result<(), String> {
        let known = self.proof.borrow().clone();
        let Some(proof) = known.or_else(|| self.newest()) else {
            return Err("the log shows no record to know it by".to_owned());
        };
        *self.proof.borrow_mut() = Some(proof.clone());
        let (last, source) = (last.map(Timestamp::millis), source.to_owned());
        let noted = serde_json::to_vec(&Noted { place, last, source, proof });
        let noted = noted.map_err(|error| error.to_string())?;
        let written = match self.path.parent().filter(|folder| !folder.is_dir()) {
            Some(folder) => durable::make_folder(folder),
            None => Ok(()),
        };
        let is_new = !self.path.exists();
        let written = written.and_then(|()| durable::write(&self.path, &noted));
        if let (true, Some(folder)) = (is_new, self.path.parent()) {
            forget_oldest(folder);
        }
        written.map_err(|error| format!("{}: {error}", self.path.display()))
    }

    /// One of the last records of the log.
    fn newest(&self) -> Option<Proof> {
        let topics = self.target.ask(&Question::Topics).ok()?;
        let topics = topics.as_array()?;
        let topic = topics.iter().find(|topic| topic["topic"] == self.topic.as_str())?;
        let ends = topic["partitions"].as_array()?.iter().filter_map(|row| {
            let end = row["end"].as_u64().filter(|end| Some(*end) > row["start"].as_u64())?;
            Some((end, row["partition"].as_u64()?, row["start"].as_u64()?))
        });
        let (end, partition, start) = ends.max()?;
        let partition = u32::try_from(partition).ok()?;
        let records =
            self.records(partition, start.max(end.saturating_sub(LAST)), LAST as usize)?;
        self.proof_of(records.last()?)
    }

    fn records(&self, partition: u32, offset: u64, limit: usize) -> Option<Vec<Value>> {
        let (name, partition, offset) = (self.topic.clone(), Some(partition), Some(offset));
        let asked = Question::Topic { name, partition, offset, limit };
        match self.target.ask(&asked).ok()? {
            Value::Array(rows) => Some(rows),
            _ => None,
        }
    }

    fn proof_of(&self, row: &Value) -> Option<Proof> {
        let mut hash = Sha256::new();
        hash.update(row.to_string());
        Some(Proof {
            partition: u32::try_from(row["partition"].as_u64()?).ok()?,
            offset: row["offset"].as_u64()?,
            record: hex(hash),
        })
    }
}

fn hex(hash: Sha256) -> String {
    HEXLOWER.encode(&hash.finalize()[..16])
}

/// Keeps the number of notes within its limit. One that stays for once does no harm.
fn forget_oldest(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut notes: Vec<_> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
        })
        .collect();
    notes.sort();
    for (_, path) in notes.iter().take(notes.len().saturating_sub(NOTES_MAX)) {
        let _ = std::fs::remove_file(path);
    }
}
