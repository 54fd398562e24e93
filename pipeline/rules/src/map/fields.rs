//! A table of the file: its values by key, each with its place, and nothing that is not known.

use super::error::Fault;
use super::mistake::Mistake;
use model::Span;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A text and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    pub(crate) span: Range<usize>,
}

/// A table whose keys are all known.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    place: &'static str,
    pub(crate) span: Range<usize>,
    /// `None`: the table is not in the file, every key has its default.
    table: Option<&'a DeTable<'a>>,
}

impl<'a> Fields<'a> {
    /// The keys of a table, of which none may be unknown.
    pub(crate) fn new(
        place: &'static str,
        span: Range<usize>,
        table: &'a DeTable<'a>,
        known: &'static [&'static str],
    ) -> Result<Self, Fault> {
        match table.keys().find(|key| !known.contains(&key.get_ref().as_ref())) {
            Some(key) => {
                let mistake = Mistake::UnknownKey { key: key.get_ref().to_string(), place, known };
                Err(Fault::new(mistake, &key.span()))
            }
            None => Ok(Fields { place, span, table: Some(table) }),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table?.get(key)
    }

    /// The table under a key; one without keys where there is none.
    pub(crate) fn table(
        &self,
        key: &'static str,
        place: &'static str,
        known: &'static [&'static str],
    ) -> Result<Fields<'a>, Fault> {
        match self.get(key) {
            None => Ok(Fields { place, span: 0..0, table: None }),
            Some(value) => match value.get_ref() {
                DeValue::Table(table) => Fields::new(place, value.span(), table, known),
                _ => Err(wrong_type(key, value, "a table, [ ] around its name")),
            },
        }
    }

    /// The tables under a key, `[[key]]`; none where there are none.
    pub(crate) fn tables(
        &self,
        key: &'static str,
        place: &'static str,
        known: &'static [&'static str],
    ) -> Result<Vec<Fields<'a>>, Fault> {
        const EXPECTED: &str = "a list of tables, [[ ]] around the name of each";
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let DeValue::Array(items) = value.get_ref() else {
            return Err(wrong_type(key, value, EXPECTED));
        };
        let fields = |item: &'a Spanned<DeValue<'a>>| match item.get_ref() {
            DeValue::Table(table) => Fields::new(place, item.span(), table, known),
            _ => Err(wrong_type(key, item, EXPECTED)),
        };
        items.iter().map(fields).collect()
    }

    /// A text.
    pub(crate) fn word(&self, key: &'static str) -> Result<Option<Word<'a>>, Fault> {
        self.get(key).map(|value| word(key, value)).transpose()
    }

    /// A text that must be there; `example` is the line that an author may have forgotten.
    pub(crate) fn required(
        &self,
        key: &'static str,
        example: &'static str,
    ) -> Result<Word<'a>, Fault> {
        let mistake = Mistake::Missing { place: self.place, key, example };
        self.word(key)?.ok_or_else(|| Fault::new(mistake, &self.span))
    }

    /// A list of texts; none where there is none.
    pub(crate) fn words(&self, key: &'static str) -> Result<Option<Vec<Word<'a>>>, Fault> {
        const EXPECTED: &str = "a list of texts, like [\"one\", \"two\"]";
        let Some(value) = self.get(key) else { return Ok(None) };
        let DeValue::Array(items) = value.get_ref() else {
            return Err(wrong_type(key, value, EXPECTED));
        };
        let each = |item: &'a Spanned<DeValue<'a>>| match item.get_ref() {
            DeValue::String(text) => Ok(Word { text: text.as_ref(), span: item.span() }),
            _ => Err(wrong_type(key, item, EXPECTED)),
        };
        items.iter().map(each).collect::<Result<_, _>>().map(Some)
    }

    /// One of the words allowed, by its index.
    pub(crate) fn choice(
        &self,
        key: &'static str,
        allowed: &'static [&'static str],
    ) -> Result<Option<usize>, Fault> {
        let Some(word) = self.word(key)? else { return Ok(None) };
        choice(key, &word, allowed).map(Some)
    }

    /// A length of time.
    pub(crate) fn length(&self, key: &'static str, default: Span) -> Result<Span, Fault> {
        self.get(key).map_or(Ok(default), |value| length(key, value))
    }

    /// A whole number from 1.
    pub(crate) fn number(&self, key: &'static str, default: u32) -> Result<u32, Fault> {
        let Some(value) = self.get(key) else { return Ok(default) };
        let DeValue::Integer(number) = value.get_ref() else {
            return Err(wrong_type(key, value, "a whole number"));
        };
        u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| *n > 0).ok_or_else(
            || {
                let (key, number) = (key.to_owned(), number.to_string());
                let mistake = Mistake::Range { key, number, least: 1, most: u32::MAX };
                Fault::new(mistake, &value.span())
            },
        )
    }
}

/// The text of a value.
pub(crate) fn word<'a>(key: &str, value: &'a Spanned<DeValue<'a>>) -> Result<Word<'a>, Fault> {
    match value.get_ref() {
        DeValue::String(text) => Ok(Word { text: text.as_ref(), span: value.span() }),
        _ => Err(wrong_type(key, value, "a text in double quotes")),
    }
}

/// The index of a word among those allowed.
pub(crate) fn choice(
    key: &str,
    word: &Word<'_>,
    allowed: &'static [&'static str],
) -> Result<usize, Fault> {
    let (key, text) = (key.to_owned(), word.text.to_owned());
    let found = allowed.iter().position(|allowed| *allowed == word.text);
    found.ok_or_else(|| Fault::new(Mistake::Word { key, text, allowed }, &word.span))
}

/// A length of time, which always says its unit.
pub(crate) fn length(key: &str, value: &Spanned<DeValue<'_>>) -> Result<Span, Fault> {
    let key = key.to_owned();
    let mistake = match value.get_ref() {
        DeValue::String(text) => match Span::parse(text) {
            Some(span) => return Ok(span),
            None => Mistake::Span { key, text: text.to_string() },
        },
        DeValue::Integer(number) => Mistake::BareNumber { key, number: number.to_string() },
        DeValue::Float(number) => Mistake::BareNumber { key, number: number.to_string() },
        _ => return Err(wrong_type(&key, value, "a length of time like \"14d\"")),
    };
    Err(Fault::new(mistake, &value.span()))
}

/// The refusal of a value of another type.
pub(crate) fn wrong_type(key: &str, value: &Spanned<DeValue<'_>>, expected: &'static str) -> Fault {
    let found = match value.get_ref() {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    Fault::new(Mistake::WrongType { key: key.to_owned(), found, expected }, &value.span())
}
