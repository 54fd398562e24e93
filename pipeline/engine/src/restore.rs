//! Where a task's states come from when it is made: its store, its changelog, or the input alone.
//!
//! ```text
//! the store holds the last slice that was committed ───────────────────► the store, as it is
//! it lacks input, or others have sliced since, and the changelog reaches ► cleared, restored
//! no changelog to restore from, but the store reaches ─► the store; the changelog begins anew
//! the input is whole ──────────────────────────────────► cleared; the changelog begins anew
//! ```
//!
//! A store that is being restored says so, and is of no use until all of the changelog was read:
//! of a compacted topic no part but the whole is a state that ever was.

use crate::low::{self, LOW};
use crate::outbox::{Outbox, SENT, Sending, next_generation, store_key};
use crate::{Extent, Log, Mark, Sliced, StateStore, StateWrite, TaskId, Verdict};
use codec::slice;
use codec::state::Low;

/// Key that a store holds while it is being restored.
pub(crate) const RESTORING: &[u8] = b"r";

/// Bytes that are written to the store at once.
const BATCH_BYTES: usize = 1 << 20;

/// How often the end of a changelog may be met without the last slice, about a minute: as long as a
/// transaction that hides it may last.
const ENDS_MAX: u32 = 12_000;

/// How far the restoring of a task has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The task.
    pub task: TaskId,
    /// Positions of its changelog that were read, and all that there are; zero before the first.
    pub extent: Extent,
    /// Bytes of states that were written to the store.
    pub bytes: u64,
}

/// How a task begins.
pub(crate) enum Beginning {
    /// From its store, with what the changelog lacks.
    Stored(Outbox),
    /// Once its store is restored.
    Restored(Restoring),
}

/// The mark of a task that has never committed, of a topic whose records before a position are
/// gone: another system's, which begins when it was deleted from last. In the changelog is all that
/// lies before, for it is nothing.
pub(crate) fn first_mark(start: u64) -> Mark {
    Mark { position: start, sliced: Sliced { low: start, ..Sliced::NONE }, ..Mark::NONE }
}

/// Chooses where a task's states come from.
pub(crate) fn begin(
    log: &mut impl Log,
    store: &mut impl StateStore,
    task: TaskId,
    mark: Mark,
    sending: &Sending,
) -> Result<Beginning, Verdict> {
    let start = log.bounds(task)?.0;
    let stored = |outbox| Ok(Beginning::Stored(outbox));
    if discard_other_version(task, store, start)? {
        return stored(Outbox::new(task, sending.clone(), next_generation(mark.sliced)));
    }
    let low = low::read(task, store)?.position;
    low::check(task, store, low, mark)?;
    // What was begun within its topic, and has no changelog yet, begins there again.
    if mark.sliced.slice == 0 && low < mark.sliced.low && mark.sliced.low >= start {
        store.clear(task)?;
        low::write(task, store, Low { position: mark.sliced.low, records: 0 })?;
        return stored(Outbox::new(task, sending.clone(), mark.sliced));
    }
    if sending.topic.is_none() {
        return match low >= start {
            true => stored(Outbox::new(task, sending.clone(), mark.sliced)),
            false => Err(low::behind(task, low, start)),
        };
    }
    let is_whole = store.get(task, RESTORING)?.is_none();
    if is_whole
        && low >= start
        && let Some(mut outbox) = Outbox::read(task, sending.clone(), store, mark.sliced)?
    {
        // A changelog whose topic was made anew lacks what it was sent.
        if mark.sliced.slice != 0 && !log.open_changelog(task)? {
            outbox.fill(store)?;
        }
        return stored(outbox);
    }
    let reaches = mark.sliced.slice != 0 && mark.sliced.low > 0 && mark.sliced.low >= start;
    if reaches && log.open_changelog(task)? {
        store.clear(task)?;
        let restoring = StateWrite { key: RESTORING.to_vec(), value: Some(Vec::new()) };
        store.write(task, &[restoring])?;
        return Ok(Beginning::Restored(Restoring::new(task, mark, sending.clone())));
    }
    let mut outbox = Outbox::new(task, sending.clone(), mark.sliced);
    if is_whole && low > 0 && low >= start {
        outbox.fill(store)?;
        return stored(outbox);
    }
    if start > 0 {
        let at = mark.sliced.low;
        return Err(Verdict::Corrupted(format!(
            "states of {task:?} are lost: its input begins at {start}, its store stands at {low} \
             and its changelog at {at} [D0404]"
        )));
    }
    store.clear(task)?;
    stored(Outbox::new(task, sending.clone(), next_generation(mark.sliced)))
}

