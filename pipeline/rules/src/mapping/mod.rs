//! Mappings: TOML in, a compiled mapping or one mistake out; then a row in, a touchpoint out.
//!
//! ```text
//! text ── toml ──► tables with places ──► values, paths ──► columns ──► Mapping
//!                        └────────────── the first mistake ──────────────► MapError
//! row ── drop? ──► kind, channel ──► time, money, who ──► event_id ──► Draft
//!          └► nothing          └────── the first fault ──────► RowError
//! ```
//!
//! A value is a path (`.email`), a constant, the first of several (`any`) or a table of words
//! (`of`). Expressions, lists and conditions besides equality are not read by this version.

mod decimal;
mod dropping;
mod file;
mod mistake;
mod money;
mod occurrences;
mod path;
mod row;
mod row_error;
mod time;
mod value;

pub use file::{Encoding, FileShape, Format};
pub use mistake::MappingMistake;
pub use occurrences::Occurrences;
pub use row::Row;
pub use row_error::RowError;

use crate::map::error::{Fault, MapError};
use crate::map::fields::{Fields, Word, wrong_type};
use crate::map::{Mistake, document, name};
use dropping::Dropping;
use model::Draft;
use money::Money;
use path::Access;
use row::Cell;
use row_error::FieldFault;
use std::collections::BTreeMap;
use time::Time;
use toml::de::DeValue;
use value::{Compiler, Found, Reading, Value, missing, plain_text};

const KEYS: &[&str] = &[
    "source",
    "event_id",
    "time",
    "channel",
    "kind",
    "customer_id",
    "identifiers",
    "properties",
    "value",
    "subject",
    "text",
    "drop",
    "file",
];
/// Nesting of an object or a list that a property may hold.
const DEPTH_MAX: usize = 16;

/// A mapping: how a row becomes a touchpoint.
#[derive(Clone, Debug)]
pub struct Mapping {
    text: String,
    file_name: String,
    file: FileShape,
    source: Value,
    event_id: Option<Value>,
    time: Time,
    channel: Value,
    kind: Value,
    customer_id: Option<Value>,
    identifiers: Vec<Named>,
    properties: Vec<Named>,
    value: Option<Money>,
    subject: Option<Value>,
    said: Option<Value>,
    dropping: Vec<Dropping>,
    compiler: Compiler,
}

/// An identifier or a property: its name, what errors call it, and where it comes from.
#[derive(Clone, Debug)]
struct Named {
    name: String,
    field: String,
    value: Value,
}

/// Reads a mapping; whatever in it is not understood is refused. `file_name` is for errors.
pub fn parse_mapping(text: &str, file_name: &str) -> Result<Mapping, MapError> {
    read(text, file_name).map_err(|fault| fault.in_file(text, file_name))
}

fn read(text: &str, file_name: &str) -> Result<Mapping, Fault> {
    let document = document(text)?;
    file::check_built(document.get_ref())?;
    let root = Fields::new("the mapping", 0..0, document.get_ref(), KEYS)?;
    let file = FileShape::read(&root)?;
    let mut compiler = Compiler::new(file.is_columns());
    let signs = file.signs;
    let must =
        |key, example| root.get(key).ok_or_else(|| missing("the mapping", key, example, &(0..0)));

    let time = Time::read(&mut compiler, must("time", "time = \".created_at\"")?)?;
    let channel = word(&root, &mut compiler, "channel", "channel = \"store\"")?;
    let kind = word(&root, &mut compiler, "kind", "kind = \"purchase_made\"")?;
    let source = match root.get("source") {
        Some(value) => compiler.keeping("source", value)?,
        None => Value::Constant(String::new()),
    };
    let differing = |compiler: &mut Compiler, key: &'static str| {
        root.get(key).map(|value| compiler.differing(key, value)).transpose()
    };
    let event_id = differing(&mut compiler, "event_id")?;
    let customer_id = differing(&mut compiler, "customer_id")?;
    let identifiers = named(&root, &mut compiler, "identifiers", true)?;
    if customer_id.is_none() && identifiers.is_empty() {
        let example = "customer_id = \".customer\", or identifiers = { email = \".email\" }";
        return Err(missing("the mapping", "customer_id", example, &(0..0)));
    }
    let properties = named(&root, &mut compiler, "properties", false)?;
    let value = root.get("value").map(|value| Money::read(&mut compiler, value, signs));
    let value = value.transpose()?;
    let keeping = |compiler: &mut Compiler, key: &'static str| {
        root.get(key).map(|value| compiler.keeping(key, value)).transpose()
    };
    let subject = keeping(&mut compiler, "subject")?;
    let said = keeping(&mut compiler, "text")?;
    let dropping = dropping::read(&mut compiler, root.get("drop"))?;
    if let Some(columns) = &file.columns {
        resolve(&mut compiler, columns)?;
    }
    let (text, file_name) = (text.to_owned(), file_name.to_owned());
    Ok(Mapping {
        text,
        file_name,
        file,
        source,
        event_id,
        time,
        channel,
        kind,
        customer_id,
        identifiers,
        properties,
        value,
        subject,
        said,
        dropping,
        compiler,
    })
}

