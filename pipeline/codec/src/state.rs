//! The state of one customer and the dictionary of a task, as the store keeps them.
//!
//! ```text
//! head        version │ at │ cold │ walk │ number of chapters │ the last chapter
//! chapter     version │ walk before it │ touchpoints…
//! counter     version │ count │ money by currency │ revision final
//! dictionary  version │ kinds… │ channels… │ currencies… │ sources…
//! ```
//! A write of a customer is the head, and of older chapters only those that changed. Ids are those
//! of the dictionary, which is written no later than the first state that uses them.

use crate::Fault;
use crate::cursor::Cursor;
use crate::encode::{long, varint};
use journey::{Attempt, Chapter, EntryState, JourneyState, Node, Walk};
use model::{
    Amounts, ChannelId, CurrencyId, Dictionary, Entry, Flags, KindId, SourceId, Timestamp,
    Touchpoint, Words,
};
use std::collections::BTreeMap;

const VERSION: u8 = 2;

/// Appends the head of a state: everything but the chapters before the last.
pub fn encode_head(state: &JourneyState, out: &mut Vec<u8>) {
    out.push(VERSION);
    varint(state.at, out);
    out.push(u8::from(state.is_cold));
    write_walk(&state.walk, out);
    varint(state.chapters.len() as u64, out);
    if let Some(last) = state.chapters.last() {
        write_chapter(last, out);
    }
}

/// Reads a head: the state with its last chapter alone, and how many chapters come before it.
pub fn decode_head(bytes: &[u8]) -> Result<(JourneyState, usize), Fault> {
    let mut cursor = versioned(bytes)?;
    let (at, is_cold) = (cursor.varint()?, cursor.flag()?);
    let walk = read_walk(&mut cursor)?;
    let place = cursor.at();
    let chapters = usize::try_from(cursor.varint()?).ok().filter(|chapters| *chapters > 0);
    let before = chapters.ok_or(Fault::Number { at: place })? - 1;
    let last = read_chapter(&mut cursor)?;
    cursor.end()?;
    Ok((JourneyState { chapters: vec![last], walk, is_cold, at }, before))
}

/// Appends a chapter for itself.
pub fn encode_chapter(chapter: &Chapter, out: &mut Vec<u8>) {
    out.push(VERSION);
    write_chapter(chapter, out);
}

