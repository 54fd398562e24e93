//! Reading: whole chunks, checked, in order, never beyond what is committed.

use engine::Record;

use crate::chunk::Chunk;
use crate::log::{EmbeddedLog, unframe};
use crate::{Error, keys, options};

impl EmbeddedLog {
    /// Gives records from a position on, about `bytes_max` of them; answers the next position.
    pub fn read(
        &self,
        topic: &str,
        partition: u32,
        from: u64,
        bytes_max: usize,
        sink: &mut dyn FnMut(&[Record<'_>]),
    ) -> Result<u64, Error> {
        let (id, _) = self.lane(topic, partition)?;
        let (start, end) = (self.start(topic, partition)?, self.end(topic, partition)?);
        if from < start || from > end {
            let topic = topic.to_string();
            return Err(Error::OutOfRange { topic, partition, position: from, start, end });
        }
        let damaged = |position: u64, detail: String| Error::Corrupted {
            what: format!("{topic}/{partition} at {position}"),
            detail,
        };
        let (mut next, mut bytes) = (from, 0);
        let mut rows = self.db.raw_iterator_cf(self.family(options::CHUNKS));
        rows.seek_for_prev(keys::chunk(id, partition, from));
        while next < end && bytes < bytes_max {
            rows.status()?;
            let Some((key, value)) = rows.item() else {
                return Err(damaged(next, "the chunk is missing".into()));
            };
            let chunk = Chunk::open(key, value).map_err(|detail| damaged(next, detail))?;
            let first = keys::chunk_first(id, partition, key)
                .filter(|first| (*first..first + u64::from(chunk.count)).contains(&next))
                .ok_or_else(|| damaged(next, "the chunk is missing".into()))?;
            let records = chunk.records(first).map_err(|detail| damaged(next, detail))?;
            sink(&records[(next - first) as usize..]);
            bytes += value.len();
            next = first + u64::from(chunk.count);
            rows.next();
        }
        Ok(next)
    }

    /// Visits the latest values of a compacted topic whose keys begin with a prefix.
    pub fn scan(
        &self,
        topic: &str,
        partition: u32,
        prefix: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), Error> {
        let (id, _) = self.lane(topic, partition)?;
        let from = keys::row(id, partition, prefix);
        let mode = rocksdb::IteratorMode::From(&from, rocksdb::Direction::Forward);
        for row in self.db.iterator_cf(self.family(options::TABLES), mode) {
            let (key, framed) = row?;
            if !key.starts_with(&from) {
                break;
            }
            if !visit(&key[6..], unframe("table row", &key, &framed)?) {
                break;
            }
        }
        Ok(())
    }
}
