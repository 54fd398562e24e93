//! A writer's schema as a flat table of types.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Nesting of a schema, which bounds the parser's own depth.
const DEPTH_MAX: usize = 64;
/// Types of a schema; those of real touchpoints have fewer than a hundred.
const NODES_MAX: usize = 10_000;

/// Why a schema cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Not JSON.
    #[error("schema is not json: {0} [D0111]")]
    Json(String),
    /// A type is unknown or lacks something.
    #[error("schema has a type that avro does not know: {0} [D0112]")]
    Type(String),
    /// Too large or nested too deeply.
    #[error("schema has more than {limit} {what} [D0113]")]
    Size {
        /// The limit.
        limit: usize,
        /// Of what.
        what: &'static str,
    },
    /// A touchpoint needs a field that the schema lacks.
    #[error("schema has no field {0}, which a touchpoint needs [D0114]")]
    Missing(String),
    /// A field has a type that it cannot be read from.
    #[error("schema gives field {0} a type that a touchpoint cannot be read from [D0115]")]
    Mismatch(String),
    /// A writer's schema cannot be read by a reader's.
    #[error("writer's schema cannot be read by the reader's: {place}: {why} [D0229]")]
    Unlike {
        /// The path of the field.
        place: String,
        /// What differs.
        why: String,
    },
}

/// The place of a type in the table.
pub(crate) type NodeId = usize;

/// A field of a record.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: Box<str>,
    pub(crate) node: NodeId,
}

/// A type. Named types that name themselves are why these are ids and not boxes.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Null,
    Boolean,
    Int,
    Long { per_milli: i64 },
    Float,
    Double,
    Bytes,
    String,
    Fixed(usize),
    Enum(Box<[Box<str>]>),
    Array(NodeId),
    Map(NodeId),
    Union(Box<[NodeId]>),
    Record(Box<[Field]>),
}

/// The types of a schema.
#[derive(Clone, Debug, Default)]
pub(crate) struct Types {
    nodes: Vec<Node>,
    names: BTreeMap<String, NodeId>,
}

impl Types {
    /// Reads a schema; the second value is its outermost type.
    pub(crate) fn parse(json: &str) -> Result<(Types, NodeId), SchemaError> {
        let value = serde_json::from_str(json).map_err(|e| SchemaError::Json(e.to_string()))?;
        let mut types = Types::default();
        let root = types.add(&value, "", 0)?;
        Ok((types, root))
    }

    /// The type of an id.
    pub(crate) fn get(&self, id: NodeId) -> &Node {
        self.nodes.get(id).unwrap_or(&Node::Null)
    }

    fn push(&mut self, node: Node) -> Result<NodeId, SchemaError> {
        if self.nodes.len() >= NODES_MAX {
            return Err(SchemaError::Size { limit: NODES_MAX, what: "types" });
        }
        self.nodes.push(node);
        Ok(self.nodes.len() - 1)
    }

    fn add(&mut self, value: &Value, space: &str, depth: usize) -> Result<NodeId, SchemaError> {
        if depth > DEPTH_MAX {
            return Err(SchemaError::Size { limit: DEPTH_MAX, what: "levels" });
        }
        match value {
            Value::String(name) => self.named_or_primitive(name, space),
            Value::Array(branches) => {
                let ids: Result<Box<[_]>, _> =
                    branches.iter().map(|branch| self.add(branch, space, depth + 1)).collect();
                let ids = ids?;
                if ids.iter().any(|id| matches!(self.get(*id), Node::Union(_))) {
                    return Err(SchemaError::Type("a union in a union".to_owned()));
                }
                self.push(Node::Union(ids))
            }
            Value::Object(object) => self.object(object, space, depth),
            _ => Err(SchemaError::Type(value.to_string())),
        }
    }

    fn named_or_primitive(&mut self, name: &str, space: &str) -> Result<NodeId, SchemaError> {
        if let Some(node) = primitive(name) {
            return self.push(node);
        }
        let known = self.names.get(&full(name, space)).or_else(|| self.names.get(name));
        known.copied().ok_or_else(|| SchemaError::Type(name.to_owned()))
    }

