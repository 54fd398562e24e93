//! What a file holds, by its name and its first lines.

use super::error::ImportError;
use super::form::stopped;
use super::lines::{Line, Lines};
use super::opened;
use codec::{Limits, draft_from_bytes};
use serde_json::Value;
use std::path::Path;

/// Ends of names whose files hold tables, and so need a mapping.
const TABLES: [&str; 4] = ["csv", "tsv", "txt", "tab"];
/// Lines that are looked at.
const LINES: usize = 100;
/// What every touchpoint has; an object that has most of it is meant to be one.
const WORDS: [&str; 4] = ["event_id", "time", "channel", "kind"];

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Rows of columns, which need a mapping.
    Table,
    /// Objects that are no touchpoints, a line each, which need a mapping.
    Objects,
    /// Touchpoints, or nothing of all this.
    Touchpoints,
}

/// Looks at the first lines of a file. A pipe is not looked at: what was read of it would be gone.
pub fn holds(path: &Path) -> Result<Holds, ImportError> {
    if std::fs::metadata(path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) {
        return Ok(Holds::Touchpoints);
    }
    let stream = opened::open(path, rules::Encoding::Utf8)?.stream;
    let mut lines = Lines::new(stream, Limits::default().record_bytes);
    let mut has_object = false;
    for number in 0..LINES {
        let line = lines.next_filled();
        let line = line.map_err(|error| stopped(path, lines.number, error));
        // What breaks off later is told when it is read.
        let line = match line {
            Err(_) if number > 0 => break,
            line => line?,
        };
        let begins = line.as_ref().and_then(|line| line.bytes.trim_ascii_start().first().copied());
        match (begins, line) {
            (Some(b'{'), Some(line)) => {
                let Some(fields) = fields(&line) else { continue };
                if is_meant(&line, &fields) {
                    return Ok(Holds::Touchpoints);
                }
                has_object = true;
            }
            (Some(b'['), _) if number == 0 => return Ok(Holds::Touchpoints),
            (_, None) => break,
            _ if number == 0 && is_table(path) => return Ok(Holds::Table),
            _ if number == 0 => return Ok(Holds::Touchpoints),
            _ => {}
        }
    }
    // An empty table is told as one.
    Ok(match has_object {
        true => Holds::Objects,
        false if lines.number == 0 && is_table(path) => Holds::Table,
        false => Holds::Touchpoints,
    })
}

fn fields(line: &Line) -> Option<serde_json::Map<String, Value>> {
    match serde_json::from_slice(&line.bytes).ok()? {
        Value::Object(fields) if line.is_whole() => Some(fields),
        _ => None,
    }
}

/// Whether an object is a touchpoint, or one with a mistake.
fn is_meant(line: &Line, fields: &serde_json::Map<String, Value>) -> bool {
    let words = WORDS.iter().filter(|word| fields.contains_key(**word)).count();
    words + 1 >= WORDS.len() || draft_from_bytes(&line.bytes, &Limits::default()).is_ok()
}

/// Whether the name of a file says that it is a table, with or without .gz behind it.
pub(super) fn is_table(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
    let name = name.unwrap_or_default();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
    name.rsplit_once('.').is_some_and(|(_, end)| TABLES.contains(&end))
}
