//! Steps that read a touchpoint of one writer, and the loop that takes them.

use super::schema::{NodeId, SchemaError, Types};
use super::skip::{Fuel, skip};
use super::view::{Pairs, Sealed, TouchpointView, ValueView};
use super::{Names, compile};
use crate::Fault;
use crate::cursor::Cursor;

/// Where a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    EventId,
    Source,
    Time,
    CustomerId,
    Identifiers,
    Channel,
    Kind,
    Value,
    Amount,
    Currency,
    Subject,
    Text,
    Properties,
    Revision,
    History,
    Sealed,
    SealedBytes,
    SealedKey,
    SealedAlgorithm,
}

impl Slot {
    /// The field as our own schema names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Slot::EventId => "event_id",
            Slot::Source => "source",
            Slot::Time => "time",
            Slot::CustomerId => "customer_id",
            Slot::Identifiers => "identifiers",
            Slot::Channel => "channel",
            Slot::Kind => "kind",
            Slot::Value => "value",
            Slot::Amount => "amount_minor",
            Slot::Currency => "currency",
            Slot::Subject => "subject",
            Slot::Text => "text",
            Slot::Properties => "properties",
            Slot::Revision => "revision",
            Slot::History => "history",
            Slot::Sealed => "sealed",
            Slot::SealedBytes => "bytes",
            Slot::SealedKey => "key_id",
            Slot::SealedAlgorithm => "algorithm",
        }
    }
}

/// How the values of a map stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Each is text.
    Text,
    /// Each is a union of text and null, which is the branch of this number.
    Nullable(usize),
}

/// One step. Jumps go forward only, so that a program ends.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Text after its length.
    Text(Slot),
    /// Bytes after their length.
    Bytes(Slot),
    /// So many bytes.
    Fixed(Slot, usize),
    /// A symbol.
    Enum(Slot, Box<[Box<str>]>),
    /// A number of 32 bits.
    Int(Slot),
    /// A number of 64 bits, so many units to the one that we keep.
    Long(Slot, i64),
    /// A flag.
    Flag,
    /// A map of texts.
    Map(Slot, Shape),
    /// A record begins whose fields follow.
    Begin(Slot),
    /// One of these places, by the branch.
    Union(Box<[usize]>),
    /// Go on there.
    Jump(usize),
    /// A branch that cannot be read.
    Refuse(Slot),
    /// Pass over a number.
    SkipNumber,
    /// Pass over bytes after their length.
    SkipBytes,
    /// Pass over so many bytes.
    SkipFixed(usize),
    /// Pass over a value of this type.
    Skip(NodeId),
}

/// A writer's schema, compiled: reads its touchpoints without copying.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) types: Types,
    pub(crate) ops: Vec<Op>,
}

impl Program {
    /// Compiles a writer's schema whose fields are named as ours.
    pub fn compile(schema: &str) -> Result<Program, SchemaError> {
        Program::with_names(schema, &Names::default())
    }

    /// Compiles a writer's schema whose fields have other names.
    pub fn with_names(schema: &str, names: &Names) -> Result<Program, SchemaError> {
        compile::program(schema, names)
    }

    /// Reads one touchpoint, the whole of `datum`.
    pub fn decode<'a>(&'a self, datum: &'a [u8]) -> Result<TouchpointView<'a>, Fault> {
        let mut view = TouchpointView::default();
        let mut cursor = Cursor::new(datum);
        let mut fuel = Fuel::new();
        let mut at = 0;
        while let Some(op) = self.ops.get(at) {
            at += 1;
            match op {
                Op::Union(places) => {
                    let branch = cursor.branch(places.len())?;
                    at = places.get(branch).copied().unwrap_or(usize::MAX);
                }
                Op::Jump(place) => at = *place,
                Op::SkipNumber => cursor.varint().map(drop)?,
                Op::SkipBytes => cursor.bytes().map(drop)?,
                Op::SkipFixed(size) => cursor.take(*size).map(drop)?,
                Op::Skip(node) => skip(&self.types, *node, &mut cursor, &mut fuel)?,
                Op::Map(slot, shape) => {
                    let pairs = pairs(*shape, &mut cursor, &mut fuel)?;
                    match slot {
                        Slot::Identifiers => view.identifiers = pairs,
                        _ => view.properties = pairs,
                    }
                }
                _ => read(op, &mut cursor, &mut view)?,
            }
        }
        cursor.end()?;
        Ok(view)
    }
}

