//! Files: one row after the other, each a touchpoint or a refusal.

mod alike;
mod columns;
mod encoding;
mod error;
mod form;
mod holds;
mod lines;
mod lookups;
mod opened;
mod replay;
mod trail;
mod tried;

pub(crate) use columns::Columns;
pub(crate) use error::by_mapping;
pub use error::{BadRow, ImportError};
pub use holds::{Holds, holds};
pub(crate) use lines::Lines;
pub use lookups::with_lookups;
pub(crate) use opened::open;
pub use replay::Replay;
pub use trail::Place;
pub use tried::{Fate, Tried};

use alike::Alike;
use codec::{Invalid, Limits};
use error::class;
use form::{Form, Made, check_touchpoints, mapped, stopped};
use model::Draft;
use rules::{Encoding, Mapping, Occurrences};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows between two words of how far an import is that goes on.
const TOLD_EVERY: u64 = 10_000;

/// How far a file has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file, compressed ones where it is compressed; ahead of the rows by a buffer.
    pub bytes_read: u64,
    /// Size of the file; `None` where it has none, as a pipe.
    pub bytes_total: Option<u64>,
    /// Rows that were read: touchpoints, bad rows and those that the mapping dropped.
    pub rows: u64,
}

/// A file that is being imported: an iterator over its rows.
///
/// Each item is a touchpoint or a [`BadRow`], or the [`ImportError`] that ends the file. Rows that
/// the mapping drops are not among them, [`Import::dropped`] counts these. The same file gives the
/// same touchpoints again, with the same ids, so an import that was cut off is simply repeated.
pub struct Import {
    path: PathBuf,
    lines: Lines,
    bytes_read: Arc<AtomicU64>,
    bytes_total: Option<u64>,
    rows: u64,
    limits: Limits,
    form: Form,
    seen: Occurrences,
    alike: Alike,
    /// Touchpoints of the last row that are still to be given.
    ready: VecDeque<Draft>,
    is_over: bool,
}

/// The line in which a row begins, and what it became.
type Taken = (u64, Result<Vec<Draft>, BadRow>);

impl Import {
    /// Opens a file: plain, .gz or .zst by its content, rows as the mapping says.
    ///
    /// Without a mapping each line is a touchpoint in JSON. `source` stands in the place of the
    /// mapping's source or, without one, where a touchpoint names none. A header that does not fit
    /// the mapping is refused here.
    pub fn open(
        path: &Path,
        mapping: Option<Mapping>,
        source: Option<&str>,
    ) -> Result<Import, ImportError> {
        Import::open_within(path, mapping, source, Limits::default())
    }

    /// Opens a file whose touchpoints have other limits.
    pub fn open_within(
        path: &Path,
        mapping: Option<Mapping>,
        source: Option<&str>,
        limits: Limits,
    ) -> Result<Import, ImportError> {
        let encoding = mapping.as_ref().map_or(Encoding::Utf8, |mapping| mapping.file().encoding);
        let opened = opened::open(path, encoding)?;
        let mut lines = Lines::new(opened.stream, limits.record_bytes);
        let form = match mapping {
            None => {
                check_touchpoints(path, &mut lines)?;
                Form::Touchpoints { source: source.unwrap_or_default().to_owned() }
            }
            Some(mapping) => {
                let mapping = match source {
                    Some(source) => mapping.with_source(source),
                    None => mapping,
                };
                mapped(path, mapping, &mut lines, &limits)?
            }
        };
        Ok(Import {
            path: path.to_owned(),
            lines,
            bytes_read: opened.bytes_read,
            bytes_total: opened.bytes_total,
            rows: 0,
            limits,
            form,
            seen: Occurrences::default(),
            alike: Alike::default(),
            ready: VecDeque::new(),
            is_over: false,
        })
    }

    /// How far the file has been read.
    pub fn progress(&self) -> Progress {
        Progress {
            bytes_read: self.bytes_read.load(Ordering::Relaxed),
            bytes_total: self.bytes_total,
            rows: self.rows,
        }
    }

    /// How many rows the mapping has dropped, by its reasons.
    pub fn dropped(&self) -> &BTreeMap<String, u64> {
        self.seen.dropped()
    }

    /// The first row, where it names the columns, as it came.
    pub fn header(&self) -> Option<&[u8]> {
        match &self.form {
            Form::Table { header, .. } => header.as_deref(),
            Form::Touchpoints { .. } | Form::Objects { .. } => None,
        }
    }

