//! The differences of one commit, added up, and the frames that carry them to insight.

use crate::{Append, Produced, TaskId, Topics};
use codec::{DeltaCell, DeltaFrame};
use hashbrown::HashMap;
use journey::{FOLD_VERSION, Reading, Sink};
use model::{CounterKey, Measure, Purchases, Series, Timestamp, Transition};

/// Adds up differences by dense keys; names are made once a commit.
#[derive(Default)]
pub(crate) struct Deltas {
    /// Whether all of it is forgotten at once: what is replayed has been emitted before, and its
    /// sums would grow with the replay.
    pub(crate) is_silent: bool,
    /// Whether no more should be added before a commit.
    pub(crate) is_full: bool,
    sums: HashMap<(CounterKey, Measure), i64>,
    /// Customers by what they have bought.
    purchases: HashMap<Purchases, i64>,
    /// Moves of the customer at hand, made and taken back.
    pub(crate) moves: Vec<(Transition, i64)>,
    /// Partition and name of each series met so far.
    series: HashMap<SeriesKey, (u32, Series)>,
}

/// A counter's key without its pane.
type SeriesKey = (model::Family, [u16; 5]);

impl Sink for Deltas {
    fn add(&mut self, key: CounterKey, measure: Measure, amount: i64) {
        if self.is_silent {
            return;
        }
        let sum = self.sums.entry((key, measure)).or_default();
        *sum = sum.wrapping_add(amount);
    }

    fn moved(&mut self, transition: &Transition, sign: i64) {
        if self.is_silent {
            return;
        }
        match self.moves.iter().position(|(known, was)| known == transition && *was == -sign) {
            Some(at) => _ = self.moves.remove(at),
            None => self.moves.push((*transition, sign)),
        }
    }

    fn valued(&mut self, purchases: &Purchases, sign: i64) {
        if !self.is_silent {
            *self.purchases.entry(*purchases).or_default() += sign;
        }
    }

    fn is_heard(&self) -> bool {
        !self.is_silent
    }
}

/// What a frame says of the commit that it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct FrameHead {
    pub(crate) task: TaskId,
    pub(crate) position: u64,
    pub(crate) as_of: Timestamp,
    pub(crate) sequence: u64,
}

impl Deltas {
    /// Of a task that replays: nothing is heard until it has caught up.
    pub(crate) fn silent() -> Deltas {
        Deltas { is_silent: true, ..Deltas::default() }
    }

    /// Notes whether there are more than half as many as a frame may hold, once so many have come
    /// together; those that came to nothing go first.
    pub(crate) fn measure(&mut self, cells_max: usize) {
        // A name of *value* is as long as two others.
        let count = |deltas: &Deltas| deltas.sums.len() + 2 * deltas.purchases.len();
        if count(self) >= cells_max {
            self.sums.retain(|_, amount| *amount != 0);
            self.purchases.retain(|_, count| *count != 0);
            self.is_full = count(self) > cells_max / 2;
        }
    }

    /// Whether nothing has changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.sums.is_empty() && self.purchases.is_empty()
    }

    /// Forgets the differences: what was replayed has been emitted before.
    pub(crate) fn clear(&mut self) {
        self.sums.clear();
        self.purchases.clear();
        self.moves.clear();
    }

    /// Takes the differences out as one frame for each partition of counters; a partition without
    /// any gets a frame that carries only time.
    pub(crate) fn take_frames(
        &mut self,
        reading: &Reading,
        topics: &Topics,
        head: FrameHead,
    ) -> Vec<Append> {
        self.is_full = false;
        let mut cells: Vec<_> = self.sums.drain().filter(|(_, amount)| *amount != 0).collect();
        // In the order of the keys, so that equal commits are equal bytes.
        cells.sort_unstable();
        let mut by_partition = vec![Vec::new(); topics.partitions as usize];
        for cell in &cells {
            let key = (cell.0.0.family, cell.0.0.dims);
            let (partition, _) = self.series.entry(key).or_insert_with(|| {
                let series = Series::of(&cell.0.0, reading.map(), reading.dictionary());
                (codec::partition(series.home().as_bytes(), topics.partitions), series)
            });
            by_partition[*partition as usize].push(*cell);
        }
        let purchases = self.take_purchases(reading, topics);
        let frames = by_partition.iter().zip(&purchases).enumerate();
        frames
            .map(|(partition, (cells, purchases))| Append {
                topic: topics.frames.clone(),
                partition: partition as u32,
                records: vec![Produced {
                    key: Vec::new(),
                    value: Some(self.encode(reading, head, cells, purchases)),
                }],
            })
            .collect()
    }

    /// Customers by the series of their purchases, by partition, in the order of the keys. These
    /// names are not remembered: nearly each customer has another one.
    fn take_purchases(&mut self, reading: &Reading, topics: &Topics) -> Vec<Vec<(Series, i64)>> {
        let purchases = self.purchases.drain().filter(|(_, count)| *count != 0);
        let mut purchases: Vec<(Purchases, i64)> = purchases.collect();
        purchases.sort_unstable();
        let mut by_partition = vec![Vec::new(); topics.partitions as usize];
        for (key, count) in purchases {
            let series = Series::of_purchases(&key, reading.map(), reading.dictionary());
            let partition = codec::partition(series.home().as_bytes(), topics.partitions);
            by_partition[partition as usize].push((series, count));
        }
        by_partition
    }

    fn encode(
        &self,
        reading: &Reading,
        head: FrameHead,
        cells: &[((CounterKey, Measure), i64)],
        purchases: &[(Series, i64)],
    ) -> Vec<u8> {
        let mut places: HashMap<SeriesKey, u32> = HashMap::new();
        let mut series = Vec::new();
        let words = &reading.dictionary().currencies;
        let mut rows = Vec::with_capacity(cells.len());
        for ((key, measure), amount) in cells {
            let place = *places.entry((key.family, key.dims)).or_insert_with(|| {
                series.push(&*self.series[&(key.family, key.dims)].1.0);
                series.len() as u32 - 1
            });
            let currency = match measure {
                Measure::Count => "",
                Measure::Money(currency) => words.word(currency.0),
            };
            rows.push(DeltaCell { series: place, pane: key.pane, currency, amount: *amount });
        }
        for (name, count) in purchases {
            let (place, pane) = (series.len() as u32, CounterKey::TOTAL);
            series.push(&*name.0);
            rows.push(DeltaCell { series: place, pane, currency: "", amount: *count });
        }
        let frame = DeltaFrame {
            partition: head.task.partition,
            position: head.position,
            as_of: head.as_of,
            sequence: head.sequence,
            map: &reading.map().name,
            version: reading.map().version,
            fold: FOLD_VERSION,
            series,
            cells: rows,
        };
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        bytes
    }
}
