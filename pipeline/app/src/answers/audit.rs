//! Every counter, recomputed by the specification from the log and compared, also while touchpoints
//! keep arriving.
//!
//! The cut is the one at which each insight task stands: by partition of touchpoints, the position
//! that it has counted and the as_of it was judged at. The worker only hands its sums over; reading
//! and folding happen here, beside it.

use crate::installation::Installation;
use crate::parts::{CountersPart, Owned, Shared, gather, millis, owned};
use crate::work::Tasks;
use engine::{BatchFold, Direct, InsightTask, Node, Record};
use insight::{Counter, CounterId, is_kept};
use model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serve::Refusal;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The counters of one insight task, and where its sources stand.
struct Stand {
    sources: Vec<(u64, Timestamp)>,
    as_of: Timestamp,
    counters: BTreeMap<CounterId, Counter>,
}

/// The insight tasks of an instance, each as it stands.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Audited {}

/// One of them, as instances tell it to each other.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StandPart {
    partition: u32,
    sources: Vec<(u64, i64)>,
    #[serde(with = "millis")]
    as_of: Timestamp,
    counters: CountersPart,
}

impl Shared for Audited {
    const NAME: &'static str = "audited";
    const NODES: &'static [Node] = &[Node::Insight];
    type Part = Vec<StandPart>;

    fn part(&self, installation: &Installation) -> Result<Owned<Vec<StandPart>>, Refusal> {
        owned(installation, |tasks: &mut Tasks| {
            let stand = |(partition, task): (&u32, &InsightTask)| StandPart {
                partition: *partition,
                sources: task.sources().iter().map(|(at, as_of)| (*at, as_of.millis())).collect(),
                as_of: task.as_of(),
                counters: CountersPart::of(task.counters()),
            };
            Ok(tasks.insights().iter().map(stand).collect())
        })
    }
}

/// The insight tasks of all instances by partition.
fn stands(installation: &Installation) -> Result<Vec<(u32, Stand)>, Refusal> {
    let parts = gather(installation, &Audited {})?;
    let read = parts.into_iter().flatten().map(|part| {
        let sources =
            part.sources.iter().map(|(at, millis)| (*at, Timestamp::from_millis(*millis)));
        let (sources, as_of) = (sources.collect(), part.as_of);
        let counters = part.counters.counters()?.into_iter().collect();
        Ok((part.partition, Stand { sources, as_of, counters }))
    });
    read.collect()
}

/// How long an audit waits for a schema.
const SCHEMA_WAIT: Duration = Duration::from_secs(10);

/// How many differences are listed at most.
const LISTED_MAX: usize = 100;

/// The outcome of an audit: `equal`, how many counters, and each difference.
pub fn audit(installation: &Installation) -> Result<Value, Refusal> {
    let stands = stands(installation)?;
    let (map, partitions) =
        (&installation.settings().map, installation.settings().topics.partitions);
    let mut expected: BTreeMap<CounterId, Counter> = BTreeMap::new();
    let (mut records, mut customers) = (0, 0);
    for source in 0..partitions {
        let cuts: BTreeSet<(u64, Timestamp)> =
            stands.iter().map(|(_, stand)| stand.sources[source as usize]).collect();
        for (index, cut) in cuts.iter().enumerate() {
            let fold = fold(installation, source, cut.0)?;
            if index + 1 == cuts.len() {
                records += cut.0;
                customers += fold.customers();
            }
            for (id, counter) in fold.ledger(cut.1).iter() {
                let at = codec::partition(id.series.home().as_bytes(), partitions);
                let is_here = |(partition, stand): &(u32, Stand)| {
                    *partition == at
                        && stand.sources[source as usize] == *cut
                        && is_kept(map, id, stand.as_of)
                };
                if stands.iter().any(is_here) {
                    add(expected.entry(id.clone()).or_default(), counter);
                }
            }
        }
    }
    let counted = stands.into_iter().flat_map(|(_, stand)| stand.counters).collect();
    Ok(compare(&counted, &expected, records, customers))
}

/// The records of one partition before a position.
fn fold(installation: &Installation, partition: u32, end: u64) -> Result<BatchFold, Refusal> {
    let mut fold = BatchFold::new(Arc::clone(installation.settings()), partition);
    let topic = &installation.settings().topics.touchpoints;
    let log = installation.log();
    let start = log.start(topic, partition)?;
    if start > 0 && end > 0 {
        return Err(Refusal::Broken(format!(
            "the log of {topic}/{partition} begins at {start}: what lies before it can no longer \
             be audited [D0713]"
        )));
    }
    let direct = installation.settings().direct.as_ref();
    let mut is_waiting = Ok(());
    if end > 0 {
        log.read(topic, partition, None, &mut |record| {
            let is_before = record.position < end;
            if is_before {
                // A task of another instance may know more schemas than those that are here.
                is_waiting = direct.map_or(Ok(()), |direct| known(direct, partition, record));
                fold.add(record);
            }
            is_before && record.position + 1 < end && is_waiting.is_ok()
        })?;
    }
    is_waiting.map(|()| fold)
}

/// Waits until a record of another system can be read.
fn known(direct: &Direct, partition: u32, record: &Record<'_>) -> Result<(), Refusal> {
    let begun = Instant::now();
    while let Some(id) = direct.wants(partition, record) {
        direct.want(id);
        if begun.elapsed() > SCHEMA_WAIT {
            return Err(Refusal::Busy(format!(
                "schema {id} of {}/{partition} is not known yet: the registry does not answer, or \
                 does not have it [D0474]",
                direct.topic()
            )));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn add(sum: &mut Counter, counter: &Counter) {
    sum.count += counter.count;
    for (currency, amount) in &counter.amounts {
        *sum.amounts.entry(currency.clone()).or_default() += amount;
    }
}

fn compare(
    counted: &BTreeMap<CounterId, Counter>,
    expected: &BTreeMap<CounterId, Counter>,
    records: u64,
    customers: usize,
) -> Value {
    let none = Counter::default();
    let amounts = |counter: &Counter| {
        let amounts = counter.amounts.iter().filter(|(_, amount)| **amount != 0);
        amounts.map(|(code, amount)| (code.clone(), *amount)).collect::<BTreeMap<_, _>>()
    };
    let ids: BTreeSet<&CounterId> = counted.keys().chain(expected.keys()).collect();
    let (mut compared, mut differ) = (0, Vec::new());
    for id in ids {
        let is = counted.get(id).unwrap_or(&none);
        let should = expected.get(id).unwrap_or(&none);
        if is.is_zero() && should.count == 0 && amounts(should).is_empty() {
            continue;
        }
        compared += 1;
        if (is.count, amounts(is)) != (should.count, amounts(should)) {
            differ.push(json!({
                "series": &*id.series.0,
                "size": id.size.to_string(),
                "start": id.start.map(|start| start.to_string()),
                "counted": { "count": is.count, "amounts": amounts(is) },
                "specified": { "count": should.count, "amounts": amounts(should) },
            }));
        }
    }
    let differences = differ.len();
    differ.truncate(LISTED_MAX);
    json!({
        "equal": differences == 0,
        "counters": compared,
        "records": records,
        "customers": customers,
        "differences": differences,
        "listed": differ,
    })
}