/// Kind or channel: must be there, and what stands in the mapping must be a name.
fn word(
    root: &Fields<'_>,
    compiler: &mut Compiler,
    key: &'static str,
    example: &'static str,
) -> Result<Value, Fault> {
    let value = root.get(key).ok_or_else(|| missing("the mapping", key, example, &(0..0)))?;
    let compiled = compiler.value(key, value)?;
    for text in compiled.constants() {
        name::check_free(key, &Word { text, span: value.span() })?;
    }
    Ok(compiled)
}

/// A table of names and values: identifiers, properties.
fn named(
    root: &Fields<'_>,
    compiler: &mut Compiler,
    key: &'static str,
    must_differ: bool,
) -> Result<Vec<Named>, Fault> {
    let Some(value) = root.get(key) else { return Ok(Vec::new()) };
    let DeValue::Table(table) = value.get_ref() else {
        return Err(wrong_type(key, value, "a table of names and values"));
    };
    let mut all = Vec::new();
    for (name, value) in table {
        let word = Word { text: name.get_ref().as_ref(), span: name.span() };
        name::check(if must_differ { "identifier" } else { "property" }, &word)?;
        let field = format!("{key}.{}", word.text);
        let value = match must_differ {
            true => compiler.differing(&field, value)?,
            false => compiler.keeping(&field, value)?,
        };
        all.push(Named { name: word.text.to_owned(), field, value });
    }
    Ok(all)
}

/// Gives each path its column, or refuses the first that the file does not have.
fn resolve(compiler: &mut Compiler, columns: &[String]) -> Result<(), Fault> {
    for path in &mut compiler.paths {
        let name = path.name.clone();
        let mut same = columns.iter().enumerate().filter(|(_, column)| **column == name);
        match (same.next(), same.next()) {
            (Some((index, _)), None) => path.access = Access::Column(index),
            (Some(_), Some(_)) => {
                let mistake = Mistake::Duplicate { sort: "column", name };
                return Err(Fault::new(mistake, &path.span));
            }
            (None, _) => {
                let columns = columns.to_vec();
                return Err(Fault::new(MappingMistake::Column { name, columns }, &path.span));
            }
        }
    }
    Ok(())
}

impl Mapping {
    /// How the rows of the file are written.
    pub fn file(&self) -> &FileShape {
        &self.file
    }

    /// This mapping for a file with these columns, as its header names them.
    ///
    /// Refused, at its place in the mapping, where a path names a column that the file lacks.
    pub fn with_columns(mut self, columns: &[String]) -> Result<Mapping, MapError> {
        match resolve(&mut self.compiler, columns) {
            Ok(()) => Ok(self),
            Err(fault) => Err(fault.in_file(&self.text, &self.file_name)),
        }
    }

    /// The source of every row, where the mapping says one and not a path to it.
    pub fn constant_source(&self) -> Option<&str> {
        match &self.source {
            Value::Constant(source) => Some(source),
            _ => None,
        }
    }

    /// This mapping with another source, whatever it says itself.
    pub fn with_source(mut self, source: &str) -> Mapping {
        self.source = Value::Constant(source.to_owned());
        self
    }

