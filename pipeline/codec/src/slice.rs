//! Part of what a flush wrote, on its way to the changelog, and which part the changelog has.
//!
//! ```text
//! slice   version │ name │ low position │ (key, value or none)…
//! sent    version │ generation │ name
//! ```

use crate::Fault;
use crate::cursor::Cursor;
use crate::encode::varint;

/// One version for both; a retired one is never used again.
const VERSION: u8 = 1;

/// Takes a key of a store and what it holds; `None` where it is deleted.
pub type TakeState<'a> = dyn FnMut(&[u8], Option<&[u8]>) + 'a;

/// A slice of a task's states as the store keeps it until the changelog has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice<'a> {
    /// Its name, which no other slice of the task has.
    pub name: u64,
    /// The position before which every record is in the changelog's states once it has this.
    pub low: u64,
    writes: &'a [u8],
}

/// Which slice the changelog was last known to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Which of the changelogs that lie in one topic.
    pub generation: u32,
    /// The slice's name; 0 before the first.
    pub name: u64,
}

/// Begins a slice; `write_state` appends what it carries.
pub fn begin_slice(name: u64, low: u64, out: &mut Vec<u8>) {
    out.push(VERSION);
    out.extend_from_slice(&name.to_le_bytes());
    out.extend_from_slice(&low.to_le_bytes());
}

/// Appends one key and what it holds; `None` where it is deleted.
pub fn write_state(key: &[u8], value: Option<&[u8]>, out: &mut Vec<u8>) {
    varint(key.len() as u64, out);
    out.extend_from_slice(key);
    varint(value.map_or(0, |value| value.len() as u64 + 1), out);
    out.extend_from_slice(value.unwrap_or_default());
}

impl<'a> Slice<'a> {
    /// Reads a slice's head.
    pub fn decode(bytes: &'a [u8]) -> Result<Slice<'a>, Fault> {
        let mut cursor = versioned(bytes)?;
        let (name, low) = (eight(&mut cursor)?, eight(&mut cursor)?);
        Ok(Slice { name, low, writes: cursor.take(cursor.left())? })
    }

    /// Gives each key with what it holds, in the order in which they were written.
    pub fn states(&self, give: &mut TakeState<'_>) -> Result<(), Fault> {
        let mut cursor = Cursor::new(self.writes);
        while cursor.left() > 0 {
            let key = sized(&mut cursor, 0)?;
            let value = sized(&mut cursor, 1)?;
            give(key.unwrap_or_default(), value);
        }
        Ok(())
    }
}

/// Appends which slice the changelog has.
pub fn encode_sent(sent: Sent, out: &mut Vec<u8>) {
    out.push(VERSION);
    out.extend_from_slice(&sent.generation.to_le_bytes());
    out.extend_from_slice(&sent.name.to_le_bytes());
}

/// Reads it, the whole of `bytes`.
pub fn decode_sent(bytes: &[u8]) -> Result<Sent, Fault> {
    let mut cursor = versioned(bytes)?;
    let mut generation = [0; 4];
    generation.copy_from_slice(cursor.take(4)?);
    let sent = Sent { generation: u32::from_le_bytes(generation), name: eight(&mut cursor)? };
    cursor.end()?;
    Ok(sent)
}

/// Bytes behind their length plus `more`; `None` where the number is less than that.
fn sized<'a>(cursor: &mut Cursor<'a>, more: u64) -> Result<Option<&'a [u8]>, Fault> {
    let at = cursor.at();
    let Some(length) = cursor.varint()?.checked_sub(more) else { return Ok(None) };
    let length = usize::try_from(length).map_err(|_| Fault::Number { at })?;
    cursor.take(length).map(Some)
}

fn versioned(bytes: &[u8]) -> Result<Cursor<'_>, Fault> {
    let mut cursor = Cursor::new(bytes);
    match cursor.byte()? {
        VERSION => Ok(cursor),
        found => Err(Fault::Version { found, known: VERSION }),
    }
}

fn eight(cursor: &mut Cursor<'_>) -> Result<u64, Fault> {
    let mut eight = [0; 8];
    eight.copy_from_slice(cursor.take(8)?);
    Ok(u64::from_le_bytes(eight))
}
