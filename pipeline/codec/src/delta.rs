//! Delta frames: what one commit of a journey task adds to counters.
//!
//! ```text
//! version │ partition position as_of sequence │ map version fold │ series… │ cells…
//! ```
//! Numbers are varints, those with a sign in zigzag form; texts stand after their length. The
//! series of a frame are a table, so that the hours of one counter name it once.

use crate::Fault;
use crate::cursor::Cursor;
use crate::encode::{long, varint};
use model::{CounterKey, Timestamp};

const VERSION: u8 = 1;

/// The deltas of one commit for one partition of counters. Without cells it carries only time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeltaFrame<'a> {
    /// Partition of touchpoints that it comes from.
    pub partition: u32,
    /// Position in that partition after the last record counted.
    pub position: u64,
    /// Event time up to which the task had judged.
    pub as_of: Timestamp,
    /// Sequence of the commit.
    pub sequence: u64,
    /// Name of the journey map.
    pub map: &'a str,
    /// Version of the journey map.
    pub version: u32,
    /// Version of the fold.
    pub fold: u32,
    /// Series by their place in the table, as `model::Series` writes them.
    pub series: Vec<&'a str>,
    /// What is added.
    pub cells: Vec<DeltaCell<'a>>,
}

/// One addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeltaCell<'a> {
    /// Place of the series in the table.
    pub series: u32,
    /// Start of the pane in minutes since the epoch, or `CounterKey::TOTAL`.
    pub pane: i32,
    /// Currency code; empty where things are counted.
    pub currency: &'a str,
    /// How many, or how much in minor units.
    pub amount: i64,
}

impl<'a> DeltaFrame<'a> {
    /// Appends the frame.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        varint(u64::from(self.partition), out);
        varint(self.position, out);
        long(self.as_of.millis(), out);
        varint(self.sequence, out);
        write(self.map, out);
        varint(u64::from(self.version), out);
        varint(u64::from(self.fold), out);
        varint(self.series.len() as u64, out);
        for series in &self.series {
            write(series, out);
        }
        varint(self.cells.len() as u64, out);
        for cell in &self.cells {
            varint(u64::from(cell.series), out);
            // 0 is no pane, so that totals cost one byte and not five.
            let pane = i64::from(cell.pane);
            let coded = if cell.pane == CounterKey::TOTAL { 0 } else { zigzag(pane) + 1 };
            varint(coded, out);
            write(cell.currency, out);
            long(cell.amount, out);
        }
    }

    /// Reads a frame, the whole of `bytes`.
    pub fn decode(bytes: &'a [u8]) -> Result<DeltaFrame<'a>, Fault> {
        let mut cursor = Cursor::new(bytes);
        let found = cursor.byte()?;
        if found != VERSION {
            return Err(Fault::Version { found, known: VERSION });
        }
        let mut frame = DeltaFrame {
            partition: small(&mut cursor)?,
            position: cursor.varint()?,
            as_of: Timestamp::from_millis(cursor.long()?),
            sequence: cursor.varint()?,
            map: text(&mut cursor)?,
            version: small(&mut cursor)?,
            fold: small(&mut cursor)?,
            series: Vec::new(),
            cells: Vec::new(),
        };
        let count = count(&mut cursor, 1)?;
        frame.series.reserve_exact(count);
        for _ in 0..count {
            frame.series.push(text(&mut cursor)?);
        }
        let count = self::count(&mut cursor, 4)?;
        frame.cells.reserve_exact(count);
        for _ in 0..count {
            frame.cells.push(cell(&mut cursor, frame.series.len())?);
        }
        cursor.end()?;
        Ok(frame)
    }
}

fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

fn write(value: &str, out: &mut Vec<u8>) {
    varint(value.len() as u64, out);
    out.extend_from_slice(value.as_bytes());
}

fn small(cursor: &mut Cursor<'_>) -> Result<u32, Fault> {
    let at = cursor.at();
    u32::try_from(cursor.varint()?).map_err(|_| Fault::Number { at })
}

/// A count of things of at least so many bytes each: no more than there is room for.
fn count(cursor: &mut Cursor<'_>, least: usize) -> Result<usize, Fault> {
    let at = cursor.at();
    let count = usize::try_from(cursor.varint()?).map_err(|_| Fault::Number { at })?;
    let wanted = count.saturating_mul(least);
    if wanted > cursor.left() {
        return Err(Fault::Ends { at, wanted, left: cursor.left() });
    }
    Ok(count)
}

fn text<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Fault> {
    let at = cursor.at();
    let length = usize::try_from(cursor.varint()?).map_err(|_| Fault::Number { at })?;
    let bytes = cursor.take(length)?;
    cursor.utf8(bytes)
}

fn cell<'a>(cursor: &mut Cursor<'a>, series_count: usize) -> Result<DeltaCell<'a>, Fault> {
    let at = cursor.at();
    let index = cursor.varint()?;
    let series = u32::try_from(index).ok().filter(|s| (*s as usize) < series_count);
    let series = series.ok_or(Fault::Series { index, count: series_count })?;
    let pane = match cursor.varint()? {
        0 => CounterKey::TOTAL,
        coded => {
            let raw = coded - 1;
            let pane = (raw >> 1) as i64 ^ -((raw & 1) as i64);
            i32::try_from(pane).map_err(|_| Fault::Number { at })?
        }
    };
    Ok(DeltaCell { series, pane, currency: text(cursor)?, amount: cursor.long()? })
}