/// Reads a plain value into its place.
#[inline]
fn read<'a>(
    op: &'a Op,
    cursor: &mut Cursor<'a>,
    view: &mut TouchpointView<'a>,
) -> Result<(), Fault> {
    match op {
        Op::Text(slot) => {
            let text = cursor.text()?;
            put_text(*slot, text, view);
        }
        Op::Bytes(slot) => {
            let bytes = cursor.bytes()?;
            put_bytes(*slot, bytes, cursor, view)?;
        }
        Op::Fixed(slot, size) => {
            let bytes = cursor.take(*size)?;
            put_bytes(*slot, bytes, cursor, view)?;
        }
        Op::Enum(slot, symbols) => {
            let branch = cursor.branch(symbols.len())?;
            put_text(*slot, symbols.get(branch).map_or("", |symbol| symbol), view);
        }
        Op::Int(slot) => put_number(*slot, i64::from(cursor.int()?), cursor, view)?,
        Op::Long(slot, unit) => {
            let number = cursor.long()?.div_euclid(*unit);
            put_number(*slot, number, cursor, view)?;
        }
        Op::Flag => view.history = cursor.flag()?,
        Op::Begin(Slot::Sealed) => view.sealed = Some(Sealed::default()),
        Op::Begin(_) => view.value = Some(ValueView::default()),
        Op::Refuse(slot) => return Err(Fault::Type { field: slot.name() }),
        Op::Map(..)
        | Op::Union(_)
        | Op::Jump(_)
        | Op::SkipNumber
        | Op::SkipBytes
        | Op::SkipFixed(_)
        | Op::Skip(_) => {}
    }
    Ok(())
}

#[inline]
fn put_text<'a>(slot: Slot, text: &'a str, view: &mut TouchpointView<'a>) {
    match slot {
        Slot::EventId => view.event_id = text.as_bytes(),
        Slot::Source => view.source = text,
        Slot::CustomerId => view.customer_id = text,
        Slot::Channel => view.channel = text,
        Slot::Kind => view.kind = text,
        Slot::Currency => view.value.get_or_insert_default().currency = text,
        Slot::Subject => view.subject = text,
        Slot::Text => view.text = text,
        Slot::SealedBytes => view.sealed.get_or_insert_default().bytes = text.as_bytes(),
        Slot::SealedKey => view.sealed.get_or_insert_default().key_id = text,
        Slot::SealedAlgorithm => view.sealed.get_or_insert_default().algorithm = text,
        Slot::Time
        | Slot::Identifiers
        | Slot::Value
        | Slot::Amount
        | Slot::Properties
        | Slot::Revision
        | Slot::History
        | Slot::Sealed => {}
    }
}

/// Ids and sealed bytes are taken as they are; everything else that is bytes must be text.
fn put_bytes<'a>(
    slot: Slot,
    bytes: &'a [u8],
    cursor: &Cursor<'a>,
    view: &mut TouchpointView<'a>,
) -> Result<(), Fault> {
    match slot {
        Slot::EventId => view.event_id = bytes,
        Slot::SealedBytes => view.sealed.get_or_insert_default().bytes = bytes,
        _ => put_text(slot, cursor.utf8(bytes)?, view),
    }
    Ok(())
}

#[inline]
fn put_number(
    slot: Slot,
    number: i64,
    cursor: &Cursor<'_>,
    view: &mut TouchpointView<'_>,
) -> Result<(), Fault> {
    match slot {
        Slot::Time => view.time = model::Timestamp::from_millis(number),
        Slot::Revision => {
            let revision = u32::try_from(number);
            view.revision = revision.map_err(|_| Fault::Number { at: cursor.at() })?;
        }
        _ => view.value.get_or_insert_default().amount_minor = number,
    }
    Ok(())
}

/// Passes over a map of texts, within bounds and fuel, and keeps its bytes.
fn pairs<'a>(shape: Shape, cursor: &mut Cursor<'a>, fuel: &mut Fuel) -> Result<Pairs<'a>, Fault> {
    let from = cursor.at();
    loop {
        let (count, _) = cursor.block()?;
        if count == 0 {
            return Ok(Pairs::new(cursor.since(from), shape));
        }
        for _ in 0..count {
            fuel.burn(cursor.at())?;
            cursor.bytes()?;
            match shape {
                Shape::Text => cursor.bytes().map(drop)?,
                Shape::Nullable(null) if cursor.branch(2)? != null => {
                    cursor.bytes().map(drop)?;
                }
                Shape::Nullable(_) => {}
            }
        }
    }
}
