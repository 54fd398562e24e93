//! `customers` and `customer`: the list behind a number, and one timeline.

use super::print;
use crate::cli::Place;
use crate::config::Config;
use crate::failure::Failure;
use crate::target::with_existing;
use insight::report::written;
use model::Timestamp;
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
        if place.json {
            return rows.iter().try_for_each(|row| writeln!(out, "{row}"));
        }
        for line in lines(&rows) {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "{} rows, {} people", rows.len(), people.len())
    })
}

/// Rows below each other, each value under its name; what no row has is left out.
fn lines(rows: &[Value]) -> Vec<String> {
    let mut names: Vec<&String> = Vec::new();
    for (name, value) in rows.iter().filter_map(Value::as_object).flatten() {
        if !cell(value).is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    let heading = names.iter().map(|name| name.replace('_', " ")).collect();
    let row = |row: &Value| names.iter().map(|name| cell(&row[name.as_str()])).collect();
    let table: Vec<Vec<String>> = std::iter::once(heading).chain(rows.iter().map(row)).collect();
    let width = |at: usize| table.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..names.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(text, width)| format!("{text:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    if rows.is_empty() { Vec::new() } else { table.iter().map(line).collect() }
}

/// What stands under a currency, which is money.
fn amount((currency, value): (&String, &Value)) -> String {
    match value.as_i64() {
        Some(amount) => written(amount, currency),
        None => format!("{currency} {value}"),
    }
}

/// A value for people: times to the second, and nothing where there is nothing.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Object(map) => match (map.get("kind"), map.get("channel")) {
            // A touchpoint.
            (Some(Value::String(kind)), Some(Value::String(channel))) => {
                format!("{kind} on {channel}")
            }
            _ => map.iter().map(amount).collect::<Vec<_>>().join(", "),
        },
        Value::String(text) => match Timestamp::parse_rfc3339(text).is_some() {
            true => text.replacen('T', " ", 1).replace(".000Z", "Z"),
            false => text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect(),
        },
        other => other.to_string(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_stand_below_each_other_with_what_some_of_them_have() {
        let rows = [
            json!({ "customer": "ann", "stage": "decision", "cold_at": null, "money": {},
                "entered_at": "2026-03-04T19:11:00.000Z" }),
            json!({ "customer": "bob\u{1b}[2J", "stage": "retention", "money": {"EUR": 4900},
                "entered_at": "2026-03-04T19:11:00.250Z", "cold_at": null, "late": true }),
        ];
        let expected = [
            "customer  stage      entered at                money      late",
            "ann       decision   2026-03-04 19:11:00Z",
            "bob\u{fffd}[2J   retention  2026-03-04 19:11:00.250Z  49.00 EUR  true",
        ];
        assert_eq!(lines(&rows), expected);
        assert!(lines(&[]).is_empty());
    }
}
