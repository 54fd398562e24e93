//! Every counter as it stands, or as the stored histories give it at a time.

use crate::installation::Installation;
use crate::parts::{Counters, CountersPart, Owned, Shared, Wish, Wishes, gather, millis, owned};
use crate::work::Tasks;
use engine::{Node, Settings, Verdict, add_to, describe};
use insight::report::Query;
use insight::{Counter, CounterId, Ledger};
use journey::{Diff, contributions, cut};
use model::{Family, JourneyMap, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serve::Refusal;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How often in a row it may have become another day while counters were asked for.
const MIDNIGHTS_MAX: usize = 3;

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

/// The time that the live counters are judged at.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AsOf {}

impl Shared for AsOf {
    const NAME: &'static str = "as-of";
    const NODES: &'static [Node] = &[Node::Insight];
    type Part = Option<i64>;

    fn part(&self, installation: &Installation) -> Result<Owned<Option<i64>>, Refusal> {
        owned(installation, |tasks: &mut Tasks| {
            Ok(tasks.insights().values().map(|task| task.as_of().millis()).min())
        })
    }
}

fn as_of(installation: &Installation) -> Result<Timestamp, Refusal> {
    let least = gather(installation, &AsOf {})?.into_iter().flatten().min();
    Ok(least.map_or(Timestamp::NEVER, Timestamp::from_millis))
}

/// The live counters.
pub fn live_snapshot(installation: &Installation) -> Result<Snapshot, Refusal> {
    live(installation, Wishes::All)
}

/// Those of the live counters that a report wants; what is asked may stand on when they are judged.
pub fn live_part(
    installation: &Installation,
    report: &str,
    query: impl Fn(Timestamp) -> Query,
) -> Result<Snapshot, Refusal> {
    live_of(installation, report, |_, as_of| [query(as_of)])
}

/// Those of the live counters that a report wants for one of some questions.
pub(super) fn live_of<const N: usize>(
    installation: &Installation,
    report: &str,
    queries: impl Fn(&JourneyMap, Timestamp) -> [Query; N],
) -> Result<Snapshot, Refusal> {
    let map = &installation.settings().map;
    let wishes = |as_of| -> Vec<Wish> {
        queries(map, as_of).iter().map(|query| Wish::of(report, query)).collect()
    };
    let mut wanted = wishes(as_of(installation)?);
    for _ in 0..MIDNIGHTS_MAX {
        let snapshot = live(installation, Wishes::Reports(wanted.clone()))?;
        // Meanwhile it may have become another day, and "the last 30 days" be others.
        let now = wishes(snapshot.as_of);
        if now == wanted {
            return Ok(snapshot);
        }
        wanted = now;
    }
    Err(Refusal::Busy("time goes on faster than it is asked for: once more [D0484]".to_owned()))
}

pub(super) fn live(installation: &Installation, wishes: Wishes) -> Result<Snapshot, Refusal> {
    let parts = gather(installation, &Counters(wishes))?;
    let as_of = CountersPart::as_of(&parts);
    let cut = CountersPart::cut(&parts, as_of);
    let mut counters = BTreeMap::new();
    for part in parts {
        counters.extend(part.counters()?);
    }
    Ok(Snapshot { counters, as_of, cut })
}

/// The stored histories, cut at a time and folded there, of the windows that are kept then.
/// *admission* knows no time and is live.
pub fn snapshot_at(installation: &Installation, as_of: Timestamp) -> Result<Snapshot, Refusal> {
    let mut sums: BTreeMap<CounterId, Counter> = BTreeMap::new();
    for part in gather(installation, &Folded { as_of })? {
        for (id, counter) in part.counters()? {
            let sum = sums.entry(id).or_default();
            add(sum, &counter);
            sum.revision = sum.revision.max(counter.revision);
        }
    }
    let mut ledger = Ledger::new(&installation.settings().map);
    sums.into_iter().for_each(|(id, counter)| ledger.restore(id, counter));
    ledger.settle(as_of);
    let mut counters = live(installation, Wishes::Admission)?.counters;
    counters.extend(ledger.iter().map(|(id, counter)| (id.clone(), counter.clone())));
    Ok(Snapshot { counters, as_of, cut: Vec::new() })
}

/// The histories of an instance, cut at a time and folded there.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Folded {
    #[serde(with = "millis")]
    as_of: Timestamp,
}

impl Shared for Folded {
    const NAME: &'static str = "folded";
    const NODES: &'static [Node] = &[Node::Journey];
    type Part = CountersPart;

    fn part(&self, installation: &Installation) -> Result<Owned<CountersPart>, Refusal> {
        let as_of = self.as_of;
        owned(installation, move |tasks: &mut Tasks| folded_at(tasks, as_of))
    }
}

/// Not yet judged at that time: what is final depends on the sums of all instances.
fn folded_at(tasks: &mut Tasks, as_of: Timestamp) -> Result<CountersPart, Verdict> {
    let mut ledger = Ledger::new(&tasks.settings().map);
    for (partition, task) in tasks.journeys() {
        let mut sums = Diff::default();
        task.visit(tasks.store(), &mut |_, state| {
            let history: Vec<_> = state.history().collect();
            let history = cut(&history, as_of);
            let diff = contributions(task.reading(), state.group, &history, as_of);
            sums.merge(&diff);
        })?;
        add_to(&mut ledger, u64::from(*partition) + 1, task.reading(), &sums);
    }
    Ok(CountersPart::of(ledger.iter()))
}

/// Adds what another part says of a counter.
pub(super) fn add(sum: &mut Counter, counter: &Counter) {
    sum.count = sum.count.wrapping_add(counter.count);
    for (currency, amount) in &counter.amounts {
        let of_currency = sum.amounts.entry(currency.clone()).or_default();
        *of_currency = of_currency.wrapping_add(*amount);
    }
    sum.amounts.retain(|_, amount| *amount != 0);
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
