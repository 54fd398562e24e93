//! The beginning of a file, and what its columns hold.

use super::dates::Dates;
use super::numbers::Numbers;
use super::objects;
use crate::import::{Columns, Holds, ImportError, Lines, holds, open};
use codec::Limits;
use rules::Encoding;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::{Cursor, Read};
use std::path::Path;

/// Bytes that are looked at, decompressed.
const SAMPLE_BYTES: u64 = 16 * 1_024 * 1_024;
/// Bytes that the delimiter is found by.
const DELIMITER_BYTES: usize = 256 * 1_024;
/// Columns that are looked at.
const COLUMNS_MAX: usize = 512;
/// Different words of a column that may mean kinds or channels.
pub(super) const WORDS_MAX: usize = 60;
/// What may divide columns, the commonest first.
const DELIMITERS: [(u8, &str); 4] = [(b',', ","), (b';', ";"), (b'\t', "tab"), (b'|', "|")];

/// What was seen of a file.
pub(super) struct Sample {
    /// The encoding as a mapping names it, and why.
    pub(super) encoding: (&'static str, String),
    pub(super) delimiter: &'static str,
    pub(super) has_header: bool,
    pub(super) columns: Vec<Column>,
    pub(super) rows: u64,
    pub(super) is_whole: bool,
    /// Whether its rows are objects, and not columns.
    pub(super) is_objects: bool,
}

/// What was seen of a column.
#[derive(Default)]
pub(super) struct Column {
    pub(super) name: String,
    /// The keys that lead to it through objects; none of a table's column.
    pub(super) way: Vec<String>,
    pub(super) filled: u64,
    pub(super) dates: Dates,
    pub(super) numbers: Numbers,
    pub(super) addresses: u64,
    pub(super) codes: u64,
    pub(super) clocks: u64,
    pub(super) names: u64,
    /// Values that are numbers of JSON.
    pub(super) plain: u64,
    /// Words and how often they stand there; `None` where there are too many.
    pub(super) words: Option<BTreeMap<String, u64>>,
    hashes: BTreeSet<u64>,
    repeats: u64,
}

impl Column {
    fn new(name: String) -> Column {
        Column { name, words: Some(BTreeMap::new()), ..Column::default() }
    }

    /// What a way through objects leads to.
    pub(super) fn within(way: &[String]) -> Column {
        Column { way: way.to_vec(), ..Column::new(way.join(".")) }
    }

    /// Whether its numbers are those of JSON, which have one sign before a fraction.
    pub(super) fn is_plain(&self) -> bool {
        self.plain > 0 && self.plain == self.filled
    }

    /// Whether no value stands there twice, and none is missing.
    pub(super) fn is_unique(&self, rows: u64) -> bool {
        self.repeats == 0 && self.filled == rows && rows > 1
    }

    pub(super) fn see(&mut self, value: &str, row: u64) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        self.filled += 1;
        self.dates.see(value, row);
        self.numbers.see(value);
        self.addresses += u64::from(value.split('@').count() == 2 && value.contains('.'));
        let is_code = value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_uppercase());
        self.codes += u64::from(is_code);
        self.clocks += u64::from(is_clock(value));
        let is_name = value.contains(' ') && !value.contains(|c: char| c.is_ascii_digit());
        self.names += u64::from(is_name);
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(value);
        self.repeats += u64::from(!self.hashes.insert(hash));
        if let Some(words) = &mut self.words {
            *words.entry(value.to_owned()).or_insert(0) += 1;
            if words.len() > WORDS_MAX {
                self.words = None;
            }
        }
    }
}

fn is_clock(value: &str) -> bool {
    let parts: Vec<&str> = value.split(':').collect();
    let is_part = |part: &&str| part.len() <= 2 && part.parse::<u8>().is_ok_and(|n| n < 60);
    matches!(parts.len(), 2 | 3) && parts.iter().all(is_part)
}

/// Looks at the beginning of a file.
pub(super) fn sample(path: &Path) -> Result<Sample, ImportError> {
    let (bytes, is_whole, wide) = beginning(path)?;
    if holds(path)? == Holds::Objects {
        return Ok(objects::sample(&bytes, is_whole));
    }
    let text = std::str::from_utf8(&bytes);
    let (encoding, said) = match (wide, text) {
        (Some(why), _) => (Encoding::Utf8, ("utf-16", why.to_owned())),
        (None, Ok(text)) if text.is_ascii() => {
            (Encoding::Utf8, ("utf-8", "plain letters only".to_owned()))
        }
        (None, Ok(_)) => (Encoding::Utf8, ("utf-8", "every letter is one in UTF-8".to_owned())),
        (None, Err(error)) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            (Encoding::Latin1, ("cp1252", format!("line {line} is not UTF-8")))
        }
    };
    let refused = |problem: &str, fix| {
        let (path, problem) = (path.to_owned(), problem.to_owned());
        ImportError::Guess { path, problem, fix }
    };
    let delimiter = delimiter(&bytes, encoding).ok_or_else(|| {
        let fix = "write a mapping, with `delimiter` in [file]";
        refused("has no delimiter that divides its rows into equal columns", fix)
    })?;
    let mut columns: Vec<Column> = Vec::new();
    let (mut rows, mut has_header) = (0, true);
    each_row(&bytes, delimiter.0, encoding, &mut |fields| {
        if columns.is_empty() {
            has_header = is_header(fields);
            let name = |(index, field): (usize, &String)| match has_header {
                true => field.trim().to_owned(),
                false => format!("column_{}", index + 1),
            };
            let named = fields.iter().enumerate().map(name);
            columns = named.take(COLUMNS_MAX).map(Column::new).collect();
            if has_header {
                return;
            }
        }
        rows += 1;
        for (column, field) in columns.iter_mut().zip(fields) {
            column.see(field, rows);
        }
    });
    if rows == 0 {
        return Err(refused("holds no rows", "export it once more"));
    }
    let delimiter = delimiter.1;
    let is_objects = false;
    Ok(Sample { encoding: said, delimiter, has_header, columns, rows, is_whole, is_objects })
}

