//! The hot tier: states of customers in memory, and what of them the store lacks.

use crate::slots::{Slot, Slots};
use crate::stored::{DUE, HEAD, complete, key, read, sortable};
use crate::tally::Found;
use crate::{StateStore, StateWrite, TaskId, Verdict};
use journey::{JourneyState, Reading};
use model::Timestamp;
use std::collections::BTreeSet;

/// The customers of one task that are in memory.
pub(crate) struct Hot {
    task: TaskId,
    slots: Slots,
    deadlines: BTreeSet<(Timestamp, u32)>,
    dirty: Vec<u32>,
    /// Deadlines in the store up to here have fired.
    fired: Timestamp,
    /// Where letting go went on last: everybody's turn comes.
    hand: u32,
}

impl Hot {
    /// Nobody in memory yet.
    pub(crate) fn new(task: TaskId) -> Hot {
        Hot {
            task,
            slots: Slots::default(),
            deadlines: BTreeSet::new(),
            dirty: Vec::new(),
            fired: Timestamp::NEVER,
            hand: 0,
        }
    }

    /// How many customers are in memory.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The number of a customer, and where they were found: read from the store where memory lacks
    /// them, the head and the pages, no older chapter.
    pub(crate) fn load(
        &mut self,
        store: &impl StateStore,
        reading: &Reading,
        customer: &[u8],
    ) -> Result<(u32, Found), Verdict> {
        if let Some(number) = self.slots.find(customer) {
            return Ok((number, Found::Hot));
        }
        let slot = read(store, self.task, reading, customer)?;
        let found = if slot.is_some() { Found::Stored } else { Found::Nowhere };
        let slot = slot.unwrap_or_else(|| Slot::new(customer, JourneyState::default(), reading));
        let due = slot.due;
        let number = self.slots.insert(slot);
        // Whoever is in memory is found by the index in memory.
        if due != Timestamp::END {
            self.deadlines.insert((due, number));
        }
        Ok((number, found))
    }

    /// The slot of a number that `load` or `take_due` gave, before anybody is let go.
    pub(crate) fn slot(&mut self, number: u32) -> &mut Slot {
        self.slots.get_mut(number).expect("invariant: whoever has a number is in memory")
    }

    /// Notes that a customer has changed: it is written at the next flush, and due when it says.
    pub(crate) fn touched(&mut self, reading: &Reading, number: u32) {
        let Some(slot) = self.slots.get_mut(number) else { return };
        if !std::mem::replace(&mut slot.is_dirty, true) {
            self.dirty.push(number);
        }
        let due = slot.state.due(reading).unwrap_or(Timestamp::END);
        if due != slot.due {
            if slot.due != Timestamp::END {
                self.deadlines.remove(&(slot.due, number));
            }
            if due != Timestamp::END {
                self.deadlines.insert((due, number));
            }
            slot.due = due;
        }
    }

    /// Whoever's deadline is `as_of` or earlier, in memory or in the store.
    pub(crate) fn take_due(
        &mut self,
        store: &impl StateStore,
        reading: &Reading,
        as_of: Timestamp,
    ) -> Result<Vec<u32>, Verdict> {
        if as_of > self.fired {
            self.load_due(store, reading, as_of)?;
            self.fired = as_of;
        }
        let mut due = Vec::new();
        while let Some((deadline, number)) = self.deadlines.first().copied() {
            if deadline > as_of {
                break;
            }
            self.deadlines.pop_first();
            if let Some(slot) = self.slots.get_mut(number) {
                slot.due = Timestamp::END;
            }
            due.push(number);
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

    /// Visits every customer, in memory or in the store, each with the whole history; memory does
    /// not grow.
    pub(crate) fn visit(
        &self,
        store: &impl StateStore,
        reading: &Reading,
        visit: &mut dyn FnMut(&[u8], &JourneyState),
    ) -> Result<(), Verdict> {
        let mut whole = |slot: &Slot| {
            // Whoever has a label and no touchpoint yet is nobody.
            if slot.state.is_empty() && slot.state.seal().is_none() {
                return Ok(());
            }
            match slot.state.older {
                Some(_) => visit(&slot.customer, &complete(store, self.task, slot)?),
                None => visit(&slot.customer, &slot.state),
            }
            Ok(())
        };
        self.slots.iter().try_for_each(&mut whole)?;
        let mut stored: Vec<Vec<u8>> = Vec::new();
        store.scan(self.task, &[HEAD], &mut |key, _| {
            let customer = key.get(1..).unwrap_or_default();
            if self.slots.find(customer).is_none() {
                stored.push(customer.to_vec());
            }
            true
        })?;
        for customer in stored {
            if let Some(slot) = read(store, self.task, reading, &customer)? {
                whole(&slot)?;
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
        let hot = self.slots.iter().map(|slot| &slot.customer);
        let mut chosen: Vec<Box<[u8]>> =
            hot.filter(|customer| is_after(customer)).cloned().collect();
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
            if let Some(state) = self.find(store, reading, customer)? {
                visit(customer, &state);
            }
        }
        Ok(chosen.last().filter(|_| chosen.len() == count).map(|last| last.to_vec()))
    }

    /// The state of one customer with the whole history, in memory or in the store.
    pub(crate) fn find(
        &self,
        store: &impl StateStore,
        reading: &Reading,
        customer: &[u8],
    ) -> Result<Option<JourneyState>, Verdict> {
        let known = self.slots.find(customer).and_then(|number| self.slots.get(number));
        if let Some(slot) = known {
            return complete(store, self.task, slot).map(Some);
        }
        let slot = read(store, self.task, reading, customer)?;
        slot.map(|slot| complete(store, self.task, &slot)).transpose()
    }

    /// Writes for everything that the store lacks; memory is clean afterwards, and holds no older
    /// chapter.
    pub(crate) fn take_writes(&mut self, reading: &Reading) -> Vec<StateWrite> {
        let mut writes = Vec::new();
        for number in std::mem::take(&mut self.dirty) {
            if let Some(slot) = self.slots.get_mut(number) {
                slot.is_dirty = false;
                slot.write(reading, &mut writes);
            }
        }
        writes
    }

    /// Lets go of customers who are stored, until at most so many are in memory.
    pub(crate) fn shrink(&mut self, customers_max: usize) {
        let numbers = self.slots.numbers().end;
        for _ in 0..numbers {
            if self.slots.len() <= customers_max {
                break;
            }
            self.hand = if self.hand + 1 < numbers { self.hand + 1 } else { 0 };
            let Some(slot) = self.slots.get(self.hand).filter(|slot| !slot.is_dirty) else {
                continue;
            };
            if slot.due != Timestamp::END {
                self.deadlines.remove(&(slot.due, self.hand));
            }
            self.slots.remove(self.hand);
        }
    }
}
