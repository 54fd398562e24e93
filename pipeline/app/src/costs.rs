//! What channels have cost: a compacted topic, of which every instance keeps all that it says.
//!
//! A date, channel and currency are a key, so there are a few thousand after years; none of it is
//! in any task, and no counter depends on it.

use crate::installation::Installation;
use crate::logs::DoorLog;
use codec::{cost_key, cost_to_json, read_cost};
use engine::{Append, Produced, Settings};
use model::Cost;
use serde_json::Value;
use serve::Refusal;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How old what another instance may have written becomes before the cluster is asked again. In the
/// folder nobody else writes, and asking costs nothing.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// What the topic has said so far.
#[derive(Default)]
pub struct Costs(Mutex<Known>);

#[derive(Default)]
struct Known {
    by_key: BTreeMap<Vec<u8>, Cost>,
    /// By partition the first position that is not read.
    positions: BTreeMap<u32, u64>,
    read_at: Option<Instant>,
}

impl Costs {
    /// Every cost, in the order of the dates.
    pub fn all(&self, installation: &Installation) -> Result<Vec<Cost>, Refusal> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.read_on(installation)?;
        Ok(known.by_key.values().cloned().collect())
    }

    /// The same as JSON, as it was sent.
    pub fn told(&self, installation: &Installation) -> Result<Value, Refusal> {
        Ok(self.all(installation)?.iter().map(cost_to_json).collect())
    }

    /// From now on the topic holds something new.
    pub fn have_changed(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read_at = None;
    }
}

impl Known {
    fn read_on(&mut self, installation: &Installation) -> Result<(), Refusal> {
        let log = installation.log();
        let is_fresh = self.read_at.is_some_and(|at| at.elapsed() < FRESH_FOR);
        if is_fresh && matches!(log, DoorLog::Kafka(..)) {
            return Ok(());
        }
        let topics = &installation.settings().topics;
        for partition in 0..topics.partitions {
            let position = self.positions.get(&partition).copied();
            // What is not there need not be read: on a cluster that takes a client of its own.
            let (start, end) = log.bounds(&topics.costs, partition)?;
            if position.unwrap_or(start).max(start) >= end {
                continue;
            }
            let by_key = &mut self.by_key;
            let mut next = position;
            log.read(&topics.costs, partition, position, &mut |record| {
                match record.value {
                    // Whoever writes to the topic by other means may write anything.
                    Some(value) => {
                        if let Some(cost) = read_cost(value) {
                            by_key.insert(cost_key(&cost), cost);
                        }
                    }
                    None => _ = by_key.remove(record.key),
                }
                next = Some(record.position + 1);
                true
            })?;
            // Of a transaction the last record is not shown.
            let next = next.unwrap_or(end).max(end);
            self.positions.insert(partition, next);
        }
        self.read_at = Some(Instant::now());
        Ok(())
    }
}

/// The records of costs, each on the partition of its key.
pub fn records(settings: &Settings, costs: &[Cost]) -> Vec<Append> {
    let topics = &settings.topics;
    let mut by_partition: BTreeMap<u32, Vec<Produced>> = BTreeMap::new();
    for cost in costs {
        let (key, value) = (cost_key(cost), Some(topics.format.cost(cost)));
        let partition = codec::partition(&key, topics.partitions);
        by_partition.entry(partition).or_default().push(Produced { key, value });
    }
    let append = |(partition, records)| Append { topic: topics.costs.clone(), partition, records };
    by_partition.into_iter().map(append).collect()
}
