//! The hot tier: states of customers in memory, and what of them the store lacks.

use crate::{StateStore, StateWrite, TaskId, Verdict};
use codec::state;
use hashbrown::HashMap;
use journey::{JourneyState, Reading};
use model::Timestamp;
use std::collections::BTreeSet;
use std::rc::Rc;
use xxhash_rust::xxh64::xxh64;

const HEAD: u8 = b'j';
const CHAPTER: u8 = b'k';
const DUE: u8 = b'd';

/// One customer in memory.
#[derive(Default)]
pub(crate) struct Slot {
    pub(crate) state: JourneyState,
    is_dirty: bool,
    /// When it is due next, as the index in memory has it.
    due: Option<Timestamp>,
    /// When it is due next, as the index in the store has it.
    stored_due: Option<Timestamp>,
    /// Hashes of the older chapters as stored, in order.
    stored_chapters: Vec<u64>,
}

/// The customers of one task that are in memory.
pub(crate) struct Hot {
    task: TaskId,
    slots: HashMap<Rc<[u8]>, Slot>,
    deadlines: BTreeSet<(Timestamp, Rc<[u8]>)>,
    dirty: Vec<Rc<[u8]>>,
    /// Deadlines in the store up to here have fired.
    fired: Timestamp,
}

impl Hot {
    /// Nobody in memory yet.
    pub(crate) fn new(task: TaskId) -> Hot {
        Hot {
            task,
            slots: HashMap::new(),
            deadlines: BTreeSet::new(),
            dirty: Vec::new(),
            fired: Timestamp::NEVER,
        }
    }

    /// How many customers are in memory.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The slot of a customer, read from the store where memory lacks it.
    pub(crate) fn load(
        &mut self,
        store: &impl StateStore,
        reading: &Reading,
        customer: &[u8],
    ) -> Result<(Rc<[u8]>, &mut Slot), Verdict> {
        if !self.slots.contains_key(customer) {
            let slot = read(store, self.task, reading, customer)?.unwrap_or_default();
            let customer: Rc<[u8]> = customer.into();
            // Whoever is in memory is found by the index in memory.
            if let Some(due) = slot.due {
                self.deadlines.insert((due, customer.clone()));
            }
            self.slots.insert(customer, slot);
        }
        let key = self.slots.get_key_value(customer).map(|(key, _)| key.clone());
        let key = key.expect("invariant: it was put there");
        let slot = self.slots.get_mut(customer).expect("invariant: it was put there");
        Ok((key, slot))
    }

    /// Notes that a customer has changed: it is written at the next flush, and due when it says.
    pub(crate) fn touched(&mut self, reading: &Reading, customer: &Rc<[u8]>) {
        let Some(slot) = self.slots.get_mut(customer) else { return };
        if !std::mem::replace(&mut slot.is_dirty, true) {
            self.dirty.push(customer.clone());
        }
        let due = slot.state.due(reading);
        if due != slot.due {
            if let Some(old) = slot.due {
                self.deadlines.remove(&(old, customer.clone()));
            }
            if let Some(new) = due {
                self.deadlines.insert((new, customer.clone()));
            }
            slot.due = due;
        }
    }

    /// The next customer whose deadline is `as_of` or earlier, in memory or in the store.
    pub(crate) fn take_due(
        &mut self,
        store: &impl StateStore,
        reading: &Reading,
        as_of: Timestamp,
    ) -> Result<Vec<Rc<[u8]>>, Verdict> {
        if as_of > self.fired {
            self.load_due(store, reading, as_of)?;
            self.fired = as_of;
        }
        let mut due = Vec::new();
        while let Some((deadline, customer)) = self.deadlines.first() {
            if *deadline > as_of {
                break;
            }
            let customer = customer.clone();
            self.deadlines.pop_first();
            if let Some(slot) = self.slots.get_mut(&customer) {
                slot.due = None;
            }
            due.push(customer);
        }
        Ok(due)
    }

    /// Brings those into memory whose stored deadline is due. A stale entry is recognised when its
    /// customer is loaded: the state says when it is really due.
    fn load_due(
        &mut self,
        store: &impl StateStore,
        reading: &Reading,
        as_of: Timestamp,
    ) -> Result<(), Verdict> {
        let mut customers: Vec<Vec<u8>> = Vec::new();
        let last = sortable(as_of);
        store.scan(self.task, &[DUE], &mut |key, _| {
            let is_due = key.get(1..9).is_some_and(|deadline| *deadline <= last[..]);
            if is_due {
                customers.push(key.get(9..).unwrap_or_default().to_vec());
            }
            is_due
        })?;
        for customer in customers {
            self.load(store, reading, &customer)?;
        }
        Ok(())
    }

    /// Visits every customer, in memory or in the store; memory does not grow.
    pub(crate) fn visit(
        &self,
        store: &impl StateStore,
        reading: &Reading,
        visit: &mut dyn FnMut(&[u8], &JourneyState),
    ) -> Result<(), Verdict> {
        self.slots.iter().for_each(|(customer, slot)| visit(customer, &slot.state));
        let mut stored: Vec<Vec<u8>> = Vec::new();
        store.scan(self.task, &[HEAD], &mut |key, _| {
            let customer = key.get(1..).unwrap_or_default();
            if !self.slots.contains_key(customer) {
                stored.push(customer.to_vec());
            }
            true
        })?;
        for customer in stored {
            if let Some(slot) = read(store, self.task, reading, &customer)? {
                visit(&customer, &slot.state);
            }
        }
        Ok(())
    }

