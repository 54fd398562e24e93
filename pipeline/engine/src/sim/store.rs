//! A store whose crash loses what was not yet on disk.

use crate::{StateStore, StateWrite, TaskId, Verdict};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The states of one task.
type States = BTreeMap<Vec<u8>, Vec<u8>>;

/// Writes in their order; shared, as a disk is by the processes that come one after the other.
#[derive(Clone, Debug, Default)]
pub struct SimStore(Rc<RefCell<Disk>>);

#[derive(Debug, Default)]
struct Disk {
    now: BTreeMap<TaskId, States>,
    /// Batches since the last point that is on disk for sure.
    unsynced: Vec<(TaskId, Vec<StateWrite>)>,
    synced: BTreeMap<TaskId, States>,
}

fn apply(states: &mut BTreeMap<TaskId, States>, task: TaskId, writes: &[StateWrite]) {
    let states = states.entry(task).or_default();
    for write in writes {
        match &write.value {
            Some(value) => _ = states.insert(write.key.clone(), value.clone()),
            None => _ = states.remove(&write.key),
        }
    }
}

impl SimStore {
    /// A crash: of the batches that are not on disk for sure a prefix survives, as long as `keep`
    /// says of how many there are.
    pub fn crash(&self, keep: impl FnOnce(usize) -> usize) {
        let disk = &mut *self.0.borrow_mut();
        let kept = keep(disk.unsynced.len()).min(disk.unsynced.len());
        for (task, writes) in disk.unsynced.drain(..).take(kept) {
            apply(&mut disk.synced, task, &writes);
        }
        disk.now = disk.synced.clone();
    }

    /// Puts everything on disk.
    pub fn sync(&self) {
        let disk = &mut *self.0.borrow_mut();
        disk.unsynced.clear();
        disk.synced = disk.now.clone();
    }
}

impl StateStore for SimStore {
    fn get(&self, task: TaskId, key: &[u8]) -> Result<Option<Vec<u8>>, Verdict> {
        let disk = self.0.borrow();
        Ok(disk.now.get(&task).and_then(|states| states.get(key)).cloned())
    }

    fn scan(
        &self,
        task: TaskId,
        prefix: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), Verdict> {
        let disk = self.0.borrow();
        let states = disk.now.get(&task).into_iter();
        let rows = states.flat_map(|states| states.range(prefix.to_vec()..));
        for (key, value) in rows.take_while(|(key, _)| key.starts_with(prefix)) {
            if !visit(key, value) {
                break;
            }
        }
        Ok(())
    }

    fn write(&mut self, task: TaskId, writes: &[StateWrite]) -> Result<(), Verdict> {
        let disk = &mut *self.0.borrow_mut();
        apply(&mut disk.now, task, writes);
        disk.unsynced.push((task, writes.to_vec()));
        Ok(())
    }

    fn clear(&mut self, task: TaskId) -> Result<(), Verdict> {
        let disk = self.0.borrow();
        let keys: Vec<Vec<u8>> =
            disk.now.get(&task).into_iter().flat_map(|states| states.keys().cloned()).collect();
        drop(disk);
        let writes: Vec<StateWrite> =
            keys.into_iter().map(|key| StateWrite { key, value: None }).collect();
        self.write(task, &writes)
    }
}
