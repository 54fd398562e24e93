//! A task's changelog as it is read to restore its store: committed records, first to last.

use std::time::Duration;

use engine::{Extent, TakeState};

use crate::place::Place;
use crate::{Error, Reader, Settings, Start};

/// One partition of a changelog topic, read from its first record.
pub(crate) struct Changelog {
    settings: Settings,
    place: Place,
    start: u64,
    end: u64,
    /// The first position that was not given yet.
    next: u64,
    /// Connects with the first read: whether there is anything is often all that is asked.
    reader: Option<Reader>,
}

impl Changelog {
    /// A changelog of which nothing is read yet, with the first position that is retained and the
    /// one after the last.
    pub(crate) fn new(settings: &Settings, place: Place, (start, end): (u64, u64)) -> Changelog {
        let (settings, next) = (settings.clone(), start);
        Changelog { settings, place, start, end, next, reader: None }
    }

    /// Whether it holds anything.
    pub(crate) fn has_records(&self) -> bool {
        self.end > self.start
    }

    /// Gives what comes next, waiting for a first record.
    pub(crate) fn read(
        &mut self,
        wait: Duration,
        give: &mut TakeState<'_>,
    ) -> Result<Extent, Error> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => {
                let Place { topic, partition } = &self.place;
                let reader = Reader::open(&self.settings, topic, &[*partition], Start::First)?;
                self.reader.insert(reader)
            }
        };
        let next = &mut self.next;
        let is_at_end = reader.poll(wait, &mut |_, record| {
            *next = record.position + 1;
            give(record.key, record.value);
        })?;
        // The last positions are ends of transactions, which nobody is given.
        let read = if is_at_end { self.end.max(self.next) } else { self.next };
        let all = self.end.max(read) - self.start;
        Ok(Extent { read: read - self.start, all, is_at_end })
    }
}
