//! What of a task's states the changelog lacks: kept in the store beside the states, and carried by
//! the task's own transactions.
//!
//! ```text
//! flush ─► stored in one batch with the states ─► synced ─► carried by a commit ─► deleted
//! ```
//!
//! The changelog is the store's own history, a little later: what a flush writes is cut into
//! slices, never within a customer, and they are committed in order. So whoever reads it to its end
//! has the store as it was after a slice, and the low position as it was after a flush. A slice
//! leaves only once it would survive a crash here: a store that the changelog has gone past is not
//! of use any more.

use crate::low::LOW;
use crate::stored::customer_of;
use crate::{Append, Produced, Sliced, StateStore, StateWrite, TaskId, Verdict};
use codec::slice::{self, Sent, Slice};
use codec::state::{self, Low};
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

/// First byte of the keys of slices that the changelog lacks.
const SLICE: u8 = b'o';

/// Key of the last slice that the changelog has; in the changelog too, behind all that it has.
pub(crate) const SENT: &[u8] = b"e";

/// A slice is closed once it has so many bytes.
const SLICE_BYTES: usize = 64 << 10;

/// A commit carries of what waits so many slices at most…
const SLICES_MAX: usize = 64;

/// …and no more than this part, at least one.
const SHARE: usize = 16;

/// A slice that the changelog lacks.
struct Waiting {
    number: u64,
    name: u64,
    low: u64,
}

/// The slices of one task that the changelog lacks.
pub(crate) struct Outbox {
    task: TaskId,
    /// The changelog; none where the log has none.
    topic: Option<String>,
    /// Gives slices their names.
    names: Rc<Cell<u64>>,
    sent: Sliced,
    waiting: VecDeque<Waiting>,
    /// How many of them would survive a crash, the oldest first.
    synced: usize,
    /// What the transaction under way carries.
    carried: usize,
    /// Numbers of stored slices that the changelog has.
    gone: Vec<u64>,
    next: u64,
    slice_bytes: usize,
}

/// What an outbox is made with.
#[derive(Clone)]
pub(crate) struct Sending {
    pub(crate) topic: Option<String>,
    pub(crate) names: Rc<Cell<u64>>,
    pub(crate) slice_bytes: usize,
}

impl Sending {
    /// Where the log has no changelog.
    pub(crate) fn nowhere() -> Sending {
        Sending { topic: None, names: Rc::default(), slice_bytes: SLICE_BYTES }
    }
}

impl Outbox {
    /// An outbox in which nothing waits.
    pub(crate) fn new(task: TaskId, sending: Sending, sent: Sliced) -> Outbox {
        let Sending { topic, names, slice_bytes } = sending;
        Outbox {
            task,
            topic,
            names,
            sent,
            waiting: VecDeque::new(),
            synced: 0,
            carried: 0,
            gone: Vec::new(),
            next: 0,
            slice_bytes,
        }
    }

    /// The outbox as the store has it; `None` where the store does not hold the last slice that was
    /// committed, so that others have changed what the changelog says since.
    pub(crate) fn read(
        task: TaskId,
        sending: Sending,
        store: &impl StateStore,
        sliced: Sliced,
    ) -> Result<Option<Outbox>, Verdict> {
        let broken = |what| Verdict::Corrupted(format!("{what} of {task:?} cannot be read"));
        let sent = match store.get(task, SENT)? {
            Some(bytes) => slice::decode_sent(&bytes).map_err(|_| broken("the last slice"))?,
            None if store.get(task, LOW)?.is_some() => return Ok(None),
            None => Sent { generation: sliced.generation, name: 0 },
        };
        let mut outbox = Outbox::new(task, sending, sliced);
        let mut is_whole = true;
        store.scan(task, &[SLICE], &mut |key, bytes| {
            let number = key.get(1..).and_then(|number| number.try_into().ok());
            let read = number.map(u64::from_be_bytes).zip(Slice::decode(bytes).ok());
            let Some((number, Slice { name, low, .. })) = read else {
                is_whole = false;
                return false;
            };
            outbox.next = number + 1;
            outbox.waiting.push_back(Waiting { number, name, low });
            true
        })?;
        if !is_whole {
            return Err(broken("a slice"));
        }
        let is_it = |waiting: &Waiting| waiting.name == sliced.slice;
        let has_left = match outbox.waiting.iter().position(is_it) {
            Some(last) => last + 1,
            None if sent.name == sliced.slice => 0,
            None => return Ok(None),
        };
        outbox.gone = outbox.waiting.drain(..has_left).map(|waiting| waiting.number).collect();
        Ok((sent.generation == sliced.generation).then_some(outbox))
    }