/// Clears a store whose states another release wrote, and says whether it did. They are made anew
/// from the input where it has all that is in them: to discard them where it has not would lose
/// what nobody can count again.
fn discard_other_version(
    task: TaskId,
    store: &mut impl StateStore,
    start: u64,
) -> Result<bool, Verdict> {
    let Some((found, known)) = low::other_version(task, store)? else { return Ok(false) };
    if start == 0 {
        return store.clear(task).map(|()| true);
    }
    Err(Verdict::Refuse(format!(
        "states of {task:?} are of format {found}, this release reads {known}, and their input \
         begins at {start}, so that they cannot be made anew [D0800]"
    )))
}

/// A store that is being restored from its task's changelog.
pub(crate) struct Restoring {
    pub(crate) task: TaskId,
    pub(crate) mark: Mark,
    sending: Sending,
    extent: Extent,
    bytes: u64,
    /// Whether the last slice that was committed has been read.
    is_complete: bool,
    is_open: bool,
    ends: u32,
}

impl Restoring {
    fn new(task: TaskId, mark: Mark, sending: Sending) -> Restoring {
        Restoring {
            task,
            mark,
            sending,
            extent: Extent::default(),
            bytes: 0,
            is_complete: false,
            is_open: false,
            ends: 0,
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress { task: self.task, extent: self.extent, bytes: self.bytes }
    }

    /// Reads on; the outbox once everything is in the store.
    pub(crate) fn go_on(
        &mut self,
        log: &mut impl Log,
        store: &mut impl StateStore,
        wait_millis: u32,
    ) -> Result<Option<Outbox>, Verdict> {
        if !self.is_open {
            // Another task may have been read since this one was chosen.
            log.open_changelog(self.task)?;
            self.is_open = true;
        }
        let (task, sliced) = (self.task, self.mark.sliced);
        let (mut writes, mut batch, mut written) = (Vec::new(), 0, Ok(()));
        let (mut bytes, mut is_complete) = (0, self.is_complete);
        self.extent = log.read_changelog(wait_millis, &mut |key, value| {
            let Some(key) = store_key(sliced.generation, key) else { return };
            if key == SENT {
                let sent = value.and_then(|value| slice::decode_sent(value).ok());
                is_complete = sent.is_some_and(|sent| sent.name == sliced.slice);
            }
            batch += key.len() + value.map_or(0, <[u8]>::len);
            writes.push(StateWrite { key: key.to_vec(), value: value.map(<[u8]>::to_vec) });
            if batch >= BATCH_BYTES && written.is_ok() {
                written = store.write(task, &writes);
                writes.clear();
                bytes += std::mem::take(&mut batch) as u64;
            }
        })?;
        written?;
        store.write(task, &writes)?;
        self.bytes += bytes + batch as u64;
        self.is_complete = is_complete;
        if !self.extent.is_at_end {
            return Ok(None);
        }
        if !self.is_complete {
            return self.wait();
        }
        if store.get(task, LOW)?.is_none() {
            return Err(self.torn());
        }
        if discard_other_version(task, store, log.bounds(task)?.0)? {
            let sliced = next_generation(sliced);
            return Ok(Some(Outbox::new(task, self.sending.clone(), sliced)));
        }
        store.write(task, &[StateWrite { key: RESTORING.to_vec(), value: None }])?;
        Ok(Some(Outbox::new(task, self.sending.clone(), sliced)))
    }

    /// What the mark names must come: a transaction that is being ended hides it.
    fn wait(&mut self) -> Result<Option<Outbox>, Verdict> {
        self.ends += 1;
        if self.ends < ENDS_MAX { Ok(None) } else { Err(self.torn()) }
    }

    fn torn(&self) -> Verdict {
        Verdict::Corrupted(format!(
            "the changelog of {:?} ends without the last slice that was committed [D0405]",
            self.task
        ))
    }
}
