//! Files: one row after the other, each a touchpoint or a refusal.

mod columns;
mod encoding;
mod error;
mod lines;
mod opened;

pub use error::{BadRow, ImportError};

use crate::admit::{admit, too_large};
use codec::{Invalid, Limits, draft_from_bytes};
use columns::Columns;
use error::{by_mapping, class, not_utf8};
use lines::{Line, Lines};
use model::Draft;
use rules::{Format, Mapping, Occurrences, Row};
use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Ends of names whose files hold tables, and so need a mapping.
const TABLES: [&str; 4] = ["csv", "tsv", "txt", "tab"];

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
    /// Touchpoints of the last row that are still to be given.
    ready: VecDeque<Draft>,
    is_over: bool,
}

/// How rows become touchpoints.
enum Form {
    /// They are touchpoints, from this source where they name none.
    Touchpoints { source: String },
    /// They are objects, of which a mapping makes touchpoints.
    Objects { mapping: Mapping },
    /// They have columns, of which a mapping makes touchpoints.
    Table { mapping: Mapping, columns: Box<Columns> },
}

/// What became of a row.
enum Made {
    /// Touchpoints, none where the mapping drops it.
    Drafts(Vec<Draft>),
    Bad(u64, Vec<u8>, Invalid),
}

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
        let opened = opened::open(path)?;
        let mut lines = Lines::new(opened.stream, limits.record_bytes);
        let form = match mapping {
            None => {
                check_touchpoints(path, &mut lines)?;
                Form::Touchpoints { source: source.unwrap_or_default().to_owned() }
            }
            Some(mapping) => {
                check_text(path, &mut lines)?;
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

    /// The next row that was not dropped, `None` at the end of the file.
    fn advance(&mut self) -> io::Result<Option<Result<Draft, BadRow>>> {
        loop {
            if let Some(mut draft) = self.ready.pop_front() {
                draft.history = true;
                return Ok(Some(Ok(draft)));
            }
            let Some(made) =
                self.form.next(&mut self.lines, &self.limits, self.rows + 1, &mut self.seen)?
            else {
                return Ok(None);
            };
            self.rows += 1;
            match made {
                Made::Drafts(drafts) => self.ready.extend(drafts),
                Made::Bad(line, raw, error) => {
                    let (row, class) = (self.rows, class(&error));
                    return Ok(Some(Err(BadRow { line, row, raw, class, error })));
                }
            }
        }
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

impl Form {
    fn next(
        &mut self,
        lines: &mut Lines,
        limits: &Limits,
        number: u64,
        seen: &mut Occurrences,
    ) -> io::Result<Option<Made>> {
        match self {
            Form::Table { mapping, columns } => {
                let Some(taken) = columns.next(lines, limits.record_bytes)? else {
                    return Ok(None);
                };
                if let Some(fault) = taken.fault {
                    return Ok(Some(Made::Bad(taken.line, taken.raw, fault)));
                }
                let fields = columns.fields();
                let fields: Vec<&str> = fields.iter().map(Cow::as_ref).collect();
                let made = make(mapping, &Row::fields(&fields), number, seen, limits);
                Ok(Some(made.unwrap_or_else(|error| Made::Bad(taken.line, taken.raw, error))))
            }
            Form::Touchpoints { source } => {
                let Some(line) = lines.next_filled()? else { return Ok(None) };
                let made = text_of(&line, limits).and_then(|_| {
                    let mut draft = draft_from_bytes(&line.bytes, limits)?;
                    if draft.source.is_empty() {
                        draft.source.clone_from(source);
                    }
                    Ok(Made::Drafts(vec![draft]))
                });
                Ok(Some(made.unwrap_or_else(|error| Made::Bad(line.number, line.bytes, error))))
            }
            Form::Objects { mapping } => {
                let Some(line) = lines.next_filled()? else { return Ok(None) };
                let made = text_of(&line, limits).and_then(|text| {
                    let row = object_of(text)?;
                    make(mapping, &row, number, seen, limits)
                });
                Ok(Some(made.unwrap_or_else(|error| Made::Bad(line.number, line.bytes, error))))
            }
        }
    }
}

/// The text of a line that is one, whole.
fn text_of<'a>(line: &'a Line, limits: &Limits) -> Result<&'a str, Invalid> {
    if !line.is_whole() {
        return Err(too_large("record", line.length, limits.record_bytes, "bytes"));
    }
    // JSON has no other encoding, so none is proposed.
    std::str::from_utf8(&line.bytes).map_err(|error| not_utf8(error.valid_up_to(), false))
}

/// The object that a line is.
fn object_of(text: &str) -> Result<Row<'_>, Invalid> {
    let refused = |problem| Invalid {
        code: "D0121",
        field: "record".to_owned(),
        problem,
        fix: "write one json object a line".to_owned(),
        of_source: String::new(),
    };
    // What a parser says of another value repeats the value, which may be anybody's.
    if !text.trim_start().starts_with('{') {
        return Err(refused("is no json object".to_owned()));
    }
    Row::json(text).map_err(|error| refused(format!("not json ({error})")))
}