    /// Lets a changelog begin anew that holds everything that the store does.
    pub(crate) fn fill(&mut self, store: &mut impl StateStore) -> Result<(), Verdict> {
        self.sent = next_generation(self.sent);
        (self.waiting, self.synced, self.carried) = (VecDeque::new(), 0, 0);
        self.gone = Vec::new();
        let mut old = Vec::new();
        store.scan(self.task, &[SLICE], &mut |key, _| {
            old.push(StateWrite { key: key.to_vec(), value: None });
            true
        })?;
        store.write(self.task, &old)?;
        let mut after: Option<Vec<u8>> = None;
        loop {
            let (mut found, mut bytes) = (Vec::new(), 0);
            store.scan_after(self.task, &[], after.as_deref(), &mut |key, value| {
                bytes += key.len() + value.len();
                found.push(StateWrite { key: key.to_vec(), value: Some(value.to_vec()) });
                bytes < SLICE_BYTES
            })?;
            let Some(last) = found.last() else { break };
            after = Some(last.key.clone());
            let is_state = |write: &&StateWrite| {
                write.key.first() != Some(&SLICE) && write.key != LOW && write.key != SENT
            };
            let mut writes = Vec::new();
            self.cut(found.iter().filter(is_state), None, &mut writes);
            store.write(self.task, &writes)?;
        }
        let low = store.get(self.task, LOW)?;
        let low = low.and_then(|bytes| state::decode_low(&bytes).ok()).unwrap_or_default();
        let mut writes = Vec::new();
        self.cut([].iter(), Some(low), &mut writes);
        writes.push(self.sent_write());
        store.write(self.task, &writes)
    }

    /// Adds slices of what a flush writes to the writes themselves; once the last has left, the
    /// changelog reaches as far as the store will.
    pub(crate) fn add(&mut self, writes: &mut Vec<StateWrite>, low: Low) {
        if self.topic.is_none() {
            return;
        }
        let mut more = Vec::new();
        // What a task has once goes first: states refer to its dictionary.
        let is_own = |write: &&StateWrite| write.key.len() == 1;
        let ordered = writes.iter().filter(is_own).chain(writes.iter().filter(|w| !is_own(w)));
        self.cut(ordered, Some(low), &mut more);
        let gone = std::mem::take(&mut self.gone);
        more.extend(gone.into_iter().map(|number| StateWrite { key: key(number), value: None }));
        more.push(self.sent_write());
        writes.append(&mut more);
    }

    fn sent_write(&self) -> StateWrite {
        let mut value = Vec::new();
        let Sliced { generation, slice: name, .. } = self.sent;
        slice::encode_sent(Sent { generation, name }, &mut value);
        StateWrite { key: SENT.to_vec(), value: Some(value) }
    }

