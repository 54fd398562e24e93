//! From a writer's schema to steps: what goes where, and what is passed over.

use super::program::{Op, Program, Shape, Slot};
use super::schema::{Node, NodeId, SchemaError, Types};

/// How a writer names the fields of a touchpoint, where it does not name them as we do.
#[derive(Clone, Debug, Default)]
pub struct Names(Vec<(Box<str>, Box<str>)>);

impl Names {
    /// Says that our field has that name in the writer's schema.
    pub fn rename(mut self, ours: &str, theirs: &str) -> Names {
        self.0.push((ours.into(), theirs.into()));
        self
    }

    fn theirs(&self, slot: Slot) -> &str {
        let ours = slot.name();
        self.0.iter().find(|(name, _)| **name == *ours).map_or(ours, |(_, theirs)| theirs)
    }
}

const OUTER: [Slot; 14] = [
    Slot::EventId,
    Slot::Source,
    Slot::Time,
    Slot::CustomerId,
    Slot::Identifiers,
    Slot::Channel,
    Slot::Kind,
    Slot::Value,
    Slot::Subject,
    Slot::Text,
    Slot::Properties,
    Slot::Revision,
    Slot::History,
    Slot::Sealed,
];
const NEEDED: [Slot; 4] = [Slot::EventId, Slot::Time, Slot::Channel, Slot::Kind];
const OF_VALUE: [Slot; 2] = [Slot::Amount, Slot::Currency];
const OF_SEALED: [Slot; 3] = [Slot::SealedBytes, Slot::SealedKey, Slot::SealedAlgorithm];

/// Compiles a schema.
pub(super) fn program(schema: &str, names: &Names) -> Result<Program, SchemaError> {
    let (types, root) = Types::parse(schema)?;
    let Node::Record(fields) = types.get(root) else {
        return Err(SchemaError::Type("a touchpoint that is not a record".to_owned()));
    };
    for slot in NEEDED {
        let name = names.theirs(slot);
        if !fields.iter().any(|field| *field.name == *name) {
            return Err(SchemaError::Missing(name.to_owned()));
        }
    }
    let mut ops = Vec::new();
    for field in fields {
        let slot = OUTER.into_iter().find(|slot| names.theirs(*slot) == &*field.name);
        match slot {
            Some(slot) if wants(&types, field.node, slot) => {
                value(&types, field.node, slot, &mut ops);
            }
            Some(_) => return Err(SchemaError::Mismatch(field.name.to_string())),
            None => pass(&types, field.node, &mut ops),
        }
    }
    Ok(Program { types, ops })
}

/// Whether a field can be read from a type, from at least one branch of a union.
fn wants(types: &Types, node: NodeId, slot: Slot) -> bool {
    match types.get(node) {
        Node::Union(branches) => branches.iter().any(|branch| fits(types, *branch, slot)),
        _ => fits(types, node, slot),
    }
}

fn is_text(node: &Node) -> bool {
    matches!(node, Node::String | Node::Bytes | Node::Fixed(_) | Node::Enum(_))
}

/// Whether a field can be read from a type that is not a union.
fn fits(types: &Types, node: NodeId, slot: Slot) -> bool {
    let node = types.get(node);
    let is_number = matches!(node, Node::Int | Node::Long { .. });
    match slot {
        Slot::Time | Slot::Revision | Slot::Amount => is_number,
        Slot::History => matches!(node, Node::Boolean),
        Slot::Identifiers | Slot::Properties => {
            matches!(node, Node::Map(item) if shape(types, *item).is_some())
        }
        // Money as a bare number has no currency, which its reader then supplies.
        Slot::Value => is_number || inner_fits(types, node, &OF_VALUE, Slot::Amount),
        Slot::Sealed => inner_fits(types, node, &OF_SEALED, Slot::SealedBytes),
        Slot::EventId
        | Slot::Source
        | Slot::CustomerId
        | Slot::Channel
        | Slot::Kind
        | Slot::Currency
        | Slot::Subject
        | Slot::Text
        | Slot::SealedBytes
        | Slot::SealedKey
        | Slot::SealedAlgorithm => is_text(node),
    }
}

