//! `customers` and `customer`: the list behind a number, and one timeline.

use super::{print, time, with_folder};
use crate::answers;
use crate::config::Config;
use crate::failure::Failure;
use model::{Size, Timestamp, Zone};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Prints one row an entry, and how many people they are.
pub fn customers(
    config: &Config,
    is_json: bool,
    filters: &[String],
    window: Option<&str>,
) -> Result<(), Failure> {
    let filters = pairs(filters)?;
    let rows = with_folder(config, |installation| {
        let zone = &installation.settings().map.zone;
        let window = window.map(|text| parse_window(zone, text)).transpose()?;
        Ok(answers::customers(installation, &filters, window)?)
    })?;
    let rows = rows.as_array().cloned().unwrap_or_default();
    let people: BTreeSet<&str> = rows.iter().filter_map(|row| row["customer"].as_str()).collect();
    print(|out| {
        for row in &rows {
            match is_json {
                true => writeln!(out, "{row}")?,
                false => writeln!(out, "{}", line(row))?,
            }
        }
        if !is_json {
            writeln!(out, "{} rows, {} people", rows.len(), people.len())?;
        }
        Ok(())
    })
}

/// `--flow-stage decision` as pairs.
fn pairs(filters: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut pairs = BTreeMap::new();
    let mut words = filters.iter();
    while let Some(word) = words.next() {
        let usage = || {
            Failure::Usage(format!("{word:?} is no filter: say --flow-stage decision or the like"))
        };
        let name = word.strip_prefix("--").ok_or_else(usage)?;
        let (name, value) = match name.split_once('=') {
            Some((name, value)) => (name, value.to_owned()),
            None => (name, words.next().ok_or_else(usage)?.clone()),
        };
        pairs.insert(name.to_owned(), value);
    }
    Ok(pairs)
}

/// `1d@2026-01-05`
fn parse_window(zone: &Zone, text: &str) -> Result<(Size, Timestamp), Failure> {
    let usage = || Failure::Usage(format!("{text:?} is no window: say 1d@2026-01-05"));
    let (size, start) = text.split_once('@').ok_or_else(usage)?;
    let start = match model::Civil::parse(start) {
        Some(date) => zone.day_start(date),
        None => time(zone, start)?,
    };
    Ok((Size::parse(size).ok_or_else(usage)?, start))
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
pub fn customer(config: &Config, is_json: bool, id: &str) -> Result<(), Failure> {
    let answer = with_folder(config, |installation| Ok(answers::customer(installation, id)?))?;
    print(|out| {
        if is_json {
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
