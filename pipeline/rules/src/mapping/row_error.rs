//! Why a row makes no touchpoint, said so that its owner can mend the file or the mapping.

use crate::map::nearest::nearest;

/// Why a row makes no touchpoint: the field of the touchpoint, what is wrong, what to do.
///
/// Values are repeated in part only: an error may be read by people who may not read the row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row}, {field}: {problem}; {fix} [{code}]")]
pub struct RowError {
    /// The code of the error's page.
    pub code: &'static str,
    /// The number of the row in the file, from 1, without the header.
    pub row: u64,
    /// The field of the touchpoint.
    pub field: String,
    /// What is wrong, with the beginning of the value.
    pub problem: String,
    /// What to write instead.
    pub fix: String,
}

/// A fault of one field, before its row is known.
pub(super) struct FieldFault {
    code: &'static str,
    problem: String,
    fix: String,
}

impl FieldFault {
    fn new(code: &'static str, problem: String, fix: impl Into<String>) -> FieldFault {
        FieldFault { code, problem, fix: fix.into() }
    }

    pub(super) fn at(self, row: u64, field: &str) -> RowError {
        let FieldFault { code, problem, fix } = self;
        RowError { code, row, field: field.to_owned(), problem, fix }
    }

    pub(super) fn missing(fix: &str) -> FieldFault {
        FieldFault::new("D0521", "is missing or empty".to_owned(), fix)
    }

    pub(super) fn unlisted<'a>(word: &str, table: impl IntoIterator<Item = &'a str>) -> FieldFault {
        let like = nearest(word, table).map(|word| format!(" beside \"{word}\""));
        let fix = format!(
            "add the word{} to the table, or say `else`",
            like.as_deref().unwrap_or_default()
        );
        FieldFault::new("D0522", format!("{} is not in the table", shown(word)), fix)
    }

    pub(super) fn time(value: &str, problem: &str, fix: &str) -> FieldFault {
        FieldFault::new("D0523", format!("{problem}: {}", shown(value)), fix)
    }

    pub(super) fn number(value: &str, problem: &str, fix: &str) -> FieldFault {
        FieldFault::new("D0524", format!("{problem}: {}", shown(value)), fix)
    }

    pub(super) fn range(value: &str, problem: &str, fix: &str) -> FieldFault {
        FieldFault::new("D0525", format!("{problem}: {}", shown(value)), fix)
    }

    pub(super) fn currency(value: &str) -> FieldFault {
        let problem = format!("is no currency: {}", shown(value));
        FieldFault::new("D0526", problem, "the three letters of ISO 4217 belong there, like EUR")
    }

    pub(super) fn shape(problem: &str, fix: &str) -> FieldFault {
        FieldFault::new("D0527", problem.to_owned(), fix)
    }

    pub(super) fn expression(text: &str, problem: &str) -> FieldFault {
        let problem = format!("cannot be worked out by \"= {text}\": {problem}");
        FieldFault::new("D0529", problem, "mend the expression, or drop such rows before")
    }

    pub(super) fn crowd(most: usize) -> FieldFault {
        let problem = format!("makes more than {most} touchpoints of one input");
        FieldFault::new("D0530", problem, "split the input, or name a list that is shorter")
    }

    pub(super) fn crowded(limit: usize) -> FieldFault {
        let problem = format!("is not in the mapping, and more than {limit} rows differ");
        let fix =
            "name the column with the row's own id as `event_id`, or import the file in parts";
        FieldFault::new("D0528", problem, fix)
    }
}

/// Characters of a value that are repeated at most.
const SHOWN_MAX: usize = 24;
/// A value without letters is repeated whole up to so many: a date, an amount, seconds.
const PLAIN_MAX: usize = 10;

/// The part of a value that an error repeats.
///
/// A word (letters, digits and what joins them) or a short number is repeated, of anything else the
/// first half: it may be a name, an address or a number of a phone, in a column that the mapping
/// takes for another.
pub(super) fn shown(value: &str) -> String {
    let count = value.chars().count();
    let is_word = value.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:".contains(c))
        && value.contains(|c: char| c.is_ascii_alphabetic());
    let is_plain = count <= PLAIN_MAX && !value.contains(|c: char| c.is_alphabetic() || c == '@');
    if (is_word || is_plain) && count <= SHOWN_MAX {
        return value.to_owned();
    }
    let part: String = value.chars().take((count / 2).min(SHOWN_MAX)).collect();
    format!("{part}…")
}
