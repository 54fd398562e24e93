//! Rows that were refused, read once more after the mapping was mended.

use super::error::{ImportError, class};
use super::form::{Form, Made, mapped};
use super::lines::Lines;
use codec::{DeadClass, Invalid, Limits};
use model::Draft;
use rules::{Mapping, Occurrences};
use std::io::Cursor;
use std::path::Path;

/// The refused rows of one file, which need not be there any more.
///
/// Rows without an id are named as their file would name them, as long as they come in its order
/// and each once.
pub struct Replay {
    form: Form,
    seen: Occurrences,
    limits: Limits,
}

impl Replay {
    /// Begins with a file by its name. `header` is its first row, where that names the columns.
    pub fn new(
        file: &str,
        mapping: Option<Mapping>,
        source: &str,
        header: Option<&[u8]>,
    ) -> Result<Replay, ImportError> {
        let limits = Limits::default();
        let form = match mapping {
            None => Form::Touchpoints { source: source.to_owned() },
            Some(mapping) => {
                let mapping = match mapping.constant_source() {
                    Some("") => mapping.with_source(source),
                    _ => mapping,
                };
                let mut lines = lines(header.unwrap_or_default(), &limits);
                mapped(Path::new(file), mapping, &mut lines, &limits)?
            }
        };
        Ok(Replay { form, seen: Occurrences::default(), limits })
    }

    /// The touchpoints of a row, none where the mapping drops it; or why it is refused once more.
    pub fn row(&mut self, number: u64, raw: &[u8]) -> Result<Vec<Draft>, (DeadClass, Invalid)> {
        let mut lines = lines(raw, &self.limits);
        match self.form.next(&mut lines, &self.limits, number, &mut self.seen) {
            Ok(Some(Made::One(_, draft))) => Ok(vec![draft]),
            Ok(Some(Made::Drafts(_, drafts))) => Ok(drafts),
            Ok(Some(Made::Bad(_, _, error))) => Err((class(&error), error)),
            // Of bytes in memory there is nothing that could fail, and blank rows are no letters.
            Ok(None) | Err(_) => Ok(Vec::new()),
        }
    }
}

fn lines(bytes: &[u8], limits: &Limits) -> Lines {
    Lines::new(Box::new(Cursor::new(bytes.to_vec())), limits.record_bytes)
}
