//! The states of a data folder: opened, and made anew from the log where they are damaged.

use crate::failure::Failure;
use crate::place::Place;
use engine::{Topics, Verdict};
use rocks::{RocksStore, StoreOptions};
use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

/// How often states are made anew before the disk is not trusted with them any more.
const HEALINGS_MAX: u32 = 3;

/// The store of an installation, as its worker holds it.
pub struct States {
    data: PathBuf,
    topics: Topics,
    store: RefCell<Option<RocksStore>>,
    healings: Cell<u32>,
}

impl States {
    /// Opens the store; what cannot be opened for damage is made anew.
    pub fn open(data: &Path, place: &Place, topics: &Topics) -> Result<States, Failure> {
        let states = States {
            data: data.to_path_buf(),
            topics: topics.clone(),
            store: RefCell::new(None),
            healings: Cell::new(0),
        };
        match RocksStore::open(data, &StoreOptions::default()) {
            Ok(store) => *states.store.borrow_mut() = Some(store),
            Err(error @ rocks::Error::Corrupted { .. }) => {
                states.discard(place, &error.to_string())?;
            }
            Err(error) => return Err(Failure::from(error)),
        }
        states.store()?;
        Ok(states)
    }

    /// The store.
    pub fn store(&self) -> Result<RocksStore, Verdict> {
        let mut held = self.store.borrow_mut();
        if let Some(store) = held.as_ref() {
            return Ok(store.clone());
        }
        let store = RocksStore::open(&self.data, &StoreOptions::default())?;
        Ok(held.insert(store).clone())
    }

    /// Does away with the store where it is what is damaged, and answers whether it was. Nobody but
    /// this may hold it.
    pub fn heal(&self, place: &Place, why: &str) -> Result<bool, Verdict> {
        let is_damaged = self.store.borrow().as_ref().is_some_and(RocksStore::is_damaged);
        if is_damaged {
            self.discard(place, why)?;
        }
        Ok(is_damaged)
    }

    fn discard(&self, place: &Place, why: &str) -> Result<(), Verdict> {
        let refuse = |then: &str| Verdict::Corrupted(format!("{why}; {then} [D0311]"));
        if self.healings.get() >= HEALINGS_MAX {
            return Err(refuse("it has been made anew, and is damaged again"));
        }
        if !self.is_whole(place).map_err(|failure| Verdict::Corrupted(failure.to_string()))? {
            return Err(refuse("the log no longer begins at 0, so it cannot be made anew"));
        }
        self.healings.set(self.healings.get() + 1);
        tracing::warn!("{why}; states are disposable: made anew from the log");
        self.store.replace(None);
        Ok(RocksStore::discard(&self.data)?)
    }

    /// Whether the log still has all input from which states are made.
    fn is_whole(&self, place: &Place) -> Result<bool, Failure> {
        let door = place.door()?;
        for topic in [&self.topics.touchpoints, &self.topics.frames] {
            for partition in 0..self.topics.partitions {
                if door.start(topic, partition)? > 0 {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
