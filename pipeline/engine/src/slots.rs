//! Customers in memory, each by a small number: dense, found by name, without idle room.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use journey::{JourneyState, Reading};
use model::Timestamp;
use xxhash_rust::xxh64::xxh64;

/// One customer in memory.
pub(crate) struct Slot {
    pub(crate) customer: Box<[u8]>,
    pub(crate) state: JourneyState,
    /// When it is due next, as the index in memory has it; `END`: it is not there.
    pub(crate) due: Timestamp,
    /// When it is due next, as the index in the store has it; `END`: it is not there.
    pub(crate) stored_due: Timestamp,
    pub(crate) is_dirty: bool,
}

impl Slot {
    /// As the store has it, or as a new one begins.
    pub(crate) fn new(customer: &[u8], mut state: JourneyState, reading: &Reading) -> Slot {
        state.group = codec::identity::group(customer);
        let due = state.due(reading).unwrap_or(Timestamp::END);
        Slot { customer: customer.into(), state, due, stored_due: due, is_dirty: false }
    }
}

/// So many lie side by side; more begin another chunk, so that growing moves none.
const CHUNK: usize = 64;

/// The slots of a task.
#[derive(Default)]
pub(crate) struct Slots {
    chunks: Vec<Vec<Option<Slot>>>,
    free: Vec<u32>,
    numbers: HashTable<u32>,
}

fn get(chunks: &[Vec<Option<Slot>>], number: u32) -> Option<&Slot> {
    chunks.get(number as usize / CHUNK)?.get(number as usize % CHUNK)?.as_ref()
}

/// The hash of whoever has a number.
fn hash_of(chunks: &[Vec<Option<Slot>>], number: u32) -> u64 {
    get(chunks, number).map_or(0, |slot| xxh64(&slot.customer, 0))
}

impl Slots {
    /// How many customers there are.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The number of a customer.
    pub(crate) fn find(&self, customer: &[u8]) -> Option<u32> {
        let is_it = |number: &u32| {
            get(&self.chunks, *number).is_some_and(|slot| *slot.customer == *customer)
        };
        self.numbers.find(xxh64(customer, 0), is_it).copied()
    }

    /// The slot of a number.
    pub(crate) fn get(&self, number: u32) -> Option<&Slot> {
        get(&self.chunks, number)
    }

    /// The slot of a number, to be changed.
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut Slot> {
        self.chunks.get_mut(number as usize / CHUNK)?.get_mut(number as usize % CHUNK)?.as_mut()
    }

    /// Takes in a customer who is not there yet, and gives a number.
    pub(crate) fn insert(&mut self, slot: Slot) -> u32 {
        let hash = xxh64(&slot.customer, 0);
        let number = match self.free.pop() {
            Some(number) => {
                self.chunks[number as usize / CHUNK][number as usize % CHUNK] = Some(slot);
                number
            }
            None => {
                if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
                    self.chunks.push(Vec::with_capacity(CHUNK));
                }
                let chunks = self.chunks.len() - 1;
                self.chunks[chunks].push(Some(slot));
                (chunks * CHUNK + self.chunks[chunks].len() - 1) as u32
            }
        };
        let chunks = &self.chunks;
        self.numbers.insert_unique(hash, number, |known| hash_of(chunks, *known));
        number
    }

    /// Lets go of a customer; the number is given again.
    pub(crate) fn remove(&mut self, number: u32) {
        let (hash, chunks) = (hash_of(&self.chunks, number), &self.chunks);
        let entry =
            self.numbers.entry(hash, |known| *known == number, |known| hash_of(chunks, *known));
        if let Entry::Occupied(entry) = entry {
            entry.remove();
            self.chunks[number as usize / CHUNK][number as usize % CHUNK] = None;
            self.free.push(number);
        }
    }

    /// The numbers that are or were given.
    pub(crate) fn numbers(&self) -> std::ops::Range<u32> {
        let last = self.chunks.last().map_or(0, Vec::len);
        0..(self.chunks.len().saturating_sub(1) * CHUNK + last) as u32
    }

    /// Every slot.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.chunks.iter().flatten().flatten()
    }
}
