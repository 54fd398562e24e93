//! Where a value comes from: a constant, a path, an expression, the first of several, a table of
//! words.

use super::expression::{self, Expression};
use super::lookup::Lookup;
use super::mistake::MappingMistake;
use super::path::Path;
use super::row::{Cell, Row};
use super::row_error::{FieldFault, RowError};
use super::scope::Scope;
use crate::map::error::Fault;
use crate::map::fields::{Fields, Word, wrong_type};
use std::borrow::Cow;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The word of a table that drops the row.
const DROP: &str = "drop";

/// Where a value comes from.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// The same in every row.
    Constant(String),
    /// What the path of this index leads to.
    Path(usize),
    /// What an expression says.
    Expression(Expression),
    /// The first that is something.
    Any(Vec<Value>),
    /// What a table says of it.
    Table(Box<Table>),
    /// What stands for it in another file.
    Lookup(Box<LookingUp>),
}

/// A word, and which lookup it is looked up in.
#[derive(Clone, Debug)]
pub(super) struct LookingUp {
    index: usize,
    key: Value,
    otherwise: Option<Value>,
}

/// A table of words.
#[derive(Clone, Debug)]
pub(super) struct Table {
    of: Value,
    words: BTreeMap<String, Verdict>,
    otherwise: Option<Verdict>,
}

/// What a table says of a word.
#[derive(Clone, Debug)]
enum Verdict {
    Is(Value),
    Drop,
}

