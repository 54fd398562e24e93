//! Objects of JSON, a line each, as columns: one for every way to a value that is no object.

use super::sample::{Column, Sample};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Objects within objects that are looked into: a path has no more than 16 steps.
const DEPTH_MAX: usize = 8;
/// Ways that are looked at.
const COLUMNS_MAX: usize = 512;

/// What has been seen of objects.
#[derive(Default)]
struct Seen {
    columns: Vec<Column>,
    places: BTreeMap<Vec<String>, usize>,
    rows: u64,
}

/// Looks at lines of objects; other lines are passed over.
pub(super) fn sample(bytes: &[u8], is_whole: bool) -> Sample {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut seen = Seen::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        if let Ok(Value::Object(fields)) = serde_json::from_slice(line) {
            seen.rows += 1;
            seen.object(&mut Vec::new(), &fields);
        }
    }
    let Seen { columns, rows, .. } = seen;
    let encoding = ("utf-8", "JSON has no other".to_owned());
    let (delimiter, has_header, is_objects) = ("", true, true);
    Sample { encoding, delimiter, has_header, columns, rows, is_whole, is_objects }
}

impl Seen {
    fn object(&mut self, way: &mut Vec<String>, fields: &Map<String, Value>) {
        for (key, value) in fields {
            // Such a key cannot be written in a path.
            if key.trim().is_empty() || key.contains("\"]") {
                continue;
            }
            way.push(key.clone());
            match value {
                Value::Object(inner) if way.len() < DEPTH_MAX => self.object(way, inner),
                Value::String(text) => self.value(way, text, false),
                Value::Number(number) => self.value(way, &number.to_string(), true),
                Value::Bool(is_so) => self.value(way, &is_so.to_string(), false),
                // A list holds several values, and which is meant nobody can guess.
                Value::Object(_) | Value::Array(_) | Value::Null => {}
            }
            way.pop();
        }
    }

    fn value(&mut self, way: &[String], text: &str, is_number: bool) {
        let place = match self.places.get(way) {
            Some(place) => *place,
            None if self.columns.len() == COLUMNS_MAX => return,
            None => {
                self.places.insert(way.to_vec(), self.columns.len());
                self.columns.push(Column::within(way));
                self.columns.len() - 1
            }
        };
        if let Some(column) = self.columns.get_mut(place) {
            column.see(text, self.rows);
            column.plain += u64::from(is_number);
        }
    }
}
