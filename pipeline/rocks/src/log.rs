//! The embedded log: shared by threads, one writer at a time, each write a group of commits.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use engine::{Mark, Sliced, TaskId};
use model::Timestamp;
use rocksdb::{ColumnFamily, DB};

use crate::chunk::Chunk;
use crate::group::Queue;
use crate::witness::Witness;
use crate::{Error, LogOptions, chunk, keys, making, options};

/// A topic of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Full name.
    pub name: String,
    /// Partitions; fixed once the topic is made, for keys are dealt by them.
    pub partitions: u32,
    /// Whether the latest value of every key is kept in a table besides.
    pub compacted: bool,
}

/// Where a partition ends, and when it was last written.
#[derive(Clone, Copy)]
pub(crate) struct Tail {
    pub(crate) end: u64,
    pub(crate) append_time: Timestamp,
}

/// What readers may see: changed only after a write is durable.
#[derive(Default)]
pub(crate) struct Visible {
    pub(crate) tails: BTreeMap<(u16, u32), Tail>,
    pub(crate) starts: BTreeMap<(u16, u32), u64>,
    pub(crate) marks: BTreeMap<TaskId, Mark>,
}

/// The database `log/`.
pub struct EmbeddedLog {
    pub(crate) db: DB,
    pub(crate) limits: LogOptions,
    pub(crate) clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    pub(crate) topics: BTreeMap<String, (u16, TopicSpec)>,
    pub(crate) visible: Mutex<Visible>,
    pub(crate) grown: Condvar,
    pub(crate) queue: Mutex<Queue>,
    pub(crate) decided: Condvar,
    pub(crate) syncs: AtomicU64,
    pub(crate) witness: Witness,
}

impl EmbeddedLog {
    /// Opens the log in a data folder, making the topics that are not there.
    pub fn open(
        folder: &Path,
        topics: &[TopicSpec],
        limits: LogOptions,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Arc<EmbeddedLog>, Error> {
        let db = making::open_or_make(folder, |path| options::open_log(path, &limits))?;
        let visible = load(&db)?;
        let witness = Witness::open(folder, visible.accepted())?;
        let mut log = EmbeddedLog {
            db,
            limits,
            clock: Box::new(clock),
            topics: BTreeMap::new(),
            visible: Mutex::new(visible),
            grown: Condvar::new(),
            queue: Mutex::default(),
            decided: Condvar::new(),
            syncs: AtomicU64::new(0),
            witness,
        };
        log.define(topics)?;
        log.check_ends()?;
        Ok(Arc::new(log))
    }

    /// The committed mark of a task.
    pub fn committed(&self, task: TaskId) -> Mark {
        self.see().marks.get(&task).copied().unwrap_or(Mark::NONE)
    }

    /// End of the committed records of a partition.
    pub fn end(&self, topic: &str, partition: u32) -> Result<u64, Error> {
        let lane = self.lane(topic, partition)?;
        Ok(self.see().tails.get(&lane).map_or(0, |tail| tail.end))
    }

    /// First retained position of a partition.
    pub fn start(&self, topic: &str, partition: u32) -> Result<u64, Error> {
        let lane = self.lane(topic, partition)?;
        Ok(self.see().starts.get(&lane).copied().unwrap_or(0))
    }

    /// Waits until one of the partitions reaches beyond its position; `false` when time is up.
    pub fn wait(&self, wanted: &[(&str, u32, u64)], at_most: Duration) -> Result<bool, Error> {
        let mut lanes = Vec::with_capacity(wanted.len());
        for (topic, partition, position) in wanted {
            lanes.push((self.lane(topic, *partition)?, *position));
        }
        let idle = |visible: &mut Visible| {
            !lanes.iter().any(|(l, p)| visible.tails.get(l).is_some_and(|t| t.end > *p))
        };
        let (visible, waited) = self
            .grown
            .wait_timeout_while(self.see(), at_most, idle)
            .expect("invariant: no thread panics while it holds the tails");
        drop(visible);
        Ok(!waited.timed_out())
    }

    /// How many synced writes there were: fewer than commits when groups form.
    pub fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }

    pub(crate) fn see(&self) -> MutexGuard<'_, Visible> {
        self.visible.lock().expect("invariant: no thread panics while it holds the tails")
    }

    pub(crate) fn family(&self, name: &str) -> &ColumnFamily {
        self.db.cf_handle(name).expect("invariant: every family is opened with the database")
    }

    pub(crate) fn lane(&self, topic: &str, partition: u32) -> Result<(u16, u32), Error> {
        let refuse = |detail| Error::Topic { topic: topic.to_string(), detail };
        let (id, spec) = self.topics.get(topic).ok_or_else(|| refuse("is not defined".into()))?;
        if partition >= spec.partitions {
            return Err(refuse(format!("has {} partitions, not {partition}", spec.partitions)));
        }
        Ok((*id, partition))
    }

    fn define(&mut self, topics: &[TopicSpec]) -> Result<(), Error> {
        let mut next = 0_u16;
        let meta = self.family(options::META);
        for row in self.db.prefix_iterator_cf(meta, b"t") {
            next += u16::from(row?.0.starts_with(b"t"));
        }
        let mut defined = BTreeMap::new();
        for spec in topics {
            let key = keys::topic(&spec.name);
            let shape = [&spec.partitions.to_le_bytes()[..], &[u8::from(spec.compacted)]].concat();
            let id = match self.db.get_cf(meta, &key)? {
                Some(framed) => {
                    let value = unframe("topic", &key, &framed)?;
                    if value[2..] != shape {
                        let detail = format!("is stored as {:?}, not {shape:?}", &value[2..]);
                        return Err(Error::Topic { topic: spec.name.clone(), detail });
                    }
                    u16::from_le_bytes([value[0], value[1]])
                }
                None => {
                    let value = [&next.to_le_bytes()[..], &shape].concat();
                    self.db.put_cf(meta, &key, chunk::frame(&key, &value))?;
                    next += 1;
                    next - 1
                }
            };
            defined.insert(spec.name.clone(), (id, spec.clone()));
        }
        self.topics = defined;
        Ok(())
    }

    /// Each partition's last chunk ends where the partition does, and none lies behind it: a copy
    /// whose tables are newer than its marks would mix those chunks with what is appended next.
    fn check_ends(&self) -> Result<(), Error> {
        let visible = self.see();
        for (name, (id, spec)) in &self.topics {
            for partition in 0..spec.partitions {
                let lane = (*id, partition);
                let end = visible.tails.get(&lane).map_or(0, |tail| tail.end);
                let start = visible.starts.get(&lane).copied().unwrap_or(0);
                let damaged = |detail: String| Error::Corrupted {
                    what: format!("{name}/{partition} at its end, {end}"),
                    detail,
                };
                let mut rows = self.db.raw_iterator_cf(self.family(options::CHUNKS));
                rows.seek_for_prev(keys::chunk(*id, partition, u64::MAX));
                rows.status()?;
                let last = rows.item().and_then(|(key, value)| {
                    Some((keys::chunk_first(*id, partition, key)?, key, value))
                });
                let behind = match last {
                    None => start,
                    Some((first, key, value)) => {
                        first + u64::from(Chunk::open(key, value).map_err(damaged)?.count)
                    }
                };
                if behind != end {
                    return Err(damaged(format!("the last chunk ends at {behind}")));
                }
            }
        }
        Ok(())
    }
}

fn load(db: &DB) -> Result<Visible, Error> {
    let meta =
        db.cf_handle(options::META).expect("invariant: every family is opened with the database");
    let mut visible = Visible::default();
    for row in db.iterator_cf(meta, rocksdb::IteratorMode::Start) {
        let (key, framed) = row?;
        let value = unframe("a mark or the end of a partition", &key, &framed)?;
        if let Some(task) = keys::read_mark(&key) {
            let mark = Mark {
                position: chunk::number(value, 0),
                as_of: Timestamp::from_millis(chunk::number(value, 8) as i64),
                sequence: chunk::number(value, 16),
                attempt: chunk::number(value, 24),
                sliced: Sliced::NONE,
            };
            visible.marks.insert(task, mark);
        } else if let Some(lane) = keys::read_lane(b'e', &key) {
            let append_time = Timestamp::from_millis(chunk::number(value, 8) as i64);
            let tail = Tail { end: chunk::number(value, 0), append_time };
            visible.tails.insert(lane, tail);
        } else if let Some(lane) = keys::read_lane(b's', &key) {
            visible.starts.insert(lane, chunk::number(value, 0));
        }
    }
    Ok(visible)
}

pub(crate) fn unframe<'a>(what: &str, key: &[u8], framed: &'a [u8]) -> Result<&'a [u8], Error> {
    // The key may be a name: only its length is told.
    chunk::unframe(key, framed).map_err(|detail| Error::Corrupted {
        what: format!("{what}, a key of {} bytes", key.len()),
        detail,
    })
}
