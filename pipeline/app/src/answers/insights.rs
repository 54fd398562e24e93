//! Every counter as it stands, or as the stored histories give it at a time.

use crate::installation::Installation;
use crate::work::Tasks;
use engine::{Settings, Verdict, add_to, describe};
use insight::report::{Query, Wanted};
use insight::{Counter, CounterId, Ledger};
use journey::{Diff, Sink, contributions, cut};
use model::{Family, JourneyMap, Timestamp};
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
    /// How much further than that the customers of each partition are judged, in milliseconds:
    /// together with `as_of` it says exactly whose sums they are. Empty where all are judged at
    /// `as_of`.
    pub cut: Vec<u32>,
}

/// The live counters.
pub fn live_snapshot(installation: &Installation) -> Result<Snapshot, Refusal> {
    installation.ask(|tasks: &mut Tasks| Ok(live(tasks, |_| true)))
}

/// Those of the live counters that a question wants, which may stand on when they are judged.
pub fn live_part(
    installation: &Installation,
    query: impl FnOnce(Timestamp) -> Query + Send + 'static,
) -> Result<Snapshot, Refusal> {
    installation.ask(move |tasks: &mut Tasks| {
        let wanted = Wanted::of(&tasks.settings().map, &query(as_of(tasks)));
        Ok(live(tasks, |id| wanted.has(id)))
    })
}

/// Those of the live counters that one of some questions wants.
pub(super) fn live_of(
    installation: &Installation,
    queries: impl FnOnce(&JourneyMap, Timestamp) -> [Query; 3] + Send + 'static,
) -> Result<Snapshot, Refusal> {
    installation.ask(move |tasks: &mut Tasks| {
        let map = &tasks.settings().map;
        let wanted = queries(map, as_of(tasks)).map(|query| Wanted::of(map, &query));
        Ok(live(tasks, |id| wanted.iter().any(|wanted| wanted.has(id))))
    })
}

fn as_of(tasks: &Tasks) -> Timestamp {
    let insights = tasks.insights().values();
    insights.map(|task| task.as_of()).min().unwrap_or(Timestamp::NEVER)
}

pub(super) fn live(tasks: &Tasks, wants: impl Fn(&CounterId) -> bool) -> Snapshot {
    let as_of = as_of(tasks);
    let insights = tasks.insights().values();
    let counters = insights.flat_map(|task| task.counters()).filter(|(id, _)| wants(id));
    let counters = counters.map(|(id, counter)| (id.clone(), counter.clone())).collect();
    Snapshot { counters, as_of, cut: cut_of(tasks, as_of) }
}

/// Where the partitions of touchpoints stand behind the counters.
fn cut_of(tasks: &Tasks, as_of: Timestamp) -> Vec<u32> {
    let insights = tasks.insights();
    let partitions = insights.values().next().map_or(0, |task| task.sources().len());
    let least = |partition: usize| {
        let stands = insights.values().filter_map(|task| task.sources().get(partition));
        stands.map(|(_, as_of)| *as_of).min().unwrap_or(as_of)
    };
    let further = |at: Timestamp| u32::try_from(at.since(as_of).millis()).unwrap_or(0);
    let cut: Vec<u32> = (0..partitions).map(|partition| further(least(partition))).collect();
    if cut.iter().all(|further| *further == 0) { Vec::new() } else { cut }
}

/// The stored histories, cut at a time and folded there, of the windows that are kept then.
/// *admission* knows no time and is live.
pub fn snapshot_at(installation: &Installation, as_of: Timestamp) -> Result<Snapshot, Refusal> {
    let counters = installation.ask(move |tasks: &mut Tasks| folded_at(tasks, as_of))?;
    Ok(Snapshot { counters, as_of, cut: Vec::new() })
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
    let mut counters = live(tasks, |id| id.series.family() == Some(Family::Admission)).counters;
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
