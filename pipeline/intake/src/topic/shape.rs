//! What a schema of Kafka Connect says beyond JSON: values that would be read wrongly as they lie.

use super::decimal::decimal;
use super::payload::{Fields, quoted, refused};
use codec::Invalid;
use model::Timestamp;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Schemas that are remembered: a topic has one for its values and one for its keys at a time.
const SHAPES_MAX: usize = 16;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// What of a schema matters.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    /// It can be read as it lies.
    Plain,
    /// Base64 of a whole number, and how many of its digits stand behind the point.
    Decimal(i32),
    /// The same with the scale beside it.
    VariableDecimal,
    /// Days since 1970.
    Date,
    Struct(BTreeMap<String, Shape>),
    List(Box<Shape>),
    Map(Box<Shape>),
}

/// Schemas that have been met, by their text.
#[derive(Default)]
pub(super) struct Shapes(Vec<(String, Arc<Shape>)>);

impl Shapes {
    /// A payload with decimals as numbers and days as dates: `12.50`, `"2026-03-25"`.
    pub(super) fn plain<'a>(
        &mut self,
        schema: &str,
        payload: &'a str,
    ) -> Result<Cow<'a, str>, Invalid> {
        let shape = self.of(schema)?;
        match *shape {
            Shape::Plain => Ok(Cow::Borrowed(payload)),
            _ => {
                let mut out = String::with_capacity(payload.len());
                shape.write(payload, "", &mut out)?;
                Ok(Cow::Owned(out))
            }
        }
    }

    fn of(&mut self, schema: &str) -> Result<Arc<Shape>, Invalid> {
        if let Some((_, shape)) = self.0.iter().find(|(text, _)| text == schema) {
            return Ok(Arc::clone(shape));
        }
        let parsed: Value = serde_json::from_str(schema)
            .map_err(|error| mismatch("", &format!("the schema cannot be read ({error})")))?;
        let shape = Arc::new(Shape::of(&parsed));
        if self.0.len() == SHAPES_MAX {
            self.0.remove(0);
        }
        self.0.push((schema.to_owned(), Arc::clone(&shape)));
        Ok(shape)
    }
}

impl Shape {
    fn of(schema: &Value) -> Shape {
        let scale = || schema["parameters"]["scale"].as_str()?.parse().ok();
        match schema["name"].as_str().unwrap_or_default() {
            "org.apache.kafka.connect.data.Decimal" => {
                return Shape::Decimal(scale().unwrap_or(0));
            }
            "io.debezium.data.VariableScaleDecimal" => return Shape::VariableDecimal,
            "org.apache.kafka.connect.data.Date" | "io.debezium.time.Date" => return Shape::Date,
            _ => {}
        }
        let inner = |shape: Shape, whole: fn(Box<Shape>) -> Shape| match shape {
            Shape::Plain => Shape::Plain,
            shape => whole(Box::new(shape)),
        };
        match schema["type"].as_str().unwrap_or_default() {
            "struct" => {
                let fields = schema["fields"].as_array().into_iter().flatten();
                let named = fields.filter_map(|field| {
                    Some((field["field"].as_str()?.to_owned(), Shape::of(field)))
                });
                let odd: BTreeMap<String, Shape> =
                    named.filter(|(_, shape)| *shape != Shape::Plain).collect();
                if odd.is_empty() { Shape::Plain } else { Shape::Struct(odd) }
            }
            "array" => inner(Shape::of(&schema["items"]), Shape::List),
            "map" => inner(Shape::of(&schema["values"]), Shape::Map),
            _ => Shape::Plain,
        }
    }

    /// Writes a value as it can be read; `at` names it in errors.
    fn write(&self, raw: &str, at: &str, out: &mut String) -> Result<(), Invalid> {
        if raw == "null" {
            out.push_str(raw);
            return Ok(());
        }
        match self {
            Shape::Plain => out.push_str(raw),
            Shape::Decimal(scale) => match raw.starts_with('"') {
                true => out.push_str(&number(raw, *scale, at)?),
                // The converter was told to write numbers.
                false => out.push_str(raw),
            },
            Shape::VariableDecimal => {
                let fields: Fields<'_> = read(raw, at)?;
                let scale = fields.get("scale").and_then(|scale| scale.get().parse().ok());
                let value = fields.get("value").map_or("", |value| value.get());
                out.push_str(&number(value, scale.unwrap_or(0), at)?);
            }
            Shape::Date => {
                let days: i64 = read(raw, at)?;
                let time = days.checked_mul(DAY).map(|millis| {
                    let date = Timestamp::from_millis(millis).to_string();
                    date.split('T').next().map(quoted).unwrap_or_default()
                });
                out.push_str(&time.ok_or_else(|| mismatch(at, "is no number of days"))?);
            }
            Shape::Struct(odd) => {
                let fields: Fields<'_> = read(raw, at)?;
                let plain = Shape::Plain;
                object(&fields, out, |name, raw, out| {
                    let at = if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
                    odd.get(name).unwrap_or(&plain).write(raw, &at, out)
                })?;
            }
            // A map whose keys are no texts is a list of pairs, and its values stay as they lie.
            Shape::Map(_) if !raw.starts_with('{') => out.push_str(raw),
            Shape::Map(values) => {
                let fields: Fields<'_> = read(raw, at)?;
                object(&fields, out, |_, raw, out| values.write(raw, at, out))?;
            }
            Shape::List(items) => {
                let list: Vec<&RawValue> = read(raw, at)?;
                out.push('[');
                for (index, item) in list.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    items.write(item.get(), at, out)?;
                }
                out.push(']');
            }
        }
        Ok(())
    }
}

fn object(
    fields: &Fields<'_>,
    out: &mut String,
    mut write: impl FnMut(&str, &str, &mut String) -> Result<(), Invalid>,
) -> Result<(), Invalid> {
    out.push('{');
    for (index, (name, raw)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&quoted(name));
        out.push(':');
        write(name, raw.get(), out)?;
    }
    out.push('}');
    Ok(())
}

fn read<'a, T: serde::Deserialize<'a>>(raw: &'a str, at: &str) -> Result<T, Invalid> {
    serde_json::from_str(raw).map_err(|_| mismatch(at, "is not what the schema says"))
}

fn number(raw: &str, scale: i32, at: &str) -> Result<String, Invalid> {
    let digits: String = read(raw, at)?;
    decimal(&digits, scale).ok_or_else(|| mismatch(at, "is no decimal of at most 38 digits"))
}

fn mismatch(at: &str, problem: &str) -> Invalid {
    let problem = if at.is_empty() { problem.to_owned() } else { format!("field {at} {problem}") };
    refused("D0226", problem, "look at the converter of the connector that wrote it")
}