/// A value of one row.
pub(super) enum Found<'a> {
    /// What a cell holds.
    Cell(Cell<'a>),
    /// A word that no table has.
    Unlisted(String, Vec<&'a str>),
    /// The row is to be dropped.
    Drop,
    /// An expression could not be worked out.
    Fault(FieldFault),
}

/// Which kind of a row the paths lead into, and every path of the mapping.
#[derive(Clone, Debug)]
pub(super) struct Compiler {
    is_columns: bool,
    pub(super) paths: Vec<Path>,
    /// Names that the mapping gives by `let` and `each`, as far as it has been read.
    pub(super) names: Vec<String>,
    pub(super) lookups: Vec<Lookup>,
}

impl Compiler {
    pub(super) fn new(is_columns: bool, lookups: Vec<Lookup>) -> Compiler {
        Compiler { is_columns, paths: Vec::new(), names: Vec::new(), lookups }
    }

    /// The value that a key holds.
    pub(super) fn value(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Value, Fault> {
        match value.get_ref() {
            DeValue::String(text) => {
                let word = Word { text: text.as_ref(), span: value.span() };
                match text.strip_prefix('=') {
                    Some(expression) => Expression::compile(key, &word, expression, &self.names)
                        .map(Value::Expression),
                    None if text.starts_with('.') => self.path(&word),
                    None => constant(key, &word),
                }
            }
            DeValue::Table(table) if table.contains_key("any") => self.any(key, value, table),
            DeValue::Table(table) if table.contains_key("of") => self.table(key, value, table),
            DeValue::Table(table) if table.contains_key("lookup") => self.lookup(key, value, table),
            _ => plain(value).map(Value::Constant).ok_or_else(|| {
                let expected = "a path like \".name\", a constant, { any = [ ] }, \
                                { of = \".name\", table = { } } or \
                                { lookup = \"customers\", key = \".name\" }";
                wrong_type(key, value, expected)
            }),
        }
    }

    /// The value of a field in which rows must differ: no constant, whole or in part. It may not
    /// drop its row either.
    pub(super) fn differing(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Value, Fault> {
        let compiled = self.keeping(key, value)?;
        match compiled.constant() {
            Some(text) => {
                let (key, text) = (key.to_owned(), text.to_owned());
                Err(Fault::new(MappingMistake::Constant { key, text }, &value.span()))
            }
            None => Ok(compiled),
        }
    }

    /// A value that may not drop its row.
    pub(super) fn keeping(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Value, Fault> {
        let compiled = self.value(key, value)?;
        if compiled.drops() {
            return Err(Fault::new(MappingMistake::Drop(key.to_owned()), &value.span()));
        }
        Ok(compiled)
    }

    /// A path, which stands once among the paths however often it is named.
    pub(super) fn path(&mut self, word: &Word<'_>) -> Result<Value, Fault> {
        let path = if self.is_columns { Path::of_columns(word)? } else { Path::of_json(word)? };
        let known = self.paths.iter().position(|other| other.name == path.name);
        Ok(Value::Path(known.unwrap_or_else(|| {
            self.paths.push(path);
            self.paths.len() - 1
        })))
    }

    fn any(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        table: &DeTable<'_>,
    ) -> Result<Value, Fault> {
        let fields = Fields::new("a value", value.span(), table, &["any"])?;
        let Some(list) = fields.get("any") else { return Ok(Value::Any(Vec::new())) };
        let DeValue::Array(items) = list.get_ref() else {
            return Err(wrong_type("any", list, "a list, like [\".mobile\", \".phone\"]"));
        };
        if items.is_empty() {
            return Err(Fault::new(MappingMistake::Nothing("any".into()), &list.span()));
        }
        items.iter().map(|item| self.value(key, item)).collect::<Result<_, _>>().map(Value::Any)
    }

    fn lookup(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        table: &DeTable<'_>,
    ) -> Result<Value, Fault> {
        let fields = Fields::new("a value", value.span(), table, &["lookup", "key", "else"])?;
        let name = fields.required("lookup", "lookup = \"customers\"")?;
        let Some(index) = self.lookups.iter().position(|lookup| lookup.name == name.text) else {
            let known = self.lookups.iter().map(|lookup| lookup.name.clone()).collect();
            let mistake = MappingMistake::Lookup { name: name.text.to_owned(), known };
            return Err(Fault::new(mistake, &name.span));
        };
        let example = "{ lookup = \"customers\", key = \".customer\" }";
        let word =
            fields.get("key").ok_or_else(|| missing("a value", "key", example, &value.span()));
        let word = self.differing("key", word?)?;
        let otherwise = fields.get("else").map(|value| self.value(key, value)).transpose()?;
        Ok(Value::Lookup(Box::new(LookingUp { index, key: word, otherwise })))
    }

    fn table(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        table: &DeTable<'_>,
    ) -> Result<Value, Fault> {
        let fields = Fields::new("a value", value.span(), table, &["of", "table", "else"])?;
        let of = match fields.get("of") {
            Some(of) => self.differing("of", of)?,
            None => return Ok(Value::Any(Vec::new())),
        };
        let words = match fields.get("table").map(|table| (table, table.get_ref())) {
            Some((_, DeValue::Table(words))) if !words.is_empty() => words,
            Some((place, DeValue::Table(_))) => {
                return Err(Fault::new(MappingMistake::Nothing("table".into()), &place.span()));
            }
            Some((place, _)) => {
                return Err(wrong_type(
                    "table",
                    place,
                    "a table, like { paid = \"purchase_made\" }",
                ));
            }
            None => {
                let example = "{ of = \".status\", table = { paid = \"purchase_made\" } }";
                return Err(missing("a value", "table", example, &value.span()));
            }
        };
        let mut verdict = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
            DeValue::String(text) if text == DROP => Ok(Verdict::Drop),
            _ => self.value(key, value).map(Verdict::Is),
        };
        let mut listed = BTreeMap::new();
        for (word, value) in words {
            listed.insert(word.get_ref().trim().to_owned(), verdict(value)?);
        }
        let otherwise = fields.get("else").map(verdict).transpose()?;
        Ok(Value::Table(Box::new(Table { of, words: listed, otherwise })))
    }
}

pub(super) fn missing(
    place: &'static str,
    key: &'static str,
    example: &'static str,
    span: &std::ops::Range<usize>,
) -> Fault {
    Fault::new(crate::map::Mistake::Missing { place, key, example }, span)
}

/// A text that is not a path.
fn constant(key: &str, word: &Word<'_>) -> Result<Value, Fault> {
    // So the payload is called in expressions; as a constant it would be the same in every row.
    if let Some(name) = word.text.strip_prefix("body.") {
        let (key, text) = (key.to_owned(), name.to_owned());
        return Err(Fault::new(MappingMistake::Constant { key, text }, &word.span));
    }
    Ok(Value::Constant(word.text.to_owned()))
}

/// A constant as text: a text, a whole number, true or false.
pub(super) fn plain(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|n| n.to_string())
        }
        DeValue::Boolean(is_true) => Some(is_true.to_string()),
        _ => None,
    }
}

