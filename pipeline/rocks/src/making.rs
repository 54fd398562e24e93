//! The first opening of the log: whoever is killed in it leaves what the next start makes anew.
//!
//! RocksDB makes a database in several steps, and between some of them the folder is none that it
//! opens again. So a mark stands beside it from before the first step until after the last, and
//! what is found beside a mark is thrown away: nothing was accepted yet.

use std::fs::{File, TryLockError};
use std::io::Result as IoResult;
use std::path::Path;

use rocksdb::DB;

use crate::{Error, options};

const MARK: &str = "log.making";

/// Opens the log of a data folder, or makes it as a whole.
pub(crate) fn open_or_make(
    folder: &Path,
    open: impl FnOnce(&Path) -> Result<DB, Error>,
) -> Result<DB, Error> {
    let path = options::database_folder(folder, "log")?;
    let unusable = |error: std::io::Error| Error::Folder {
        folder: folder.to_path_buf(),
        detail: format!("log cannot be made in it: {error}"),
    };
    // A second process must not take for a rest what the first is making.
    let held = File::open(folder).map_err(unusable)?;
    held.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => Error::Locked {
            folder: folder.to_path_buf(),
            detail: "another process is opening it".to_owned(),
        },
        TryLockError::Error(error) => unusable(error),
    })?;
    let mark = folder.join(MARK);
    let is_rest = mark.exists();
    if is_rest {
        clear(&path).map_err(unusable)?;
    }
    let is_new = is_rest || is_empty(&path).map_err(unusable)?;
    if is_new {
        File::create(&mark).and_then(|_| held.sync_all()).map_err(unusable)?;
    }
    let db = open(&path)?;
    if is_new {
        // Durable before anything is accepted: a mark that came back would throw that away.
        std::fs::remove_file(&mark).and_then(|()| held.sync_all()).map_err(unusable)?;
    }
    Ok(db)
}

fn is_empty(path: &Path) -> IoResult<bool> {
    Ok(std::fs::read_dir(path)?.next().is_none())
}

/// Takes away what lies in a folder, not the folder.
fn clear(path: &Path) -> IoResult<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => std::fs::remove_dir_all(entry.path())?,
            false => std::fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}
