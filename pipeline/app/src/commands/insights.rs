//! `insights`: every counter, one line each.

use super::print;
use crate::cli::Place;
use crate::config::Config;
use crate::failure::Failure;
use crate::target::with_existing;
use serde_json::Value;

/// Prints every counter.
pub fn insights(
    place: &Place,
    config: &Config,
    family: Option<&str>,
    as_of: Option<&str>,
) -> Result<(), Failure> {
    let rows = with_existing(place, config, |target| target.insights(family, as_of))?;
    let rows = rows.as_array().cloned().unwrap_or_default();
    print(|out| {
        for row in &rows {
            match place.json {
                true => writeln!(out, "{row}")?,
                false => writeln!(out, "{}", line(row))?,
            }
        }
        Ok(())
    })
}

/// `flow 1d 2026-01-05T00:00:00+01:00 stage=… = 12  4900 EUR`
fn line(row: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut line = text(&row["family"]);
    if let Some(window) = row["window"].as_object() {
        line.push_str(&format!(" {} {}", text(&window["size"]), text(&window["start"])));
    }
    for (name, value) in row["dims"].as_object().into_iter().flatten() {
        line.push_str(&format!(" {name}={}", text(value)));
    }
    line.push_str(&format!(" = {}", row["count"]));
    for (currency, amount) in row["amounts"].as_object().into_iter().flatten() {
        line.push_str(&format!("  {amount} {currency}"));
    }
    line
}
