//! What happened on each day, as counters by day have it.

use model::{Bucket, Span};
use std::collections::BTreeMap;

/// Days after an entry that are told apart; later ones are as the last of them.
pub const LAGS: usize = 400;

const BUCKETS: usize = Bucket::COUNT as usize;

/// Entries, how long they took, and moves, by day, stage and channel.
///
/// A cell is a stage and a channel: `stage * channels + channel`. Days are counted from the first
/// one that anything happened on.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// The first day, since 1970-01-01.
    pub first: i64,
    /// Index of the stage whose reaching is a conversion.
    pub conversion: usize,
    /// How many stages.
    pub stages: usize,
    /// The channels.
    pub channels: Vec<String>,
    pub(super) days: Vec<Day>,
}

/// One day.
#[derive(Clone, Debug, Default)]
pub(super) struct Day {
    /// Entries by cell of the channel that the attempt began with.
    pub(super) entered: Vec<f64>,
    /// Beginnings of attempts by cell.
    pub(super) begun: Vec<f64>,
    /// Of its entries those that are decided, by cell, bucket of the time it took, and whether they
    /// converted (0) or ended (1).
    pub(super) decided: BTreeMap<(usize, usize), [f64; 2]>,
    /// Moves from stage to stage that happened on it.
    pub(super) steps: BTreeMap<(usize, usize), f64>,
    /// Ends of attempts that happened on it, by stage.
    pub(super) ended: BTreeMap<usize, f64>,
    /// Money of its conversions by currency, in minor units.
    pub(super) money: BTreeMap<String, f64>,
}

impl Book {
    /// An empty book.
    pub fn new(conversion: usize, stages: usize) -> Book {
        Book { conversion, stages, ..Book::default() }
    }

    /// Prepares days and channels: from the first to the last day, both since 1970-01-01.
    pub fn open(&mut self, first: i64, last: i64, channels: Vec<String>) {
        let cells = self.stages * channels.len();
        let day = Day { entered: vec![0.0; cells], begun: vec![0.0; cells], ..Day::default() };
        self.first = first;
        self.days = vec![day; usize::try_from(last - first + 1).unwrap_or(0)];
        self.channels = channels;
    }

    /// How many days.
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    pub(super) fn cells(&self) -> usize {
        self.stages * self.channels.len()
    }

    /// The cell of a stage and channel.
    pub fn cell(&self, stage: usize, channel: &str) -> Option<usize> {
        let channel = self.channels.iter().position(|known| known == channel)?;
        Some(stage * self.channels.len() + channel)
    }

    fn day(&mut self, date: i64) -> Option<&mut Day> {
        self.days.get_mut(usize::try_from(date - self.first).ok()?)
    }

    /// Entries of a day.
    pub fn enter(&mut self, date: i64, cell: usize, count: i64) {
        if let Some(day) = self.day(date) {
            day.entered[cell] += count as f64;
        }
    }

    /// Entries of a day that were decided after a time; converted, or ended.
    pub fn decide(
        &mut self,
        date: i64,
        cell: usize,
        took: Bucket,
        has_converted: bool,
        count: i64,
    ) {
        if let Some(day) = self.day(date) {
            let sums = day.decided.entry((cell, usize::from(took.0))).or_default();
            sums[usize::from(!has_converted)] += count as f64;
        }
    }

    /// Attempts that began on a day.
    pub fn begin(&mut self, date: i64, cell: usize, count: i64) {
        if let Some(day) = self.day(date) {
            day.begun[cell] += count as f64;
        }
    }

    /// Moves of a day from a stage to another.
    pub fn step(&mut self, date: i64, from: usize, to: usize, count: i64) {
        if let Some(day) = self.day(date) {
            *day.steps.entry((from, to)).or_default() += count as f64;
        }
    }

    /// Attempts that ended on a day in a stage.
    pub fn end(&mut self, date: i64, stage: usize, count: i64) {
        if let Some(day) = self.day(date) {
            *day.ended.entry(stage).or_default() += count as f64;
        }
    }

    /// Money of the conversions of a day.
    pub fn earn(&mut self, date: i64, currency: &str, amount: i64) {
        if let Some(day) = self.day(date) {
            *day.money.entry(currency.to_owned()).or_default() += amount as f64;
        }
    }

    /// Whether a move is a conversion: the first into the conversion stage or beyond it, and where
    /// that is the last stage, each repeat. `None` is where an attempt begins.
    pub fn converts(&self, from: Option<usize>, to: usize) -> bool {
        match from {
            Some(from) if from == to => to == self.conversion && to + 1 == self.stages,
            from => to >= self.conversion && from.is_none_or(|from| from < self.conversion),
        }
    }
}

impl Day {
    /// How many conversions happened on it.
    pub(super) fn conversions(&self, book: &Book) -> f64 {
        let stepped = self.steps.iter().filter(|((from, to), _)| book.converts(Some(*from), *to));
        let channels = book.channels.len().max(1);
        let begun = self.begun.iter().enumerate();
        let begun = begun.filter(|(cell, _)| book.converts(None, cell / channels));
        stepped.map(|(_, count)| count).sum::<f64>() + begun.map(|(_, count)| count).sum::<f64>()
    }

    /// How many attempts ended on it.
    pub(super) fn drop_offs(&self) -> f64 {
        self.ended.values().sum()
    }

    pub(super) fn begun(&self) -> f64 {
        self.begun.iter().sum()
    }

    /// How many entries of a stage were left on it, whichever way.
    pub(super) fn left(&self, stage: usize) -> f64 {
        let stepped = self.steps.iter().filter(|((from, _), _)| *from == stage);
        stepped.map(|(_, count)| count).sum::<f64>() + self.ended.get(&stage).unwrap_or(&0.0)
    }
}

/// The ends of the buckets in days; the last one has none.
pub(super) fn bucket_ends() -> [f64; BUCKETS - 1] {
    let end = |at: usize| Bucket(at as u16).end().unwrap_or(Span::NEVER);
    std::array::from_fn(|at| end(at).millis() as f64 / 86_400_000.0)
}
