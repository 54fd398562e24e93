//! Reports: finished from counters, as JSON and as people read them.

use super::insights::{live_part, snapshot_at};
use super::{digest, system};
use crate::installation::Installation;
use insight::inference::Figure;
use insight::report::{
    CHANNELS, Cell, Estimate, NAMES, Period, Query, Rate, Table, from_text, to_text,
};
use model::{JourneyMap, Timestamp, Zone};
use serde_json::{Map, Value, json};
use serve::Refusal;

/// What a report is asked for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Its name.
    pub name: &'a str,
    /// The period by its name.
    pub period: Option<&'a str>,
    /// Or its first and last instant.
    pub ends: (Option<Timestamp>, Option<Timestamp>),
    /// What to divide by.
    pub by: Option<&'a str>,
    /// The model that credit is shared out by.
    pub model: Option<&'a str>,
    /// Fold the stored histories at this time.
    pub as_of: Option<Timestamp>,
}

/// A report by name: its tables, and the same as people and spreadsheets read it.
pub fn report(installation: &Installation, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let map = &installation.settings().map;
    if asked.name == system::NAME {
        return system::system(installation, asked);
    }
    if asked.name == digest::NAME {
        let is_of_a_model = asked.model.is_some();
        if is_of_a_model
            || asked.period.is_some()
            || asked.by.is_some()
            || asked.ends != (None, None)
        {
            let why = "report digest is of yesterday: say as_of for another day [D0720]";
            return Err(Refusal::Invalid(why.to_owned()));
        }
        return digest::digest(installation, None, asked.as_of);
    }
    if !NAMES.contains(&asked.name) {
        let (name, names) = (asked.name, NAMES.join(", "));
        let (digest, system) = (digest::NAME, system::NAME);
        return Err(Refusal::Missing(format!(
            "there is no report {name:?}: say one of {names}, {digest}, {system} [D0720]"
        )));
    }
    let period = period(asked)?;
    let zone = map.zone.clone();
    let (ends, by) = (asked.ends, asked.by.map(str::to_owned));
    let model = asked.model.map(str::to_owned);
    let query = move |as_of: Timestamp| {
        let dates = period.filter(|_| as_of.is_admissible()).map(|it| it.dates(&zone, as_of));
        let of_period = |(first, last)| (Some(zone.day_start(first)), Some(zone.day_end(last)));
        let (from, to) = dates.map_or(ends, of_period);
        Query { from, to, by: by.clone(), model: model.clone(), as_of }
    };
    let snapshot = match asked.as_of {
        None => live_part(installation, asked.name, query.clone())?,
        Some(as_of) => snapshot_at(installation, as_of)?,
    };
    let query = query(snapshot.as_of);
    let costs = match asked.name {
        CHANNELS => installation.costs().all(installation)?,
        _ => Vec::new(),
    };
    let counters = snapshot.counters.iter();
    let tables = insight::report::report(asked.name, map, counters, &query, &costs)
        .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0720]")))?;
    Ok(told(asked.name, &query, &snapshot.cut, &tables, map))
}

/// The period that is named, which says its ends itself.
fn period(asked: &Asked<'_>) -> Result<Option<Period>, Refusal> {
    let Some(text) = asked.period else { return Ok(None) };
    let refuse = |why: &str| Err(Refusal::Invalid(format!("period {text:?} {why} [D0720]")));
    if asked.ends != (None, None) {
        return refuse("goes without from and to: say the one or the others");
    }
    match Period::parse(text) {
        Some(period) => Ok(Some(period)),
        None => refuse("is none: say 30d for the last 30 dates, 2026-W13 or 2026-03"),
    }
}

/// The tables of a report as JSON, and the same as people and spreadsheets read them.
pub(super) fn told(
    name: &str,
    query: &Query,
    cut: &[u32],
    tables: &[Table],
    map: &JourneyMap,
) -> Value {
    let (zone, as_of) = (&map.zone, query.as_of);
    let text: Vec<String> = tables.iter().map(|table| table.render(zone)).collect();
    let csv: Vec<String> = tables.iter().map(|table| table.csv(zone)).collect();
    let mut told = json!({
        "report": name,
        "as_of": (as_of != Timestamp::NEVER).then(|| zone.format_exact(as_of)),
        "cut": cut,
        "period": {
            "from": query.from.map(|from| from_text(zone, from)),
            "to": query.to.map(|to| to_text(zone, to)),
        },
        "tables": tables.iter().map(|table| table_json(table, zone)).collect::<Vec<_>>(),
        "text": text.join("\n"),
        "csv": csv.join("\r\n"),
    });
    if let Some(told) = told.as_object_mut().filter(|_| cut.is_empty()) {
        told.remove("cut");
    }
    told
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
        Cell::Count(count) | Cell::Share(count) => (*count).into(),
        Cell::Rate(rate) => rate_json(rate),
        Cell::Money(money) => money.iter().map(|(code, sum)| (code.clone(), *sum)).collect(),
        Cell::Estimate(estimate) | Cell::Effect(estimate) => bounded_json(estimate.parts()),
        Cell::EstimatedMoney(money) => {
            let bounded = |sum: &Estimate| bounded_json(sum.whole_parts());
            money.iter().map(|(code, sum)| (code.clone(), bounded(sum))).collect()
        }
        Cell::Figure(figure) => figure_json(figure),
        Cell::Worth(figure, currency) => {
            let mut worth = figure_json(figure);
            worth["currency"] = currency.clone().into();
            worth
        }
        Cell::Time(time) => zone.format(*time).into(),
        Cell::None => Value::Null,
    }
}

/// A number with its 95 % interval.
fn bounded_json<T: Into<Value>>([value, low, high]: [Option<T>; 3]) -> Value {
    let part = |part: Option<T>| part.map_or(Value::Null, Into::into);
    json!({ "value": part(value), "low": part(low), "high": part(high) })
}

/// A number with an interval that it always has.
fn figure_json(figure: &Figure) -> Value {
    let Figure { value, interval } = figure;
    bounded_json([*value, interval.low, interval.high].map(Some))
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