impl Value {
    /// The first constant among what the value may be, those of tables left out.
    fn constant(&self) -> Option<&str> {
        match self {
            Value::Constant(text) => Some(text),
            Value::Path(_) | Value::Expression(_) | Value::Table(_) | Value::Lookup(_) => None,
            Value::Any(values) => values.iter().find_map(Value::constant),
        }
    }

    /// What of it is more than paths, constants and tables; `None` where nothing is.
    pub(super) fn beyond_plain(&self) -> Option<&'static str> {
        let of_verdict = |verdict: &Verdict| match verdict {
            Verdict::Drop => None,
            Verdict::Is(value) => value.beyond_plain(),
        };
        match self {
            Value::Constant(_) | Value::Path(_) => None,
            Value::Expression(_) => Some("an expression"),
            Value::Lookup(_) => Some("a lookup"),
            Value::Any(values) => values.iter().find_map(Value::beyond_plain),
            Value::Table(table) => (table.of.beyond_plain())
                .or_else(|| table.words.values().chain(&table.otherwise).find_map(of_verdict)),
        }
    }

    /// Whether the row may be dropped by it.
    fn drops(&self) -> bool {
        let is_drop = |verdict: &Verdict| match verdict {
            Verdict::Drop => true,
            Verdict::Is(value) => value.drops(),
        };
        match self {
            Value::Constant(_) | Value::Path(_) | Value::Expression(_) => false,
            Value::Any(values) => values.iter().any(Value::drops),
            Value::Lookup(lookup) => lookup.otherwise.as_ref().is_some_and(Value::drops),
            Value::Table(table) => {
                table.of.drops()
                    || table.words.values().any(is_drop)
                    || table.otherwise.as_ref().is_some_and(is_drop)
            }
        }
    }

    /// Every constant that the value may be, with those of tables.
    pub(super) fn constants(&self) -> Vec<&str> {
        match self {
            Value::Constant(text) => vec![text],
            Value::Path(_) | Value::Expression(_) => Vec::new(),
            Value::Any(values) => values.iter().flat_map(Value::constants).collect(),
            Value::Lookup(lookup) => lookup.otherwise.iter().flat_map(Value::constants).collect(),
            Value::Table(table) => table
                .words
                .values()
                .chain(&table.otherwise)
                .filter_map(|verdict| match verdict {
                    Verdict::Drop => None,
                    Verdict::Is(value) => Some(value),
                })
                .flat_map(Value::constants)
                .collect(),
        }
    }
}

/// One row, and the paths that lead into it.
pub(super) struct Reading<'a> {
    pub(super) row: &'a Row<'a>,
    pub(super) number: u64,
    pub(super) paths: &'a [Path],
    pub(super) lookups: &'a [Lookup],
    /// What expressions see.
    pub(super) scope: &'a Scope<'a>,
}

impl<'a> Reading<'a> {
    pub(super) fn find(&self, value: &'a Value) -> Found<'a> {
        match value {
            Value::Constant(text) if text.is_empty() => Found::Cell(Cell::Nothing),
            Value::Constant(text) => Found::Cell(Cell::Text(Cow::Borrowed(text))),
            Value::Path(index) => Found::Cell(self.row.cell(&self.paths[*index].access)),
            Value::Expression(expression) => match self.worked_out(expression) {
                Ok(cell) => Found::Cell(cell),
                Err(fault) => Found::Fault(fault),
            },
            Value::Any(values) => {
                let found = values.iter().map(|value| self.find(value));
                let is_something = |found: &Found<'_>| {
                    !matches!(found, Found::Cell(Cell::Nothing) | Found::Unlisted(..))
                };
                found.into_iter().find(is_something).unwrap_or(Found::Cell(Cell::Nothing))
            }
            Value::Table(table) => self.in_table(table),
            Value::Lookup(lookup) => self.look_up(lookup),
        }
    }

