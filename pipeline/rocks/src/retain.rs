//! Retention: whole chunks go, and only before a `low` that the caller knows to be durable. Of a
//! compacted topic the latest of every key stays: it is appended once more before its chunk goes.

use std::collections::BTreeMap;

use engine::{Append, Produced};
use model::Timestamp;
use rocksdb::WriteBatch;

use crate::chunk::{self, Chunk};
use crate::log::{EmbeddedLog, unframe};
use crate::{Error, keys, options};

/// Bytes of a compacted topic that are gone through while nobody writes.
const PIECE: usize = 1 << 20;

impl EmbeddedLog {
    /// As `retain`, of a compacted topic, before a position that a chunk begins with. A reader from
    /// the beginning still finds the latest of every key.
    pub fn compact(&self, topic: &str, partition: u32, low: u64) -> Result<u64, Error> {
        let low = low.min(self.end(topic, partition)?);
        loop {
            let start = self.start(topic, partition)?;
            if start >= low {
                return Ok(start);
            }
            // What is the latest now still is when it is appended: nobody writes meanwhile.
            let turn = self.lead_alone()?;
            let (next, records) = self.latest(topic, partition, (start, low))?;
            if !records.is_empty() {
                turn.append(&Append { topic: topic.to_owned(), partition, records })?;
            }
            drop(turn);
            if self.retain(topic, partition, next)? == start {
                return Ok(start);
            }
        }
    }

    /// What of the next piece is still the latest of its key, and where the piece ends.
    fn latest(
        &self,
        topic: &str,
        partition: u32,
        (start, low): (u64, u64),
    ) -> Result<(u64, Vec<Produced>), Error> {
        let (id, _) = self.lane(topic, partition)?;
        let mut found = BTreeMap::new();
        let next = self.read(topic, partition, start, PIECE, &mut |batch| {
            for record in batch.iter().filter(|record| record.position < low) {
                found.insert(record.key.to_vec(), record.value.map(<[u8]>::to_vec));
            }
        })?;
        let mut records = Vec::new();
        for (key, value) in found {
            let row = keys::row(id, partition, &key);
            let framed = self.db.get_pinned_cf(self.family(options::TABLES), &row)?;
            let Some(framed) = framed else { continue };
            if value.as_deref() == Some(unframe("table row", &row, &framed)?) {
                records.push(Produced { key, value });
            }
        }
        Ok((next.min(low), records))
    }

    /// The first position of the first chunk that was appended at this time or later; the end where
    /// there is none. Append times never go back within a partition, so that halving finds it.
    pub fn first_since(&self, topic: &str, partition: u32, time: Timestamp) -> Result<u64, Error> {
        let (mut low, mut high) = (self.start(topic, partition)?, self.end(topic, partition)?);
        while low < high {
            let (first, behind, append_time) =
                self.chunk_at(topic, partition, low + (high - low) / 2)?;
            if append_time < time {
                low = behind;
            } else {
                high = first;
            }
        }
        Ok(low)
    }

    /// First position, the one behind and append time of the chunk that holds a position.
    fn chunk_at(
        &self,
        topic: &str,
        partition: u32,
        position: u64,
    ) -> Result<(u64, u64, Timestamp), Error> {
        let (id, _) = self.lane(topic, partition)?;
        let damaged = |detail: String| Error::Corrupted {
            what: format!("{topic}/{partition} at {position}"),
            detail,
        };
        let mut rows = self.db.raw_iterator_cf(self.family(options::CHUNKS));
        rows.seek_for_prev(keys::chunk(id, partition, position));
        rows.status()?;
        let missing = || damaged("the chunk is missing".into());
        let (key, value) = rows.item().ok_or_else(missing)?;
        let first = keys::chunk_first(id, partition, key).ok_or_else(missing)?;
        let chunk = Chunk::open(key, value).map_err(&damaged)?;
        let behind = first + u64::from(chunk.count);
        if position < behind { Ok((first, behind, chunk.append_time)) } else { Err(missing()) }
    }

    /// Deletes the chunks that end at or before `low`; answers the first retained position.
    pub fn retain(&self, topic: &str, partition: u32, low: u64) -> Result<u64, Error> {
        let (id, _) = self.lane(topic, partition)?;
        let (start, end) = (self.start(topic, partition)?, self.end(topic, partition)?);
        let chunks = self.family(options::CHUNKS);
        let low = low.min(end);
        let mut rows = self.db.raw_iterator_cf(chunks);
        rows.seek_for_prev(keys::chunk(id, partition, low));
        rows.status()?;
        let Some((key, value)) = rows.item() else { return Ok(start) };
        let Some(first) = keys::chunk_first(id, partition, key) else { return Ok(start) };
        let chunk = Chunk::open(key, value).map_err(|detail| Error::Corrupted {
            what: format!("{topic}/{partition} at {first}"),
            detail,
        })?;
        let behind = first + u64::from(chunk.count);
        let kept = if behind <= low { behind } else { first };
        if kept <= start {
            return Ok(start);
        }
        let key = keys::start(id, partition);
        let mut batch = WriteBatch::default();
        batch.delete_range_cf(
            chunks,
            keys::chunk(id, partition, 0),
            keys::chunk(id, partition, kept),
        );
        let framed = chunk::frame(&key, &kept.to_le_bytes());
        batch.put_cf(self.family(options::META), &key, framed);
        // Not synced: what a crash brings back is only deleted once more. Readers are told first.
        self.see().starts.insert((id, partition), kept);
        self.db.write(batch)?;
        Ok(kept)
    }
}
