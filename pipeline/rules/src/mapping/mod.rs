//! Mappings: TOML in, a compiled mapping or one mistake out; then an input in, touchpoints out.
//!
//! ```text
//! text ── toml ──► tables with places ──► values, paths, rules ──► columns ──► Mapping
//!                        └────────────── the first mistake ──────────────────► MapError
//! input ── let, each ──► scopes ── drop? ──► rules ──► kind, channel, time, money, who ──► Draft…
//!               └──► nothing          └──────────── the first fault ─────────► RowError
//! ```
//!
//! A value is a path (`.email`), an expression (`= body.email | email`), a constant, the first of
//! several (`any`) or a table of words (`of`). Paths cost no interpreter: a payload is made a value
//! of expressions when the first of them asks.

mod around;
mod condition;
mod decimal;
mod dropping;
mod each;
mod emission;
mod expression;
mod file;
mod filters;
mod lookup;
mod mistake;
mod money;
mod occurrences;
mod path;
mod pattern;
mod phone;
mod plain;
mod row;
mod row_error;
mod scope;
mod time;
mod value;

pub use around::Around;
pub use file::{Encoding, FileShape, Format};
pub use lookup::{LOOKUP_WORDS_MAX, LookupFile};
pub use mistake::MappingMistake;
pub use money::exponent;
pub use occurrences::Occurrences;
pub use path::Step;
pub use plain::{NotPlain, Plain};
pub use row::Row;
pub use row_error::RowError;

use crate::map::error::{Fault, MapError};
use crate::map::fields::{Fields, Word, wrong_type};
use crate::map::{Mistake, document};
use dropping::Dropping;
use each::Each;
use emission::{Emission, Layers};
use expression::Expression;
use model::Draft;
use path::Access;
use phone::Region;
use row_error::FieldFault;
use scope::Scope;
use std::collections::BTreeMap;
use std::sync::Arc;
use toml::de::DeValue;
use value::{Compiler, Reading, Value};

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
    "let",
    "each",
    "rule",
    "match",
    "revision",
    "region",
    "lookup",
];
const RULE_KEYS: &[&str] = &[
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
    "each",
    "when",
    "revision",
];
const MATCHES: &[&str] = &["first", "all"];

/// Every word of the language: keys, filters and words that a value may be.
pub fn mapping_words() -> Vec<&'static str> {
    let all =
        [KEYS, RULE_KEYS, filters::NAMES, file::WORDS, time::WORDS, money::KEYS, lookup::KEYS];
    all.concat()
}

/// A mapping: how an input becomes touchpoints.
#[derive(Clone, Debug)]
pub struct Mapping {
    text: String,
    file_name: String,
    file: FileShape,
    columns: Vec<String>,
    source: Value,
    region: Option<Region>,
    lets: Vec<(String, Expression)>,
    each: Vec<Each>,
    dropping: Vec<Dropping>,
    rules: Vec<Emission>,
    /// Whether every rule that holds makes a touchpoint, or the first only.
    is_all: bool,
    compiler: Compiler,
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
    let mut compiler = Compiler::new(file.is_columns(), lookup::read(&root)?);
    let lets = lets(&mut compiler, &root)?;
    let each = Each::read(&mut compiler, &root)?;
    let source = match root.get("source") {
        Some(value) => compiler.keeping("source", value)?,
        None => Value::Constant(String::new()),
    };
    let region = root.word("region")?.map(|word| Region::read(&word)).transpose()?;
    let dropping = dropping::read(&mut compiler, root.get("drop"))?;
    let is_all = root.choice("match", MATCHES)? == Some(1);
    let mut rules = Vec::new();
    let tables = root.tables("rule", "the rule", RULE_KEYS)?;
    for rule in tables {
        let known = compiler.names.len();
        let layers = Layers { rule: Some(rule), root: &root };
        rules.push(Emission::read(&mut compiler, &layers, &file)?);
        compiler.names.truncate(known);
    }
    if let (Some(value), true) = (root.get("rule"), rules.is_empty()) {
        return Err(Fault::new(MappingMistake::Nothing("rule".into()), &value.span()));
    }
    if rules.is_empty() {
        let layers = Layers { rule: None, root: &root };
        rules.push(Emission::read(&mut compiler, &layers, &file)?);
    }
    let mut columns = Vec::new();
    if let Some(named) = &file.columns {
        resolve(&mut compiler, named)?;
        columns.clone_from(named);
    }
    let (text, file_name) = (text.to_owned(), file_name.to_owned());
    Ok(Mapping {
        text,
        file_name,
        file,
        columns,
        source,
        region,
        lets,
        each,
        dropping,
        rules,
        is_all,
        compiler,
    })
}

