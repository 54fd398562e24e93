//! `[lookup.NAME]`: what stands for a word in another file, as the address of a customer by number.
//!
//! No file is opened here. The mapping says which it needs, and whoever reads them hands the words
//! over before the first row.

use super::file::{self, FileShape};
use super::mistake::MappingMistake;
use super::value::{missing, plain};
use crate::map::error::Fault;
use crate::map::fields::{Fields, Word, wrong_type};
use crate::map::name;
use std::collections::BTreeMap;
use std::sync::Arc;
use toml::Spanned;
use toml::de::DeValue;

pub(super) const KEYS: &[&str] = &["file", "key", "value", "table", "delimiter", "encoding"];
const EXAMPLE: &str = "file = \"customers.csv\", or table = { \"17\" = \"ann@example.org\" }";

/// Words of a lookup at most, in all its files: 0.2 to 0.5 GB.
pub const LOOKUP_WORDS_MAX: usize = 2_000_000;

/// A file that a mapping looks words up in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupFile {
    /// What the mapping calls it.
    pub name: String,
    /// Its name, beside the mapping's own.
    pub file: String,
    /// The column of the word.
    pub key: String,
    /// The column of what stands for it.
    pub value: String,
    /// How its rows are written; its first row names the columns.
    pub shape: FileShape,
}

/// Words by words.
#[derive(Clone, Debug)]
pub(super) struct Lookup {
    pub(super) name: String,
    pub(super) file: Option<LookupFile>,
    /// `None`: the file has not been read.
    pub(super) words: Option<Arc<BTreeMap<String, String>>>,
}

/// Reads the tables under `lookup`.
pub(super) fn read(root: &Fields<'_>) -> Result<Vec<Lookup>, Fault> {
    let Some(value) = root.get("lookup") else { return Ok(Vec::new()) };
    let DeValue::Table(tables) = value.get_ref() else {
        return Err(wrong_type("lookup", value, "tables by name, like [lookup.customers]"));
    };
    let mut lookups = Vec::new();
    for (name, table) in tables {
        let word = Word { text: name.get_ref().as_ref(), span: name.span() };
        name::check("lookup", &word)?;
        lookups.push(one(word.text, table)?);
    }
    Ok(lookups)
}

fn one(name: &str, value: &Spanned<DeValue<'_>>) -> Result<Lookup, Fault> {
    let DeValue::Table(table) = value.get_ref() else {
        return Err(wrong_type("lookup", value, "a table, like [lookup.customers]"));
    };
    let fields = Fields::new("the lookup", value.span(), table, KEYS)?;
    let name = name.to_owned();
    if let Some(words) = fields.get("table") {
        for key in ["file", "key", "value", "delimiter", "encoding"] {
            if let Some(place) = fields.get(key) {
                let fix = "the words stand in the mapping or in a file: take one out";
                let mistake = MappingMistake::Together { key, other: "`table`", fix };
                return Err(Fault::new(mistake, &place.span()));
            }
        }
        return Ok(Lookup { name, file: None, words: Some(Arc::new(inline(words)?)) });
    }
    let absent = |key, example| missing("the lookup", key, example, &value.span());
    let file = fields.word("file")?.ok_or_else(|| absent("file", EXAMPLE))?.text.to_owned();
    let key = fields.required("key", "key = \"id\"")?.text.to_owned();
    let column = fields.required("value", "value = \"email\"")?.text.to_owned();
    let shape = FileShape::of_lookup(file::format(&fields)?, file::encoding(&fields)?);
    let file = LookupFile { name: name.clone(), file, key, value: column, shape };
    Ok(Lookup { name, file: Some(file), words: None })
}

fn inline(value: &Spanned<DeValue<'_>>) -> Result<BTreeMap<String, String>, Fault> {
    const EXPECTED: &str = "a table of words and constants";
    let DeValue::Table(table) = value.get_ref() else {
        return Err(wrong_type("table", value, EXPECTED));
    };
    let mut words = BTreeMap::new();
    for (word, value) in table {
        let text = plain(value).ok_or_else(|| wrong_type("table", value, EXPECTED))?;
        words.insert(word.get_ref().trim().to_owned(), text.trim().to_owned());
    }
    Ok(words)
}
