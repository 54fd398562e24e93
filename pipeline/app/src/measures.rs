//! The business numbers among the metrics, read from the counters when they are scraped.

use crate::clock;
use crate::installation::Installation;
use crate::work::Tasks;
use insight::CounterId;
use model::{Family, Size, Timestamp};
use serve::Refusal;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use telemetry::{Batch, Metrics};

/// Running totals by family and the dimensions that metrics have.
#[derive(Clone, Default)]
struct Totals {
    admission: BTreeMap<String, i64>,
    journeys: BTreeMap<(String, String), i64>,
    moves: BTreeMap<(String, String), i64>,
    as_of: Option<Timestamp>,
    final_revised: u64,
    lag: BTreeMap<String, i64>,
}

/// What was told at the last scrape: counters of metrics only ever grow by the difference.
static TOLD: Mutex<Option<Totals>> = Mutex::new(None);

/// Brings the metrics up to what the counters say.
pub fn refresh(installation: &Installation, metrics: &Metrics) -> Result<(), Refusal> {
    let now = installation.ask(|tasks: &mut Tasks| Ok(totals(tasks)))?;
    let Ok(mut told) = TOLD.lock() else { return Ok(()) };
    let before = told.take().unwrap_or_default();
    let grown = |result: &str| {
        let of = |totals: &Totals| totals.admission.get(result).copied().unwrap_or(0);
        u64::try_from(of(&now) - of(&before)).unwrap_or(0)
    };
    metrics.add_touchpoints(Batch {
        accepted: grown("counted"),
        duplicate: grown("duplicate"),
        late: grown("late"),
        dead: grown("dead"),
    });
    let journeys = now.journeys.iter();
    metrics.set_journeys(journeys.map(|((stage, outcome), n)| (&**stage, &**outcome, *n)));
    let moves = now.moves.iter().map(|(key, count)| {
        let more = count - before.moves.get(key).copied().unwrap_or(0);
        (&*key.0, &*key.1, u64::try_from(more).unwrap_or(0))
    });
    metrics.add_moves(moves);
    // A task that was made anew begins at zero.
    metrics.add_final_revised(now.final_revised.saturating_sub(before.final_revised));
    metrics.set_lag(now.lag.iter().map(|(task, records)| (&**task, *records)));
    if let Some(as_of) = now.as_of.filter(|as_of| *as_of != Timestamp::NEVER) {
        let age = clock::now().since(as_of).millis();
        metrics.set_freshness(Duration::from_millis(u64::try_from(age).unwrap_or(0)));
    }
    *told = Some(now);
    Ok(())
}

fn totals(tasks: &mut Tasks) -> Totals {
    let mut totals = Totals::default();
    let lag = tasks.lag().unwrap_or_default();
    totals.lag = lag
        .into_iter()
        .map(|(task, records)| {
            let node = format!("{:?}", task.node).to_lowercase();
            (format!("{node}-{}", task.partition), i64::try_from(records).unwrap_or(i64::MAX))
        })
        .collect();
    let insights = tasks.insights().values();
    totals.final_revised = insights.clone().map(|task| task.final_revised()).sum();
    totals.as_of = insights.clone().map(|task| task.as_of()).min();
    for (id, counter) in insights.flat_map(|task| task.counters()) {
        if id.size == Size::Total {
            add(&mut totals, id, counter.count);
        }
    }
    totals
}

fn add(totals: &mut Totals, id: &CounterId, count: i64) {
    let dims: BTreeMap<&str, _> = id.series.dims().collect();
    let dim = |name: &str| dims.get(name).map_or(String::new(), |value| value.to_string());
    match id.series.family() {
        Some(Family::Admission) => *totals.admission.entry(dim("result")).or_default() += count,
        Some(Family::Flow) => {
            *totals.journeys.entry((dim("stage"), dim("outcome"))).or_default() += count;
        }
        Some(Family::Move) => {
            *totals.moves.entry((dim("from"), dim("to"))).or_default() += count;
        }
        Some(Family::Activity | Family::Edge | Family::Duration) | None => {}
    }
}
