//! Counters among the instances: each counter is with one of them.

use super::{Owned, Shared, millis, owned};
use crate::installation::Installation;
use crate::work::Tasks;
use engine::{InsightTask, Node};
use insight::report::{Query, Wanted};
use insight::{Counter, CounterId};
use model::{Family, JourneyMap, Series, Size, Timestamp};
use serde::{Deserialize, Serialize};
use serve::Refusal;
use std::collections::BTreeMap;

/// The live counters that are wished for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Counters(pub Wishes);

/// Which counters.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum Wishes {
    /// Every one.
    All,
    /// What became of the records.
    Admission,
    /// Those that one of some reports looks at.
    Reports(Vec<Wish>),
}

/// What a report looks at.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Wish {
    report: String,
    #[serde(with = "millis::option")]
    from: Option<Timestamp>,
    #[serde(with = "millis::option")]
    to: Option<Timestamp>,
    by: Option<String>,
}

impl Wish {
    /// What a report looks at for a question.
    pub fn of(report: &str, query: &Query) -> Wish {
        let Query { from, to, by, .. } = query.clone();
        Wish { report: report.to_owned(), from, to, by }
    }

    fn wanted(&self, map: &JourneyMap) -> Wanted {
        let Wish { report, from, to, by } = self.clone();
        // Which counters a report looks at does not depend on when it is asked, nor by what model.
        let query = Query { from, to, by, model: None, as_of: Timestamp::NEVER };
        Wanted::of(&report, map, &query)
    }
}

/// Counters, and how far each partition of touchpoints is judged in them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CountersPart {
    counters: Vec<Told>,
    /// By partition of touchpoints the least time that a task here has heard from it; none where
    /// no task is here.
    judged: Vec<i64>,
    #[serde(with = "millis::option")]
    as_of: Option<Timestamp>,
}

/// A counter as instances tell it to each other.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Told {
    series: String,
    size: String,
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    start: Option<Timestamp>,
    count: i64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    amounts: BTreeMap<String, i64>,
    revision: u64,
    is_final: bool,
    #[serde(default, skip_serializing_if = "is_none")]
    corrections: u32,
}

/// Most counters were never corrected.
fn is_none(count: &u32) -> bool {
    *count == 0
}

impl Shared for Counters {
    const NAME: &'static str = "counters";
    const NODES: &'static [Node] = &[Node::Insight];
    type Part = CountersPart;

    fn part(&self, installation: &Installation) -> Result<Owned<CountersPart>, Refusal> {
        let wishes = self.0.clone();
        owned(installation, move |tasks: &mut Tasks| Ok(part(tasks, &wishes)))
    }
}

fn part(tasks: &Tasks, wishes: &Wishes) -> CountersPart {
    match wishes {
        Wishes::All => CountersPart::live(tasks, |_| true),
        Wishes::Admission => {
            CountersPart::live(tasks, |id| id.series.family() == Some(Family::Admission))
        }
        Wishes::Reports(wishes) => {
            let map = &tasks.settings().map;
            let wanted: Vec<Wanted> = wishes.iter().map(|wish| wish.wanted(map)).collect();
            let wants = |id: &CounterId| wanted.iter().any(|wanted| wanted.has(id));
            let mut part = CountersPart::live(tasks, wants);
            // How often cohorts were corrected is told of what is nothing now as well.
            let away = tasks.insights().values().flat_map(InsightTask::corrected_away);
            let is_flow = |id: &CounterId| id.series.family() == Some(Family::Flow);
            let away = away.filter(|(id, _)| is_flow(id) && wants(id));
            part.counters.append(&mut CountersPart::told(away));
            part
        }
    }
}

impl CountersPart {
    /// Some of the counters that are here.
    pub fn live(tasks: &Tasks, wants: impl Fn(&CounterId) -> bool) -> CountersPart {
        let insights = || tasks.insights().values();
        let counters = insights().flat_map(InsightTask::counters).filter(|(id, _)| wants(id));
        let partitions = insights().next().map_or(0, |task| task.sources().len());
        let least = |partition: usize| {
            let heard = insights().filter_map(|task| task.sources().get(partition));
            heard.map(|(_, as_of)| as_of.millis()).min().unwrap_or(i64::MIN)
        };
        CountersPart {
            counters: CountersPart::told(counters),
            judged: (0..partitions).map(least).collect(),
            as_of: insights().map(InsightTask::as_of).min(),
        }
    }

    /// Counters that stand for themselves, such as those of histories folded at a time.
    pub fn of<'a>(counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>) -> CountersPart {
        let counters = CountersPart::told(counters);
        CountersPart { counters, judged: Vec::new(), as_of: None }
    }

    fn told<'a>(counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>) -> Vec<Told> {
        let told = counters.map(|(id, counter)| Told {
            series: id.series.0.to_string(),
            size: id.size.to_string(),
            start: id.start,
            count: counter.count,
            amounts: counter.amounts.clone(),
            revision: counter.revision,
            is_final: counter.is_final,
            corrections: counter.corrections,
        });
        told.collect()
    }

    /// The time that all are judged at: the least of any task.
    pub fn as_of(parts: &[CountersPart]) -> Timestamp {
        parts.iter().filter_map(|part| part.as_of).min().unwrap_or(Timestamp::NEVER)
    }

    /// How much further than `as_of` the customers of each partition are judged, in milliseconds;
    /// empty where all are judged then.
    pub fn cut(parts: &[CountersPart], as_of: Timestamp) -> Vec<u32> {
        let partitions = parts.iter().map(|part| part.judged.len()).max().unwrap_or(0);
        let further = |partition: usize| {
            let least = parts.iter().filter_map(|part| part.judged.get(partition)).min();
            let at = least.map_or(as_of, |millis| Timestamp::from_millis(*millis));
            u32::try_from(at.since(as_of).millis()).unwrap_or(0)
        };
        let cut: Vec<u32> = (0..partitions).map(further).collect();
        if cut.iter().all(|further| *further == 0) { Vec::new() } else { cut }
    }

    /// The counters by id. One that cannot be read is of an instance of another version.
    pub fn counters(self) -> Result<Vec<(CounterId, Counter)>, Refusal> {
        let unknown = |told: &Told| {
            let series = &told.series;
            Refusal::Busy(format!("counter {series:?} comes from another version [D0483]"))
        };
        let read = self.counters.into_iter().map(|told| {
            let size = Size::parse(&told.size).ok_or_else(|| unknown(&told))?;
            let Told { series, start, count, amounts, revision, is_final, corrections, .. } = told;
            let id = CounterId { series: Series(series.into()), size, start };
            Ok((id, Counter { count, amounts, revision, is_final, corrections }))
        });
        read.collect()
    }
}
