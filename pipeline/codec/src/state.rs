//! The state of one customer and the dictionary of a task, as the store keeps them.
//!
//! ```text
//! head        version │ at │ told │ walk │ the newest chapter │ next number │
//!             how many are sealed, until when │
//!             what their paths were, credited and open │ numbers of pages…
//! page        version │ headings: number, count, time of the first, filter…
//! chapter     version │ count │ the packed chapter
//! low         version │ position │ records
//! counter     version │ count │ money by currency │ revision final
//! dictionary  version │ kinds… │ channels… │ currencies… │ sources…
//! ```
//! A write of a customer is the head, and of older chapters and pages only those that changed. Ids
//! are those of the dictionary, which is written no later than the first state that uses them.

use crate::Fault;
use crate::cursor::Cursor;
use crate::encode::{long, varint};
use journey::{Echo, Filter, Heading, JourneyState, Older, Packed, Page, Seal, Told, Touch, Walk};
use model::{ChannelId, Dictionary, Timestamp, Words};
use std::collections::BTreeMap;

/// One version for every state of a task: 2 kept each chapter spread out, and had no pages; 3 did
/// not say how many records there were; 4 did not know the paths to conversions; 5 not how often
/// *intensity* had heard of the customer; 6 not what an entry began with.
const VERSION: u8 = 7;

/// Appends a head: where a customer stands, the newest chapter, and where the pages are.
pub fn encode_head(state: &JourneyState, out: &mut Vec<u8>) {
    out.push(VERSION);
    varint(state.at, out);
    out.push(state.told as u8);
    let walk = state.walk.pack();
    varint(walk.len() as u64, out);
    out.extend_from_slice(&walk);
    write_packed(&state.newest, out);
    let Some(older) = &state.older else { return varint(0, out) };
    varint(u64::from(older.next) + 1, out);
    let sealed = older.sealed.unwrap_or_default();
    varint(sealed.touchpoints, out);
    if sealed.touchpoints > 0 {
        long(sealed.until.millis(), out);
    }
    write_touches(&older.echo.credited, out);
    write_touches(&older.echo.path, out);
    older.pages.iter().for_each(|page| varint(u64::from(page.number), out));
}

/// Each by its distance from the one before, with whether it kept warm in the channel's last bit.
fn write_touches(touches: &[Touch], out: &mut Vec<u8>) {
    varint(touches.len() as u64, out);
    let mut before = 0;
    for touch in touches {
        long(touch.time.millis().wrapping_sub(before), out);
        varint(u64::from(touch.channel.0) << 1 | u64::from(touch.is_warm), out);
        before = touch.time.millis();
    }
}

fn read_touches(cursor: &mut Cursor<'_>) -> Result<Vec<Touch>, Fault> {
    let at = cursor.at();
    let count = usize::try_from(cursor.varint()?).map_err(|_| Fault::Number { at })?;
    let mut touches = Vec::with_capacity(count.min(cursor.left()));
    let mut before = 0_i64;
    for _ in 0..count {
        before = before.wrapping_add(cursor.long()?);
        let at = cursor.at();
        let raw = cursor.varint()?;
        let channel = u16::try_from(raw >> 1).map_err(|_| Fault::Number { at })?;
        let (time, channel) = (Timestamp::from_millis(before), ChannelId(channel));
        touches.push(Touch { time, channel, is_warm: raw & 1 == 1 });
    }
    Ok(touches)
}

