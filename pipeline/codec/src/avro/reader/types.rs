//! A schema with all that matters for reading by another one: names, aliases, defaults, meanings.

use super::logical::Logical;
use crate::avro::SchemaError;
use serde_json::Value;
use std::collections::BTreeMap;

/// Types of a schema; the largest of real systems have a few thousand.
const TYPES_MAX: usize = 10_000;

/// The place of a type in the table.
pub(super) type TypeId = usize;

/// A type, and what its values stand for.
#[derive(Clone, Debug)]
pub(super) struct Type {
    pub(super) kind: Kind,
    pub(super) logical: Option<Logical>,
}

/// A type. Named types that name themselves are why these are ids and not boxes.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Fixed { name: Name, size: usize },
    Enum { name: Name, symbols: Box<[Box<str>]>, default: Option<usize> },
    Array(TypeId),
    Map(TypeId),
    Union(Box<[TypeId]>),
    Record { name: Name, fields: Box<[Field]> },
}

impl Kind {
    /// The word for it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Boolean => "boolean",
            Kind::Int => "int",
            Kind::Long => "long",
            Kind::Float => "float",
            Kind::Double => "double",
            Kind::Bytes => "bytes",
            Kind::String => "string",
            Kind::Fixed { .. } => "fixed",
            Kind::Enum { .. } => "enum",
            Kind::Array(_) => "array",
            Kind::Map(_) => "map",
            Kind::Union(_) => "union",
            Kind::Record { .. } => "record",
        }
    }

    /// The name, of a type that has one.
    pub(super) fn name(&self) -> Option<&Name> {
        match self {
            Kind::Fixed { name, .. } | Kind::Enum { name, .. } | Kind::Record { name, .. } => {
                Some(name)
            }
            _ => None,
        }
    }

    /// How a message calls it: by its name, or by its word.
    pub(super) fn said(&self) -> String {
        match self.name() {
            Some(name) => format!("{} {}", self.word(), name.full),
            None => self.word().to_owned(),
        }
    }
}

/// The full name of a type, and those that it had before.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) full: Box<str>,
    pub(super) aliases: Box<[Box<str>]>,
}

impl Name {
    /// The name without its namespace.
    pub(super) fn short(&self) -> &str {
        self.full.rsplit('.').next().unwrap_or_default()
    }
}

/// A field of a record.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: Box<str>,
    pub(super) aliases: Box<[Box<str>]>,
    pub(super) of: TypeId,
    pub(super) default: Option<Value>,
}

/// The types of a schema, and which is the outermost.
#[derive(Clone, Debug, Default)]
pub(super) struct Types {
    types: Vec<Type>,
    names: BTreeMap<String, TypeId>,
    pub(super) root: TypeId,
}

const NULL: Type = Type { kind: Kind::Null, logical: None };

impl Types {
    /// The type of an id.
    pub(super) fn get(&self, id: TypeId) -> &Type {
        self.types.get(id).unwrap_or(&NULL)
    }

    /// The type of a full name.
    pub(super) fn named(&self, name: &str) -> Option<TypeId> {
        self.names.get(name).copied()
    }

    /// Adds a type.
    pub(super) fn push(&mut self, kind: Kind, of: Option<Logical>) -> Result<TypeId, SchemaError> {
        if self.types.len() >= TYPES_MAX {
            return Err(SchemaError::Size { limit: TYPES_MAX, what: "types" });
        }
        if let Some(name) = kind.name() {
            let name = name.full.to_string();
            if self.names.insert(name.clone(), self.types.len()).is_some() {
                return Err(SchemaError::Type(format!("{name}, which is defined twice")));
            }
        }
        self.types.push(Type { kind, logical: of });
        Ok(self.types.len() - 1)
    }

    /// Puts a type in the place of another, of the same name.
    pub(super) fn replace(&mut self, id: TypeId, kind: Kind) {
        if let Some(place) = self.types.get_mut(id) {
            place.kind = kind;
        }
    }
}
