//! Patterns of `capture`: compiled once, bounded in size, matched in time that the text bounds.

use super::mistake::MappingMistake;
use crate::map::error::Fault;
use regex::{Regex, RegexBuilder};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

/// Memory of a compiled pattern at most, in bytes.
const SIZE_MAX: usize = 256 * 1_024;
/// Patterns that are kept at most: mappings have a few each.
const KEPT_MAX: usize = 256;

thread_local! {
    /// Those of each thread, so that no row waits for another's.
    static KEPT: RefCell<BTreeMap<String, Regex>> = const { RefCell::new(BTreeMap::new()) };
}

/// A pattern, compiled when it is first asked for.
pub(super) fn compiled(pattern: &str) -> Result<Regex, regex::Error> {
    KEPT.with_borrow_mut(|kept| {
        if let Some(known) = kept.get(pattern) {
            return Ok(known.clone());
        }
        let made = RegexBuilder::new(pattern).size_limit(SIZE_MAX).build()?;
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(pattern.to_owned(), made.clone());
        Ok(made)
    })
}

/// Refuses an expression whose pattern cannot be read, where it stands in it as a text.
pub(super) fn check(expression: &str, span: &Range<usize>) -> Result<(), Fault> {
    for (_, after) in
        expression.match_indices("capture(").map(|(at, m)| expression.split_at(at + m.len()))
    {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
            continue;
        };
        let Some((pattern, _)) = after.get(1..).and_then(|rest| rest.split_once(quote)) else {
            continue;
        };
        // As expressions read a text: two backslashes are one.
        let pattern = pattern.replace("\\\\", "\\");
        if let Err(error) = compiled(&pattern) {
            let problem = match error {
                regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
                _ => "its syntax is wrong".to_owned(),
            };
            return Err(Fault::new(MappingMistake::Pattern { pattern, problem }, span));
        }
    }
    Ok(())
}
