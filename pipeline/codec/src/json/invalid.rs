//! Why a touchpoint is refused, said so that its sender can mend it.

use crate::DeadClass;

/// Why a touchpoint is refused: the field, what is wrong with it, what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}; {fix} [{code}]")]
pub struct Invalid {
    /// The code of the error's page.
    pub code: &'static str,
    /// The field, `record` where it is the whole.
    pub field: String,
    /// What is wrong, with the value.
    pub problem: String,
    /// What to write instead.
    pub fix: String,
    /// The record's source, by which refusals are counted; empty where it has none or cannot be
    /// read.
    pub of_source: String,
}

/// Characters of a value or a name that an error repeats.
const SHOWN_MAX: usize = 60;

/// The beginning of a text: what an error may repeat of it.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl Invalid {
    /// What a record that is refused for this is as a dead letter.
    pub fn class(&self) -> DeadClass {
        match self.code {
            "D0121" | "D0225" | "D0226" | "D0227" | "D0228" | "D0230" | "D0231" | "D0232"
            | "D0233" | "D0234" | "D0235" | "D0236" => DeadClass::Malformed,
            "D0124" if self.field == "record" => DeadClass::Oversize,
            _ => DeadClass::Invalid,
        }
    }

    fn new(code: &'static str, field: &str, problem: String, fix: &str) -> Invalid {
        let of_source = String::new();
        Invalid { code, field: shown(field), problem, fix: fix.to_owned(), of_source }
    }

    pub(super) fn json(error: &serde_json::Error) -> Invalid {
        let problem = format!("not json ({error})");
        Invalid::new("D0121", "record", problem, "send one json object per touchpoint")
    }

    pub(super) fn shape(field: &str, found: &str, fix: &str) -> Invalid {
        Invalid::new("D0122", field, format!("is {found}"), fix)
    }

    pub(super) fn missing(field: &str, fix: &str) -> Invalid {
        Invalid::new("D0123", field, "is missing or empty".to_owned(), fix)
    }

    pub(super) fn limit(field: &str, size: usize, limit: usize, unit: &str) -> Invalid {
        let problem = format!("has {size} {unit}");
        Invalid::new("D0124", field, problem, &format!("send at most {limit} {unit}"))
    }

    pub(super) fn time(problem: String) -> Invalid {
        let fix = "write RFC 3339 with its offset or epoch milliseconds, from 1990 to 2199";
        Invalid::new("D0125", "time", problem, fix)
    }

    pub(super) fn number(field: &str, found: &str, fix: &str) -> Invalid {
        Invalid::new("D0126", field, format!("is {}", shown(found)), fix)
    }
}