    /// Visits at most so many customers in the order of their keys, those after a key alone; the
    /// key of the last where there may be more. Whoever is there throughout is visited once.
    pub(crate) fn visit_some(
        &self,
        store: &impl StateStore,
        reading: &Reading,
        after: Option<&[u8]>,
        count: usize,
        visit: &mut dyn FnMut(&[u8], &JourneyState),
    ) -> Result<Option<Vec<u8>>, Verdict> {
        let is_after = |customer: &[u8]| after.is_none_or(|after| after < customer);
        let hot = self.slots.keys().filter(|customer| is_after(customer));
        let mut chosen: Vec<Rc<[u8]>> = hot.cloned().collect();
        if chosen.len() > count && count > 0 {
            chosen.select_nth_unstable(count - 1);
            chosen.truncate(count);
        }
        let mut stored = 0;
        let after = after.map(|after| key(HEAD, after));
        store.scan_after(self.task, &[HEAD], after.as_deref(), &mut |key, _| {
            chosen.push(key.get(1..).unwrap_or_default().into());
            stored += 1;
            stored < count
        })?;
        chosen.sort_unstable();
        chosen.dedup();
        chosen.truncate(count);
        for customer in &chosen {
            match self.slots.get(customer) {
                Some(slot) => visit(customer, &slot.state),
                None => {
                    if let Some(slot) = read(store, self.task, reading, customer)? {
                        visit(customer, &slot.state);
                    }
                }
            }
        }
        Ok(chosen.last().filter(|_| chosen.len() == count).map(|last| last.to_vec()))
    }

    /// The state of one customer, in memory or in the store.
    pub(crate) fn find(
        &self,
        store: &impl StateStore,
        reading: &Reading,
        customer: &[u8],
    ) -> Result<Option<JourneyState>, Verdict> {
        match self.slots.get(customer) {
            Some(slot) => Ok(Some(slot.state.clone())),
            None => Ok(read(store, self.task, reading, customer)?.map(|slot| slot.state)),
        }
    }

    /// Writes for everything that the store lacks; memory is clean afterwards.
    pub(crate) fn take_writes(&mut self, reading: &Reading) -> Vec<StateWrite> {
        let mut writes = Vec::new();
        for customer in std::mem::take(&mut self.dirty) {
            if let Some(slot) = self.slots.get_mut(&customer) {
                slot.is_dirty = false;
                slot.write(reading, &customer, &mut writes);
            }
        }
        writes
    }

    /// Lets go of customers who are stored, until at most so many are in memory.
    pub(crate) fn shrink(&mut self, customers_max: usize) {
        let mut excess = self.slots.len().saturating_sub(customers_max);
        let deadlines = &mut self.deadlines;
        self.slots.retain(|customer, slot| {
            if excess == 0 || slot.is_dirty {
                return true;
            }
            excess -= 1;
            if let Some(due) = slot.due {
                deadlines.remove(&(due, customer.clone()));
            }
            false
        });
    }
}

impl Slot {
    fn write(&mut self, reading: &Reading, customer: &[u8], writes: &mut Vec<StateWrite>) {
        let mut head = Vec::new();
        state::encode_head(&self.state, &mut head);
        writes.push(StateWrite { key: key(HEAD, customer), value: Some(head) });
        let older = self.state.chapters.len() - 1;
        for (at, chapter) in self.state.chapters[..older].iter().enumerate() {
            let mut bytes = Vec::new();
            state::encode_chapter(chapter, &mut bytes);
            let hash = xxh64(&bytes, 0);
            if self.stored_chapters.get(at) == Some(&hash) {
                continue;
            }
            writes.push(StateWrite { key: chapter_key(customer, at), value: Some(bytes) });
            match self.stored_chapters.get_mut(at) {
                Some(stored) => *stored = hash,
                None => self.stored_chapters.push(hash),
            }
        }
        self.stored_chapters.truncate(older);
        let due = self.state.due(reading);
        if due != self.stored_due {
            let entry = |at| due_key(at, customer);
            if let Some(old) = self.stored_due {
                writes.push(StateWrite { key: entry(old), value: None });
            }
            if let Some(new) = due {
                writes.push(StateWrite { key: entry(new), value: Some(Vec::new()) });
            }
            self.stored_due = due;
        }
    }
}

fn read(
    store: &impl StateStore,
    task: TaskId,
    reading: &Reading,
    customer: &[u8],
) -> Result<Option<Slot>, Verdict> {
    let broken = |fault| Verdict::Corrupted(format!("state of a customer of {task:?}: {fault}"));
    let Some(head) = store.get(task, &key(HEAD, customer))? else { return Ok(None) };
    let (mut state, before) = state::decode_head(&head).map_err(broken)?;
    let mut stored_chapters = Vec::with_capacity(before);
    for at in 0..before {
        let bytes = store.get(task, &chapter_key(customer, at))?;
        let bytes = bytes.ok_or_else(|| Verdict::Corrupted(format!("chapter {at} is missing")))?;
        stored_chapters.push(xxh64(&bytes, 0));
        state.chapters.insert(at, state::decode_chapter(&bytes).map_err(broken)?);
    }
    let due = state.due(reading);
    Ok(Some(Slot { state, is_dirty: false, due, stored_due: due, stored_chapters }))
}

fn key(tag: u8, customer: &[u8]) -> Vec<u8> {
    [&[tag], customer].concat()
}

fn chapter_key(customer: &[u8], at: usize) -> Vec<u8> {
    let length = (customer.len() as u32).to_be_bytes();
    [&[CHAPTER], &length[..], customer, &(at as u32).to_be_bytes()].concat()
}

fn due_key(due: Timestamp, customer: &[u8]) -> Vec<u8> {
    [&[DUE], &sortable(due)[..], customer].concat()
}

/// Eight bytes that sort as the times do.
fn sortable(time: Timestamp) -> [u8; 8] {
    (time.millis() as u64 ^ 1 << 63).to_be_bytes()
}