/// `let`: names for parts of the payload. They do not know each other.
fn lets(compiler: &mut Compiler, root: &Fields<'_>) -> Result<Vec<(String, Expression)>, Fault> {
    const EXPECTED: &str = "a table of names and expressions, like { o = \"= body.data.object\" }";
    let Some(value) = root.get("let") else { return Ok(Vec::new()) };
    let DeValue::Table(table) = value.get_ref() else {
        return Err(wrong_type("let", value, EXPECTED));
    };
    let mut lets = Vec::new();
    for (name, value) in table {
        let text = match value.get_ref() {
            DeValue::String(text) => text.strip_prefix('='),
            _ => None,
        };
        let text = text.ok_or_else(|| wrong_type("let", value, EXPECTED))?;
        let word = Word { text, span: value.span() };
        lets.push((name, Expression::compile("let", &word, text, &[])?));
    }
    let give = |(name, expression): (&toml::Spanned<_>, Expression)| {
        let name: &toml::Spanned<toml::de::DeString<'_>> = name;
        let word = Word { text: name.get_ref().as_ref(), span: name.span() };
        Ok((each::give(compiler, "let", &word)?, expression))
    };
    lets.into_iter().map(give).collect()
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
            Ok(()) => Ok(Mapping { columns: columns.to_vec(), ..self }),
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

    /// Whether some rows are named by their content, and by how many alike stood before.
    pub fn names_rows(&self) -> bool {
        self.rules.iter().any(Emission::is_unnamed)
    }

    /// What tells this mapping from others: what it says, without comments and spaces, and every
    /// word
    /// that it looks up.
    pub fn content(&self, mut out: impl FnMut(&[u8])) {
        let mut part = |text: &str| {
            out(&(text.len() as u64).to_le_bytes());
            out(text.as_bytes());
        };
        match self.text.parse::<toml::Table>() {
            Ok(table) => part(&format!("{table:?}")),
            Err(_) => part(&self.text),
        }
        for lookup in &self.compiler.lookups {
            part(&lookup.name);
            for (word, stands_for) in lookup.words.iter().flat_map(|words| words.iter()) {
                part(word);
                part(stands_for);
            }
        }
    }

    /// The files that words are looked up in, as far as they have not been given.
    pub fn lookup_files(&self) -> impl Iterator<Item = &LookupFile> {
        let open = self.compiler.lookups.iter().filter(|lookup| lookup.words.is_none());
        open.filter_map(|lookup| lookup.file.as_ref())
    }

    /// This mapping with the words of one of its lookups.
    pub fn with_lookup(mut self, name: &str, words: BTreeMap<String, String>) -> Mapping {
        let mut lookups = self.compiler.lookups.iter_mut();
        if let Some(lookup) = lookups.find(|lookup| lookup.name == name) {
            lookup.words = Some(Arc::new(words));
        }
        self
    }

    /// This mapping with another source, whatever it says itself.
    pub fn with_source(mut self, source: &str) -> Mapping {
        self.source = Value::Constant(source.to_owned());
        self
    }

    /// The touchpoints of a row, in the order of its lists and rules; those that the mapping drops
    /// are counted by `seen`.
    ///
    /// All or nothing: where one of them has a fault, the row has. `number` is the row's place in
    /// the file, from 1 without the header, and is for errors and expressions. How long texts may
    /// be is not judged here.
    ///
    /// # Panics
    /// When the columns of the file have not been given by `columns` or [`Mapping::with_columns`],
    /// or the words of a lookup by [`Mapping::with_lookup`].
    pub fn drafts(
        &self,
        row: &Row<'_>,
        number: u64,
        seen: &mut Occurrences,
    ) -> Result<Vec<Draft>, RowError> {
        let is_ready = self.compiler.paths.iter().all(|path| path.access != Access::Named);
        assert!(is_ready, "a mapping was used before the columns of its file were known");
        assert!(self.lookup_files().next().is_none(), "the file of a lookup has not been read");
        let at = |field: &'static str| move |fault: FieldFault| fault.at(number, field);
        let mut scope = Scope::new(row, &self.columns, number, self.region);
        if !self.lets.is_empty() {
            let names = scope.names().map_err(at("let"))?;
            for (name, expression) in &self.lets {
                let value = expression.of(&names).map_err(at("let"))?;
                scope = scope.with(name, value).map_err(at("let"))?;
            }
        }
        let mut drafts =
            Drafts { mapping: self, row, number, seen, made: Vec::new(), unnamed: None };
        for scope in each::scopes(&self.each, scope).map_err(at("each"))? {
            drafts.of(scope)?;
        }
        Ok(drafts.made)
    }
}