    fn cut<'a>(
        &mut self,
        states: impl Iterator<Item = &'a StateWrite>,
        low: Option<Low>,
        out: &mut Vec<StateWrite>,
    ) {
        let before = self.waiting.back().map_or(self.sent.low, |waiting| waiting.low);
        let mut bytes = Vec::new();
        let mut customer: Option<&[u8]> = None;
        for StateWrite { key, value } in states {
            let next = customer_of(key);
            // Of one customer a reader sees all or nothing.
            if bytes.len() >= self.slice_bytes && (next.is_none() || next != customer) {
                self.close(&mut bytes, before, out);
            }
            customer = next;
            if bytes.is_empty() {
                slice::begin_slice(self.name(), before, &mut bytes);
            }
            slice::write_state(key, value.as_deref(), &mut bytes);
        }
        if let Some(low) = low {
            // The slice that is open may say so already: its head is written anew.
            let mut last = Vec::with_capacity(bytes.len() + 64);
            slice::begin_slice(self.name(), low.position, &mut last);
            if let Ok(open) = Slice::decode(&bytes) {
                let copied = open.states(&mut |key, value| {
                    slice::write_state(key, value, &mut last);
                });
                debug_assert!(copied.is_ok(), "invariant: what was just written can be read");
            }
            let mut position = Vec::new();
            state::encode_low(low, &mut position);
            slice::write_state(LOW, Some(&position), &mut last);
            bytes = last;
            self.close(&mut bytes, low.position, out);
        } else if !bytes.is_empty() {
            self.close(&mut bytes, before, out);
        }
    }

    fn name(&self) -> u64 {
        self.names.set(self.names.get() + 1);
        self.names.get()
    }

    fn close(&mut self, bytes: &mut Vec<u8>, low: u64, out: &mut Vec<StateWrite>) {
        let name = Slice::decode(bytes).map_or(0, |slice| slice.name);
        self.waiting.push_back(Waiting { number: self.next, name, low });
        out.push(StateWrite { key: key(self.next), value: Some(std::mem::take(bytes)) });
        self.next += 1;
    }

    /// Everything that was stored until now would survive a crash.
    pub(crate) fn synced(&mut self) {
        self.synced = self.waiting.len();
    }

    /// Whether a commit could carry something.
    pub(crate) fn has_slices(&self) -> bool {
        self.synced > 0
    }

    /// How many slices wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// What the changelog holds now.
    pub(crate) fn sent(&self) -> Sliced {
        self.sent
    }

    /// Gives a commit its share, and says what the changelog will hold by it.
    pub(crate) fn take(
        &mut self,
        store: &impl StateStore,
        appends: &mut Vec<Append>,
    ) -> Result<Sliced, Verdict> {
        self.carried = (self.synced / SHARE).clamp(self.synced.min(1), SLICES_MAX);
        let Some(topic) = self.topic.as_ref().filter(|_| self.carried > 0) else {
            return Ok(self.sent);
        };
        let mut records = Vec::new();
        let mut sliced = self.sent;
        for waiting in self.waiting.iter().take(self.carried) {
            let broken = || {
                let (task, number) = (self.task, waiting.number);
                Verdict::Corrupted(format!("slice {number} of {task:?} cannot be read"))
            };
            let bytes = store.get(self.task, &key(waiting.number))?.ok_or_else(broken)?;
            let slice = Slice::decode(&bytes).map_err(|_| broken())?;
            let mut give = |key: &[u8], value: Option<&[u8]>| {
                let key = changelog_key(self.sent.generation, key);
                records.push(Produced { key, value: value.map(<[u8]>::to_vec) });
            };
            slice.states(&mut give).map_err(|_| broken())?;
            (sliced.slice, sliced.low) = (waiting.name, waiting.low);
        }
        let mut value = Vec::new();
        let (generation, name) = (sliced.generation, sliced.slice);
        slice::encode_sent(Sent { generation, name }, &mut value);
        // The last of all: who has read it has read everything.
        records.push(Produced { key: changelog_key(generation, SENT), value: Some(value) });
        appends.push(Append { topic: topic.clone(), partition: self.task.partition, records });
        Ok(sliced)
    }

    /// What was taken is committed.
    pub(crate) fn committed(&mut self, sliced: Sliced) {
        self.gone.extend(self.waiting.drain(..self.carried).map(|waiting| waiting.number));
        self.synced -= self.carried;
        self.carried = 0;
        self.sent = sliced;
    }
}

/// What the changelog holds where another begins in the same topic.
pub(crate) fn next_generation(sliced: Sliced) -> Sliced {
    match sliced.slice {
        0 => sliced,
        _ => Sliced { generation: sliced.generation + 1, ..Sliced::NONE },
    }
}

fn key(number: u64) -> Vec<u8> {
    [&[SLICE], &number.to_be_bytes()[..]].concat()
}

/// A key as the changelog has it: behind its generation.
fn changelog_key(generation: u32, key: &[u8]) -> Vec<u8> {
    [&generation.to_be_bytes()[..], key].concat()
}

/// The store's key of a record of the changelog; `None` where it is of another generation.
pub(crate) fn store_key(generation: u32, key: &[u8]) -> Option<&[u8]> {
    key.strip_prefix(&generation.to_be_bytes()[..])
}
