//! `when`: an expression, or fields and the values that they must have.

use super::expression::Expression;
use super::mistake::MappingMistake;
use super::row_error::FieldFault;
use super::value::{Compiler, Found, Reading, Value, plain, plain_text};
use crate::map::error::Fault;
use crate::map::fields::{Word, wrong_type};
use toml::Spanned;
use toml::de::DeValue;

/// What must hold.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    /// An expression says something that is neither false nor nothing.
    Expression(Expression),
    /// Every one of these fields has one of its values.
    Fields(Vec<(Value, Vec<String>)>),
}

impl Condition {
    pub(super) fn read(
        compiler: &mut Compiler,
        when: &Spanned<DeValue<'_>>,
    ) -> Result<Condition, Fault> {
        let conditions = match when.get_ref() {
            DeValue::Table(conditions) if !conditions.is_empty() => conditions,
            DeValue::Table(_) => {
                return Err(Fault::new(MappingMistake::Nothing("when".into()), &when.span()));
            }
            DeValue::String(text) if text.starts_with('=') => {
                let word = Word { text: text.as_ref(), span: when.span() };
                let text = text.trim_start_matches('=');
                return Expression::compile("when", &word, text, &compiler.names)
                    .map(Condition::Expression);
            }
            _ => {
                let expected = "an expression like \"= body.status == 'paid'\", or a table of \
                                paths and values, like { \".status\" = \"paid\" }";
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
        Ok(Condition::Fields(all))
    }

    /// What of it is more than paths and constants; `None` where nothing is.
    pub(super) fn beyond_plain(&self) -> Option<&'static str> {
        match self {
            Condition::Expression(_) => Some("an expression"),
            Condition::Fields(_) => None,
        }
    }

    pub(super) fn holds(&self, reading: &Reading<'_>) -> Result<bool, FieldFault> {
        let fields = match self {
            Condition::Expression(expression) => {
                return expression.of(&reading.scope.names()?).map(|value| value.is_true());
            }
            Condition::Fields(fields) => fields,
        };
        let holds = |(value, texts): &(Value, Vec<String>)| match reading.find(value) {
            Found::Cell(cell) => match plain_text(cell) {
                Ok(text) => texts.iter().any(|other| other == text.as_deref().unwrap_or("")),
                Err(_) => false,
            },
            Found::Unlisted(..) | Found::Drop | Found::Fault(_) => false,
        };
        Ok(fields.iter().all(holds))
    }
}

/// The values of a field: one or a list; an empty text is a field without a value.
fn texts(key: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, Fault> {
    let one = |value: &Spanned<DeValue<'_>>| {
        let text = plain(value);
        let text = text.ok_or_else(|| wrong_type(key, value, "a text, or a list of texts"))?;
        if text.starts_with('=') {
            let problem = "values of a field are constants here".to_owned();
            let key = key.to_owned();
            let mistake = MappingMistake::Expression { key, text, problem };
            return Err(Fault::new(mistake, &value.span()));
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
