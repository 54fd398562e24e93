//! A disk: what was written lately may be lost, what lies there may rot.

use super::broker::Broker;
use super::{Rule, Rules};
use crate::low::LOW;
use crate::outbox::SENT;
use crate::restore::RESTORING;
use crate::{StateStore, StateWrite, TaskId, Verdict};
use codec::slice::{self, Sent};
use codec::state;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::{Rc, Weak};
use xxhash_rust::xxh64::xxh64;

/// A value with its checksum.
#[derive(Clone)]
struct Framed {
    bytes: Rc<[u8]>,
    sum: u64,
}

/// The states of every task.
type States = BTreeMap<(TaskId, Vec<u8>), Framed>;

/// A batch: it is on disk as a whole or not at all.
type Batch = (TaskId, Vec<StateWrite>);

/// What a disk holds.
#[derive(Clone, Default)]
pub struct Disk {
    now: States,
    /// Batches since the last point that is on disk for sure, first to last.
    unsynced: VecDeque<Batch>,
    synced: States,
    /// With `LowAfterStates` off: batches that wait until after the low position.
    held: Vec<Batch>,
}

/// Called before each write; the process may die there.
pub type Pause = Rc<dyn Fn(&str) -> Result<(), Verdict>>;

/// The store of states as one process sees it: a view of a disk.
#[derive(Clone)]
pub struct SimStore {
    disk: Rc<RefCell<Disk>>,
    broker: Weak<RefCell<Broker>>,
    rules: Rules,
    pause: Pause,
}

fn put(states: &mut States, (task, writes): &Batch) {
    for write in writes {
        let key = (*task, write.key.clone());
        match &write.value {
            Some(value) => {
                let framed = Framed { bytes: value.as_slice().into(), sum: xxh64(value, 0) };
                states.insert(key, framed);
            }
            None => _ = states.remove(&key),
        }
    }
}

impl Disk {
    /// A crash: of the batches that are not on disk for sure so many 255ths survive.
    pub fn crash(&mut self, keep: u8, rules: Rules) {
        if rules.hold(Rule::LostInOrder) {
            self.sync(keep);
        } else {
            for (at, batch) in self.unsynced.iter().enumerate() {
                if keep >> (at % 8) & 1 == 1 {
                    put(&mut self.synced, batch);
                }
            }
        }
        self.unsynced.clear();
        self.held.clear();
        self.now = self.synced.clone();
    }

    /// So many 255ths of what is not on disk for sure get there, the oldest first.
    pub fn sync(&mut self, share: u8) {
        let count = self.unsynced.len() * usize::from(share) / 255;
        for batch in self.unsynced.drain(..count) {
            put(&mut self.synced, &batch);
        }
    }

    /// Turns over a bit of a value that is on disk for sure; says whether there is one.
    pub fn damage(&mut self, place: u16) -> bool {
        let count = self.synced.len();
        let Some(key) = self.synced.keys().nth(usize::from(place) % count.max(1)).cloned() else {
            return false;
        };
        // What is in memory is read from there only after a crash, or once it was let go.
        let mut is_damaged = false;
        for states in [&mut self.synced, &mut self.now] {
            let Some(framed) = states.get_mut(&key).filter(|framed| !framed.bytes.is_empty())
            else {
                continue;
            };
            let mut bytes = framed.bytes.to_vec();
            let at = usize::from(place >> 3) % bytes.len();
            bytes[at] ^= 1 << (place % 8);
            framed.bytes = bytes.into();
            is_damaged = true;
        }
        is_damaged
    }

    /// The low position of a task that is on disk for sure, and the one that is written.
    pub fn low(&self, task: TaskId) -> (u64, u64) {
        let read = |states: &States| {
            let framed = states.get(&(task, LOW.to_vec()));
            let low = framed.and_then(|framed| state::decode_low(&framed.bytes).ok());
            low.unwrap_or_default().position
        };
        (read(&self.synced), read(&self.now))
    }
}

impl SimStore {
    /// A view of a disk.
    pub fn new(
        disk: &Rc<RefCell<Disk>>,
        broker: &Rc<RefCell<Broker>>,
        rules: Rules,
        pause: Pause,
    ) -> SimStore {
        SimStore { disk: Rc::clone(disk), broker: Rc::downgrade(broker), rules, pause }
    }

