//! Reports: finished from counters, as JSON and as people read them.

use super::Snapshot;
use engine::Settings;
use insight::report::{Cell, Mistake, Query, Rate, Table, channels, funnel, moves};
use model::{JourneyMap, Timestamp, Zone};
use serde_json::{Map, Value, json};
use serve::Refusal;

/// The reports that there are.
pub const NAMES: [&str; 3] = ["funnel", "moves", "channels"];

/// A report by name.
pub fn report(
    settings: &Settings,
    snapshot: &Snapshot,
    name: &str,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    by: Option<&str>,
) -> Result<Value, Refusal> {
    let map = &settings.map;
    let query = Query { from, to, by: by.map(str::to_owned), as_of: snapshot.as_of };
    let mistake = |mistake: Mistake| Refusal::Invalid(format!("{mistake} [D0720]"));
    let tables = tables(map, snapshot, name, &query)?.map_err(mistake)?;
    let text: Vec<String> = tables.iter().map(|table| table.render(&map.zone)).collect();
    let csv: Vec<String> = tables.iter().map(|table| table.csv(&map.zone)).collect();
    Ok(json!({
        "report": name,
        "map": map.name,
        "version": map.version,
        "zone": map.zone.name(),
        "as_of": (snapshot.as_of != Timestamp::NEVER).then(|| snapshot.as_of.to_string()),
        "tables": tables.iter().map(|table| table_json(table, &map.zone)).collect::<Vec<_>>(),
        "text": text.join("\n"),
        "csv": csv.join("\r\n"),
    }))
}

fn tables(
    map: &JourneyMap,
    snapshot: &Snapshot,
    name: &str,
    query: &Query,
) -> Result<Result<Vec<Table>, Mistake>, Refusal> {
    let counters = snapshot.counters.iter();
    let zone = &map.zone;
    Ok(match name {
        "funnel" => funnel(map, counters, query).map(|funnel| funnel.tables(zone)),
        "moves" => moves(map, counters, query).map(|moves| vec![moves.table(zone)]),
        "channels" => channels(map, counters, query).map(|channels| vec![channels.table(zone)]),
        unknown => {
            let names = NAMES.join(", ");
            return Err(Refusal::Missing(format!(
                "there is no report {unknown:?}: say one of {names} [D0720]"
            )));
        }
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
        "share": rate.share(),
        "low": rate.low,
        "high": rate.high,
    })
}
