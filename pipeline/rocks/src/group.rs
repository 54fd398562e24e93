//! Group commit: whoever finds no leader leads, writes all that waits with one sync, wakes all.

use std::collections::{BTreeMap, VecDeque};
use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

use engine::{Append, Part, Produced, Transaction, Verdict};
use rocksdb::{WriteBatch, WriteOptions};

use crate::chunk::{self, Draft};
use crate::log::{EmbeddedLog, Tail, Visible};
use crate::{Error, keys, options};

/// What waits for a leader, and what leaders have decided.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: VecDeque<Pending>,
    bytes: usize,
    leading: bool,
    /// How many wait to be alone: they come before the next leader.
    wanted_alone: u32,
    tickets: u64,
    decided: BTreeMap<u64, Verdict>,
    failed: Option<String>,
}

/// Bytes of a key, lengths and a checksum in a batch, or of a tail with all of that.
const SMALL: usize = 128;

struct Pending {
    ticket: u64,
    bytes: usize,
    parts: Vec<Part>,
    drafts: Vec<((u16, u32), Draft)>,
    rows: Vec<((u16, u32), Vec<Produced>)>,
}

impl Pending {
    /// Bytes that it takes in a batch, keys and small values included.
    fn room(&self) -> usize {
        let rows = self.rows.iter().flat_map(|(_, records)| records);
        let row = |record: &Produced| record.key.len() + record.value.as_ref().map_or(0, Vec::len);
        self.bytes
            + SMALL * (1 + self.drafts.len())
            + rows.map(|r| row(r) + SMALL / 2).sum::<usize>()
    }
}

/// Nobody writes while it is there.
pub(crate) struct Alone<'a>(&'a EmbeddedLog);

impl Alone<'_> {
    /// Appends records, which are durable when this returns.
    pub(crate) fn append(&self, append: &Append) -> Result<(), Error> {
        let Alone(log) = self;
        let pending = log.prepare(&[], std::slice::from_ref(append))?;
        log.write_group(&mut [pending]).map(drop).inspect_err(|error| {
            // As for every group: whether it was written is not known.
            log.queue().failed = Some(error.to_string());
        })
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.queue().leading = false;
        self.0.decided.notify_all();
    }
}

impl EmbeddedLog {
    /// Commits marks and records, all or nothing; returns when they are durable and visible.
    pub fn commit(&self, transaction: &Transaction) -> Verdict {
        self.submit(&transaction.parts, &transaction.appends)
    }

    /// Appends records, all or nothing, without a mark.
    pub fn append(&self, appends: &[Append]) -> Verdict {
        self.submit(&[], appends)
    }

    fn submit(&self, parts: &[Part], appends: &[Append]) -> Verdict {
        if parts.is_empty()
            && let Err(error) = self.check_room()
        {
            return error.verdict();
        }
        let mut pending = match self.prepare(parts, appends) {
            Ok(pending) => pending,
            Err(error) => return error.verdict(),
        };
        let mut queue = self.queue();
        if let Some(reason) = &queue.failed {
            return Verdict::Fatal(reason.clone());
        }
        let (waiting, limit) = (queue.bytes, self.limits.queue_bytes_max);
        if waiting > 0 && waiting + pending.bytes > limit {
            return Verdict::Retry(format!(
                "{waiting} of {limit} bytes wait to be written [D0307]"
            ));
        }
        queue.tickets += 1;
        let ticket = queue.tickets;
        pending.ticket = ticket;
        queue.bytes += pending.bytes;
        queue.waiting.push_back(pending);
        loop {
            if let Some(verdict) = queue.decided.remove(&ticket) {
                return verdict;
            }
            queue = if queue.leading || queue.wanted_alone > 0 {
                self.decided.wait(queue).expect("invariant: no thread panics with the queue")
            } else {
                self.lead(queue)
            };
        }
    }

    /// Why nothing more is taken until a restart, once that is so.
    pub fn failure(&self) -> Option<String> {
        self.queue().failed.clone()
    }

