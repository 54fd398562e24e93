//! Passing over values that nobody asked for.

use super::schema::{Node, NodeId, Types};
use crate::Fault;
use crate::cursor::Cursor;

/// Values of one message that may be passed over or repeated. A record of 64 KiB holds no more than
/// 65,536 values that have bytes; those without bytes are what this is for.
const FUEL: u32 = 100_000;
/// Nesting of one message, as the schema may refer to itself.
const DEPTH_MAX: usize = 64;

/// What a message may still cost.
#[derive(Debug)]
pub(crate) struct Fuel {
    left: u32,
    limit: u32,
}

impl Fuel {
    /// A touchpoint's worth.
    pub(crate) fn new() -> Fuel {
        Fuel::of(FUEL)
    }

    /// Enough for so many values.
    pub(crate) fn of(limit: u32) -> Fuel {
        Fuel { left: limit, limit }
    }

    /// Pays for one value.
    #[inline]
    pub(crate) fn burn(&mut self, at: usize) -> Result<(), Fault> {
        self.left = self.left.checked_sub(1).ok_or(Fault::Fuel { at, limit: self.limit })?;
        Ok(())
    }
}

/// What remains to be passed over at one level.
enum Level {
    /// Fields of a record from this one on.
    Fields(NodeId, usize),
    /// Items of a block, with a key before each where it is a map's.
    Items { item: NodeId, left: u64, keyed: bool },
}

/// Passes over a value of any type with a stack of its own: depth is in the data, not in the calls.
pub(crate) fn skip(
    types: &Types,
    root: NodeId,
    cursor: &mut Cursor<'_>,
    fuel: &mut Fuel,
) -> Result<(), Fault> {
    let mut levels: Vec<Level> = Vec::new();
    let mut next = Some(root);
    loop {
        if let Some(node) = next.take() {
            if levels.len() > DEPTH_MAX {
                return Err(Fault::Fuel { at: cursor.at(), limit: DEPTH_MAX as u32 });
            }
            fuel.burn(cursor.at())?;
            next = enter(types, node, cursor, &mut levels)?;
            if next.is_some() {
                continue;
            }
        }
        let Some(level) = levels.last_mut() else { return Ok(()) };
        next = advance(types, level, cursor)?;
        if next.is_none() {
            levels.pop();
        }
    }
}

/// Passes over a plain value, or opens a level for one that has parts; a union gives its branch.
fn enter(
    types: &Types,
    node: NodeId,
    cursor: &mut Cursor<'_>,
    levels: &mut Vec<Level>,
) -> Result<Option<NodeId>, Fault> {
    match types.get(node) {
        Node::Null => {}
        Node::Boolean => cursor.flag().map(drop)?,
        Node::Int => cursor.int().map(drop)?,
        Node::Long { .. } => cursor.varint().map(drop)?,
        Node::Float => cursor.take(4).map(drop)?,
        Node::Double => cursor.take(8).map(drop)?,
        Node::Bytes | Node::String => cursor.bytes().map(drop)?,
        Node::Fixed(size) => cursor.take(*size).map(drop)?,
        Node::Enum(symbols) => cursor.branch(symbols.len()).map(drop)?,
        Node::Array(item) => levels.push(Level::Items { item: *item, left: 0, keyed: false }),
        Node::Map(item) => levels.push(Level::Items { item: *item, left: 0, keyed: true }),
        Node::Union(branches) => {
            let branch = cursor.branch(branches.len())?;
            return Ok(branches.get(branch).copied());
        }
        Node::Record(_) => levels.push(Level::Fields(node, 0)),
    }
    Ok(None)
}

/// The next part of a level; `None` where it is done.
fn advance(
    types: &Types,
    level: &mut Level,
    cursor: &mut Cursor<'_>,
) -> Result<Option<NodeId>, Fault> {
    match level {
        Level::Fields(record, at) => {
            let Node::Record(fields) = types.get(*record) else { return Ok(None) };
            let field = fields.get(*at).map(|field| field.node);
            *at += 1;
            Ok(field)
        }
        Level::Items { item, left, keyed } => {
            while *left == 0 {
                match cursor.block()? {
                    (0, _) => return Ok(None),
                    (count, None) => *left = count,
                    (_, Some(size)) => {
                        let at = cursor.at();
                        let size = usize::try_from(size).map_err(|_| Fault::Number { at })?;
                        cursor.take(size)?;
                    }
                }
            }
            *left -= 1;
            if *keyed {
                cursor.bytes()?;
            }
            Ok(Some(*item))
        }
    }
}