/// Reads a head: the state, with pages that have their numbers and no headings yet, and without the
/// customer's group.
pub fn decode_head(bytes: &[u8]) -> Result<JourneyState, Fault> {
    let mut cursor = versioned(bytes)?;
    let at = cursor.varint()?;
    let place = cursor.at();
    let told = match cursor.byte()? {
        0 => Told::Nothing,
        1 => Told::Landmark,
        2 => Told::Cold,
        _ => return Err(Fault::Number { at: place }),
    };
    let place = cursor.at();
    let length = usize::try_from(cursor.varint()?).map_err(|_| Fault::Number { at: place })?;
    let walk = Walk::unpack(cursor.take(length)?).ok_or(Fault::Number { at: place })?;
    let newest = read_packed(&mut cursor)?;
    let place = cursor.at();
    let Some(next) = cursor.varint()?.checked_sub(1) else {
        cursor.end()?;
        return Ok(JourneyState { walk, newest, at, told, ..JourneyState::default() });
    };
    let next = u32::try_from(next).map_err(|_| Fault::Number { at: place })?;
    let touchpoints = cursor.varint()?;
    let mut sealed = None;
    if touchpoints > 0 {
        sealed = Some(Seal { touchpoints, until: Timestamp::from_millis(cursor.long()?) });
    }
    let (credited, path) = (read_touches(&mut cursor)?, read_touches(&mut cursor)?);
    let mut pages = Vec::new();
    while cursor.left() > 0 {
        pages.push(Page::stored(number(&mut cursor)?));
    }
    let older = Older::stored(pages, next, sealed, Echo { credited, path });
    let older = Some(Box::new(older));
    Ok(JourneyState { walk, newest, older, at, told, ..JourneyState::default() })
}

/// Appends a page.
pub fn encode_page(page: &Page, out: &mut Vec<u8>) {
    out.push(VERSION);
    let mut first = 0_i64;
    for heading in &page.headings {
        varint(u64::from(heading.chapter), out);
        varint(u64::from(heading.count), out);
        long(heading.first.millis().wrapping_sub(first), out);
        heading.filter.0.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
        first = heading.first.millis();
    }
}

/// Reads the headings of a page, the whole of `bytes`.
pub fn decode_page(bytes: &[u8]) -> Result<Vec<Heading>, Fault> {
    let mut cursor = versioned(bytes)?;
    let mut headings = Vec::new();
    let mut first = 0_i64;
    while cursor.left() > 0 {
        let (chapter, count) = (number(&mut cursor)?, short(&mut cursor)?);
        first = first.wrapping_add(cursor.long()?);
        let mut filter = Filter::default();
        for word in &mut filter.0 {
            *word = eight(&mut cursor)?;
        }
        let first = Timestamp::from_millis(first);
        headings.push(Heading { chapter, count, first, filter });
    }
    Ok(headings)
}

/// Appends a chapter for itself.
pub fn encode_chapter(chapter: &Packed, out: &mut Vec<u8>) {
    out.push(VERSION);
    write_packed(chapter, out);
}

/// Reads a chapter, the whole of `bytes`.
pub fn decode_chapter(bytes: &[u8]) -> Result<Packed, Fault> {
    let mut cursor = versioned(bytes)?;
    let chapter = read_packed(&mut cursor)?;
    cursor.end()?;
    Ok(chapter)
}

fn write_packed(chapter: &Packed, out: &mut Vec<u8>) {
    varint(u64::from(chapter.count()), out);
    varint(chapter.bytes().len() as u64, out);
    out.extend_from_slice(chapter.bytes());
}

fn read_packed(cursor: &mut Cursor<'_>) -> Result<Packed, Fault> {
    let at = cursor.at();
    let count = short(cursor)?;
    let length = usize::try_from(cursor.varint()?).map_err(|_| Fault::Number { at })?;
    Packed::read(cursor.take(length)?, count).ok_or(Fault::Number { at })
}

/// How far the states of a task speak for its input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Low {
    /// The position before which every record is in the states.
    pub position: u64,
    /// How many of the records before it must have met a fate: counted, duplicate, late or dead.
    pub records: u64,
}

/// Appends how far the states of a task speak for its input.
pub fn encode_low(low: Low, out: &mut Vec<u8>) {
    out.push(VERSION);
    out.extend_from_slice(&low.position.to_le_bytes());
    out.extend_from_slice(&low.records.to_le_bytes());
}

/// Reads it. A fault of `Version` means states of another release, to be made again of the log.
pub fn decode_low(bytes: &[u8]) -> Result<Low, Fault> {
    // Up to version 2 it was eight bytes without one.
    if bytes.len() == 8 {
        return Err(Fault::Version { found: 2, known: VERSION });
    }
    let mut cursor = versioned(bytes)?;
    let low = Low { position: eight(&mut cursor)?, records: eight(&mut cursor)? };
    cursor.end()?;
    Ok(low)
}

