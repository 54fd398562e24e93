//! What became of records, by source: before a command and after it.

use crate::failure::Failure;
use crate::target::Target;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Admission by source and result.
pub type Admission = BTreeMap<(String, String), i64>;

/// Admission as it stands.
pub fn admission(target: &Target) -> Result<Admission, Failure> {
    let rows = target.insights(Some("admission"), None)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = rows.as_array().into_iter().flatten().map(|row| {
        let dims = &row["dims"];
        ((text(&dims["source"]), text(&dims["result"])), row["count"].as_i64().unwrap_or(0))
    });
    Ok(rows.collect())
}

/// What became of the records of a command.
pub struct Sum {
    pub counted: i64,
    pub duplicates: i64,
    pub late: i64,
    pub dead: i64,
}

impl Sum {
    /// What has come since, of these sources.
    pub fn of(before: &Admission, after: &Admission, sources: &BTreeSet<String>) -> Sum {
        let grown = |result: &str| -> i64 {
            let rows = after.iter().filter(|((source, fate), _)| {
                // Sources beyond the limit count as other.
                fate == result && (sources.contains(source) || source == "other")
            });
            rows.map(|(key, count)| count - before.get(key).copied().unwrap_or(0)).sum()
        };
        Sum {
            counted: grown("counted"),
            duplicates: grown("duplicate"),
            late: grown("late"),
            dead: grown("dead"),
        }
    }

    /// All of them.
    pub fn total(&self) -> i64 {
        self.counted + self.duplicates + self.late + self.dead
    }

    /// As a sentence.
    pub fn said(&self) -> String {
        let Sum { counted, duplicates, late, dead } = self;
        format!("counted {counted} + duplicates {duplicates} + late {late} + dead letters {dead}")
    }
}