/// Whether a record has the one field it must have, and every field that is wanted is readable.
fn inner_fits(types: &Types, node: &Node, inner: &[Slot], needed: Slot) -> bool {
    let Node::Record(fields) = node else { return false };
    let known = |name: &str| inner.iter().copied().find(|slot| slot.name() == name);
    fields.iter().any(|field| *field.name == *needed.name())
        && fields.iter().all(|f| known(&f.name).is_none_or(|slot| wants(types, f.node, slot)))
}

fn shape(types: &Types, item: NodeId) -> Option<Shape> {
    let plain = |id: &NodeId| matches!(types.get(*id), Node::String | Node::Bytes);
    let null = |id: &NodeId| matches!(types.get(*id), Node::Null);
    match types.get(item) {
        Node::String | Node::Bytes => Some(Shape::Text),
        Node::Union(branches) => match branches.as_ref() {
            [a, b] if null(a) && plain(b) => Some(Shape::Nullable(0)),
            [a, b] if plain(a) && null(b) => Some(Shape::Nullable(1)),
            _ => None,
        },
        _ => None,
    }
}

/// Steps that read a value whose type fits.
fn value(types: &Types, node: NodeId, slot: Slot, ops: &mut Vec<Op>) {
    match types.get(node) {
        Node::Union(branches) => union(types, branches, slot, ops),
        Node::String => ops.push(Op::Text(slot)),
        Node::Bytes => ops.push(Op::Bytes(slot)),
        Node::Fixed(size) => ops.push(Op::Fixed(slot, *size)),
        Node::Enum(symbols) => ops.push(Op::Enum(slot, symbols.clone())),
        Node::Int => ops.push(Op::Int(slot)),
        Node::Long { per_milli } => {
            // Only a time has a unit to be brought to ours.
            ops.push(Op::Long(slot, if slot == Slot::Time { *per_milli } else { 1 }));
        }
        Node::Boolean => ops.push(Op::Flag),
        Node::Map(item) => match shape(types, *item) {
            Some(shape) => ops.push(Op::Map(slot, shape)),
            None => ops.push(Op::Refuse(slot)),
        },
        Node::Record(fields) => {
            ops.push(Op::Begin(slot));
            let inner: &[Slot] = if slot == Slot::Sealed { &OF_SEALED } else { &OF_VALUE };
            for field in fields {
                match inner.iter().find(|slot| slot.name() == &*field.name) {
                    Some(slot) => value(types, field.node, *slot, ops),
                    None => pass(types, field.node, ops),
                }
            }
        }
        Node::Null | Node::Float | Node::Double | Node::Array(_) => ops.push(Op::Refuse(slot)),
    }
}

/// A branch each, and a jump to the end behind it. Null leaves the field as it was.
fn union(types: &Types, branches: &[NodeId], slot: Slot, ops: &mut Vec<Op>) {
    let head = ops.len();
    ops.push(Op::Union(Box::default()));
    let mut places = Vec::with_capacity(branches.len());
    let mut jumps = Vec::with_capacity(branches.len());
    for branch in branches {
        places.push(ops.len());
        match types.get(*branch) {
            Node::Null => {}
            _ if fits(types, *branch, slot) => value(types, *branch, slot, ops),
            _ => ops.push(Op::Refuse(slot)),
        }
        jumps.push(ops.len());
        ops.push(Op::Jump(0));
    }
    let end = ops.len();
    for jump in jumps {
        if let Some(op) = ops.get_mut(jump) {
            *op = Op::Jump(end);
        }
    }
    if let Some(op) = ops.get_mut(head) {
        *op = Op::Union(places.into());
    }
}

fn pass(types: &Types, node: NodeId, ops: &mut Vec<Op>) {
    match types.get(node) {
        Node::Null => {}
        Node::Long { .. } => ops.push(Op::SkipNumber),
        Node::Bytes | Node::String => ops.push(Op::SkipBytes),
        Node::Fixed(size) => ops.push(Op::SkipFixed(*size)),
        Node::Float => ops.push(Op::SkipFixed(4)),
        Node::Double => ops.push(Op::SkipFixed(8)),
        Node::Boolean
        | Node::Int
        | Node::Enum(_)
        | Node::Array(_)
        | Node::Map(_)
        | Node::Union(_)
        | Node::Record(_) => ops.push(Op::Skip(node)),
    }
}
