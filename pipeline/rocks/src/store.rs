//! The disposable tier of states: written behind, never synced, each value under a checksum.

use crate::chunk::{frame, unframe};
use crate::options::{StoreOptions, database_folder, open_state};
use crate::{Error, keys};
use engine::{StateStore, StateWrite, TaskId, Verdict};
use rocksdb::{DB, Direction, IteratorMode, WriteBatch, WriteOptions};
use std::path::Path;

/// States by task and key in the database `state/` of a data folder.
///
/// Without a write-ahead log: a crash leaves a prefix of the writes, which is what recovery by replay
/// asks for, since every state carries the position that it stands for.
pub struct RocksStore {
    db: DB,
}

impl RocksStore {
    /// Opens the store in a data folder, which is made where its parent is there.
    pub fn open(folder: &Path, options: &StoreOptions) -> Result<RocksStore, Error> {
        let path = database_folder(folder, "state")?;
        Ok(RocksStore { db: open_state(&path, options)? })
    }

    /// Puts everything written so far on disk.
    pub fn flush(&self) -> Result<(), Error> {
        Ok(self.db.flush()?)
    }
}

fn full_key(task: TaskId, key: &[u8]) -> Vec<u8> {
    [keys::task(task).as_slice(), key].concat()
}

fn checked<'a>(task: TaskId, key: &[u8], framed: &'a [u8]) -> Result<&'a [u8], Error> {
    // The key may be somebody's name: only its length is told.
    let what = || format!("{:?} {}, a key of {} bytes", task.node, task.partition, key.len());
    unframe(key, framed).map_err(|detail| Error::Corrupted { what: what(), detail })
}

fn without_wal() -> WriteOptions {
    let mut options = WriteOptions::default();
    options.disable_wal(true);
    options
}

impl StateStore for RocksStore {
    fn get(&self, task: TaskId, key: &[u8]) -> Result<Option<Vec<u8>>, Verdict> {
        let key = full_key(task, key);
        let Some(framed) = self.db.get_pinned(&key).map_err(Error::from)? else {
            return Ok(None);
        };
        Ok(Some(checked(task, &key, &framed)?.to_vec()))
    }

    fn scan(
        &self,
        task: TaskId,
        prefix: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), Verdict> {
        let first = full_key(task, prefix);
        for row in self.db.iterator(IteratorMode::From(&first, Direction::Forward)) {
            let (key, framed) = row.map_err(Error::from)?;
            if !key.starts_with(&first) {
                break;
            }
            let value = checked(task, &key, &framed)?;
            if !visit(&key[keys::task(task).len()..], value) {
                break;
            }
        }
        Ok(())
    }

    fn write(&mut self, task: TaskId, writes: &[StateWrite]) -> Result<(), Verdict> {
        let mut batch = WriteBatch::default();
        for write in writes {
            let key = full_key(task, &write.key);
            match &write.value {
                Some(value) => batch.put(&key, frame(&key, value)),
                None => batch.delete(&key),
            }
        }
        Ok(self.db.write_opt(batch, &without_wal()).map_err(Error::from)?)
    }

    fn clear(&mut self, task: TaskId) -> Result<(), Verdict> {
        let prefix = keys::task(task);
        let mut batch = WriteBatch::default();
        batch.delete_range(prefix.as_slice(), keys::after(&prefix).as_slice());
        Ok(self.db.write_opt(batch, &without_wal()).map_err(Error::from)?)
    }
}
