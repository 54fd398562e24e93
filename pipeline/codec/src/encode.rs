//! What this pipeline writes, in Avro: by hand, field after field, into a buffer that is kept.
//!
//! The order of the writes is the order of the fields in `schemas/*.avsc`; the tests read every
//! record back with another implementation.

use crate::frame;
use model::{Draft, Timestamp, Window};

/// A number in zigzag form, seven bits to a byte.
#[inline]
pub(crate) fn long(value: i64, out: &mut Vec<u8>) {
    varint((value << 1 ^ value >> 63) as u64, out);
}

/// A number, seven bits to a byte, the least first.
#[inline]
pub(crate) fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[inline]
fn bytes(value: &[u8], out: &mut Vec<u8>) {
    long(value.len() as i64, out);
    out.extend_from_slice(value);
}

#[inline]
pub(crate) fn text(value: &str, out: &mut Vec<u8>) {
    bytes(value.as_bytes(), out);
}

/// A union of null and text, null where the text is empty.
fn optional(value: &str, out: &mut Vec<u8>) {
    if value.is_empty() {
        out.push(0);
    } else {
        out.push(2);
        text(value, out);
    }
}

pub(crate) fn flag(value: bool, out: &mut Vec<u8>) {
    out.push(u8::from(value));
}

pub(crate) fn time(value: Timestamp, out: &mut Vec<u8>) {
    long(value.millis(), out);
}

/// A number without a sign in a field of 32 bits with one; what does not fit is the greatest.
pub(crate) fn int(value: u32, out: &mut Vec<u8>) {
    long(i64::from(value).min(i64::from(i32::MAX)), out);
}

/// A number with a fraction, the least byte first.
pub(crate) fn double(value: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// A map in one block.
fn map<'a>(pairs: impl ExactSizeIterator<Item = (&'a str, &'a str)>, out: &mut Vec<u8>) {
    if pairs.len() > 0 {
        long(pairs.len() as i64, out);
        for (name, value) in pairs {
            text(name, out);
            text(value, out);
        }
    }
    out.push(0);
}

/// Appends a touchpoint, framed under the id of its schema.
pub fn touchpoint(draft: &Draft, id: u32, out: &mut Vec<u8>) {
    frame::begin(id, out);
    text(&draft.event_id, out);
    text(&draft.source, out);
    time(draft.time, out);
    optional(&draft.customer_id, out);
    map(draft.identifiers.iter().map(|(name, value)| (&**name, &**value)), out);
    text(&draft.channel, out);
    text(&draft.kind, out);
    match &draft.value {
        None => out.push(0),
        Some(value) => {
            out.push(2);
            long(value.amount_minor, out);
            text(&value.currency, out);
        }
    }
    optional(&draft.subject, out);
    optional(&draft.text, out);
    map(draft.properties.iter().map(|(name, value)| (&**name, &**value)), out);
    int(draft.revision, out);
    flag(draft.history, out);
    // Sealing is the keeper of keys' business, which writes the sealed field itself.
    out.push(0);
}

/// Appends a clock: everything of a source up to a time has been sent.
pub fn clock(source: &str, at: Timestamp, mac: &[u8], id: u32, out: &mut Vec<u8>) {
    frame::begin(id, out);
    text(source, out);
    time(at, out);
    bytes(mac, out);
}

/// A touchpoint that lay on another partition than its customer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forwarded<'a> {
    /// Partition that it lay on.
    pub partition: u32,
    /// Offset that it had there.
    pub offset: u64,
    /// When the log first took it; by this it is admitted.
    pub append_time: Timestamp,
    /// The value as it came.
    pub bytes: &'a [u8],
}

/// Appends a touchpoint that is forwarded.
pub fn forwarded(forwarded: &Forwarded<'_>, mac: &[u8], id: u32, out: &mut Vec<u8>) {
    frame::begin(id, out);
    int(forwarded.partition, out);
    long(i64::try_from(forwarded.offset).unwrap_or(i64::MAX), out);
    time(forwarded.append_time, out);
    bytes(forwarded.bytes, out);
    bytes(mac, out);
}

/// What sort of move a published transition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveType {
    /// A stage was entered.
    Entered = 0,
    /// The attempt went cold.
    Cold = 1,
    /// The business gave the lead up.
    Lost = 2,
    /// A late touchpoint undid an earlier move.
    Withdrawn = 3,
}

impl MoveType {
    /// The word in the schema.
    pub fn word(self) -> &'static str {
        match self {
            MoveType::Entered => "entered",
            MoveType::Cold => "cold",
            MoveType::Lost => "lost",
            MoveType::Withdrawn => "withdrawn",
        }
    }
}

/// A transition as the topic carries it: words, not ids of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move<'a> {
    /// Id of the transition.
    pub id: u64,
    /// The customer.
    pub customer_id: &'a str,
    /// Identity of the attempt's first touchpoint.
    pub attempt: u64,
    /// What sort of move.
    pub move_type: MoveType,
    /// Stage before, or `none`.
    pub from: &'a str,
    /// Stage after, `cold` or `lost`.
    pub to: &'a str,
    /// When it happened.
    pub at: Timestamp,
    /// Channel of the touchpoint.
    pub channel: &'a str,
    /// Kind of the touchpoint.
    pub kind: &'a str,
    /// Id of the transition that this one takes back.
    pub withdraws: Option<u64>,
    /// Whether a late touchpoint caused it.
    pub correction: bool,
}

