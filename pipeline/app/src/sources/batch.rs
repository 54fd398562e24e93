//! What one transaction holds: records for `touchpoints`, and what has become of those read.

use crate::clock;
use crate::installation::{Installation, Placed};
use crate::labels::Sitting;
use engine::{Append, Produced};
use intake::{Became, ForeignRecord};
use model::Timestamp;
use serve::Letter;
use std::collections::BTreeMap;
use telemetry::{Metrics, SourceRecord};

/// Bytes of a record that a dead letter keeps: as many as a touchpoint may have.
const LETTER_BYTES: usize = 65_536;

/// What one transaction holds.
#[derive(Default)]
pub struct Batch {
    by_partition: BTreeMap<u32, Vec<Produced>>,
    counts: BTreeMap<(String, SourceRecord), u64>,
    /// The greatest time of a touchpoint, by partition of its topic.
    latest: BTreeMap<(String, u32), Timestamp>,
    sitting: Sitting,
}

impl Batch {
    /// Takes what has become of a record; `source` is whom a refusal counts for.
    pub fn take(
        &mut self,
        installation: &Installation,
        record: &ForeignRecord<'_>,
        source: &str,
        became: Became,
    ) {
        let result = match became {
            Became::Touchpoints(drafts) => {
                let now = clock::now();
                for draft in drafts {
                    // What lies in the future will be a dead letter, and must not move the clock.
                    if draft.time <= now {
                        self.note(record, draft.time);
                    }
                    let Placed { partition, record, label } =
                        installation.placed(draft, &mut self.sitting);
                    let records = self.by_partition.entry(partition).or_default();
                    records.extend([record].into_iter().chain(label));
                }
                SourceRecord::Touchpoint
            }
            Became::Dropped => SourceRecord::Dropped,
            Became::Silent => SourceRecord::Silent,
            // Nothing has become of it yet.
            Became::Wanting(_) => return,
            Became::Dead(class, error) => {
                let value = record.value.unwrap_or_default();
                let source = match &*error.of_source {
                    "" => source,
                    of_record => of_record,
                };
                let (partition, letter) = installation.letter(Letter {
                    source: source.to_owned(),
                    file: record.topic.to_owned(),
                    row: record.offset,
                    alike: record.partition,
                    header: Some(record.key.to_vec()).filter(|key| !key.is_empty()),
                    bytes: value.get(..LETTER_BYTES).unwrap_or(value).to_vec(),
                    class,
                    error: error.to_string(),
                });
                self.by_partition.entry(partition).or_default().push(letter);
                SourceRecord::Dead
            }
        };
        *self.counts.entry((record.topic.to_owned(), result)).or_default() += 1;
    }

    fn note(&mut self, record: &ForeignRecord<'_>, time: Timestamp) {
        let place = (record.topic.to_owned(), record.partition);
        let latest = self.latest.entry(place).or_insert(time);
        *latest = time.max(*latest);
    }

    /// The greatest time of a touchpoint, by partition of its topic.
    pub fn latest(&self) -> impl Iterator<Item = (&str, u32, Timestamp)> {
        self.latest.iter().map(|((topic, partition), time)| (&**topic, *partition, *time))
    }

    /// The records, by partition of `touchpoints`.
    pub fn appends(&mut self, touchpoints: &str) -> Vec<Append> {
        let by_partition = std::mem::take(&mut self.by_partition);
        let append =
            |(partition, records)| Append { topic: touchpoints.to_owned(), partition, records };
        by_partition.into_iter().map(append).collect()
    }

    /// Counts what has become of the records, once that is committed.
    pub fn count(&self, metrics: &Metrics) {
        for ((topic, result), count) in &self.counts {
            metrics.add_source_records(topic, *result, *count);
        }
        self.sitting.count(metrics);
    }
}
