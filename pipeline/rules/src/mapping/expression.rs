//! Expressions behind `=`: a bounded language without statements, over the payload of one input.
//!
//! They are minijinja's, as dbt, Ansible and Home Assistant write them. A name is the payload's
//! (`body`), one of the others that an input has, or one that the mapping itself gives by `let`
//! and `each`; anything else is refused when the mapping is read, so that a typing error is not
//! silently undefined. What is not there is undefined, and so is whatever is asked of it.

use super::filters;
use super::mistake::MappingMistake;
use super::pattern;
use super::row_error::FieldFault;
use crate::map::error::Fault;
use crate::map::fields::Word;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Names that every input has, whether anything stands there or not.
pub(super) const NAMES: [&str; 7] =
    ["body", "headers", "query", "key", "topic", "received_at", "row"];

/// Steps of one evaluation at most.
const FUEL: u64 = 10_000;
/// Length of an expression at most, in bytes.
const LENGTH_MAX: usize = 2_000;

/// A compiled expression.
#[derive(Clone)]
pub(super) struct Expression {
    text: String,
    compiled: Arc<minijinja::Expression<'static, 'static>>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "= {}", self.text)
    }
}

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.set_fuel(Some(FUEL));
        filters::add_to(&mut environment);
        environment
    })
}

impl Expression {
    /// Compiles the text behind `=`; `names` are those that the mapping gives.
    pub(super) fn compile(
        key: &str,
        word: &Word<'_>,
        text: &str,
        names: &[String],
    ) -> Result<Expression, Fault> {
        let refused = |problem: String| {
            let (key, text) = (key.to_owned(), text.trim().to_owned());
            Fault::new(MappingMistake::Expression { key, text, problem }, &word.span)
        };
        let text = text.trim();
        if text.len() > LENGTH_MAX {
            return Err(refused(format!("it has more than {LENGTH_MAX} bytes")));
        }
        let compiled = environment().compile_expression_owned(text.to_owned());
        let compiled = compiled.map_err(|error| refused(problem(&error)))?;
        if let Some(filter) = filters::unknown_in(text) {
            let known = filters::NAMES;
            return Err(Fault::new(MappingMistake::Filter { name: filter, known }, &word.span));
        }
        pattern::check(text, &word.span)?;
        let mut unknown: Vec<String> = compiled.undeclared_variables(false).into_iter().collect();
        unknown.retain(|name| !NAMES.contains(&&**name) && !names.contains(name));
        unknown.sort_unstable();
        if let Some(name) = unknown.into_iter().next() {
            let known = NAMES.iter().map(|name| (*name).to_owned());
            let known = known.chain(names.iter().cloned()).collect();
            return Err(Fault::new(MappingMistake::Name { name, known }, &word.span));
        }
        Ok(Expression { text: text.to_owned(), compiled: Arc::new(compiled) })
    }

    /// What it says in a scope.
    pub(super) fn of(&self, scope: &Value) -> Result<Value, FieldFault> {
        self.compiled
            .eval(scope.clone())
            .map_err(|error| FieldFault::expression(&self.text, &problem(&error)))
    }
}

/// What is wrong, without what the payload holds.
fn problem(error: &minijinja::Error) -> String {
    match error.kind() {
        ErrorKind::OutOfFuel => format!("it takes more than {FUEL} steps"),
        ErrorKind::SyntaxError => error.detail().unwrap_or("it is no expression").to_owned(),
        kind => kind.to_string(),
    }
}

/// A value as text: `None` where there is none, an error where it is a list or an object.
pub(super) fn text(value: &Value) -> Result<Option<String>, FieldFault> {
    let text = match value.kind() {
        ValueKind::Undefined | ValueKind::None => return Ok(None),
        ValueKind::Bool => value.is_true().to_string(),
        ValueKind::String | ValueKind::Number => value.to_string(),
        _ => {
            let fix = "pick one value of it, like `| first` or `| join(', ')`";
            return Err(FieldFault::shape("is a list or an object", fix));
        }
    };
    let trimmed = text.trim();
    Ok((!trimmed.is_empty()).then(|| trimmed.to_owned()))
}
