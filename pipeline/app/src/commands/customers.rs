//! `customers` and `customer`: the list behind a number, and one timeline.

use super::print;
use crate::cli::Place;
use crate::config::Config;
use crate::failure::Failure;
use crate::target::with_existing;
use serde_json::Value;
use serve::Question;
use std::collections::{BTreeMap, BTreeSet};

/// Prints one row an entry, and how many people they are.
pub fn customers(
    place: &Place,
    config: &Config,
    filters: &BTreeMap<String, String>,
    window: Option<&str>,
    times: [Option<&str>; 3],
) -> Result<(), Failure> {
    let rows = with_existing(place, config, |target| target.customers(filters, window, times))?;
    let rows = rows.as_array().cloned().unwrap_or_default();
    let people: BTreeSet<&str> = rows.iter().filter_map(|row| row["customer"].as_str()).collect();
    print(|out| {
        for row in &rows {
            match place.json {
                true => writeln!(out, "{row}")?,
                false => writeln!(out, "{}", line(row))?,
            }
        }
        if !place.json {
            writeln!(out, "{} rows, {} people", rows.len(), people.len())?;
        }
        Ok(())
    })
}

fn line(row: &Value) -> String {
    let cell = |(name, value): (&String, &Value)| match value {
        Value::Null => None,
        Value::Object(map) if map.is_empty() => None,
        Value::String(text) => Some(format!("{name}={text}")),
        other => Some(format!("{name}={other}")),
    };
    let cells = row.as_object().into_iter().flatten().filter_map(cell);
    cells.collect::<Vec<_>>().join("  ")
}

/// Prints one timeline.
pub fn customer(place: &Place, config: &Config, id: &str) -> Result<(), Failure> {
    let question = Question::Customer { id: id.to_owned() };
    let answer = with_existing(place, config, |target| target.ask(&question))?;
    print(|out| {
        if place.json {
            return writeln!(out, "{answer}");
        }
        for row in answer["timeline"].as_array().into_iter().flatten() {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let changes: Vec<&str> =
                row["changes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let (time, stage) = (text("time"), text("stage"));
            let what = format!("{} {}", text("channel"), text("kind"));
            writeln!(out, "{time}  {stage:<14} {what:<32} {}", changes.join("; "))?;
        }
        Ok(())
    })
}