fn make(
    mapping: &Mapping,
    row: &Row<'_>,
    number: u64,
    seen: &mut Occurrences,
    limits: &Limits,
) -> Result<Made, Invalid> {
    let mut drafts = mapping.drafts(row, number, seen).map_err(by_mapping)?;
    for draft in &mut drafts {
        admit(draft, limits)?;
    }
    Ok(Made::Drafts(drafts))
}

/// Why reading stopped.
fn stopped(path: &Path, line: u64, error: io::Error) -> ImportError {
    let path = path.to_owned();
    if opened::is_bomb(&error) {
        return ImportError::Bomb { path, line, ratio_max: opened::RATIO_MAX };
    }
    ImportError::Read { path, line, error }
}

/// The form of rows under a mapping; reads the header where there is one.
fn mapped(
    path: &Path,
    mapping: Mapping,
    lines: &mut Lines,
    limits: &Limits,
) -> Result<Form, ImportError> {
    let file = mapping.file();
    let delimiter = match file.format {
        Format::JsonLines => return Ok(Form::Objects { mapping }),
        Format::Csv { delimiter } => Some(delimiter),
        Format::Spaces => None,
    };
    let mut columns = Box::new(Columns::new(delimiter, file.encoding));
    let named = file.columns.clone();
    if !file.has_header {
        columns.count = named.map(|named| named.len());
        return Ok(Form::Table { mapping, columns });
    }
    let refused = |problem, fix| ImportError::Header { path: path.to_owned(), problem, fix };
    let taken = columns.next(lines, limits.record_bytes);
    let taken = taken.map_err(|error| stopped(path, lines.number, error))?;
    let Some(taken) = taken else {
        return Err(refused("is missing: the file is empty".to_owned(), "export it once more"));
    };
    if let Some(fault) = taken.fault {
        return Err(refused(fault.problem, "mend the first line, or `encoding` and `delimiter`"));
    }
    let header: Vec<String> =
        columns.fields().iter().map(|field| field.trim().to_owned()).collect();
    columns.count = Some(header.len());
    if named.as_ref().is_some_and(|named| *named != header) {
        let problem = format!("names {}, the mapping other columns", header.join(", "));
        return Err(refused(problem, "say header = false where the first line is a row"));
    }
    Ok(Form::Table { mapping: mapping.with_columns(&header)?, columns })
}

/// Refuses a file that is written in UTF-16, as some spreadsheets do.
fn check_text(path: &Path, lines: &mut Lines) -> Result<(), ImportError> {
    let first = lines.next_filled().map_err(|error| stopped(path, lines.number, error))?;
    let Some(line) = first else { return Ok(()) };
    if line.bytes.starts_with(b"\xff\xfe") || line.bytes.starts_with(b"\xfe\xff") {
        return Err(ImportError::NotText {
            path: path.to_owned(),
            found: "UTF-16",
            fix: "save it as UTF-8",
        });
    }
    lines.give_back(std::iter::once(line));
    Ok(())
}

/// Refuses a file that plainly does not hold a touchpoint a line.
fn check_touchpoints(path: &Path, lines: &mut Lines) -> Result<(), ImportError> {
    check_text(path, lines)?;
    let first = lines.next_filled().map_err(|error| stopped(path, lines.number, error))?;
    let Some(line) = first else { return Ok(()) };
    let (problem, fix) = match line.bytes.trim_ascii_start().first() {
        Some(b'[') => ("is a list in JSON", "write one object a line: jq -c '.[]' FILE"),
        Some(b'{') => ("", ""),
        _ if is_table(path) => ("is a table", "say by --mapping what its columns mean"),
        _ => ("", ""),
    };
    if !problem.is_empty() {
        return Err(ImportError::NotTouchpoints { path: path.to_owned(), problem, fix });
    }
    lines.give_back(std::iter::once(line));
    Ok(())
}

/// Whether the name of a file says that it is a table, with or without .gz behind it.
fn is_table(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
    let name = name.unwrap_or_default();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
    name.rsplit_once('.').is_some_and(|(_, end)| TABLES.contains(&end))
}
