//! The list behind a number.

use crate::installation::Installation;
use crate::labels;
use crate::parts::{Owned, Shared, gather, millis, owned};
use crate::work::Tasks;
use engine::{Node, Verdict};
use insight::report::Scope;
use journey::{EntryRow, JourneyState, ObjectionRow, Reading, Row, Selection, cut, select};
use model::{Amounts, By, JourneyMap, Size, Span, Timestamp, Touchpoint, ends};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use serve::{People, Refusal};
use std::collections::BTreeMap;

/// One row for each entry, move or touchpoint that the number counts, by customer and time.
pub fn customers(installation: &Installation, people: &People) -> Result<Value, Refusal> {
    let settings = installation.settings();
    // What cannot be asked is known here, before anybody is.
    selection(&settings.map, people)?;
    stand(people, settings.topics.partitions)?;
    let question = Rows {
        filters: people.filters.clone(),
        window: people.window.map(|(size, start)| (size.to_string(), start.millis())),
        from: people.from,
        to: people.to,
        as_of: people.as_of,
        cut: people.cut.clone(),
    };
    let mut rows: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for part in gather(installation, &question)? {
        rows.extend(part);
    }
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

fn selection(map: &JourneyMap, people: &People) -> Result<Selection, Refusal> {
    let pairs = people.filters.iter().map(|(name, value)| (&**name, &**value));
    let selection = Selection::parse(map, pairs, people.window)
        .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0716]")))?;
    // Windows are whole, as a report takes them: what it adds up is what is listed.
    let scope = Scope::of_period(map, people.from, people.to)
        .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0716]")))?;
    Ok(selection.within(scope.from, scope.until))
}

/// The rows of customers, as instances ask each other for them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Rows {
    filters: BTreeMap<String, String>,
    window: Option<(String, i64)>,
    #[serde(with = "millis::option")]
    from: Option<Timestamp>,
    #[serde(with = "millis::option")]
    to: Option<Timestamp>,
    #[serde(with = "millis::option")]
    as_of: Option<Timestamp>,
    cut: Vec<u32>,
}

impl Shared for Rows {
    const NAME: &'static str = "rows";
    const NODES: &'static [Node] = &[Node::Journey];
    type Part = BTreeMap<String, Vec<Value>>;

    fn part(&self, installation: &Installation) -> Result<Owned<Self::Part>, Refusal> {
        let settings = installation.settings();
        let window = self
            .window
            .as_ref()
            .and_then(|(size, start)| Some((Size::parse(size)?, Timestamp::from_millis(*start))));
        let people = People {
            filters: self.filters.clone(),
            window,
            from: self.from,
            to: self.to,
            as_of: self.as_of,
            cut: self.cut.clone(),
            by_cold: false,
        };
        let selection = selection(&settings.map, &people)?;
        let stand = stand(&people, settings.topics.partitions)?;
        owned(installation, move |tasks: &mut Tasks| selected(tasks, &selection, &stand))
    }
}

/// When the customers of each partition are judged; `None` of those that are judged as they stand.
pub(super) struct Stand {
    pub(super) as_of: Option<Timestamp>,
    pub(super) cut: Vec<u32>,
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
    pub(super) fn of(&self, partition: u32) -> Option<Timestamp> {
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
                    if let Row::Objection(row) = row {
                        // Where it is to be read: a state knows no text.
                        told["partition"] = (*partition).into();
                        told["offset"] = row.raised.position.into();
                    }
                    told
                });
                rows.insert(customer.clone(), told.collect());
            }
        })?;
    }
    Ok(rows)
}

pub(super) fn judged(state: &JourneyState, as_of: Timestamp) -> (Vec<Touchpoint>, Timestamp) {
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
        Row::Objection(row) => objection(reading, customer, row),
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

/// An entry, what was objected in it, and where that was said first.
fn objection(reading: &Reading, customer: &str, row: &ObjectionRow) -> Value {
    let mut told = row_json(reading, customer, &Row::Entry(row.entry.clone()));
    if let Value::Object(told) = &mut told {
        // They are of the entry, whatever was objected.
        ["entry", "from", "via", "money", "cold_at"].iter().for_each(|name| _ = told.remove(*name));
    }
    let word = |at: usize| row.key(reading).word(at, reading.map(), reading.dictionary()).into();
    told["objection"] = word(2);
    told["next"] = word(3);
    told["raised"] = Value::Object(touchpoint(reading, &row.raised));
    let is_person = row.raised.label.revision >= labels::PERSON;
    told["labelled_by"] = if is_person { "person" } else { "model" }.into();
    told
}

fn kind(reading: &Reading, value: u16) -> &str {
    match reading.map().kinds.get(usize::from(value)) {
        Some(kind) => &kind.name,
        None => ends::word(value),
    }
}

pub(super) fn stage(reading: &Reading, value: u16) -> &str {
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

pub(super) fn touchpoint(reading: &Reading, touchpoint: &Touchpoint) -> Map<String, Value> {
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
