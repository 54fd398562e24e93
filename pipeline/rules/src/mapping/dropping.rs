//! `drop`: rows that make no touchpoint, counted by the reason that the mapping gives.

use super::mistake::MappingMistake;
use super::value::{Compiler, Found, Reading, Value, missing, plain, plain_text};
use crate::map::error::Fault;
use crate::map::fields::{Fields, Word, wrong_type};
use toml::Spanned;
use toml::de::DeValue;

const KEYS: &[&str] = &["when", "reason"];
const EXAMPLE: &str = "drop = { when = { \".status\" = [\"test\", \"draft\"] } }";

/// Drops a row in which every one of these fields has one of its values.
#[derive(Clone, Debug)]
pub(super) struct Dropping {
    when: Vec<(Value, Vec<String>)>,
    reason: String,
}

/// Reads `drop`: one table or a list of them.
pub(super) fn read(
    compiler: &mut Compiler,
    value: Option<&Spanned<DeValue<'_>>>,
) -> Result<Vec<Dropping>, Fault> {
    match value.map(|value| (value, value.get_ref())) {
        None => Ok(Vec::new()),
        Some((_, DeValue::Array(items))) => {
            items.iter().map(|item| Dropping::read(compiler, item)).collect()
        }
        Some((value, _)) => Ok(vec![Dropping::read(compiler, value)?]),
    }
}

impl Dropping {
    fn read(compiler: &mut Compiler, value: &Spanned<DeValue<'_>>) -> Result<Dropping, Fault> {
        let DeValue::Table(table) = value.get_ref() else {
            return Err(wrong_type("drop", value, "a table, or a list of tables"));
        };
        let fields = Fields::new("`drop`", value.span(), table, KEYS)?;
        let when =
            fields.get("when").ok_or_else(|| missing("`drop`", "when", EXAMPLE, &value.span()))?;
        let conditions = match when.get_ref() {
            DeValue::Table(conditions) if !conditions.is_empty() => conditions,
            DeValue::Table(_) => {
                return Err(Fault::new(MappingMistake::Nothing("when".into()), &when.span()));
            }
            DeValue::String(text) if text.starts_with('=') => {
                return Err(Fault::new(MappingMistake::Expression("when".into()), &when.span()));
            }
            _ => {
                let expected = "a table of paths and values, like { \".status\" = \"test\" }";
                return Err(wrong_type("when", when, expected));
            }
        };
        let mut all = Vec::new();
        for (path, values) in conditions {
            let word = Word { text: path.get_ref().as_ref(), span: path.span() };
            if !word.text.starts_with('.') {
                let (path, problem) = (word.text.to_owned(), "a dot is missing");
                return Err(Fault::new(MappingMistake::Path { path, problem }, &word.span));
            }
            all.push((compiler.path(&word)?, texts(word.text, values)?));
        }
        let reason = fields.word("reason")?.map_or("drop", |word| word.text).to_owned();
        Ok(Dropping { when: all, reason })
    }

    /// The reason for which a row is dropped by this, if it is.
    pub(super) fn reason(&self, reading: &Reading<'_>) -> Option<&str> {
        let holds = |(value, texts): &(Value, Vec<String>)| match reading.find(value) {
            Found::Cell(cell) => match plain_text(cell) {
                Ok(text) => texts.iter().any(|other| other == text.as_deref().unwrap_or("")),
                Err(_) => false,
            },
            Found::Unlisted(..) | Found::Drop => false,
        };
        self.when.iter().all(holds).then_some(&self.reason)
    }
}

/// The values of a condition: one or a list; an empty text is a field without a value.
fn texts(key: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, Fault> {
    let one = |value: &Spanned<DeValue<'_>>| {
        let text = plain(value);
        let text = text.ok_or_else(|| wrong_type(key, value, "a text, or a list of texts"))?;
        if text.starts_with('=') {
            return Err(Fault::new(MappingMistake::Expression(key.to_owned()), &value.span()));
        }
        Ok(text.trim().to_owned())
    };
    match value.get_ref() {
        DeValue::Array(items) if items.is_empty() => {
            Err(Fault::new(MappingMistake::Nothing(key.to_owned()), &value.span()))
        }
        DeValue::Array(items) => items.iter().map(one).collect(),
        _ => Ok(vec![one(value)?]),
    }
}
