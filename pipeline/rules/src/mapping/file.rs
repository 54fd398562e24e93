//! `[file]`: how the rows of a file are written.

use super::decimal::Punctuation;
use super::mistake::MappingMistake;
use super::value::missing;
use crate::map::error::Fault;
use crate::map::fields::{Fields, Word, wrong_type};
use crate::map::{Mistake, name};
use std::fmt;
use toml::de::DeTable;

pub(super) const KEYS: &[&str] =
    &["format", "delimiter", "header", "columns", "encoding", "decimal", "thousands"];
/// Every word of `[file]`.
pub(super) const WORDS: &[&str] = &[
    "format",
    "delimiter",
    "header",
    "columns",
    "encoding",
    "decimal",
    "thousands",
    "csv",
    "jsonl",
    ";",
    "|",
    "tab",
    "spaces",
    "utf-8",
    "latin-1",
    "cp1252",
    "utf-16",
];
const FORMATS: &[&str] = &["csv", "jsonl"];
const DELIMITERS: &[&str] = &[",", ";", "|", "tab", "spaces"];
const ENCODINGS: &[&str] = &["utf-8", "latin-1", "cp1252", "utf-16"];
const DECIMALS: &[&str] = &[".", ","];
const THOUSANDS: &[&str] = &[".", ",", " ", "'"];

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Columns with one byte between them, quoted by `"`.
    Csv {
        /// The byte between two columns.
        delimiter: u8,
    },
    /// Columns with spaces or tabs between them, as many as align them; nothing is quoted.
    Spaces,
    /// An object of JSON a line.
    JsonLines,
}

impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Format::Csv { delimiter: b'\t' } => out.write_str("columns divided by tabs"),
            Format::Csv { delimiter } => {
                write!(out, "columns divided by {:?}", char::from(*delimiter))
            }
            Format::Spaces => out.write_str("columns divided by spaces"),
            Format::JsonLines => out.write_str("an object of JSON a line"),
        }
    }
}

/// How the bytes of a file are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// Windows-1252, which is what files that call themselves Latin-1 are written in.
    Latin1,
    /// UTF-16, the smaller byte first unless its first two bytes say otherwise. A file that begins
    /// with them is read so whatever the mapping says.
    Utf16,
}

/// How the rows of a file are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileShape {
    /// What it is written in.
    pub format: Format,
    /// Whether the first row names the columns.
    pub has_header: bool,
    /// The columns, where the mapping names them.
    pub columns: Option<Vec<String>>,
    /// How its bytes are text.
    pub encoding: Encoding,
    pub(super) signs: Punctuation,
}

impl FileShape {
    /// Reads `[file]`; a mapping without it is one of JSON.
    pub(super) fn read(root: &Fields<'_>) -> Result<FileShape, Fault> {
        let file = root.table("file", "[file]", KEYS)?;
        let Some(place) = root.get("file").map(|value| value.span()) else {
            return Ok(FileShape {
                format: Format::JsonLines,
                has_header: false,
                columns: None,
                encoding: Encoding::Utf8,
                signs: Punctuation::PLAIN,
            });
        };
        let format = file
            .choice("format", FORMATS)?
            .ok_or_else(|| missing("[file]", "format", "format = \"csv\"", &place))?;
        let signs = signs(&file)?;
        if format == 1 {
            return json(&file, signs);
        }
        let format = self::format(&file)?;
        let columns = columns(&file)?;
        let has_header = flag(&file, "header")?.unwrap_or(columns.is_none());
        if !has_header && columns.is_none() {
            let mistake = MappingMistake::Together {
                key: "header",
                other: "a file whose columns have no names",
                fix: "name them in order, like columns = [\"id\", \"date\", \"total\"]",
            };
            let place = file.get("header").map_or(place, |value| value.span());
            return Err(Fault::new(mistake, &place));
        }
        Ok(FileShape { format, has_header, columns, encoding: encoding(&file)?, signs })
    }

    /// A file of a lookup: its first row names the columns, and it holds no amounts.
    pub(super) fn of_lookup(format: Format, encoding: Encoding) -> FileShape {
        let signs = Punctuation::PLAIN;
        FileShape { format, has_header: true, columns: None, encoding, signs }
    }

