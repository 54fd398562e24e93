//! The list behind a number, and one customer's timeline.

use crate::installation::Installation;
use crate::work::Tasks;
use engine::Verdict;
use insight::report::Scope;
use journey::{Change, EntryRow, JourneyState, Reading, Row, Seal, Selection, TimelineRow};
use journey::{cut, select, timeline};
use model::{Amounts, By, Span, Timestamp, Touchpoint, ends};
use serde_json::{Map, Value, json};
use serve::{People, Refusal};
use std::collections::BTreeMap;

/// One row for each entry, move or touchpoint that the number counts, by customer and time.
pub fn customers(installation: &Installation, people: &People) -> Result<Value, Refusal> {
    let settings = installation.settings();
    let map = &settings.map;
    let pairs = people.filters.iter().map(|(name, value)| (&**name, &**value));
    let selection = Selection::parse(map, pairs, people.window)
        .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0716]")))?;
    // Windows are whole, as a report takes them: what it adds up is what is listed.
    let scope = Scope::of_period(map, people.from, people.to)
        .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0716]")))?;
    let selection = selection.within(scope.from, scope.until);
    let stand = stand(people, settings.topics.partitions)?;
    let rows = installation.ask(move |tasks: &mut Tasks| selected(tasks, &selection, &stand))?;
    let mut rows: Vec<Value> = rows.into_values().flatten().collect();
    if people.by_cold {
        // What never goes cold comes last; of equal times, the order of the customers holds.
        rows.sort_by_cached_key(|row| match row["cold_at"].as_str() {
            Some(at) => (false, at.to_owned()),
            None => (true, String::new()),
        });
    }
    Ok(Value::Array(rows))
}

/// When the customers of each partition are judged; `None` of those that are judged as they stand.
struct Stand {
    as_of: Option<Timestamp>,
    cut: Vec<u32>,
}

fn stand(people: &People, partitions: u32) -> Result<Stand, Refusal> {
    let refuse = |why: String| Err(Refusal::Invalid(format!("{why} [D0716]")));
    match (people.as_of, people.cut.len()) {
        (None, 1..) => refuse("a cut goes with an as_of: repeat both as a report said them".into()),
        (_, count) if count > 0 && count != partitions as usize => refuse(format!(
            "the cut is of {count} partitions and there are {partitions}: take it from a report of \
             this installation"
        )),
        (as_of, _) => Ok(Stand { as_of, cut: people.cut.clone() }),
    }
}

impl Stand {
    fn of(&self, partition: u32) -> Option<Timestamp> {
        let further = self.cut.get(partition as usize).copied().unwrap_or(0);
        let further = Span::from_millis(i64::from(further));
        self.as_of.map(|as_of| as_of.plus(further))
    }
}

/// Rows by customer, so that the list does not depend on partitions.
fn selected(
    tasks: &mut Tasks,
    selection: &Selection,
    stand: &Stand,
) -> Result<BTreeMap<String, Vec<Value>>, Verdict> {
    let mut rows: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (partition, task) in tasks.journeys() {
        let at = stand.of(*partition);
        task.visit(tasks.store(), &mut |customer, state| {
            let (mut history, mut now) = judged(state, task.as_of());
            if let Some(at) = at {
                (history, now) = (cut(&history, at), at);
            }
            let found = select(task.reading(), &history, now, selection);
            if !found.is_empty() {
                let customer = String::from_utf8_lossy(customer).into_owned();
                let told = found.iter().map(|row| {
                    let mut told = row_json(task.reading(), &customer, row);
                    if let (Row::Entry(EntryRow { decided: None, .. }), Some(last)) =
                        (row, history.last())
                    {
                        told["last"] = last_touch(task.reading(), last);
                    }
                    told
                });
                rows.insert(customer.clone(), told.collect());
            }
        })?;
    }
    Ok(rows)
}

