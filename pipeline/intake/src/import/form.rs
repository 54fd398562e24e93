//! How the rows of a file become touchpoints: each by itself, an object or columns by a mapping.

use super::columns::Columns;
use super::error::{ImportError, by_mapping, not_utf8};
use super::holds::is_table;
use super::lines::{Line, Lines};
use super::opened;
use codec::{Invalid, Limits, draft_from_text};
use codec::{admit, too_large};
use model::Draft;
use rules::{Format, Mapping, Occurrences, Row};
use std::borrow::Cow;
use std::io;
use std::path::Path;

/// How rows become touchpoints.
pub(super) enum Form {
    /// They are touchpoints, from this source where they name none.
    Touchpoints { source: String },
    /// They are objects, of which a mapping makes touchpoints.
    Objects { mapping: Mapping },
    /// They have columns, of which a mapping makes touchpoints.
    Table { mapping: Mapping, columns: Box<Columns>, header: Option<Vec<u8>> },
}

/// What became of a row.
pub(super) enum Made {
    /// One touchpoint, and the line in which the row begins.
    One(u64, Draft),
    /// Touchpoints, none where the mapping drops it, and the line in which the row begins.
    Drafts(u64, Vec<Draft>),
    Bad(u64, Vec<u8>, Invalid),
}

impl Made {
    fn of(line: u64, raw: Vec<u8>, made: Result<Vec<Draft>, Invalid>) -> Made {
        match made {
            Ok(mut drafts) => {
                drafts.iter_mut().for_each(|draft| draft.history = true);
                Made::Drafts(line, drafts)
            }
            Err(error) => Made::Bad(line, raw, error),
        }
    }
}

impl Form {
    /// Whether rows may be named by their content, and by how many alike stood before.
    pub(super) fn names_rows(&self) -> bool {
        match self {
            Form::Touchpoints { .. } => false,
            Form::Objects { mapping } | Form::Table { mapping, .. } => mapping.names_rows(),
        }
    }

    /// The next row, `None` at the end of the file.
    pub(super) fn next(
        &mut self,
        lines: &mut Lines,
        limits: &Limits,
        number: u64,
        seen: &mut Occurrences,
    ) -> io::Result<Option<Made>> {
        match self {
            Form::Table { mapping, columns, .. } => {
                let Some(taken) = columns.next(lines, limits.record_bytes)? else {
                    return Ok(None);
                };
                if let Some(fault) = taken.fault {
                    return Ok(Some(Made::Bad(taken.line, taken.raw, fault)));
                }
                let fields = columns.fields();
                let fields: Vec<&str> = fields.iter().map(Cow::as_ref).collect();
                let made = make(mapping, &Row::fields(&fields), number, seen, limits);
                Ok(Some(Made::of(taken.line, taken.raw, made)))
            }
            Form::Touchpoints { source } => {
                let Some(line) = lines.next_filled()? else { return Ok(None) };
                let made = text_of(&line, limits).and_then(|text| {
                    let mut draft = draft_from_text(text, limits)?;
                    if draft.source.is_empty() {
                        draft.source.clone_from(source);
                    }
                    draft.history = true;
                    Ok(draft)
                });
                Ok(Some(match made {
                    Ok(draft) => {
                        lines.spare(line.bytes);
                        Made::One(line.number, draft)
                    }
                    Err(error) => Made::Bad(line.number, line.bytes, error),
                }))
            }
            Form::Objects { mapping } => {
                let Some(line) = lines.next_filled()? else { return Ok(None) };
                let made = text_of(&line, limits).and_then(|text| {
                    let row = object_of(text)?;
                    make(mapping, &row, number, seen, limits)
                });
                Ok(Some(Made::of(line.number, line.bytes, made)))
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
) -> Result<Vec<Draft>, Invalid> {
    let mut drafts = mapping.drafts(row, number, seen).map_err(by_mapping)?;
    for draft in &mut drafts {
        admit(draft, limits)?;
    }
    Ok(drafts)
}

/// Why reading stopped.
pub(super) fn stopped(path: &Path, line: u64, error: io::Error) -> ImportError {
    let path = path.to_owned();
    if opened::is_bomb(&error) {
        return ImportError::Bomb { path, line, ratio_max: opened::RATIO_MAX };
    }
    ImportError::Read { path, line, error }
}

/// The form of rows under a mapping; reads the header where there is one.
pub(super) fn mapped(
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
        return Ok(Form::Table { mapping, columns, header: None });
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
    let mapping = mapping.with_columns(&header)?;
    Ok(Form::Table { mapping, columns, header: Some(taken.raw) })
}

/// Refuses a file that plainly does not hold a touchpoint a line.
pub(super) fn check_touchpoints(path: &Path, lines: &mut Lines) -> Result<(), ImportError> {
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
