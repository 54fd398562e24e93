//! Every counter as it stands, or as the stored histories give it at a time.

use crate::installation::Installation;
use crate::work::Tasks;
use engine::{Settings, Verdict, describe, ledger_of};
use insight::{Counter, CounterId};
use journey::{Diff, Sink, contributions, cut};
use model::{Family, JourneyMap, Size, Timestamp};
use serde_json::Value;
use serve::Refusal;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// All counters at one moment.
pub struct Snapshot {
    /// Counters that are not zero.
    pub counters: BTreeMap<CounterId, Counter>,
    /// The event time up to which every one of them is judged.
    pub as_of: Timestamp,
}

/// The live counters.
pub fn live_snapshot(installation: &Installation) -> Result<Snapshot, Refusal> {
    let mut snapshot = installation.ask(|tasks: &mut Tasks| Ok(live(tasks)))?;
    settle_cohorts(&installation.settings().map, &mut snapshot);
    Ok(snapshot)
}

fn live(tasks: &Tasks) -> Snapshot {
    let insights = tasks.insights().values();
    let as_of = insights.clone().map(|task| task.as_of()).min().unwrap_or(Timestamp::NEVER);
    let counters = insights.flat_map(|task| task.counters());
    let counters = counters.map(|(id, counter)| (id.clone(), counter.clone())).collect();
    Snapshot { counters, as_of }
}

/// The stored histories, cut at a time and folded there. *admission* knows no time and is live.
pub fn snapshot_at(installation: &Installation, as_of: Timestamp) -> Result<Snapshot, Refusal> {
    let counters = installation.ask(move |tasks: &mut Tasks| folded_at(tasks, as_of))?;
    let mut snapshot = Snapshot { counters, as_of };
    settle_cohorts(&installation.settings().map, &mut snapshot);
    Ok(snapshot)
}

fn folded_at(tasks: &mut Tasks, as_of: Timestamp) -> Result<BTreeMap<CounterId, Counter>, Verdict> {
    let is_admission = |id: &CounterId| id.series.family() == Some(Family::Admission);
    let mut counters = live(tasks).counters;
    counters.retain(|id, _| is_admission(id));
    for task in tasks.journeys().values() {
        let mut sums = Diff::default();
        task.visit(tasks.store(), &mut |_, state| {
            let history: Vec<_> = state.history().copied().collect();
            let history = cut(&history, as_of);
            let diff = contributions(task.reading(), &history, as_of);
            diff.counters.iter().for_each(|((key, measure), n)| sums.add(*key, *measure, *n));
        })?;
        for (id, counter) in ledger_of(task.reading(), &sums).iter() {
            let sum = counters.entry(id.clone()).or_default();
            sum.count += counter.count;
            for (currency, amount) in &counter.amounts {
                *sum.amounts.entry(currency.clone()).or_default() += amount;
            }
        }
    }
    counters.retain(|_, counter| {
        counter.amounts.retain(|_, amount| *amount != 0);
        !counter.is_zero()
    });
    Ok(counters)
}

/// A cohort window is final when its time has come and nothing in it is open, in whatever
/// partition.
fn settle_cohorts(map: &JourneyMap, snapshot: &mut Snapshot) {
    let is_open = |id: &CounterId| id.series.0.contains("|outcome=open");
    let open: BTreeSet<(Size, Option<Timestamp>)> = snapshot
        .counters
        .iter()
        .filter(|(id, counter)| is_open(id) && counter.count != 0)
        .map(|(id, _)| (id.size, id.start))
        .collect();
    let wait = map.grace.max(map.repeat_after);
    for (id, counter) in &mut snapshot.counters {
        let window = id.start.and_then(|start| id.size.window(&map.zone, start));
        let Some(window) = window else { continue };
        let has_passed = wait != model::Span::NEVER && window.end.plus(wait) <= snapshot.as_of;
        let is_cohort = id.series.family().is_some_and(Family::is_cohort);
        counter.is_final = has_passed && !(is_cohort && open.contains(&(id.size, id.start)));
    }
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