    /// The touchpoint of a row; `None` where the mapping drops it, which `seen` counts.
    ///
    /// `number` is the row's place in the file, from 1 without the header, and is for errors. How
    /// long texts may be is not judged here.
    ///
    /// # Panics
    /// When the columns of the file have not been given by `columns` or [`Mapping::with_columns`].
    pub fn draft(
        &self,
        row: &Row<'_>,
        number: u64,
        seen: &mut Occurrences,
    ) -> Result<Option<Draft>, RowError> {
        let paths = &self.compiler.paths;
        let is_ready = paths.iter().all(|path| path.access != Access::Named);
        assert!(is_ready, "a mapping was used before the columns of its file were known");
        let reading = Reading { row, number, paths };
        if let Some(reason) = self.dropping.iter().find_map(|drop| drop.reason(&reading)) {
            seen.drop(reason);
            return Ok(None);
        }
        let Some(kind) = self.word(&reading, "kind", &self.kind, seen)? else { return Ok(None) };
        let channel = self.word(&reading, "channel", &self.channel, seen)?;
        let Some(channel) = channel else { return Ok(None) };
        let optional = |field, value: &Option<Value>| match value {
            Some(value) => {
                let text = reading.text(field, value)?;
                Ok(text.map(|text| text.into_owned()).unwrap_or_default())
            }
            None => Ok(String::new()),
        };
        let mut draft = Draft {
            source: reading.text("source", &self.source)?.unwrap_or_default().into_owned(),
            time: self.time.of(&reading)?,
            customer_id: optional("customer_id", &self.customer_id)?,
            identifiers: self.identifiers(&reading)?,
            value: self.value.as_ref().map(|money| money.of(&reading)).transpose()?.flatten(),
            subject: optional("subject", &self.subject)?,
            text: optional("text", &self.said)?,
            properties: self.properties(&reading)?,
            channel,
            kind,
            ..Draft::default()
        };
        if draft.customer_id.is_empty() && draft.identifiers.is_empty() {
            let fix = "fill the column of the customer or of one identifier, or drop such rows";
            return Err(reading.fault("customer_id", FieldFault::missing(fix)));
        }
        draft.event_id = self.event_id(&reading, &draft.source, seen)?;
        Ok(Some(draft))
    }

    /// Kind or channel of a row; `None` where its table drops the row.
    fn word(
        &self,
        reading: &Reading<'_>,
        field: &'static str,
        value: &Value,
        seen: &mut Occurrences,
    ) -> Result<Option<String>, RowError> {
        if matches!(reading.find(value), Found::Drop) {
            seen.drop(&format!("{field} dropped by its table"));
            return Ok(None);
        }
        let text = reading.required(field, value, "fill the column, or drop such rows")?;
        Ok(Some(text.into_owned()))
    }

    fn event_id(
        &self,
        reading: &Reading<'_>,
        source: &str,
        seen: &mut Occurrences,
    ) -> Result<String, RowError> {
        const FIELD: &str = "event_id";
        let Some(value) = &self.event_id else {
            return seen.id(source, reading.row).map_err(|fault| reading.fault(FIELD, fault));
        };
        let fix = "fill the column, or take `event_id` out: rows are then named by their content";
        Ok(reading.required(FIELD, value, fix)?.into_owned())
    }

    /// Identifiers; those that are empty say nothing and are dropped.
    fn identifiers(&self, reading: &Reading<'_>) -> Result<BTreeMap<String, String>, RowError> {
        let mut identifiers = BTreeMap::new();
        for Named { name, field, value } in &self.identifiers {
            if let Some(text) = reading.text(field, value)? {
                identifiers.insert(name.clone(), text.into_owned());
            }
        }
        Ok(identifiers)
    }

    /// Properties; an object or a list is kept as JSON.
    fn properties(&self, reading: &Reading<'_>) -> Result<BTreeMap<String, String>, RowError> {
        let mut properties = BTreeMap::new();
        for Named { name, field, value } in &self.properties {
            let fault = |fault| reading.fault(field, fault);
            let text = match reading.find(value) {
                Found::Cell(Cell::Nested(raw)) if depth(raw) > DEPTH_MAX => {
                    let fix = "nest at most 16 levels, or name a field within it";
                    return Err(fault(FieldFault::shape("is nested too deeply", fix)));
                }
                Found::Cell(Cell::Nested(raw)) => Some(raw.to_owned()),
                Found::Cell(cell) => plain_text(cell).map_err(fault)?.map(|text| text.into_owned()),
                Found::Unlisted(..) | Found::Drop => None,
            };
            if let Some(text) = text {
                properties.insert(name.clone(), text);
            }
        }
        Ok(properties)
    }
}

/// How deeply an object or a list of JSON is nested.
fn depth(raw: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut is_escaped) = (0_usize, 0, false, false);
    for byte in raw.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_text,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
