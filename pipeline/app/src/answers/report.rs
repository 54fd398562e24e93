//! Reports: finished from counters, as JSON and as people read them.

use super::Snapshot;
use engine::Settings;
use insight::report::{Cell, NAMES, Query, Rate, Table};
use model::{JourneyMap, Timestamp, Zone};
use serde_json::{Map, Value, json};
use serve::Refusal;

/// A report by name: its tables, and the same as people and spreadsheets read it.
pub fn report(
    settings: &Settings,
    snapshot: &Snapshot,
    name: &str,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    by: Option<&str>,
) -> Result<Value, Refusal> {
    if !NAMES.contains(&name) {
        let names = NAMES.join(", ");
        return Err(Refusal::Missing(format!(
            "there is no report {name:?}: say one of {names} [D0720]"
        )));
    }
    let map = &settings.map;
    let query = Query { from, to, by: by.map(str::to_owned), as_of: snapshot.as_of };
    let tables = insight::report::report(name, map, snapshot.counters.iter(), &query)
        .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0720]")))?;
    Ok(told(name, snapshot.as_of, &tables, map))
}

/// The tables of a report as JSON, and the same as people and spreadsheets read them.
pub(super) fn told(name: &str, as_of: Timestamp, tables: &[Table], map: &JourneyMap) -> Value {
    let text: Vec<String> = tables.iter().map(|table| table.render(&map.zone)).collect();
    let csv: Vec<String> = tables.iter().map(|table| table.csv(&map.zone)).collect();
    json!({
        "report": name,
        "as_of": (as_of != Timestamp::NEVER).then(|| map.zone.format(as_of)),
        "tables": tables.iter().map(|table| table_json(table, &map.zone)).collect::<Vec<_>>(),
        "text": text.join("\n"),
        "csv": csv.join("\r\n"),
    })
}

fn table_json(table: &Table, zone: &Zone) -> Value {
    let rows = table.rows.iter().map(|row| {
        let cells = table.columns.iter().zip(row);
        let cells = cells.map(|(column, cell)| (column.name.to_owned(), cell_json(cell, zone)));
        Value::Object(cells.collect::<Map<_, _>>())
    });
    json!({
        "name": table.name,
        "title": table.title,
        "rows": rows.collect::<Vec<_>>(),
        "notes": table.notes,
    })
}

fn cell_json(cell: &Cell, zone: &Zone) -> Value {
    match cell {
        Cell::Text(text) => text.clone().into(),
        Cell::Count(count) => (*count).into(),
        Cell::Rate(rate) => rate_json(rate),
        Cell::Money(money) => money.iter().map(|(code, sum)| (code.clone(), *sum)).collect(),
        Cell::Time(time) => zone.format(*time).into(),
        Cell::None => Value::Null,
    }
}

/// A share with its parts and its 95 % interval.
fn rate_json(rate: &Rate) -> Value {
    json!({
        "part": rate.part,
        "whole": rate.whole,
        "low": rate.low,
        "high": rate.high,
    })
}
