//! Every counter as it stands, or as the stored histories give it at a time.

use crate::installation::Installation;
use crate::work::Tasks;
use engine::{Settings, Verdict, add_to, describe};
use insight::{Counter, CounterId, Ledger};
use journey::{Diff, Sink, contributions, cut};
use model::{Family, Timestamp};
use serde_json::Value;
use serve::Refusal;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// All counters at one moment.
pub struct Snapshot {
    /// Counters that are not zero.
    pub counters: BTreeMap<CounterId, Counter>,
    /// The event time up to which every one of them is judged.
    pub as_of: Timestamp,
}

/// The live counters.
pub fn live_snapshot(installation: &Installation) -> Result<Snapshot, Refusal> {
    installation.ask(|tasks: &mut Tasks| Ok(live(tasks)))
}

fn live(tasks: &Tasks) -> Snapshot {
    let insights = tasks.insights().values();
    let as_of = insights.clone().map(|task| task.as_of()).min().unwrap_or(Timestamp::NEVER);
    let counters = insights.flat_map(|task| task.counters());
    let counters = counters.map(|(id, counter)| (id.clone(), counter.clone())).collect();
    Snapshot { counters, as_of }
}

/// The stored histories, cut at a time and folded there, of the windows that are kept then.
/// *admission* knows no time and is live.
pub fn snapshot_at(installation: &Installation, as_of: Timestamp) -> Result<Snapshot, Refusal> {
    let counters = installation.ask(move |tasks: &mut Tasks| folded_at(tasks, as_of))?;
    Ok(Snapshot { counters, as_of })
}

fn folded_at(tasks: &mut Tasks, as_of: Timestamp) -> Result<BTreeMap<CounterId, Counter>, Verdict> {
    let mut ledger = Ledger::new(&tasks.settings().map);
    for (position, task) in (1..).zip(tasks.journeys().values()) {
        let mut sums = Diff::default();
        task.visit(tasks.store(), &mut |_, state| {
            let history: Vec<_> = state.history().collect();
            let history = cut(&history, as_of);
            let diff = contributions(task.reading(), &history, as_of);
            diff.counters.iter().for_each(|((key, measure), n)| sums.add(*key, *measure, *n));
        })?;
        add_to(&mut ledger, position, task.reading(), &sums);
    }
    ledger.settle(as_of);
    let folded = ledger.iter().map(|(id, counter)| (id.clone(), counter.clone()));
    let mut counters = live(tasks).counters;
    counters.retain(|id, _| id.series.family() == Some(Family::Admission));
    counters.extend(folded);
    Ok(counters)
}

/// Every counter as JSON, in the order of family, dimensions and window.
pub fn insights(
    settings: &Settings,
    snapshot: &Snapshot,
    family: Option<&str>,
) -> Result<Value, Refusal> {
    let wanted = match family {
        None => None,
        Some(name) => Some(Family::parse(name).ok_or_else(|| {
            let names: Vec<&str> = Family::ALL.iter().map(|family| family.name()).collect();
            Refusal::Invalid(format!(
                "there is no family {name:?}: say one of {} [D0711]",
                names.join(", ")
            ))
        })?),
    };
    let mut rows = Vec::new();
    for (id, counter) in &snapshot.counters {
        if wanted.is_some() && id.series.family() != wanted {
            continue;
        }
        rows.push(counter_json(settings, id, counter, snapshot.as_of)?);
    }
    Ok(Value::Array(rows))
}

fn counter_json(
    settings: &Settings,
    id: &CounterId,
    counter: &Counter,
    as_of: Timestamp,
) -> Result<Value, Refusal> {
    let dims: Vec<(&str, Cow<'_, str>)> = id.series.dims().collect();
    let window = id.start.and_then(|start| id.size.window(&settings.map.zone, start));
    let told = describe(settings, id, window, (counter, &dims), as_of);
    let mut text = String::new();
    codec::counter_to_json(&told, &settings.map.zone, &mut text);
    serde_json::from_str(&text)
        .map_err(|error| Refusal::Broken(format!("a counter is no JSON: {error} [D0710]")))
}