/// Sixteen digits in lower case, as text.
fn hex(id: u64, out: &mut Vec<u8>) {
    out.push(32);
    for shift in (0..16).rev() {
        let digit = (id >> (shift * 4) & 15) as u8;
        out.push(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
    }
}

/// Appends a transition, framed under the id of its schema.
pub fn transition(moved: &Move<'_>, id: u32, out: &mut Vec<u8>) {
    frame::begin(id, out);
    hex(moved.id, out);
    text(moved.customer_id, out);
    hex(moved.attempt, out);
    long(moved.move_type as i64, out);
    text(moved.from, out);
    text(moved.to, out);
    time(moved.at, out);
    text(moved.channel, out);
    text(moved.kind, out);
    match moved.withdraws {
        None => out.push(0),
        Some(withdrawn) => {
            out.push(2);
            hex(withdrawn, out);
        }
    }
    flag(moved.correction, out);
}

/// A counter as topics, files and answers carry it: words, not ids of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter<'a> {
    /// Family.
    pub family: &'a str,
    /// Name of the journey map.
    pub map: &'a str,
    /// Version of the journey map.
    pub version: u32,
    /// Version of the fold.
    pub fold: u32,
    /// The window, `None` for a running total.
    pub window: Option<Window>,
    /// Dimensions and their values, in the family's order.
    pub dims: Vec<(&'a str, &'a str)>,
    /// How many.
    pub count: i64,
    /// Money in minor units by currency, in the order of the codes.
    pub amounts: Vec<(&'a str, i64)>,
    /// Grows with every change.
    pub revision: u64,
    /// Whether it can change only by a late touchpoint.
    pub is_final: bool,
    /// Event time up to which it has been judged; `Timestamp::NEVER` before any is known.
    pub as_of: Timestamp,
}

/// Appends a counter, framed under the id of its schema.
pub fn insight(counter: &Counter<'_>, id: u32, out: &mut Vec<u8>) {
    frame::begin(id, out);
    text(counter.family, out);
    text(counter.map, out);
    int(counter.version, out);
    int(counter.fold, out);
    match &counter.window {
        None => out.push(0),
        Some(window) => {
            out.push(2);
            text(&window.size.to_string(), out);
            time(window.start, out);
            time(window.end, out);
        }
    }
    map(counter.dims.iter().copied(), out);
    long(counter.count, out);
    if !counter.amounts.is_empty() {
        long(counter.amounts.len() as i64, out);
        for (currency, amount) in &counter.amounts {
            text(currency, out);
            long(*amount, out);
        }
    }
    out.push(0);
    long(i64::try_from(counter.revision).unwrap_or(i64::MAX), out);
    flag(counter.is_final, out);
    if counter.as_of == Timestamp::NEVER {
        out.push(0);
    } else {
        out.push(2);
        time(counter.as_of, out);
    }
}

/// Why a record could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadClass {
    /// Its bytes do not follow its schema.
    Malformed = 0,
    /// Its schema cannot be used or is unknown.
    Schema = 1,
    /// It says what no touchpoint may say.
    Invalid = 2,
    /// It lies in the future.
    Future = 3,
    /// It is too large.
    Oversize = 4,
}

impl DeadClass {
    /// Every class, in the order of the schema.
    pub const ALL: [DeadClass; 5] = [
        DeadClass::Malformed,
        DeadClass::Schema,
        DeadClass::Invalid,
        DeadClass::Future,
        DeadClass::Oversize,
    ];

    /// The word in the schema.
    pub fn word(self) -> &'static str {
        match self {
            DeadClass::Malformed => "malformed",
            DeadClass::Schema => "schema",
            DeadClass::Invalid => "invalid",
            DeadClass::Future => "future",
            DeadClass::Oversize => "oversize",
        }
    }
}

/// Why a touchpoint came too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateClass {
    /// Its chapter is sealed.
    Sealed = 0,
    /// It is older than what is retained.
    Retention = 1,
    /// It is older than the grace.
    Grace = 2,
}

impl LateClass {
    /// Every class, in the order of the schema.
    pub const ALL: [LateClass; 3] = [LateClass::Sealed, LateClass::Retention, LateClass::Grace];

    /// The word in the schema.
    pub fn word(self) -> &'static str {
        match self {
            LateClass::Sealed => "sealed",
            LateClass::Retention => "retention",
            LateClass::Grace => "grace",
        }
    }
}

/// A record that was set aside, as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter<'a> {
    /// The value.
    pub bytes: &'a [u8],
    /// The key.
    pub key: Option<&'a [u8]>,
    /// Topic it came from.
    pub topic: &'a str,
    /// Partition it came from.
    pub partition: u32,
    /// Offset it had there.
    pub offset: u64,
    /// The error with its code.
    pub error: &'a str,
    /// When it was set aside.
    pub time: Timestamp,
}

/// Appends a dead letter, framed under the id of its schema.
pub fn dead_letter(letter: &Letter<'_>, class: DeadClass, id: u32, out: &mut Vec<u8>) {
    write_letter(letter, class as i64, id, out);
}

/// Appends a touchpoint that came too late, framed under the id of its schema.
pub fn late(letter: &Letter<'_>, class: LateClass, id: u32, out: &mut Vec<u8>) {
    write_letter(letter, class as i64, id, out);
}

fn write_letter(letter: &Letter<'_>, class: i64, id: u32, out: &mut Vec<u8>) {
    frame::begin(id, out);
    bytes(letter.bytes, out);
    match letter.key {
        None => out.push(0),
        Some(key) => {
            out.push(2);
            bytes(key, out);
        }
    }
    text(letter.topic, out);
    int(letter.partition, out);
    long(i64::try_from(letter.offset).unwrap_or(i64::MAX), out);
    long(class, out);
    text(letter.error, out);
    time(letter.time, out);
}