/// Reads a chapter, the whole of `bytes`.
pub fn decode_chapter(bytes: &[u8]) -> Result<Chapter, Fault> {
    let mut cursor = versioned(bytes)?;
    let chapter = read_chapter(&mut cursor)?;
    cursor.end()?;
    Ok(chapter)
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

fn write_chapter(chapter: &Chapter, out: &mut Vec<u8>) {
    write_walk(&chapter.start, out);
    varint(chapter.touchpoints.len() as u64, out);
    let (mut time, mut position) = (0, 0);
    for touchpoint in &chapter.touchpoints {
        out.extend_from_slice(&touchpoint.identity.to_le_bytes());
        varint(u64::from(touchpoint.source.0), out);
        long(touchpoint.time.millis().wrapping_sub(time), out);
        varint(u64::from(touchpoint.kind.0), out);
        varint(u64::from(touchpoint.channel.0), out);
        varint(u64::from(touchpoint.currency.0), out);
        if touchpoint.currency.0 != 0 {
            long(touchpoint.amount, out);
        }
        out.push(u8::from(touchpoint.subject != 0));
        if touchpoint.subject != 0 {
            out.extend_from_slice(&touchpoint.subject.to_le_bytes());
        }
        varint(u64::from(touchpoint.label), out);
        out.push(touchpoint.flags.0);
        varint(u64::from(touchpoint.revision), out);
        long(touchpoint.position.wrapping_sub(position) as i64, out);
        (time, position) = (touchpoint.time.millis(), touchpoint.position);
    }
}

fn read_chapter(cursor: &mut Cursor<'_>) -> Result<Chapter, Fault> {
    let start = read_walk(cursor)?;
    let at = cursor.at();
    let count = usize::try_from(cursor.varint()?).map_err(|_| Fault::Number { at })?;
    // A touchpoint takes 18 bytes at least.
    if count.saturating_mul(18) > cursor.left() {
        return Err(Fault::Ends { at, wanted: count.saturating_mul(18), left: cursor.left() });
    }
    let mut touchpoints = Vec::with_capacity(count);
    let (mut time, mut position) = (0_i64, 0_u64);
    for _ in 0..count {
        let touchpoint = read_touchpoint(cursor, time, position)?;
        (time, position) = (touchpoint.time.millis(), touchpoint.position);
        touchpoints.push(touchpoint);
    }
    Ok(Chapter::new(start, touchpoints))
}

fn read_touchpoint(cursor: &mut Cursor<'_>, time: i64, position: u64) -> Result<Touchpoint, Fault> {
    let identity = eight(cursor)?;
    let source = SourceId(short(cursor)?);
    let time = Timestamp::from_millis(time.wrapping_add(cursor.long()?));
    let kind = KindId(short(cursor)?);
    let channel = ChannelId(short(cursor)?);
    let currency = CurrencyId(short(cursor)?);
    let amount = if currency.0 == 0 { 0 } else { cursor.long()? };
    let subject = if cursor.flag()? { eight(cursor)? } else { 0 };
    let label = short(cursor)?;
    let flags = Flags(cursor.byte()?);
    let at = cursor.at();
    let revision = u32::try_from(cursor.varint()?).map_err(|_| Fault::Number { at })?;
    let position = position.wrapping_add(cursor.long()? as u64);
    Ok(Touchpoint {
        identity,
        source,
        time,
        kind,
        channel,
        currency,
        amount,
        subject,
        label,
        flags,
        revision,
        position,
    })
}

fn write_walk(walk: &Walk, out: &mut Vec<u8>) {
    varint(u64::from(walk.entered), out);
    let Some(attempt) = &walk.attempt else { return out.push(0) };
    let bits = u8::from(attempt.has_just_converted) << 1 | u8::from(attempt.has_converted) << 2;
    out.push(1 | bits);
    out.extend_from_slice(&attempt.id.to_le_bytes());
    varint(u64::from(attempt.channel.0), out);
    write_entry(&attempt.entry, out);
    out.push(attempt.last.stage);
    varint(u64::from(attempt.last.kind.0), out);
    long(attempt.last.time.millis(), out);
    long(attempt.warm.millis(), out);
    varint(u64::from(attempt.warm_channel.0), out);
}

fn write_entry(entry: &EntryState, out: &mut Vec<u8>) {
    out.push(entry.stage);
    varint(u64::from(entry.from), out);
    varint(u64::from(entry.via.0), out);
    long(entry.time.millis(), out);
    out.push(entry.entry as u8);
    varint(entry.amounts.iter().count() as u64, out);
    for (currency, amount) in entry.amounts.iter() {
        varint(u64::from(currency.0), out);
        long(amount, out);
    }
}

fn read_walk(cursor: &mut Cursor<'_>) -> Result<Walk, Fault> {
    let at = cursor.at();
    let entered = u32::try_from(cursor.varint()?).map_err(|_| Fault::Number { at })?;
    let bits = cursor.byte()?;
    if bits & 1 == 0 {
        return Ok(Walk { entered, attempt: None });
    }
    let attempt = Attempt {
        id: eight(cursor)?,
        channel: ChannelId(short(cursor)?),
        entry: read_entry(cursor)?,
        last: Node {
            stage: cursor.byte()?,
            kind: KindId(short(cursor)?),
            time: Timestamp::from_millis(cursor.long()?),
        },
        has_just_converted: bits & 2 != 0,
        has_converted: bits & 4 != 0,
        warm: Timestamp::from_millis(cursor.long()?),
        warm_channel: ChannelId(short(cursor)?),
    };
    Ok(Walk { entered, attempt: Some(attempt) })
}

fn read_entry(cursor: &mut Cursor<'_>) -> Result<EntryState, Fault> {
    let mut entry = EntryState {
        stage: cursor.byte()?,
        from: short(cursor)?,
        via: ChannelId(short(cursor)?),
        time: Timestamp::from_millis(cursor.long()?),
        entry: if cursor.flag()? { Entry::Again } else { Entry::First },
        amounts: Amounts::default(),
    };
    for _ in 0..cursor.varint()? {
        entry.amounts.add(CurrencyId(short(cursor)?), cursor.long()?);
    }
    Ok(entry)
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