    fn look_up(&self, lookup: &'a LookingUp) -> Found<'a> {
        let found = self.find(&lookup.key);
        let word = match &found {
            Found::Cell(Cell::Text(text)) => text.as_ref(),
            Found::Cell(Cell::Number(number)) => *number,
            Found::Cell(Cell::Worked(number)) => &**number,
            Found::Cell(Cell::Nothing) | Found::Unlisted(..) => "",
            Found::Cell(Cell::Nested(_) | Cell::Broken) | Found::Drop | Found::Fault(_) => {
                return found;
            }
        };
        let words = self.lookups.get(lookup.index).and_then(|lookup| lookup.words.as_deref());
        match words.and_then(|words| words.get(word)).filter(|text| !text.is_empty()) {
            Some(text) => Found::Cell(Cell::Text(Cow::Borrowed(text))),
            None => match &lookup.otherwise {
                Some(value) => self.find(value),
                None => Found::Cell(Cell::Nothing),
            },
        }
    }

    fn in_table(&self, table: &'a Table) -> Found<'a> {
        let found = self.find(&table.of);
        let word = match &found {
            Found::Cell(Cell::Text(text)) => Some(text.as_ref()),
            Found::Cell(Cell::Number(number)) => Some(*number),
            Found::Cell(Cell::Worked(number)) => Some(&**number),
            Found::Cell(Cell::Nothing) => None,
            Found::Cell(Cell::Nested(_) | Cell::Broken)
            | Found::Unlisted(..)
            | Found::Drop
            | Found::Fault(_) => return found,
        };
        let listed = word.and_then(|word| table.words.get(word)).or(table.otherwise.as_ref());
        match (listed, word) {
            (Some(Verdict::Is(value)), _) => self.find(value),
            (Some(Verdict::Drop), _) => Found::Drop,
            (None, Some(word)) => {
                Found::Unlisted(word.to_owned(), table.words.keys().map(|w| &**w).collect())
            }
            (None, None) => Found::Cell(Cell::Nothing),
        }
    }

    /// The text of a field; `None` where there is none.
    pub(super) fn text(
        &self,
        field: &str,
        value: &'a Value,
    ) -> Result<Option<Cow<'a, str>>, RowError> {
        match self.find(value) {
            Found::Cell(cell) => plain_text(cell).map_err(|fault| self.fault(field, fault)),
            Found::Fault(fault) => Err(self.fault(field, fault)),
            Found::Unlisted(..) | Found::Drop => Ok(None),
        }
    }

    fn worked_out(&self, expression: &Expression) -> Result<Cell<'a>, FieldFault> {
        let value = expression.of(&self.scope.names()?)?;
        Ok(match expression::text(&value)? {
            None => Cell::Nothing,
            Some(number) if value.is_number() => Cell::Worked(number),
            Some(text) => Cell::Text(Cow::Owned(text)),
        })
    }

    /// The text of a field that must have one; `fix` says what to do where it has none.
    pub(super) fn required(
        &self,
        field: &str,
        value: &'a Value,
        fix: &str,
    ) -> Result<Cow<'a, str>, RowError> {
        let fault = match self.find(value) {
            Found::Cell(cell) => match plain_text(cell) {
                Ok(Some(text)) => return Ok(text),
                Ok(None) => FieldFault::missing(fix),
                Err(fault) => fault,
            },
            Found::Unlisted(word, table) => FieldFault::unlisted(&word, table),
            Found::Fault(fault) => fault,
            // Refused when the mapping was read, but for kind and channel, which ask before.
            Found::Drop => FieldFault::missing(fix),
        };
        Err(self.fault(field, fault))
    }

    pub(super) fn fault(&self, field: &str, fault: FieldFault) -> RowError {
        fault.at(self.number, field)
    }
}

/// The text of a cell that holds one value.
pub(super) fn plain_text(cell: Cell<'_>) -> Result<Option<Cow<'_, str>>, FieldFault> {
    match cell {
        Cell::Nothing => Ok(None),
        Cell::Text(text) => Ok(Some(text)),
        Cell::Number(number) => Ok(Some(Cow::Borrowed(number))),
        Cell::Worked(number) => Ok(Some(Cow::Owned(number))),
        Cell::Nested(raw) => {
            let found = if raw.starts_with('{') { "is an object" } else { "is a list" };
            let fix = "name a field or an item within it, like \".customer.email\" or \".tags[0]\"";
            Err(FieldFault::shape(found, fix))
        }
        Cell::Broken => {
            let fix = "write both halves of each pair of \\u escapes";
            Err(FieldFault::shape("is not Unicode", fix))
        }
    }
}
