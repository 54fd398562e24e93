//! How much the log has accepted, kept beside it: a copy of the folder that lacks its end is found.
//!
//! RocksDB cannot know that its last write-ahead log is missing, which is what a copy lacks that
//! was made file by file while touchpoints arrived: a write-ahead log goes once its records are in
//! tables, and the list of the tables may have been copied before that. So a count of what was
//! accepted is written over in one small file after each durable write and before anybody is told
//! of it. Whenever that file is copied, it speaks for everything accepted before the copy began.
//!
//! ```text
//! count 8 | checksum 8
//! ```
//!
//! It is not synced: it lies behind the log after the power failed, never before it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use xxhash_rust::xxh64::xxh64;

use crate::Error;
use crate::log::Visible;

const NAME: &str = "witness";
const BYTES: usize = 16;

/// The file, open for as long as the log is.
pub(crate) struct Witness(File);

impl Witness {
    /// Holds what a log has against what its folder had accepted. A folder without a witness gets
    /// one: it is new, or an earlier release made it.
    pub(crate) fn open(folder: &Path, stands: u64) -> Result<Witness, Error> {
        let path = folder.join(NAME);
        let unusable = |error: std::io::Error| Error::Folder {
            folder: folder.to_path_buf(),
            detail: format!("{NAME} cannot be used: {error}"),
        };
        match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => {
                let mut bytes = Vec::new();
                (&file).take(BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unusable)?;
                let accepted = read(&bytes).ok_or(Error::Witness { path, bytes: bytes.len() })?;
                if accepted > stands {
                    return Err(Error::Shortened {
                        folder: folder.to_path_buf(),
                        stands,
                        accepted,
                    });
                }
                Ok(Witness(file))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make(folder, &path, stands).map_err(unusable)
            }
            Err(error) => Err(unusable(error)),
        }
    }

    /// Tells how much has been accepted.
    pub(crate) fn tell(&self, accepted: u64) -> Result<(), Error> {
        self.0.write_all_at(&written(accepted), 0).map_err(|error| match error.kind() {
            ErrorKind::StorageFull => Error::Full(format!("{NAME}: {error}")),
            _ => Error::Database(format!("{NAME}: {error}")),
        })
    }
}

/// Whole from the beginning, so that there is never one that is empty.
fn make(folder: &Path, path: &Path, stands: u64) -> std::io::Result<Witness> {
    let new = folder.join(format!("{NAME}.new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&new)?;
    file.write_all(&written(stands))?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    File::open(folder)?.sync_all()?;
    Ok(Witness(file))
}

fn written(accepted: u64) -> [u8; BYTES] {
    let count = accepted.to_le_bytes();
    let mut bytes = [0; BYTES];
    bytes[..8].copy_from_slice(&count);
    bytes[8..].copy_from_slice(&xxh64(&count, 0).to_le_bytes());
    bytes
}

fn read(bytes: &[u8]) -> Option<u64> {
    let (count, checksum) = bytes.split_first_chunk::<8>()?;
    let is_whole = checksum == xxh64(count, 0).to_le_bytes();
    is_whole.then(|| u64::from_le_bytes(*count))
}

impl Visible {
    /// A count that grows with every commit and every append: records of all partitions, and
    /// commits of all tasks.
    pub(crate) fn accepted(&self) -> u64 {
        let records = self.tails.values().map(|tail| tail.end);
        records.chain(self.marks.values().map(|mark| mark.sequence)).sum()
    }
}