/// Appends a dictionary.
pub fn encode_dictionary(dictionary: &Dictionary, out: &mut Vec<u8>) {
    out.push(VERSION);
    for words in lists(dictionary) {
        varint(words.len() as u64, out);
        for word in words.iter() {
            varint(word.len() as u64, out);
            out.extend_from_slice(word.as_bytes());
        }
    }
}

fn lists(dictionary: &Dictionary) -> [&Words; 4] {
    [&dictionary.kinds, &dictionary.channels, &dictionary.currencies, &dictionary.sources]
}

/// Reads a dictionary, the whole of `bytes`.
pub fn decode_dictionary(bytes: &[u8]) -> Result<Dictionary, Fault> {
    let mut cursor = versioned(bytes)?;
    let mut dictionary = Dictionary::new();
    for sort in 0..4 {
        let count = cursor.varint()?;
        for _ in 0..count {
            let at = cursor.at();
            let length = usize::try_from(cursor.varint()?).map_err(|_| Fault::Number { at })?;
            let word = cursor.take(length)?;
            let word = cursor.utf8(word)?;
            let words = match sort {
                0 => &mut dictionary.kinds,
                1 => &mut dictionary.channels,
                2 => &mut dictionary.currencies,
                _ => &mut dictionary.sources,
            };
            words.intern(word).ok_or(Fault::Number { at })?;
        }
    }
    cursor.end()?;
    Ok(dictionary)
}

/// Appends a counter: its count, its money by currency, its revision and whether it is final.
pub fn encode_counter<'a>(
    count: i64,
    amounts: impl ExactSizeIterator<Item = (&'a str, i64)>,
    (revision, is_final): (u64, bool),
    out: &mut Vec<u8>,
) {
    out.push(VERSION);
    long(count, out);
    varint(amounts.len() as u64, out);
    for (currency, amount) in amounts {
        varint(currency.len() as u64, out);
        out.extend_from_slice(currency.as_bytes());
        long(amount, out);
    }
    varint(revision, out);
    out.push(u8::from(is_final));
}

/// Count, money by currency, revision and whether it is final.
pub type StoredCounter = (i64, BTreeMap<String, i64>, (u64, bool));

/// Reads a counter, the whole of `bytes`.
pub fn decode_counter(bytes: &[u8]) -> Result<StoredCounter, Fault> {
    let mut cursor = versioned(bytes)?;
    let count = cursor.long()?;
    let mut amounts = BTreeMap::new();
    for _ in 0..cursor.varint()? {
        let at = cursor.at();
        let length = usize::try_from(cursor.varint()?).map_err(|_| Fault::Number { at })?;
        let currency = cursor.take(length)?;
        amounts.insert(cursor.utf8(currency)?.to_owned(), cursor.long()?);
    }
    let (revision, is_final) = (cursor.varint()?, cursor.flag()?);
    cursor.end()?;
    Ok((count, amounts, (revision, is_final)))
}

fn versioned(bytes: &[u8]) -> Result<Cursor<'_>, Fault> {
    let mut cursor = Cursor::new(bytes);
    match cursor.byte()? {
        VERSION => Ok(cursor),
        found => Err(Fault::Version { found, known: VERSION }),
    }
}

fn number(cursor: &mut Cursor<'_>) -> Result<u32, Fault> {
    let at = cursor.at();
    u32::try_from(cursor.varint()?).map_err(|_| Fault::Number { at })
}

fn short(cursor: &mut Cursor<'_>) -> Result<u16, Fault> {
    let at = cursor.at();
    u16::try_from(cursor.varint()?).map_err(|_| Fault::Number { at })
}

fn eight(cursor: &mut Cursor<'_>) -> Result<u64, Fault> {
    let mut eight = [0; 8];
    eight.copy_from_slice(cursor.take(8)?);
    Ok(u64::from_le_bytes(eight))
}
