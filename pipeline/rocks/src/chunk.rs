//! The form of a chunk, the records of one commit and partition, and of small checked values.
//!
//! ```text
//! version 1 | checksum 8 | append time 8 | count 4 | records
//! record: key length, value length + 1 (0: tombstone), key, value; lengths as LEB128
//! ```
//!
//! The checksum covers the key, the header and a hash of the records. So the records are hashed
//! by the thread that brings them, and the leader of a group hashes only a few bytes for each.

use engine::{Produced, Record};
use model::Timestamp;
use xxhash_rust::xxh64::xxh64;

const VERSION: u8 = 1;
const HEADER: usize = 21;

/// A chunk whose place is not yet known.
pub(crate) struct Draft {
    bytes: Vec<u8>,
    body_hash: u64,
    count: u32,
}

impl Draft {
    /// Lays out records, hashed, behind room for the header.
    pub(crate) fn new<'a>(records: impl Iterator<Item = &'a Produced> + Clone) -> Draft {
        let payload: usize =
            records.clone().map(|r| r.key.len() + r.value.as_ref().map_or(0, Vec::len) + 8).sum();
        let mut bytes = Vec::with_capacity(HEADER + payload);
        bytes.resize(HEADER, 0);
        let mut count = 0_u32;
        for record in records {
            put_length(&mut bytes, record.key.len() as u64);
            put_length(&mut bytes, record.value.as_ref().map_or(0, |v| v.len() as u64 + 1));
            bytes.extend_from_slice(&record.key);
            bytes.extend_from_slice(record.value.as_deref().unwrap_or_default());
            count += 1;
        }
        let body_hash = xxh64(&bytes[HEADER..], 0);
        Draft { bytes, body_hash, count }
    }

    /// Records in it.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Bytes of the whole value.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Fills in the header and gives the value.
    pub(crate) fn seal(&mut self, key: &[u8], append_time: Timestamp) -> &[u8] {
        let millis = append_time.millis();
        let checksum = checksum(key, millis, self.count, self.body_hash);
        self.bytes[0] = VERSION;
        self.bytes[1..9].copy_from_slice(&checksum.to_le_bytes());
        self.bytes[9..17].copy_from_slice(&millis.to_le_bytes());
        self.bytes[17..21].copy_from_slice(&self.count.to_le_bytes());
        &self.bytes
    }
}

/// A chunk whose checksum holds.
pub(crate) struct Chunk<'a> {
    /// When the log took it.
    pub(crate) append_time: Timestamp,
    /// Records in it.
    pub(crate) count: u32,
    body: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// Reads and checks a value.
    pub(crate) fn open(key: &[u8], value: &'a [u8]) -> Result<Chunk<'a>, String> {
        if value.len() < HEADER || value[0] != VERSION {
            return Err(format!("{} bytes, version {:?}", value.len(), value.first()));
        }
        let stored = number(value, 1);
        let millis = number(value, 9) as i64;
        let count = (number(value, 13) >> 32) as u32;
        let body = &value[HEADER..];
        let found = checksum(key, millis, count, xxh64(body, 0));
        if stored != found {
            return Err(format!("checksum {stored:016x} stored, {found:016x} found"));
        }
        Ok(Chunk { append_time: Timestamp::from_millis(millis), count, body })
    }

    /// The records, the first at a position.
    pub(crate) fn records(&self, first: u64) -> Result<Vec<Record<'a>>, String> {
        let mut records = Vec::with_capacity(self.count as usize);
        let mut rest = self.body;
        for position in first..first + u64::from(self.count) {
            let (record, behind) = take_record(rest, position, self.append_time)
                .ok_or_else(|| format!("record {position} runs beyond its chunk"))?;
            records.push(record);
            rest = behind;
        }
        Ok(records)
    }
}

fn take_record(bytes: &[u8], position: u64, append_time: Timestamp) -> Option<(Record<'_>, &[u8])> {
    let (key_length, bytes) = take_length(bytes)?;
    let (value_length, bytes) = take_length(bytes)?;
    let (key, bytes) = bytes.split_at_checked(usize::try_from(key_length).ok()?)?;
    if value_length == 0 {
        return Some((Record { position, append_time, key, value: None }, bytes));
    }
    let (value, rest) = bytes.split_at_checked(usize::try_from(value_length - 1).ok()?)?;
    Some((Record { position, append_time, key, value: Some(value) }, rest))
}

/// Frames a small value: version, checksum over key and value, value.
pub(crate) fn frame(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(9 + value.len());
    framed.push(VERSION);
    framed.extend_from_slice(&pair_hash(key, value).to_le_bytes());
    framed.extend_from_slice(value);
    framed
}

/// The value in a frame, when the checksum holds.
pub(crate) fn unframe<'a>(key: &[u8], framed: &'a [u8]) -> Result<&'a [u8], String> {
    if framed.len() < 9 || framed[0] != VERSION {
        return Err(format!("{} bytes, version {:?}", framed.len(), framed.first()));
    }
    let (stored, found) = (number(framed, 1), pair_hash(key, &framed[9..]));
    if stored != found {
        return Err(format!("checksum {stored:016x} stored, {found:016x} found"));
    }
    Ok(&framed[9..])
}

/// Eight bytes at an index, little-endian.
pub(crate) fn number(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}

fn pair_hash(key: &[u8], value: &[u8]) -> u64 {
    xxh64(value, xxh64(key, u64::from(VERSION)))
}

fn checksum(key: &[u8], millis: i64, count: u32, body_hash: u64) -> u64 {
    let mut header = [0; 20];
    header[..8].copy_from_slice(&millis.to_le_bytes());
    header[8..12].copy_from_slice(&count.to_le_bytes());
    header[12..].copy_from_slice(&body_hash.to_le_bytes());
    pair_hash(key, &header)
}

fn put_length(bytes: &mut Vec<u8>, mut length: u64) {
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
}

fn take_length(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut length = 0_u64;
    for (index, byte) in bytes.iter().take(9).enumerate() {
        length |= u64::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((length, &bytes[index + 1..]));
        }
    }
    None
}
