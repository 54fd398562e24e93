//! One customer over time.

use super::customers::{judged, stage, touchpoint};
use crate::installation::Installation;
use crate::parts::{Owned, Shared, of_owner, owned};
use crate::work::Tasks;
use engine::{Node, TaskId, Verdict};
use journey::{Change, Reading, Seal, TimelineRow, timeline};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use serve::Refusal;

/// One customer's timeline: each touchpoint, and what it changed.
pub fn customer(installation: &Installation, id: &str) -> Result<Value, Refusal> {
    let partition = installation.settings().topics.of_customer(id.as_bytes());
    let task = TaskId { node: Node::Journey, partition };
    let told = of_owner(installation, &Timeline { customer: id.to_owned() }, task)?;
    told.ok_or_else(|| Refusal::Missing(format!("there is no customer {id:?} [D0717]")))
}

/// The timeline of a customer, as the instance is asked for it that has the customer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Timeline {
    customer: String,
}

impl Shared for Timeline {
    const NAME: &'static str = "timeline";
    const NODES: &'static [Node] = &[Node::Journey];
    type Part = Option<Value>;

    fn part(&self, installation: &Installation) -> Result<Owned<Option<Value>>, Refusal> {
        let customer = self.customer.clone();
        owned(installation, move |tasks: &mut Tasks| told(tasks, &customer))
    }
}

fn told(tasks: &mut Tasks, customer: &str) -> Result<Option<Value>, Verdict> {
    let partition = tasks.settings().topics.of_customer(customer.as_bytes());
    let Some(task) = tasks.journeys().get(&partition) else { return Ok(None) };
    let state = task.customer(tasks.store(), customer)?.filter(|state| !state.is_empty());
    let Some(state) = state else { return Ok(None) };
    let (history, now) = judged(&state, task.as_of());
    let rows = timeline(task.reading(), &history, now);
    let rows = rows.iter().map(|row| moment(task.reading(), row)).collect::<Vec<_>>();
    let mut told = json!({ "customer": customer, "timeline": rows });
    if let Some(Seal { until, touchpoints }) = state.seal() {
        told["sealed"] = json!({ "until": until.to_string(), "touchpoints": touchpoints });
    }
    Ok(Some(told))
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