/// The touchpoints of one row, in the making.
struct Drafts<'a, 'b> {
    mapping: &'a Mapping,
    row: &'a Row<'a>,
    number: u64,
    seen: &'b mut Occurrences,
    made: Vec<Draft>,
    /// The id of the row, and how many touchpoints have been named by it.
    unnamed: Option<(String, usize)>,
}

impl<'a> Drafts<'a, '_> {
    fn of(&mut self, scope: Scope<'a>) -> Result<(), RowError> {
        let (mapping, row, number) = (self.mapping, self.row, self.number);
        let Compiler { paths, lookups, .. } = &mapping.compiler;
        let reading = Reading { row, number, paths, lookups, scope: &scope };
        for drop in &mapping.dropping {
            let reason = drop.reason(&reading).map_err(|fault| fault.at(number, "drop"))?;
            if let Some(reason) = reason {
                self.seen.drop(reason);
                return Ok(());
            }
        }
        let mut has_matched = false;
        for rule in &mapping.rules {
            let inner = each::scopes(&rule.each, scope.again());
            for scope in inner.map_err(|fault| fault.at(number, "each"))? {
                let reading = Reading { row, number, paths, lookups, scope: &scope };
                let holds = rule.when.as_ref().map_or(Ok(true), |when| when.holds(&reading));
                if holds.map_err(|fault| fault.at(number, "when"))? {
                    has_matched = true;
                    self.emit(rule, &reading)?;
                }
            }
            if has_matched && !mapping.is_all {
                return Ok(());
            }
        }
        if !has_matched {
            self.seen.drop("no rule holds");
        }
        Ok(())
    }

    fn emit(&mut self, rule: &Emission, reading: &Reading<'_>) -> Result<(), RowError> {
        let Some(mut draft) = rule.draft(reading, &self.mapping.source, self.seen)? else {
            return Ok(());
        };
        draft.event_id = match rule.event_id(reading)? {
            Some(id) => id,
            None => self.name(&draft.source)?,
        };
        self.made.push(draft);
        Ok(())
    }

    /// An id for a touchpoint without one: the row's, and from the second on its place besides.
    fn name(&mut self, source: &str) -> Result<String, RowError> {
        let (id, count) = match self.unnamed.take() {
            Some(known) => known,
            None => {
                let id = match self.row.around() {
                    Some(around) => Ok(around.id.clone()),
                    None => self.seen.id(source, self.row),
                };
                (id.map_err(|fault| fault.at(self.number, "event_id"))?, 0)
            }
        };
        let name = if count == 0 { id.clone() } else { format!("{id}-{count}") };
        self.unnamed = Some((id, count + 1));
        Ok(name)
    }
}
