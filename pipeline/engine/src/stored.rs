//! One customer as the store has it: a head, and chapters and pages by their numbers.

use crate::slots::Slot;
use crate::{StateStore, StateWrite, TaskId, Verdict};
use codec::state;
use journey::{Chapters, JourneyState, Packed, Reading};
use model::Timestamp;

/// First byte of the keys of heads.
pub(crate) const HEAD: u8 = b'j';
/// First byte of the keys of chapters and pages.
const PART: u8 = b'k';
/// First byte of the keys of deadlines.
pub(crate) const DUE: u8 = b'd';

/// The older chapters of one customer. The fold cannot fail, so a fault of the store is kept here:
/// whoever ends with one throws the state away.
pub(crate) struct Shelf<'a, S: StateStore> {
    store: &'a S,
    task: TaskId,
    customer: &'a [u8],
    fault: Option<Verdict>,
}

impl<'a, S: StateStore> Shelf<'a, S> {
    pub(crate) fn new(store: &'a S, task: TaskId, customer: &'a [u8]) -> Shelf<'a, S> {
        Shelf { store, task, customer, fault: None }
    }

    /// Whether everything that was asked for could be read.
    pub(crate) fn end(self) -> Result<(), Verdict> {
        self.fault.map_or(Ok(()), Err)
    }
}

impl<S: StateStore> Chapters for Shelf<'_, S> {
    fn read(&mut self, chapter: u32) -> Packed {
        let read = match &self.fault {
            Some(fault) => Err(fault.clone()),
            None => part(self.store, self.task, self.customer, chapter),
        };
        let read = read.and_then(|bytes| {
            state::decode_chapter(&bytes).map_err(|fault| broken(self.task, fault))
        });
        read.unwrap_or_else(|fault| {
            self.fault = Some(fault);
            Packed::default()
        })
    }
}

fn broken(task: TaskId, what: impl std::fmt::Display) -> Verdict {
    Verdict::Corrupted(format!("state of a customer of {task:?}: {what}"))
}

/// Reads a chapter or a page.
fn part(
    store: &impl StateStore,
    task: TaskId,
    customer: &[u8],
    number: u32,
) -> Result<Vec<u8>, Verdict> {
    let bytes = store.get(task, &part_key(customer, number))?;
    bytes.ok_or_else(|| broken(task, format!("part {number} is missing")))
}

/// Reads a customer: the head and the pages, no chapter.
pub(crate) fn read(
    store: &impl StateStore,
    task: TaskId,
    reading: &Reading,
    customer: &[u8],
) -> Result<Option<Slot>, Verdict> {
    let Some(head) = store.get(task, &key(HEAD, customer))? else { return Ok(None) };
    let mut state = state::decode_head(&head).map_err(|fault| broken(task, fault))?;
    for page in state.older.iter_mut().flat_map(|older| &mut older.pages) {
        let bytes = part(store, task, customer, page.number)?;
        page.fill(state::decode_page(&bytes).map_err(|fault| broken(task, fault))?);
    }
    Ok(Some(Slot::new(customer, state, reading)))
}

/// Reads every older chapter of a customer into a copy of its state.
pub(crate) fn complete(
    store: &impl StateStore,
    task: TaskId,
    slot: &Slot,
) -> Result<JourneyState, Verdict> {
    let mut state = slot.state.clone();
    let mut shelf = Shelf::new(store, task, &slot.customer);
    state.complete(&mut shelf);
    shelf.end()?;
    Ok(state)
}

impl Slot {
    /// Writes for what the store lacks of it, and nothing else.
    pub(crate) fn write(&mut self, reading: &Reading, writes: &mut Vec<StateWrite>) {
        let customer = &*self.customer;
        let changes = self.state.take_changes();
        // Before what is written: a state that took another's place gives its numbers again.
        for number in &changes.gone {
            writes.push(StateWrite { key: part_key(customer, *number), value: None });
        }
        for (number, chapter) in &changes.chapters {
            let mut bytes = Vec::new();
            state::encode_chapter(chapter, &mut bytes);
            writes.push(StateWrite { key: part_key(customer, *number), value: Some(bytes) });
        }
        for page in &changes.pages {
            let mut bytes = Vec::new();
            state::encode_page(page, &mut bytes);
            writes.push(StateWrite { key: part_key(customer, page.number), value: Some(bytes) });
        }
        let mut head = Vec::new();
        state::encode_head(&self.state, &mut head);
        writes.push(StateWrite { key: key(HEAD, customer), value: Some(head) });
        let due = self.state.due(reading).unwrap_or(Timestamp::END);
        if due != self.stored_due {
            let entry = |at, value| StateWrite { key: due_key(at, customer), value };
            if self.stored_due != Timestamp::END {
                writes.push(entry(self.stored_due, None));
            }
            if due != Timestamp::END {
                writes.push(entry(due, Some(Vec::new())));
            }
            self.stored_due = due;
        }
    }
}

/// The customer that a key belongs to; `None` where it stands for itself.
pub(crate) fn customer_of(key: &[u8]) -> Option<&[u8]> {
    let (tag, rest) = key.split_first()?;
    match *tag {
        HEAD => Some(rest),
        PART => rest.get(4..rest.len().checked_sub(4)?),
        DUE => rest.get(8..),
        _ => None,
    }
}

pub(crate) fn key(tag: u8, customer: &[u8]) -> Vec<u8> {
    [&[tag], customer].concat()
}

fn part_key(customer: &[u8], number: u32) -> Vec<u8> {
    let length = (customer.len() as u32).to_be_bytes();
    [&[PART], &length[..], customer, &number.to_be_bytes()].concat()
}

fn due_key(due: Timestamp, customer: &[u8]) -> Vec<u8> {
    [&[DUE], &sortable(due)[..], customer].concat()
}

/// Eight bytes that sort as the times do.
pub(crate) fn sortable(time: Timestamp) -> [u8; 8] {
    (time.millis() as u64 ^ 1 << 63).to_be_bytes()
}
