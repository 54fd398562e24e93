//! The store of states: disposable, never synced, every value under a checksum.

use std::path::Path;
use std::sync::Arc;

use engine::{StateStore, StateWrite, TaskId, Verdict};
use rocksdb::{DB, Direction, IteratorMode, WriteBatch, WriteOptions};

use crate::{Error, StoreOptions, chunk, keys, options};

/// The database `state/`; clones share it, its cache and its buffers.
#[derive(Clone)]
pub struct RocksStore {
    db: Arc<DB>,
}

impl RocksStore {
    /// Opens the store in a data folder.
    pub fn open(folder: &Path, limits: &StoreOptions) -> Result<RocksStore, Error> {
        let path = options::database_folder(folder, "state")?;
        Ok(RocksStore { db: Arc::new(options::open_state(&path, limits)?) })
    }

    /// Writes what is in memory to files.
    pub fn flush(&self) -> Result<(), Error> {
        Ok(self.db.flush()?)
    }

    fn write_batch(&self, batch: WriteBatch) -> Result<(), Verdict> {
        let mut how = WriteOptions::default();
        how.disable_wal(true);
        self.db.write_opt(batch, &how).map_err(|error| Error::from(error).verdict())
    }
}

impl StateStore for RocksStore {
    fn get(&self, task: TaskId, key: &[u8]) -> Result<Option<Vec<u8>>, Verdict> {
        let full = [&keys::task(task), key].concat();
        let Some(framed) = self.db.get_pinned(&full).map_err(Error::from)? else {
            return Ok(None);
        };
        let value = chunk::unframe(&full, &framed).map_err(|detail| damaged(task, detail))?;
        Ok(Some(value.to_vec()))
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
            let (key, framed) = row.map_err(Error::from)?;
            if !key.starts_with(&all) {
                break;
            }
            let value = chunk::unframe(&key, &framed).map_err(|detail| damaged(task, detail))?;
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

    fn clear(&mut self, task: TaskId) -> Result<(), Verdict> {
        let from = keys::task(task);
        let mut batch = WriteBatch::default();
        batch.delete_range(from.to_vec(), keys::after(&from));
        self.write_batch(batch)
    }
}

fn damaged(task: TaskId, detail: String) -> Error {
    Error::Corrupted { what: format!("state of task {task:?}"), detail }
}
