//! Retention: whole chunks go, and only before a `low` that the caller knows to be durable.

use rocksdb::WriteBatch;

use crate::chunk::{self, Chunk};
use crate::log::EmbeddedLog;
use crate::{Error, keys, options};

impl EmbeddedLog {
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