/// An open lead: where it stands, its deadline, and the last that was heard of it.
pub(super) struct OpenLead<'a> {
    pub(super) customer: &'a [u8],
    pub(super) stage: &'a str,
    pub(super) cold_at: Timestamp,
    pub(super) channel: &'a str,
    pub(super) kind: &'a str,
}

/// Lets a sum see each open lead that goes cold some time, as a report's `as_of` and `cut` have it.
pub(super) fn each_open<T: Send + 'static>(
    installation: &Installation,
    as_of: Timestamp,
    cut_of: &[u32],
    mut sum: T,
    see: impl Fn(&mut T, &OpenLead<'_>) + Send + 'static,
) -> Result<T, Refusal> {
    let map = &installation.settings().map;
    let selection = Selection::parse(map, [("flow-outcome", "open")], None)
        .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0716]")))?;
    let stand = Stand { as_of: Some(as_of), cut: cut_of.to_vec() };
    installation.ask(move |tasks: &mut Tasks| {
        for (partition, task) in tasks.journeys() {
            let at = stand.of(*partition).unwrap_or(as_of);
            task.visit(tasks.store(), &mut |customer, state| {
                let history = cut(&state.history().collect::<Vec<_>>(), at);
                let reading = task.reading();
                for row in select(reading, &history, at, &selection) {
                    let (Row::Entry(entry), Some(last)) = (row, history.last()) else { continue };
                    let Some(cold_at) = entry.cold_at.filter(|_| entry.decided.is_none()) else {
                        continue;
                    };
                    let words = reading.dictionary();
                    see(
                        &mut sum,
                        &OpenLead {
                            customer,
                            stage: stage(reading, u16::from(entry.stage)),
                            cold_at,
                            channel: words.channels.word(last.channel.0),
                            kind: words.kinds.word(last.kind.0),
                        },
                    );
                }
            })?;
        }
        Ok(sum)
    })
}

fn judged(state: &JourneyState, as_of: Timestamp) -> (Vec<Touchpoint>, Timestamp) {
    (state.history().collect(), state.now(as_of))
}

/// The last that was heard of whoever an open entry is of: an open attempt is the latest one.
fn last_touch(reading: &Reading, last: &Touchpoint) -> Value {
    let mut told = touchpoint(reading, last);
    let kind = reading.map().kinds.get(usize::from(reading.kind(last.kind).dim));
    let by = match kind.map_or(By::Customer, |kind| kind.by) {
        By::Customer => "customer",
        By::Business => "business",
    };
    told.insert("by".to_owned(), by.into());
    Value::Object(told)
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
        Row::Step(row) => json!({
            "customer": customer,
            "from_stage": stage(reading, row.from.0),
            "from_kind": kind(reading, row.from.1),
            "to_stage": stage(reading, row.to.0),
            "to_kind": kind(reading, row.to.1),
            "bucket": row.bucket.word(),
            "at": row.at.to_string(),
        }),
    }
}

fn kind(reading: &Reading, value: u16) -> &str {
    match reading.map().kinds.get(usize::from(value)) {
        Some(kind) => &kind.name,
        None => ends::word(value),
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
    let steps = row.changes.iter().map(|change| step(reading, change));
    told.insert("steps".to_owned(), Value::Array(steps.collect()));
    Value::Object(told)
}

/// A change for programs.
fn step(reading: &Reading, change: &Change) -> Value {
    let name = |index: u8| stage(reading, u16::from(index));
    match change {
        Change::Began => json!({ "change": "began" }),
        Change::Converted { stage } => json!({ "change": "converted", "stage": name(*stage) }),
        Change::Entered { stage, entry } => {
            json!({ "change": "entered", "stage": name(*stage), "entry": entry.word() })
        }
        Change::Repeated { stage } => json!({ "change": "repeated", "stage": name(*stage) }),
        Change::Conversion => json!({ "change": "conversion" }),
        Change::Ended { stage, end } => json!({ "change": end.word(), "stage": name(*stage) }),
    }
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
