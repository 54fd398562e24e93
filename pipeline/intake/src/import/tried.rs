//! A file row by row, with those that the mapping drops: what `map test` shows.

use super::Import;
use super::error::{BadRow, ImportError};
use super::form::stopped;
use model::Draft;

/// A row, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The line of the file in which it begins, from 1.
    pub line: u64,
    /// Its number among the rows, from 1, without the header.
    pub row: u64,
    /// What became of it.
    pub fate: Fate,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Touchpoints, and for which reasons others of the same row were dropped.
    Made(Vec<Draft>, Vec<String>),
    /// None, with the reason.
    Bad(BadRow),
}

impl Import {
    /// The next row, also one that the mapping drops; `None` at the end of the file.
    ///
    /// For a look at a sample: it remembers more than reading needs.
    pub fn next_row(&mut self) -> Option<Result<Tried, ImportError>> {
        if self.is_over {
            return None;
        }
        let before = self.dropped().clone();
        let row = self.row().map_err(|error| stopped(&self.path, self.lines.number, error));
        self.is_over = !matches!(row, Ok(Some(_)));
        let (line, made) = match row.transpose()? {
            Ok(row) => row,
            Err(error) => return Some(Err(error)),
        };
        let fate = match made {
            Err(bad) => Fate::Bad(bad),
            Ok(drafts) => {
                let is_new = |(reason, count): &(&String, &u64)| before.get(*reason) != Some(count);
                let dropped = self.dropped().iter().filter(is_new);
                Fate::Made(drafts, dropped.map(|(reason, _)| reason.clone()).collect())
            }
        };
        Some(Ok(Tried { line, row: self.rows, fate }))
    }
}
