//! Paths into a row: `.email`, `.lines[0].price`.

use super::mistake::MappingMistake;
use crate::map::error::Fault;
use crate::map::fields::Word;
use std::ops::Range;

/// Steps of a path at most: as deep as a touchpoint's properties may be nested.
const STEPS_MAX: usize = 16;

/// A step into JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into the field of an object.
    Key(String),
    /// To an item of a list, the first is 0.
    Item(usize),
}

/// How a path finds its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// By the name of a column whose place is not known yet.
    Named,
    /// In the column at an index.
    Column(usize),
    /// Through an object.
    Steps(Vec<Step>),
}

/// A path, where it stands in the mapping, and how it is followed.
#[derive(Clone, Debug)]
pub(super) struct Path {
    /// As written, without the first dot.
    pub(super) name: String,
    pub(super) span: Range<usize>,
    pub(super) access: Access,
}

impl Path {
    /// The path into a row of columns: behind the dot stands the name, whatever is in it.
    pub(super) fn of_columns(word: &Word<'_>) -> Result<Path, Fault> {
        let name = word.text.strip_prefix('.').unwrap_or(word.text).trim();
        if name.is_empty() {
            return Err(refused(word, "it names no column"));
        }
        Ok(Path { name: name.to_owned(), span: word.span.clone(), access: Access::Named })
    }

    /// The path into an object.
    pub(super) fn of_json(word: &Word<'_>) -> Result<Path, Fault> {
        let mut rest = word.text;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = next(rest).map_err(|problem| refused(word, problem))?;
            if steps.len() == STEPS_MAX {
                return Err(refused(word, "it has more than 16 steps"));
            }
            steps.push(step);
            rest = after;
        }
        let name = word.text.strip_prefix('.').unwrap_or(word.text).to_owned();
        Ok(Path { name, span: word.span.clone(), access: Access::Steps(steps) })
    }
}

fn refused(word: &Word<'_>, problem: &'static str) -> Fault {
    let path = word.text.to_owned();
    Fault::new(MappingMistake::Path { path, problem }, &word.span)
}

/// The first step of a path, and what is left.
fn next(text: &str) -> Result<(Step, &str), &'static str> {
    if let Some(rest) = text.strip_prefix('.') {
        // `.["odd.name"]` and `["odd.name"]` are the same.
        if rest.starts_with('[') {
            return next(rest);
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.trim().is_empty() {
            return Err("a name is missing between the dots");
        }
        return Ok((Step::Key(name.to_owned()), after));
    }
    let Some(rest) = text.strip_prefix('[') else { return Err("a dot is missing") };
    let (inside, after) = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once("\"]").ok_or("a quoted name has no end")?,
        None => {
            let (number, after) = rest.split_once(']').ok_or("a bracket is not closed")?;
            if number.is_empty() {
                return Err(
                    "a path names one value: [0] is the first item, and `each` goes through a list",
                );
            }
            let index = number.parse().map_err(|_| "a whole number belongs into the brackets")?;
            return Ok((Step::Item(index), after));
        }
    };
    Ok((Step::Key(inside.to_owned()), after))
}