    fn object(
        &mut self,
        object: &Map<String, Value>,
        space: &str,
        depth: usize,
    ) -> Result<NodeId, SchemaError> {
        let unknown = || SchemaError::Type(Value::Object(object.clone()).to_string());
        let kind = match object.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            Some(inner) => return self.add(inner, space, depth + 1),
            None => return Err(unknown()),
        };
        match kind {
            "array" | "map" => {
                let key = if kind == "array" { "items" } else { "values" };
                let item = self.add(object.get(key).ok_or_else(unknown)?, space, depth + 1)?;
                self.push(if kind == "array" { Node::Array(item) } else { Node::Map(item) })
            }
            "fixed" => {
                let size = object.get("size").and_then(Value::as_u64).ok_or_else(unknown)?;
                let size = usize::try_from(size).map_err(|_| unknown())?;
                self.named(object, space, Node::Fixed(size)).map(|(id, _)| id)
            }
            "enum" => {
                let symbols = object.get("symbols").and_then(Value::as_array);
                let symbols = symbols.ok_or_else(unknown)?.iter().map(Value::as_str);
                let symbols: Option<Box<[Box<str>]>> =
                    symbols.map(|symbol| symbol.map(Box::from)).collect();
                let node = Node::Enum(symbols.ok_or_else(unknown)?);
                self.named(object, space, node).map(|(id, _)| id)
            }
            "record" | "error" => self.record(object, space, depth),
            "long" => {
                let logical = object.get("logicalType").and_then(Value::as_str);
                let per_milli = match logical {
                    Some("timestamp-micros") => 1_000,
                    Some("timestamp-nanos") => 1_000_000,
                    _ => 1,
                };
                self.push(Node::Long { per_milli })
            }
            _ => self.named_or_primitive(kind, space),
        }
    }

    /// Adds a named type under its full name; the second value is the namespace inside it.
    fn named(
        &mut self,
        object: &Map<String, Value>,
        space: &str,
        node: Node,
    ) -> Result<(NodeId, String), SchemaError> {
        let text = |key| object.get(key).and_then(Value::as_str);
        let name = text("name").ok_or_else(|| SchemaError::Type("a type without name".into()))?;
        let name = full(name, text("namespace").unwrap_or(space));
        let inside = name.rsplit_once('.').map_or("", |parts| parts.0).to_owned();
        let id = self.push(node)?;
        self.names.insert(name, id);
        Ok((id, inside))
    }

    fn record(
        &mut self,
        object: &Map<String, Value>,
        space: &str,
        depth: usize,
    ) -> Result<NodeId, SchemaError> {
        // Named before its fields are read: they may name it.
        let (id, inside) = self.named(object, space, Node::Record(Box::default()))?;
        let lacking = || SchemaError::Type("a record whose fields lack a name or a type".into());
        let mut fields = Vec::new();
        for field in object.get("fields").and_then(Value::as_array).ok_or_else(lacking)? {
            let name = field.get("name").and_then(Value::as_str).ok_or_else(lacking)?;
            let node = self.add(field.get("type").ok_or_else(lacking)?, &inside, depth + 1)?;
            fields.push(Field { name: name.into(), node });
        }
        if let Some(slot) = self.nodes.get_mut(id) {
            *slot = Node::Record(fields.into());
        }
        Ok(id)
    }
}

fn full(name: &str, space: &str) -> String {
    if name.contains('.') || space.is_empty() { name.to_owned() } else { format!("{space}.{name}") }
}

fn primitive(name: &str) -> Option<Node> {
    Some(match name {
        "null" => Node::Null,
        "boolean" => Node::Boolean,
        "int" => Node::Int,
        "long" => Node::Long { per_milli: 1 },
        "float" => Node::Float,
        "double" => Node::Double,
        "bytes" => Node::Bytes,
        "string" => Node::String,
        _ => return None,
    })
}