    /// Whether rows have columns.
    pub fn is_columns(&self) -> bool {
        self.format != Format::JsonLines
    }
}

/// What divides the columns.
pub(super) fn format(file: &Fields<'_>) -> Result<Format, Fault> {
    Ok(match file.choice("delimiter", DELIMITERS)? {
        None | Some(0) => Format::Csv { delimiter: b',' },
        Some(1) => Format::Csv { delimiter: b';' },
        Some(2) => Format::Csv { delimiter: b'|' },
        Some(3) => Format::Csv { delimiter: b'\t' },
        Some(_) => Format::Spaces,
    })
}

/// How bytes are text.
pub(super) fn encoding(file: &Fields<'_>) -> Result<Encoding, Fault> {
    Ok(match file.choice("encoding", ENCODINGS)? {
        Some(1 | 2) => Encoding::Latin1,
        Some(3) => Encoding::Utf16,
        _ => Encoding::Utf8,
    })
}

/// JSON has neither columns nor another encoding.
fn json(file: &Fields<'_>, signs: Punctuation) -> Result<FileShape, Fault> {
    for key in ["delimiter", "header", "columns", "encoding"] {
        if let Some(value) = file.get(key) {
            let mistake = MappingMistake::Together {
                key,
                other: "format = \"jsonl\"",
                fix: "take it out: JSON lines are UTF-8, and name their fields themselves",
            };
            return Err(Fault::new(mistake, &value.span()));
        }
    }
    Ok(FileShape {
        format: Format::JsonLines,
        has_header: false,
        columns: None,
        encoding: Encoding::Utf8,
        signs,
    })
}

fn signs(file: &Fields<'_>) -> Result<Punctuation, Fault> {
    let decimal = [',', '.'][usize::from(file.choice("decimal", DECIMALS)? != Some(1))];
    let thousands = file.choice("thousands", THOUSANDS)?.map(|index| ['.', ',', ' ', '\''][index]);
    if thousands == Some(decimal) {
        let mistake = MappingMistake::Together {
            key: "thousands",
            other: "the same sign as `decimal`",
            fix: "12.345,60 has decimal = \",\" and thousands = \".\"",
        };
        let place = file.get("thousands").map_or(file.span.clone(), |value| value.span());
        return Err(Fault::new(mistake, &place));
    }
    Ok(Punctuation { decimal, thousands })
}

fn columns(file: &Fields<'_>) -> Result<Option<Vec<String>>, Fault> {
    let Some(words) = file.words("columns")? else { return Ok(None) };
    let mut columns: Vec<String> = Vec::new();
    for word in &words {
        column(word)?;
        if columns.iter().any(|column| column == word.text) {
            let mistake = Mistake::Duplicate { sort: "column", name: word.text.to_owned() };
            return Err(Fault::new(mistake, &word.span));
        }
        columns.push(word.text.to_owned());
    }
    if columns.is_empty() {
        let place = file.get("columns").map_or(file.span.clone(), |value| value.span());
        return Err(Fault::new(MappingMistake::Nothing("columns".into()), &place));
    }
    Ok(Some(columns))
}

fn column(word: &Word<'_>) -> Result<(), Fault> {
    name::check("column", word)
}

fn flag(file: &Fields<'_>, key: &'static str) -> Result<Option<bool>, Fault> {
    let Some(value) = file.get(key) else { return Ok(None) };
    match value.get_ref() {
        toml::de::DeValue::Boolean(is_set) => Ok(Some(*is_set)),
        _ => Err(wrong_type(key, value, "true or false")),
    }
}

/// Keys of the language that are planned: a table that has one is for a later version.
const PLANNED: &[&str] = &["verify", "topic", "identities"];

/// Refuses what is planned by another message than what is mistyped.
pub(super) fn check_built(table: &DeTable<'_>) -> Result<(), Fault> {
    match table.keys().find(|key| PLANNED.contains(&key.get_ref().as_ref())) {
        Some(key) => {
            let mistake = MappingMistake::NotBuilt(key.get_ref().to_string());
            Err(Fault::new(mistake, &key.span()))
        }
        None => Ok(()),
    }
}
