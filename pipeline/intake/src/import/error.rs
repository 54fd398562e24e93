//! Why a file is read no further, and why one row of it is not a touchpoint.

use codec::{DeadClass, Invalid};
use rules::{MapError, RowError};
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a file is not read, or no further. What came before it stands.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be opened.
    #[error("could not open {}: {error} [D0541]", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Reading it stopped.
    #[error(
        "could not read {} beyond line {line}: {error}; the rows before it are read, import the \
         file again when it is whole [D0542]",
        path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// The last line that was read.
        line: u64,
        /// What the system or the decompression says.
        error: io::Error,
    },
    /// It is no text that can be read.
    #[error("{} is {found}: {fix} [D0543]", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
        /// What to do.
        fix: &'static str,
    },
    /// It becomes far larger than text does.
    #[error(
        "{} grows to more than {ratio_max} times its size and is read no further than line {line}: \
         decompress it first, if you trust it [D0544]",
        path.display()
    )]
    Bomb {
        /// The file.
        path: PathBuf,
        /// The last line that was read.
        line: u64,
        /// How often its size is too often.
        ratio_max: u64,
    },
    /// Its header is not there, or not the one that the mapping names.
    #[error("the header of {} {problem}; {fix} [D0545]", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        fix: &'static str,
    },
    /// It does not hold touchpoints, and no mapping makes some of it.
    #[error("{} {problem}; {fix} [D0546]", path.display())]
    NotTouchpoints {
        /// The file.
        path: PathBuf,
        /// What it holds.
        problem: &'static str,
        /// What to do.
        fix: &'static str,
    },
    /// A file that the mapping looks words up in cannot be used.
    #[error("the lookup {name} cannot be read from {}: {problem}; {fix} [D0549]", path.display())]
    Lookup {
        /// What the mapping calls it.
        name: String,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        fix: &'static str,
    },
    /// What its columns mean cannot be guessed.
    #[error("{} {problem}; {fix} [D0550]", path.display())]
    Guess {
        /// The file.
        path: PathBuf,
        /// What is missing.
        problem: String,
        /// What to do.
        fix: &'static str,
    },
    /// The mapping does not fit the file.
    #[error("{0:?}")]
    Mapping(#[from] MapError),
}

impl ImportError {
    /// Whether there is no such file, or nobody may read it.
    pub fn is_missing(&self) -> bool {
        matches!(self, ImportError::Open { .. })
    }
}

/// A row that is not a touchpoint: where it stands, its bytes as they came, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// The line of the file in which it begins, from 1.
    pub line: u64,
    /// Its number among the rows, from 1, without the header.
    pub row: u64,
    /// Its bytes without the line's end; of a row that is too long the first.
    pub raw: Vec<u8>,
    /// How many bad rows of the same bytes stood before it in the file.
    pub alike: u32,
    /// What it is as a dead letter.
    pub class: DeadClass,
    /// What is wrong, and what to do.
    pub error: Invalid,
}

impl BadRow {
    /// The source that it counts for: its own, or that of its file.
    pub fn source<'a>(&'a self, of_file: &'a str) -> &'a str {
        if self.error.of_source.is_empty() { of_file } else { &self.error.of_source }
    }
}

impl fmt::Display for BadRow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, {}", self.line, self.error)
    }
}

impl std::error::Error for BadRow {}

/// What kind of a dead letter an error makes.
pub(super) fn class(error: &Invalid) -> DeadClass {
    match error.code {
        "D0547" | "D0548" => DeadClass::Malformed,
        _ => error.class(),
    }
}

/// The refusal of a row by its mapping, as touchpoints are refused.
pub(crate) fn by_mapping(error: RowError) -> Invalid {
    let RowError { code, field, problem, fix, .. } = error;
    Invalid { code, field, problem, fix, of_source: String::new() }
}

/// The refusal of a row that has not the columns of its file.
pub(super) fn columns(found: usize, expected: usize) -> Invalid {
    Invalid {
        code: "D0547",
        field: "record".to_owned(),
        problem: format!("has {found} columns, the file has {expected}"),
        fix: "quote fields that hold the delimiter, or set `delimiter` in [file]".to_owned(),
        of_source: String::new(),
    }
}

/// The refusal of a line that opens a quote which no row closes.
pub(super) fn open_quote() -> Invalid {
    Invalid {
        code: "D0547",
        field: "record".to_owned(),
        problem: "opens a quote, and the lines up to the next quote are no row with it".to_owned(),
        fix: "close the quote, or write two where one is part of a quoted field".to_owned(),
        of_source: String::new(),
    }
}

/// The refusal of a row whose bytes are not text.
pub(super) fn not_utf8(at: usize, is_mapped: bool) -> Invalid {
    let fix = match is_mapped {
        true => "save the file as UTF-8, or set encoding = \"latin-1\" in [file]",
        false => "save the file as UTF-8",
    };
    Invalid {
        code: "D0548",
        field: "record".to_owned(),
        problem: format!("is not UTF-8 at byte {}", at + 1),
        fix: fix.to_owned(),
        of_source: String::new(),
    }
}
