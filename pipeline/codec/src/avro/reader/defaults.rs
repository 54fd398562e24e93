//! Defaults of a reader's schema, written once as a row has them.

use super::logical::Logical;
use super::spelling::{self, Spelling};
use super::types::{Kind, Type, TypeId, Types};
use serde_json::Value;

/// Nesting of a default: records may have themselves as their parts' defaults.
const DEPTH_MAX: usize = 64;
/// Bytes of the defaults of a record: each of them may hold many of another.
const BYTES_MAX: usize = 64 * 1_024;

/// Writes a default; `None` where it is none of its type, or too large.
pub(super) fn write(types: &Types, of: TypeId, value: &Value, out: &mut String) -> Option<()> {
    value_of(types, of, value, 0, out)
}

fn value_of(
    types: &Types,
    of: TypeId,
    value: &Value,
    depth: usize,
    out: &mut String,
) -> Option<()> {
    if depth > DEPTH_MAX || out.len() > BYTES_MAX {
        return None;
    }
    let Type { kind, logical } = types.get(of);
    let meaning = |plain| logical.map_or(plain, Spelling::Of);
    match (kind, value) {
        (Kind::Null, Value::Null) => out.push_str("null"),
        (Kind::Boolean, Value::Bool(is)) => out.push_str(if *is { "true" } else { "false" }),
        (Kind::Int, _) => {
            let number = i32::try_from(value.as_i64()?).ok()?;
            spelling::whole(i64::from(number), meaning(Spelling::Whole), out);
        }
        (Kind::Long, _) => spelling::whole(value.as_i64()?, meaning(Spelling::Whole), out),
        (Kind::Float, _) => spelling::float(value.as_f64()? as f32, out),
        (Kind::Double, _) => spelling::double(value.as_f64()?, out),
        (Kind::String, Value::String(text)) => spelling::text(text, out),
        (Kind::Bytes, Value::String(text)) => bytes(text, *logical, out)?,
        (Kind::Fixed { size, .. }, Value::String(text)) => {
            (text.chars().count() == *size).then_some(())?;
            bytes(text, *logical, out)?;
        }
        (Kind::Enum { symbols, .. }, Value::String(text)) => {
            symbols.iter().any(|symbol| **symbol == **text).then(|| spelling::text(text, out))?;
        }
        (Kind::Array(item), Value::Array(list)) => {
            out.push('[');
            for (index, value) in list.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                value_of(types, *item, value, depth + 1, out)?;
            }
            out.push(']');
        }
        (Kind::Map(item), Value::Object(pairs)) => {
            let pairs = pairs.iter().map(|(name, value)| (&**name, *item, Some(value)));
            object(types, pairs, depth, out)?;
        }
        (Kind::Record { fields, .. }, Value::Object(given)) => {
            let fields = fields.iter().map(|field| {
                (&*field.name, field.of, given.get(&*field.name).or(field.default.as_ref()))
            });
            object(types, fields, depth, out)?;
        }
        // Of the first branch, or since 1.12 of any.
        (Kind::Union(branches), _) => branches.iter().find_map(|branch| {
            let length = out.len();
            let written = value_of(types, *branch, value, depth + 1, out);
            if written.is_none() {
                out.truncate(length);
            }
            written
        })?,
        _ => return None,
    }
    Some(())
}

fn object<'a>(
    types: &Types,
    parts: impl Iterator<Item = (&'a str, TypeId, Option<&'a Value>)>,
    depth: usize,
    out: &mut String,
) -> Option<()> {
    out.push('{');
    for (index, (name, of, value)) in parts.enumerate() {
        if index > 0 {
            out.push(',');
        }
        spelling::text(name, out);
        out.push(':');
        value_of(types, of, value?, depth + 1, out)?;
    }
    out.push('}');
    Some(())
}

/// Bytes, each of which a default has as the character of its number.
fn bytes(text: &str, logical: Option<Logical>, out: &mut String) -> Option<()> {
    let raw: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    let spelling = logical.map_or(Spelling::Base64, Spelling::Of);
    spelling::bytes(&raw?, spelling, out).ok()
}
