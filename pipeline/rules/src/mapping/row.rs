//! A row of a file: fields by column, or an object of JSON whose numbers stay as written.

use super::around::Around;
use super::path::{Access, Step};
use super::row_error::FieldFault;
use minijinja::value::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A row, as a mapping reads it.
pub struct Row<'a> {
    form: Form<'a>,
    around: Option<&'a Around>,
}

enum Form<'a> {
    Fields(&'a [&'a str]),
    Object { text: &'a str, fields: BTreeMap<String, &'a RawValue> },
    Leaves(&'a [Option<&'a str>]),
}

/// What stands at a place of a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// Nothing, or nothing but spaces.
    Nothing,
    /// A text, without the spaces around it.
    Text(Cow<'a, str>),
    /// A number of JSON, as written: never a float.
    Number(&'a str),
    /// A number that an expression has worked out.
    Worked(String),
    /// An object or a list of JSON.
    Nested(&'a str),
    /// A text of JSON that is not Unicode.
    Broken,
}

impl<'a> Row<'a> {
    /// A row of columns, in the order of the mapping's columns.
    pub fn fields(fields: &'a [&'a str]) -> Row<'a> {
        Row { form: Form::Fields(fields), around: None }
    }

    /// A row that is an object of JSON.
    pub fn json(text: &'a str) -> Result<Row<'a>, serde_json::Error> {
        let text = text.trim_ascii();
        let form = Form::Object { text, fields: serde_json::from_str(text)? };
        Ok(Row { form, around: None })
    }

    /// A row of which the value of each path is there as JSON, in the order of a plain mapping's
    /// paths.
    pub fn leaves(leaves: &'a [Option<&'a str>]) -> Row<'a> {
        Row { form: Form::Leaves(leaves), around: None }
    }

    /// This row as the record of a topic that it came in.
    pub fn within(self, around: &'a Around) -> Row<'a> {
        Row { around: Some(around), ..self }
    }

    /// What stands around it, where it came in a record.
    pub(super) fn around(&self) -> Option<&'a Around> {
        self.around
    }

    pub(super) fn cell(&self, access: &Access) -> Cell<'a> {
        match (&self.form, access) {
            (Form::Fields(fields), Access::Column(index)) => {
                fields.get(*index).map_or(Cell::Nothing, |field| text(Cow::Borrowed(*field)))
            }
            (Form::Leaves(leaves), Access::Column(index)) => {
                leaves.get(*index).copied().flatten().map_or(Cell::Nothing, leaf)
            }
            (Form::Object { fields, .. }, Access::Steps(steps)) => {
                walk(fields, steps).map_or(Cell::Nothing, |raw| leaf(raw.get()))
            }
            _ => Cell::Nothing,
        }
    }

    /// What expressions call `body`: the object, or the columns by their names.
    pub(super) fn payload(&self, columns: &[String]) -> Result<Value, FieldFault> {
        match &self.form {
            Form::Fields(fields) => {
                let named = columns.iter().zip(*fields);
                let named = named.map(|(name, field)| (name.clone(), Value::from(field.trim())));
                Ok(Value::from(named.collect::<BTreeMap<String, Value>>()))
            }
            // A plain mapping has no expressions.
            Form::Leaves(_) => Ok(Value::UNDEFINED),
            Form::Object { text, .. } => serde_json::from_str(text).map_err(|_| {
                let fix = "nest less deeply, and write both halves of each pair of \\u escapes";
                FieldFault::shape("is no object that expressions can read", fix)
            }),
        }
    }

    /// What tells this row from others: each field with its length before it, or the object.
    pub(super) fn bytes(&self, mut out: impl FnMut(&[u8])) {
        match &self.form {
            Form::Fields(fields) => {
                for field in *fields {
                    out(&(field.len() as u64).to_le_bytes());
                    out(field.as_bytes());
                }
            }
            Form::Leaves(leaves) => {
                for leaf in leaves.iter().map(|leaf| leaf.unwrap_or_default()) {
                    out(&(leaf.len() as u64).to_le_bytes());
                    out(leaf.as_bytes());
                }
            }
            Form::Object { text, .. } => out(text.as_bytes()),
        }
    }
}

fn walk<'a>(fields: &BTreeMap<String, &'a RawValue>, steps: &[Step]) -> Option<&'a RawValue> {
    let (Step::Key(first), rest) = steps.split_first()? else { return None };
    let mut here = *fields.get(first)?;
    for step in rest {
        here = match step {
            Step::Key(key) => {
                let object: BTreeMap<String, &'a RawValue> = object(here)?;
                *object.get(key)?
            }
            Step::Item(index) => {
                let list: Vec<&'a RawValue> = serde_json::from_str(here.get()).ok()?;
                *list.get(*index)?
            }
        };
    }
    Some(here)
}

fn object(raw: &RawValue) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

fn leaf(raw: &str) -> Cell<'_> {
    match raw.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<String>(raw) {
            Ok(decoded) => text(Cow::Owned(decoded)),
            Err(_) => Cell::Broken,
        },
        Some(b'{' | b'[') => Cell::Nested(raw),
        Some(b't' | b'f') => Cell::Text(Cow::Borrowed(raw)),
        Some(b'n') | None => Cell::Nothing,
        Some(_) => Cell::Number(raw),
    }
}

fn text(text: Cow<'_, str>) -> Cell<'_> {
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    if text.is_empty() { Cell::Nothing } else { Cell::Text(text) }
}
