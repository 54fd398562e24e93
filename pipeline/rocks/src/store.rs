//! The store of states: disposable, never synced, every value under a checksum.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::{StateStore, StateWrite, TaskId, Verdict};
use rocksdb::{DB, Direction, IteratorMode, WriteBatch, WriteOptions};

use crate::{Error, StoreOptions, chunk, keys, options};

/// The database `state/`; clones share it, its cache and its buffers.
#[derive(Clone)]
pub struct RocksStore {
    pub(crate) db: Arc<DB>,
    pub(crate) is_damaged: Arc<AtomicBool>,
}

impl RocksStore {
    /// Opens the store in a data folder.
    pub fn open(folder: &Path, limits: &StoreOptions) -> Result<RocksStore, Error> {
        let path = options::database_folder(folder, "state")?;
        let db = Arc::new(options::open_state(&path, limits)?);
        Ok(RocksStore { db, is_damaged: Arc::default() })
    }

    /// Deletes the store of a data folder, which nobody may hold.
    pub fn discard(folder: &Path) -> Result<(), Error> {
        let path = folder.join("state");
        let removed = std::fs::remove_dir_all(&path);
        removed.map_err(|error| Error::Folder { folder: path, detail: error.to_string() })
    }

    /// Whether something was read here that is not what was written.
    pub fn is_damaged(&self) -> bool {
        self.is_damaged.load(Ordering::Relaxed)
    }

    /// Writes what is in memory to files.
    pub fn flush(&self) -> Result<(), Error> {
        Ok(self.db.flush()?)
    }

    fn write_batch(&self, batch: WriteBatch) -> Result<(), Verdict> {
        let mut how = WriteOptions::default();
        how.disable_wal(true);
        self.db.write_opt(batch, &how).map_err(|error| self.fault(error.into()))
    }

    fn fault(&self, error: Error) -> Verdict {
        if matches!(error, Error::Corrupted { .. }) {
            self.is_damaged.store(true, Ordering::Relaxed);
        }
        error.verdict()
    }

    fn unframe<'a>(&self, task: TaskId, key: &[u8], framed: &'a [u8]) -> Result<&'a [u8], Verdict> {
        chunk::unframe(key, framed).map_err(|detail| {
            self.fault(Error::Corrupted { what: format!("state of task {task:?}"), detail })
        })
    }
}

impl StateStore for RocksStore {
    fn get(&self, task: TaskId, key: &[u8]) -> Result<Option<Vec<u8>>, Verdict> {
        let full = [&keys::task(task), key].concat();
        let framed = self.db.get_pinned(&full).map_err(|error| self.fault(error.into()))?;
        let Some(framed) = framed else { return Ok(None) };
        Ok(Some(self.unframe(task, &full, &framed)?.to_vec()))
    }

    fn scan(
        &self,
        task: TaskId,
        prefix: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), Verdict> {
        self.scan_after(task, prefix, None, visit)
    }

    fn scan_after(
        &self,
        task: TaskId,
        prefix: &[u8],
        after: Option<&[u8]>,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), Verdict> {
        let all = [&keys::task(task), prefix].concat();
        // The least key that is greater: one byte more.
        let from = match after {
            Some(after) => [&keys::task(task), after, &[0]].concat(),
            None => all.clone(),
        };
        for row in self.db.iterator(IteratorMode::From(&from, Direction::Forward)) {
            let (key, framed) = row.map_err(|error| self.fault(error.into()))?;
            if !key.starts_with(&all) {
                break;
            }
            let value = self.unframe(task, &key, &framed)?;
            if !visit(&key[keys::TASK_KEY..], value) {
                break;
            }
        }
        Ok(())
    }

    fn write(&mut self, task: TaskId, writes: &[StateWrite]) -> Result<(), Verdict> {
        let mut batch = WriteBatch::default();
        for write in writes {
            let full = [&keys::task(task), write.key.as_slice()].concat();
            match &write.value {
                Some(value) => batch.put(&full, chunk::frame(&full, value)),
                None => batch.delete(&full),
            }
        }
        self.write_batch(batch)
    }

    fn sync(&mut self) -> Result<(), Verdict> {
        self.db.flush().map_err(|error| self.fault(error.into()))
    }

    fn clear(&mut self, task: TaskId) -> Result<(), Verdict> {
        let from = keys::task(task);
        let mut batch = WriteBatch::default();
        batch.delete_range(from.to_vec(), keys::after(&from));
        self.write_batch(batch)
    }
}