    /// The first two lines: what is alike in a file and a longer export of the same.
    pub fn beginning(&mut self) -> Result<Vec<u8>, ImportError> {
        let begun = self.lines.beginning();
        begun.map_err(|error| stopped(&self.path, self.lines.number, error))
    }

    /// Where it stands; `None` within a row, and where a longer file would have been read
    /// otherwise.
    pub fn place(&self) -> Option<Place> {
        if !self.ready.is_empty() {
            return None;
        }
        let (rows, line, trail) = (self.rows, self.lines.number, self.lines.trail()?);
        let (bytes, hash) = (trail.bytes, trail.hash());
        Some(Place { rows, bytes, hash, line, alike: self.alike.noted()? })
    }

    /// Whether the next row is a new one, and not another touchpoint of the last.
    pub fn is_between_rows(&self) -> bool {
        self.ready.is_empty()
    }

    /// Goes on at a place of an import by the same mapping: rows from there on get the ids that
    /// they would have had. `None` where the file is another one up to there; it is then to be
    /// opened once more. `tell` hears now and then how far it is.
    ///
    /// Rows that are named by their content are read again, for how many alike stood before one is
    /// part of its name. Others are passed over without a look.
    pub fn go_on(
        mut self,
        place: &Place,
        tell: &mut dyn FnMut(&Progress),
    ) -> Result<Option<Import>, ImportError> {
        let is_there = self.pass(place, tell);
        match is_there.map_err(|error| stopped(&self.path, self.lines.number, error))? {
            true => Ok(Some(self)),
            false => Ok(None),
        }
    }

    fn pass(&mut self, place: &Place, tell: &mut dyn FnMut(&Progress)) -> io::Result<bool> {
        if !self.form.names_rows() {
            self.rows = place.rows;
            self.alike = Alike::of(&place.alike);
            return self.lines.pass(place);
        }
        while self.rows < place.rows {
            let number = self.rows + 1;
            if self.form.next(&mut self.lines, &self.limits, number, &mut self.seen)?.is_none() {
                return Ok(false);
            }
            self.rows = number;
            if number.is_multiple_of(TOLD_EVERY) {
                tell(&self.progress());
            }
        }
        self.alike = Alike::of(&place.alike);
        self.seen.forget_dropped();
        // Blank lines behind the last row need not have been read, and change nothing.
        Ok(self.lines.trail().is_some_and(|trail| trail.is_at(place)))
    }

    /// The next touchpoint or bad row, `None` at the end of the file.
    fn advance(&mut self) -> io::Result<Option<Result<Draft, BadRow>>> {
        loop {
            if let Some(draft) = self.ready.pop_front() {
                return Ok(Some(Ok(draft)));
            }
            match self.made()? {
                None => return Ok(None),
                Some(Made::One(_, draft)) => return Ok(Some(Ok(draft))),
                Some(Made::Drafts(_, drafts)) => self.ready.extend(drafts),
                Some(Made::Bad(line, raw, error)) => {
                    return Ok(Some(Err(self.bad(line, raw, error))));
                }
            }
        }
    }

    /// The next row and the line in which it begins, `None` at the end of the file.
    fn row(&mut self) -> io::Result<Option<Taken>> {
        Ok(match self.made()? {
            None => None,
            Some(Made::One(line, draft)) => Some((line, Ok(vec![draft]))),
            Some(Made::Drafts(line, drafts)) => Some((line, Ok(drafts))),
            Some(Made::Bad(line, raw, error)) => Some((line, Err(self.bad(line, raw, error)))),
        })
    }

    fn made(&mut self) -> io::Result<Option<Made>> {
        let (number, seen) = (self.rows + 1, &mut self.seen);
        let made = self.form.next(&mut self.lines, &self.limits, number, seen)?;
        self.rows += u64::from(made.is_some());
        Ok(made)
    }

    fn bad(&mut self, line: u64, raw: Vec<u8>, error: Invalid) -> BadRow {
        let (alike, class) = (self.alike.before(&raw), class(&error));
        BadRow { line, row: self.rows, raw, alike, class, error }
    }
}

impl Iterator for Import {
    type Item = Result<Result<Draft, BadRow>, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let item = self.advance().map_err(|error| stopped(&self.path, self.lines.number, error));
        self.is_over = !matches!(item, Ok(Some(_)));
        item.transpose()
    }
}
