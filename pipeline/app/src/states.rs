//! The states of a data folder: opened, and made anew from the log where they are damaged.

use crate::backup;
use crate::config::Config;
use crate::failure::Failure;
use crate::place::Place;
use engine::{Node, Topics, Verdict};
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
            let then = "the log no longer begins at 0 and has no changelog of them, so they cannot \
                        be made anew";
            return Err(refuse(then));
        }
        self.healings.set(self.healings.get() + 1);
        tracing::warn!("{why}; states are disposable: made anew from the log");
        self.store.replace(None);
        Ok(RocksStore::discard(&self.data)?)
    }

    fn is_whole(&self, place: &Place) -> Result<bool, Failure> {
        is_whole(place, &self.topics)
    }
}

/// Whether the log still has all input from which states are made, or a changelog of them.
fn is_whole(place: &Place, topics: &Topics) -> Result<bool, Failure> {
    let door = place.door()?;
    for (node, topic) in [(Node::Journey, &topics.touchpoints), (Node::Insight, &topics.frames)] {
        for partition in 0..topics.partitions {
            if door.start(topic, partition)? == 0 {
                continue;
            }
            let bounds = match place {
                Place::Embedded(..) => (0, 0),
                Place::Kafka(..) => door.bounds(topics.changelog(node), partition)?,
            };
            if bounds.0 == bounds.1 {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Does away with the states of a folder that nobody holds and whose log has all that they are made
/// of; answers how many bytes they had.
pub fn reset(config: &Config) -> Result<u64, Failure> {
    let data = &config.log.data;
    backup::check_whole(data)?;
    let topics = config.topics();
    // The log's lock keeps others out, and on a cluster that of the states themselves does.
    let place = Place::open(config, &topics)?;
    match RocksStore::open(data, &StoreOptions::default()) {
        // Damaged ones may go all the more.
        Ok(_) | Err(rocks::Error::Corrupted { .. }) => {}
        Err(error) => return Err(Failure::from(error)),
    }
    if !is_whole(&place, &topics)? {
        return Err(Failure::Data(
            "the states stay: the log no longer begins at 0 and has no changelog of them, so they \
             could not be made anew [D0311]"
                .to_owned(),
        ));
    }
    let files = std::fs::read_dir(data.join("state")).into_iter().flatten().flatten();
    let bytes = files.filter_map(|file| Some(file.metadata().ok()?.len())).sum();
    RocksStore::discard(data)?;
    Ok(bytes)
}