    fn checked(&self, task: TaskId, framed: &Framed) -> Result<(), Verdict> {
        if self.rules.hold(Rule::Checksums) && xxh64(&framed.bytes, 0) != framed.sum {
            let text = format!("a value of {task:?} does not match its checksum");
            return Err(Verdict::Corrupted(text));
        }
        Ok(())
    }

    /// A value as it is read while a rule is off.
    fn spoilt_read(&self, task: TaskId, key: &[u8]) -> Option<Option<Vec<u8>>> {
        let off = |rule| !self.rules.hold(rule);
        if off(Rule::WholeRestored) && key == RESTORING {
            return Some(None);
        }
        if off(Rule::SlicedHere) && key == SENT {
            let sliced = self.broker.upgrade()?.borrow().last_mark(task).sliced;
            let mut value = Vec::new();
            let sent = Sent { generation: sliced.generation, name: sliced.slice };
            slice::encode_sent(sent, &mut value);
            return Some(Some(value));
        }
        None
    }

    /// The writes as they are made while a rule is off.
    fn spoilt(&self, task: TaskId, writes: &[StateWrite]) -> Vec<StateWrite> {
        let mut writes = writes.to_vec();
        let off = |rule| !self.rules.hold(rule);
        writes.retain(|write| {
            let tag = write.key.first();
            let is_left_out = off(Rule::IndexWithState) && tag == Some(&b'd')
                || off(Rule::SourceTimeIsState) && tag == Some(&b's');
            !is_left_out
        });
        for write in &mut writes {
            let Some(value) = &mut write.value else { continue };
            if off(Rule::SkipByAt) && write.key.first() == Some(&b'c') {
                forget_revision(value);
            }
            if off(Rule::LowFollowsReplay)
                && write.key == LOW
                && let Some(broker) = self.broker.upgrade()
            {
                let position = broker.borrow().last_mark(task).position;
                let low = state::decode_low(value).unwrap_or_default();
                value.clear();
                state::encode_low(state::Low { position, ..low }, value);
            }
        }
        writes
    }
}

/// Writes a counter as if nothing had been added to it yet.
fn forget_revision(value: &mut Vec<u8>) {
    if let Ok((count, amounts, (_, is_final))) = state::decode_counter(value) {
        value.clear();
        let amounts = amounts.iter().map(|(currency, amount)| (&**currency, *amount));
        state::encode_counter(count, amounts, (0, is_final), value);
    }
}

impl StateStore for SimStore {
    fn get(&self, task: TaskId, key: &[u8]) -> Result<Option<Vec<u8>>, Verdict> {
        if let Some(spoilt) = self.spoilt_read(task, key) {
            return Ok(spoilt);
        }
        let disk = self.disk.borrow();
        let Some(framed) = disk.now.get(&(task, key.to_vec())) else { return Ok(None) };
        self.checked(task, framed)?;
        Ok(Some(framed.bytes.to_vec()))
    }

    fn scan(
        &self,
        task: TaskId,
        prefix: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), Verdict> {
        let disk = self.disk.borrow();
        let rows = disk.now.range((task, prefix.to_vec())..);
        for ((of, key), framed) in rows {
            if *of != task || !key.starts_with(prefix) {
                break;
            }
            self.checked(task, framed)?;
            if !visit(key, &framed.bytes) {
                break;
            }
        }
        Ok(())
    }

    fn write(&mut self, task: TaskId, writes: &[StateWrite]) -> Result<(), Verdict> {
        (self.pause)("writes behind")?;
        let batch = (task, self.spoilt(task, writes));
        let disk = &mut *self.disk.borrow_mut();
        put(&mut disk.now, &batch);
        if self.rules.hold(Rule::LowAfterStates) {
            disk.unsynced.push_back(batch);
        } else if batch.1.iter().any(|write| write.key == LOW) {
            disk.unsynced.push_back(batch);
            disk.unsynced.extend(disk.held.drain(..));
        } else {
            disk.held.push(batch);
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Verdict> {
        (self.pause)("makes its disk sure")?;
        self.disk.borrow_mut().sync(u8::MAX);
        Ok(())
    }

    fn clear(&mut self, task: TaskId) -> Result<(), Verdict> {
        let keys: Vec<Vec<u8>> = {
            let disk = self.disk.borrow();
            let rows = disk.now.range((task, Vec::new())..).take_while(|row| row.0.0 == task);
            rows.map(|row| row.0.1.clone()).collect()
        };
        let writes: Vec<StateWrite> =
            keys.into_iter().map(|key| StateWrite { key, value: None }).collect();
        self.write(task, &writes)
    }
}