    /// Waits until nobody leads, and keeps everybody from it until what is answered is dropped:
    /// nothing is written meanwhile.
    pub(crate) fn lead_alone(&self) -> Result<Alone<'_>, Error> {
        let mut queue = self.queue();
        queue.wanted_alone += 1;
        while queue.leading {
            queue = self.decided.wait(queue).expect("invariant: no thread panics with the queue");
        }
        queue.wanted_alone -= 1;
        if let Some(reason) = queue.failed.clone() {
            self.decided.notify_all();
            return Err(Error::Stopped(reason));
        }
        queue.leading = true;
        Ok(Alone(self))
    }

    /// What was accepted must find room to be counted, so new appends stop before the disk is full.
    fn check_room(&self) -> Result<(), Error> {
        let min = self.limits.free_bytes_min;
        // Where the system cannot tell, the write itself will.
        let Ok(disk) = rustix::fs::statvfs(self.db.path()) else { return Ok(()) };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free < min { Err(Error::NearlyFull { free, min }) } else { Ok(()) }
    }

    fn lead<'a>(&'a self, mut queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        queue.leading = true;
        let (mut group, mut bytes) = (Vec::new(), 0);
        while let Some(next) = queue.waiting.pop_front() {
            if !group.is_empty() && bytes + next.bytes > self.limits.group_bytes_max {
                queue.waiting.push_front(next);
                break;
            }
            bytes += next.bytes;
            group.push(next);
        }
        let failed = queue.failed.clone();
        drop(queue);
        let verdicts = match failed {
            Some(reason) => Err(reason),
            None => self.write_group(&mut group).map_err(|error| error.to_string()),
        };
        let mut queue = self.queue();
        queue.leading = false;
        queue.bytes -= bytes;
        match verdicts {
            Ok(verdicts) => queue.decided.extend(verdicts),
            // Whether the write happened is not known: nothing more is taken until a restart.
            Err(reason) => {
                let fatal = |p: &Pending| (p.ticket, Verdict::Fatal(reason.clone()));
                queue.decided.extend(group.iter().map(fatal));
                queue.failed = Some(reason);
            }
        }
        self.decided.notify_all();
        queue
    }

    fn write_group(&self, group: &mut [Pending]) -> Result<Vec<(u64, Verdict)>, Error> {
        // A batch that grows is copied again and again, into new memory each time.
        let room = group.iter().map(Pending::room).sum();
        let mut batch = WriteBatch::with_capacity_bytes(room);
        let (mut tails, mut marks) = {
            let visible = self.see();
            (visible.tails.clone(), visible.marks.clone())
        };
        let now = (self.clock)();
        let mut verdicts = Vec::with_capacity(group.len());
        for pending in group {
            let behind = pending.parts.iter().find(|part| {
                let held = marks.get(&part.task).map_or(0, |mark| mark.sequence);
                part.mark.sequence != held + 1
            });
            if let Some(part) = behind {
                let text =
                    format!("task {:?}: sequence {} is not next", part.task, part.mark.sequence);
                verdicts.push((pending.ticket, Verdict::Fenced(format!("{text} [D0308]"))));
                continue;
            }
            for part in &pending.parts {
                let m = part.mark;
                let numbers = [m.position, m.as_of.millis() as u64, m.sequence, m.attempt];
                let key = keys::mark(part.task);
                let value = numbers.map(u64::to_le_bytes).concat();
                batch.put_cf(self.family(options::META), &key, chunk::frame(&key, &value));
                marks.insert(part.task, m);
            }
            for ((topic, partition), draft) in &mut pending.drafts {
                let lane = (*topic, *partition);
                let tail = tails.entry(lane).or_insert(Tail { end: 0, append_time: now });
                tail.append_time = tail.append_time.max(now);
                let key = keys::chunk(*topic, *partition, tail.end);
                let value = draft.seal(&key, tail.append_time);
                batch.put_cf(self.family(options::CHUNKS), key, value);
                tail.end += u64::from(draft.count());
                let numbers = [tail.end, tail.append_time.millis() as u64];
                let (key, value) =
                    (keys::tail(*topic, *partition), numbers.map(u64::to_le_bytes).concat());
                batch.put_cf(self.family(options::META), &key, chunk::frame(&key, &value));
            }
            self.put_rows(&mut batch, pending);
            verdicts.push((pending.ticket, Verdict::Done));
        }
        let mut how = WriteOptions::default();
        how.set_sync(self.limits.sync);
        self.db.write_opt(batch, &how)?;
        self.syncs.fetch_add(u64::from(self.limits.sync), Ordering::Relaxed);
        let mut visible = self.see();
        *visible = Visible { tails, marks, starts: std::mem::take(&mut visible.starts) };
        let accepted = visible.accepted();
        self.grown.notify_all();
        drop(visible);
        // Before anybody is told, so that it speaks for everything that was accepted.
        self.witness.tell(accepted)?;
        Ok(verdicts)
    }

    fn put_rows(&self, batch: &mut WriteBatch, pending: &Pending) {
        for ((topic, partition), records) in &pending.rows {
            for record in records {
                let key = keys::row(*topic, *partition, &record.key);
                match &record.value {
                    Some(value) => {
                        batch.put_cf(self.family(options::TABLES), &key, chunk::frame(&key, value))
                    }
                    None => batch.delete_cf(self.family(options::TABLES), &key),
                }
            }
        }
    }

    fn prepare(&self, parts: &[Part], appends: &[Append]) -> Result<Pending, Error> {
        let mut lanes: BTreeMap<(u16, u32), Vec<&Append>> = BTreeMap::new();
        let mut rows = Vec::new();
        for append in appends.iter().filter(|append| !append.records.is_empty()) {
            let lane = self.lane(&append.topic, append.partition)?;
            lanes.entry(lane).or_default().push(append);
            if self.topics.get(&append.topic).is_some_and(|(_, spec)| spec.compacted) {
                rows.push((lane, append.records.clone()));
            }
        }
        let drafts: Vec<_> = lanes
            .iter()
            .map(|(lane, of)| (*lane, Draft::new(of.iter().flat_map(|a| &a.records))))
            .collect();
        let bytes = 64 * parts.len() + drafts.iter().map(|(_, d)| d.len()).sum::<usize>();
        Ok(Pending { ticket: 0, bytes, parts: parts.to_vec(), drafts, rows })
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("invariant: no thread panics while it holds the queue")
    }
}