/// The first bytes of a file, whether they are all, and why it is UTF-16 where it is.
fn beginning(path: &Path) -> Result<(Vec<u8>, bool, Option<&'static str>), ImportError> {
    let read = |encoding| {
        let opened = open(path, encoding)?;
        let mut bytes = Vec::new();
        let fault = |error| ImportError::Open { path: path.to_owned(), error };
        opened.stream.take(SAMPLE_BYTES).read_to_end(&mut bytes).map_err(fault)?;
        Ok::<_, ImportError>((bytes, opened.is_wide))
    };
    let (mut bytes, is_wide) = read(Encoding::Utf8)?;
    let mut wide = is_wide.then_some("its first two bytes say so");
    let head = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    let zeros = head.iter().skip(1).step_by(2).filter(|byte| **byte == 0).count();
    if wide.is_none() && zeros * 4 > head.len() {
        bytes = read(Encoding::Utf16)?.0;
        wide = Some("every second byte is zero");
    }
    let is_whole = (bytes.len() as u64) < SAMPLE_BYTES;
    if !is_whole {
        // The last line may be half a line.
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        bytes.truncate(end);
    }
    Ok((bytes, is_whole, wide))
}

fn each_row(bytes: &[u8], delimiter: u8, encoding: Encoding, see: &mut dyn FnMut(&[String])) {
    let limit = Limits::default().record_bytes;
    let mut lines = Lines::new(Box::new(Cursor::new(bytes.to_vec())), limit);
    let mut columns = Columns::new(Some(delimiter), encoding);
    // What is in memory can be read.
    while let Ok(Some(taken)) = columns.next(&mut lines, limit) {
        if taken.fault.is_none() {
            let fields = columns.fields().into_iter().map(|field| field.into_owned());
            let fields: Vec<String> = fields.collect();
            columns.count.get_or_insert(fields.len());
            see(&fields);
        }
    }
}

/// The delimiter that divides most rows into as many columns, two at least.
fn delimiter(bytes: &[u8], encoding: Encoding) -> Option<(u8, &'static str)> {
    let head = bytes.get(..DELIMITER_BYTES).map_or(bytes, |head| {
        let end = head.iter().rposition(|byte| *byte == b'\n').unwrap_or(head.len());
        head.get(..end).unwrap_or(head)
    });
    let mut best: Option<(usize, usize, (u8, &'static str))> = None;
    for delimiter in DELIMITERS {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        let limit = Limits::default().record_bytes;
        let mut lines = Lines::new(Box::new(Cursor::new(head.to_vec())), limit);
        let mut columns = Columns::new(Some(delimiter.0), encoding);
        while let Ok(Some(taken)) = columns.next(&mut lines, limit) {
            if taken.fault.is_none() {
                *counts.entry(columns.fields().len()).or_insert(0) += 1;
            }
        }
        let rows: usize = counts.values().sum();
        let Some((fields, alike)) = counts.into_iter().max_by_key(|(_, rows)| *rows) else {
            continue;
        };
        let is_even = fields > 1 && alike * 10 >= rows * 9;
        // Of two that divide evenly the one that divides more.
        if is_even && best.is_none_or(|(known, ..)| fields > known) {
            best = Some((fields, alike, delimiter));
        }
    }
    best.map(|(.., delimiter)| delimiter)
}

/// Whether a row names columns: nothing in it is a date, a number or an address.
fn is_header(fields: &[String]) -> bool {
    let is_name = |field: &String| {
        let mut column = Column::new(String::new());
        column.see(field, 1);
        let is_number = matches!(column.numbers.verdict(Some('.')), super::numbers::Verdict::Is(_));
        let is_date = matches!(
            column.dates.verdict(Some(super::DayOrder::DayFirst)),
            super::dates::Verdict::Is(..)
        );
        column.addresses == 0 && !is_number && !is_date
    };
    let filled: Vec<&String> = fields.iter().filter(|field| !field.trim().is_empty()).collect();
    !filled.is_empty() && filled.iter().all(|field| is_name(field))
}
