//! What of the two databases goes into a backup: each as it was at one instant, in a folder of its
//! own, by hard links where files never change.

use std::path::Path;
use std::sync::atomic::Ordering;

use engine::{Mark, TaskId};
use rocksdb::DB;
use rocksdb::checkpoint::Checkpoint;

use crate::log::EmbeddedLog;
use crate::{Error, RocksStore};

/// Bytes of write-ahead log above which tables are written first: never, so that a checkpoint needs
/// no more room than the newest of them, and a full disk cannot fail a write of the log for it.
const NEVER: u64 = u64::MAX;

/// Where a log stood when a checkpoint of it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Every partition of every topic.
    pub partitions: Vec<Stand>,
    /// The mark of every task.
    pub marks: Vec<(TaskId, Mark)>,
}

/// Where a partition begins and ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// First retained position.
    pub start: u64,
    /// Position of the next record.
    pub end: u64,
}

impl EmbeddedLog {
    /// Puts a checkpoint into a folder that is not there yet; it holds exactly what was accepted
    /// until then, and the answer says what that is. Whoever appends waits meanwhile.
    pub fn checkpoint(&self, to: &Path) -> Result<Standing, Error> {
        let turn = self.lead_alone()?;
        let made = make(&self.db, to, NEVER);
        let standing = self.standing();
        drop(turn);
        made.map(|()| standing)
    }

    fn standing(&self) -> Standing {
        let visible = self.see();
        let partitions = self.topics.iter().flat_map(|(topic, (id, spec))| {
            let visible = &visible;
            (0..spec.partitions).map(move |partition| {
                let lane = (*id, partition);
                Stand {
                    topic: topic.clone(),
                    partition,
                    start: visible.starts.get(&lane).copied().unwrap_or(0),
                    end: visible.tails.get(&lane).map_or(0, |tail| tail.end),
                }
            })
        });
        let marks = visible.marks.iter().map(|(task, mark)| (*task, *mark));
        Standing { partitions: partitions.collect(), marks: marks.collect() }
    }
}

impl RocksStore {
    /// Puts a checkpoint into a folder that is not there yet. What is in memory only is written to
    /// tables first: this database has no write-ahead log.
    pub fn checkpoint(&self, to: &Path) -> Result<(), Error> {
        make(&self.db, to, 0).inspect_err(|error| {
            if matches!(error, Error::Corrupted { .. }) {
                self.is_damaged.store(true, Ordering::Relaxed);
            }
        })
    }
}

fn make(db: &DB, to: &Path, log_size_for_flush: u64) -> Result<(), Error> {
    Ok(Checkpoint::new(db)?.create_checkpoint_with_log_size(to, log_size_for_flush)?)
}
