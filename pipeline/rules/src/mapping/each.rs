//! `each`: one input to several touchpoints, by the lists in it.

use super::expression::{Expression, NAMES};
use super::mistake::MappingMistake;
use super::row_error::FieldFault;
use super::scope::Scope;
use super::value::Compiler;
use crate::map::error::Fault;
use crate::map::fields::{Fields, Word, wrong_type};
use crate::map::name;
use minijinja::value::{Value, ValueKind};
use toml::de::DeValue;

/// Items of one input at most, all lists together.
const ITEMS_MAX: usize = 10_000;
const EXAMPLE: &str = "a text like \"body.messages[] as m\", or a list of them, outer lists first";

/// A list, and what each of its items is called.
#[derive(Clone, Debug)]
pub(super) struct Each {
    list: Expression,
    name: String,
}

impl Each {
    /// Reads `each` of a table, and adds its names to those that expressions may use.
    pub(super) fn read(compiler: &mut Compiler, table: &Fields<'_>) -> Result<Vec<Each>, Fault> {
        let Some(value) = table.get("each") else { return Ok(Vec::new()) };
        let words = match value.get_ref() {
            DeValue::String(text) => vec![Word { text: text.as_ref(), span: value.span() }],
            DeValue::Array(_) => table.words("each")?.unwrap_or_default(),
            _ => return Err(wrong_type("each", value, EXAMPLE)),
        };
        if words.is_empty() {
            return Err(Fault::new(MappingMistake::Nothing("each".into()), &value.span()));
        }
        words.iter().map(|word| Each::of(compiler, word)).collect()
    }

    fn of(compiler: &mut Compiler, word: &Word<'_>) -> Result<Each, Fault> {
        let split = word.text.split_once("[]").and_then(|(list, rest)| {
            rest.trim_start().strip_prefix("as ").map(|name| (list, name.trim()))
        });
        let Some((list, given)) = split else {
            let path = word.text.to_owned();
            let problem = "a list is named like \"body.messages[] as m\"";
            return Err(Fault::new(MappingMistake::Path { path, problem }, &word.span));
        };
        let list = Expression::compile("each", word, list, &compiler.names)?;
        let given = give(compiler, "each", &Word { text: given, span: word.span.clone() })?;
        Ok(Each { list, name: given })
    }
}

/// Adds a name to those that expressions may use.
pub(super) fn give(
    compiler: &mut Compiler,
    key: &'static str,
    word: &Word<'_>,
) -> Result<String, Fault> {
    name::check(key, word)?;
    let is_name = word.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !word.text.starts_with(|c: char| c.is_ascii_digit());
    if !is_name || NAMES.contains(&word.text) || compiler.names.iter().any(|n| n == word.text) {
        let path = word.text.to_owned();
        let problem = "a name of letters, digits and _ belongs there that nothing else has";
        return Err(Fault::new(MappingMistake::Path { path, problem }, &word.span));
    }
    compiler.names.push(word.text.to_owned());
    Ok(word.text.to_owned())
}

/// The scopes of every combination of items, those of outer lists first; one where there is no
/// list.
pub(super) fn scopes<'a>(all: &[Each], scope: Scope<'a>) -> Result<Vec<Scope<'a>>, FieldFault> {
    let mut scopes = vec![scope];
    for each in all {
        let mut inner = Vec::new();
        for scope in &scopes {
            for item in items(&each.list.of(&scope.names()?)?)? {
                inner.push(scope.with(&each.name, item)?);
                if inner.len() > ITEMS_MAX {
                    return Err(FieldFault::crowd(ITEMS_MAX));
                }
            }
        }
        scopes = inner;
    }
    Ok(scopes)
}

/// Nothing has no items.
fn items(list: &Value) -> Result<Vec<Value>, FieldFault> {
    match list.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(Vec::new()),
        ValueKind::Seq | ValueKind::Iterable => match list.try_iter() {
            Ok(items) => Ok(items.take(ITEMS_MAX + 1).collect()),
            Err(_) => Ok(Vec::new()),
        },
        _ => {
            let fix = "name a list before [], or take `each` out";
            Err(FieldFault::shape("is no list", fix))
        }
    }
}
