//! From the text of a schema to its types.

use super::logical::{self, Base, Logical};
use super::types::{Field, Kind, Name, TypeId, Types};
use crate::avro::SchemaError;
use serde_json::{Map, Value};

/// Nesting of a schema, which bounds the parser's own depth.
const DEPTH_MAX: usize = 64;

/// The types of a schema; `named` are schemas whose types it names, each behind those that it
/// itself names.
pub(super) fn parse(schema: &str, named: &[&str]) -> Result<Types, SchemaError> {
    let mut types = Types::default();
    for text in named.iter().chain([&schema]) {
        let value: Value =
            serde_json::from_str(text).map_err(|e| SchemaError::Json(e.to_string()))?;
        types.root = types.add(&value, "", 0)?;
    }
    Ok(types)
}

/// A type that a schema lacks something for, in its own words.
fn unknown(value: &Value) -> SchemaError {
    const SHOWN_MAX: usize = 200;
    let mut text = value.to_string();
    if text.len() > SHOWN_MAX {
        text.truncate(text.floor_char_boundary(SHOWN_MAX));
        text.push('…');
    }
    SchemaError::Type(text)
}

impl Types {
    fn add(&mut self, value: &Value, space: &str, depth: usize) -> Result<TypeId, SchemaError> {
        if depth > DEPTH_MAX {
            return Err(SchemaError::Size { limit: DEPTH_MAX, what: "levels" });
        }
        match value {
            Value::String(name) => self.word(name, &Map::new(), space),
            Value::Array(branches) => self.union(branches, space, depth),
            Value::Object(object) => self.object(value, object, space, depth),
            _ => Err(unknown(value)),
        }
    }

    /// A primitive type, or one that was defined before.
    fn word(
        &mut self,
        word: &str,
        attributes: &Map<String, Value>,
        space: &str,
    ) -> Result<TypeId, SchemaError> {
        if let Some((kind, base)) = primitive(word) {
            let logical = base.and_then(|base| logical::of(base, attributes));
            return self.push(kind, logical);
        }
        let known = self.named(&full(word, space)).or_else(|| self.named(word));
        known.ok_or_else(|| SchemaError::Type(word.to_owned()))
    }

    fn union(
        &mut self,
        branches: &[Value],
        space: &str,
        depth: usize,
    ) -> Result<TypeId, SchemaError> {
        let mut ids: Vec<TypeId> = Vec::with_capacity(branches.len());
        let mut seen = std::collections::BTreeSet::new();
        for branch in branches {
            let id = self.add(branch, space, depth + 1)?;
            let kind = &self.get(id).kind;
            if matches!(kind, Kind::Union(_)) {
                return Err(SchemaError::Type("a union in a union".to_owned()));
            }
            // A named type stands for itself, every other for its kind.
            if !seen.insert(kind.said()) {
                return Err(SchemaError::Type(format!("a union with {} twice", kind.said())));
            }
            ids.push(id);
        }
        if ids.is_empty() {
            return Err(SchemaError::Type("a union of nothing".to_owned()));
        }
        self.push(Kind::Union(ids.into()), None)
    }

    fn object(
        &mut self,
        value: &Value,
        object: &Map<String, Value>,
        space: &str,
        depth: usize,
    ) -> Result<TypeId, SchemaError> {
        let lacking = || unknown(value);
        let kind = match object.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            Some(inner) => return self.add(inner, space, depth + 1),
            None => return Err(lacking()),
        };
        match kind {
            "array" | "map" => {
                let key = if kind == "array" { "items" } else { "values" };
                let item = self.add(object.get(key).ok_or_else(lacking)?, space, depth + 1)?;
                self.push(if kind == "array" { Kind::Array(item) } else { Kind::Map(item) }, None)
            }
            "fixed" => {
                let size = object.get("size").and_then(Value::as_u64);
                let size = size.and_then(|size| usize::try_from(size).ok()).ok_or_else(lacking)?;
                let (name, _) = named(object, space).ok_or_else(lacking)?;
                let logical = logical::of(Base::Fixed(size), object);
                self.push(Kind::Fixed { name, size }, logical)
            }
            "enum" => {
                let (name, _) = named(object, space).ok_or_else(lacking)?;
                let symbols = texts(object.get("symbols")).filter(|symbols| !symbols.is_empty());
                let symbols = symbols.ok_or_else(lacking)?;
                let default = object.get("default").and_then(Value::as_str);
                let default = default.map(|word| symbols.iter().position(|s| **s == *word));
                if default == Some(None) {
                    return Err(lacking());
                }
                self.push(Kind::Enum { name, symbols, default: default.flatten() }, None)
            }
            "record" | "error" => self.record(value, object, space, depth),
            word => self.word(word, object, space),
        }
    }

    fn record(
        &mut self,
        value: &Value,
        object: &Map<String, Value>,
        space: &str,
        depth: usize,
    ) -> Result<TypeId, SchemaError> {
        let (name, inside) = named(object, space).ok_or_else(|| unknown(value))?;
        // Named before its fields are read: they may name it.
        let empty = Kind::Record { name: name.clone(), fields: Box::default() };
        let id = self.push(empty, None::<Logical>)?;
        let mut fields: Vec<Field> = Vec::new();
        let parts = object.get("fields").and_then(Value::as_array);
        for part in parts.ok_or_else(|| unknown(value))? {
            let called = part.get("name").and_then(Value::as_str).ok_or_else(|| unknown(part))?;
            if fields.iter().any(|field| *field.name == *called) {
                let twice = format!("{} with field {called} twice", name.full);
                return Err(SchemaError::Type(twice));
            }
            let of = part.get("type").ok_or_else(|| unknown(part))?;
            fields.push(Field {
                name: called.into(),
                aliases: texts(part.get("aliases")).unwrap_or_default(),
                of: self.add(of, &inside, depth + 1)?,
                default: part.get("default").cloned(),
            });
        }
        self.replace(id, Kind::Record { name, fields: fields.into() });
        Ok(id)
    }
}

/// The name of a type, and the namespace inside it.
fn named(object: &Map<String, Value>, space: &str) -> Option<(Name, String)> {
    let text = |key| object.get(key).and_then(Value::as_str);
    let full_name = full(text("name")?, text("namespace").unwrap_or(space));
    let inside = full_name.rsplit_once('.').map_or("", |parts| parts.0).to_owned();
    let aliases = texts(object.get("aliases")).unwrap_or_default();
    let aliases = aliases.iter().map(|alias| full(alias, &inside).into()).collect();
    Some((Name { full: full_name.into(), aliases }, inside))
}

fn texts(value: Option<&Value>) -> Option<Box<[Box<str>]>> {
    value?.as_array()?.iter().map(|text| text.as_str().map(Box::from)).collect()
}

fn full(name: &str, space: &str) -> String {
    if name.contains('.') || space.is_empty() { name.to_owned() } else { format!("{space}.{name}") }
}

fn primitive(word: &str) -> Option<(Kind, Option<Base>)> {
    Some(match word {
        "null" => (Kind::Null, None),
        "boolean" => (Kind::Boolean, None),
        "int" => (Kind::Int, Some(Base::Int)),
        "long" => (Kind::Long, Some(Base::Long)),
        "float" => (Kind::Float, None),
        "double" => (Kind::Double, None),
        "bytes" => (Kind::Bytes, Some(Base::Bytes)),
        "string" => (Kind::String, Some(Base::String)),
        _ => return None,
    })
}
