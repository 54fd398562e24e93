//! The list behind a number, and one customer's timeline.

use crate::installation::Installation;
use crate::work::Tasks;
use engine::Verdict;
use journey::{Change, JourneyState, Reading, Row, Seal, Selection, TimelineRow, select, timeline};
use model::{Amounts, Size, Timestamp, Touchpoint, ends};
use serde_json::{Map, Value, json};
use serve::Refusal;
use std::collections::BTreeMap;

/// One row for each entry, move or touchpoint that the number counts, by customer and time.
pub fn customers(
    installation: &Installation,
    filters: &BTreeMap<String, String>,
    window: Option<(Size, Timestamp)>,
) -> Result<Value, Refusal> {
    let map = &installation.settings().map;
    let pairs = filters.iter().map(|(name, value)| (&**name, &**value));
    let selection = Selection::parse(map, pairs, window)
        .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0716]")))?;
    let rows = installation.ask(move |tasks: &mut Tasks| selected(tasks, &selection))?;
    Ok(Value::Array(rows.into_values().flatten().collect()))
}

/// Rows by customer, so that the list does not depend on partitions.
fn selected(
    tasks: &mut Tasks,
    selection: &Selection,
) -> Result<BTreeMap<String, Vec<Value>>, Verdict> {
    let mut rows: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for task in tasks.journeys().values() {
        task.visit(tasks.store(), &mut |customer, state| {
            let (history, now) = judged(state, task.as_of());
            let found = select(task.reading(), &history, now, selection);
            if !found.is_empty() {
                let customer = String::from_utf8_lossy(customer).into_owned();
                let told = found.iter().map(|row| row_json(task.reading(), &customer, row));
                rows.insert(customer.clone(), told.collect());
            }
        })?;
    }
    Ok(rows)
}

fn judged(state: &JourneyState, as_of: Timestamp) -> (Vec<Touchpoint>, Timestamp) {
    (state.history().collect(), state.now(as_of))
}

fn row_json(reading: &Reading, customer: &str, row: &Row) -> Value {
    let channel = |id: model::ChannelId| reading.dictionary().channels.word(id.0);
    match row {
        Row::Entry(entry) => json!({
            "customer": customer,
            "stage": stage(reading, u16::from(entry.stage)),
            "channel": channel(entry.channel),
            "entry": entry.entry.word(),
            "outcome": entry.outcome().word(),
            "entered_at": entry.entered_at.to_string(),
            "decided_at": entry.decided.map(|(_, at)| at.to_string()),
            "how": entry.decided.map(|(end, _)| end.word()),
            "cold_at": entry.cold_at.map(|at| at.to_string()),
            "from": stage(reading, entry.from),
            "via": channel(entry.via),
            "money": money(reading, &entry.money),
        }),
        Row::Move(row) => json!({
            "customer": customer,
            "from": stage(reading, row.from),
            "to": stage(reading, row.to),
            "channel": channel(row.channel),
            "at": row.at.to_string(),
            "money": money(reading, &row.money),
        }),
        Row::Activity(row) => {
            let mut told = touchpoint(reading, &row.touchpoint);
            told.insert("customer".to_owned(), customer.into());
            told.insert("stage".to_owned(), stage(reading, row.stage).into());
            Value::Object(told)
        }
    }
}

fn stage(reading: &Reading, value: u16) -> &str {
    match reading.map().stages.get(usize::from(value)) {
        Some(stage) => &stage.name,
        None => ends::word(value),
    }
}

fn money(reading: &Reading, amounts: &Amounts) -> Value {
    let words = &reading.dictionary().currencies;
    amounts
        .iter()
        .map(|(code, amount)| (words.word(code.0).to_owned(), Value::from(amount)))
        .collect()
}

fn touchpoint(reading: &Reading, touchpoint: &Touchpoint) -> Map<String, Value> {
    let words = reading.dictionary();
    let mut told = Map::new();
    told.insert("time".to_owned(), touchpoint.time.to_string().into());
    told.insert("kind".to_owned(), words.kinds.word(touchpoint.kind.0).into());
    told.insert("channel".to_owned(), words.channels.word(touchpoint.channel.0).into());
    if touchpoint.currency.0 != 0 {
        let mut amounts = Amounts::default();
        amounts.add(touchpoint.currency, touchpoint.amount);
        told.insert("value".to_owned(), money(reading, &amounts));
    }
    told
}

/// One customer's timeline: each touchpoint, and what it changed.
pub fn customer(installation: &Installation, id: &str) -> Result<Value, Refusal> {
    let partition = installation.settings().topics.of_customer(id.as_bytes());
    let wanted = id.to_owned();
    let rows = installation.ask(move |tasks: &mut Tasks| {
        let Some(task) = tasks.journeys().get(&partition) else { return Ok(None) };
        let state = task.customer(tasks.store(), &wanted)?;
        Ok(state.filter(|state| !state.is_empty()).map(|state| {
            let (history, now) = judged(&state, task.as_of());
            let rows = timeline(task.reading(), &history, now);
            let rows = rows.iter().map(|row| moment(task.reading(), row)).collect::<Vec<_>>();
            (rows, state.seal())
        }))
    })?;
    match rows {
        Some((rows, None)) => Ok(json!({ "customer": id, "timeline": rows })),
        Some((rows, Some(Seal { until, touchpoints }))) => Ok(json!({
            "customer": id,
            "sealed": { "until": until.to_string(), "touchpoints": touchpoints },
            "timeline": rows,
        })),
        None => Err(Refusal::Missing(format!("there is no customer {id:?} [D0717]"))),
    }
}

fn moment(reading: &Reading, row: &TimelineRow) -> Value {
    let mut told = match &row.touchpoint {
        Some(known) => touchpoint(reading, known),
        None => Map::from_iter([("time".to_owned(), row.at.to_string().into())]),
    };
    told.insert("stage".to_owned(), stage(reading, row.stage).into());
    let changes = row.changes.iter().map(|change| words(reading, change).into());
    told.insert("changes".to_owned(), Value::Array(changes.collect()));
    Value::Object(told)
}

/// A change in words.
fn words(reading: &Reading, change: &Change) -> String {
    let name = |index: u8| stage(reading, u16::from(index));
    match change {
        Change::Began => "an attempt begins".to_owned(),
        Change::Converted { stage } => format!("{} converted", name(*stage)),
        Change::Entered { stage, entry } => format!("enters {} ({})", name(*stage), entry.word()),
        Change::Repeated { stage } => format!("enters {} again", name(*stage)),
        Change::Conversion => "a conversion".to_owned(),
        Change::Ended { stage, end } => format!("goes {} in {}", end.word(), name(*stage)),
    }
}
