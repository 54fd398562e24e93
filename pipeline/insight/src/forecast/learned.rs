//! What is known on an evening, the older the less it weighs.

use super::book::{Book, Day, bucket_ends};
use super::hazards::{Chances, Hazards};
use model::Bucket;
use std::collections::BTreeMap;

const BUCKETS: usize = Bucket::COUNT as usize;

/// After so many days what was learned weighs half.
const HALF_LIFE: f64 = 42.0;
/// Entries that what all channels do is worth against what a channel does.
const PRIOR: f64 = 30.0;
/// Arrivals that "every weekday is alike" is worth against what weekdays do.
const PRIOR_OF_WEEKDAY: f64 = 20.0;
/// How much of what was learned stays after a change.
const KEPT: f64 = 0.1;

/// Sums of what has happened, forgotten by and by.
#[derive(Clone, Debug)]
pub(super) struct Learned {
    stages: usize,
    channels: usize,
    /// By cell and bucket: at risk, converted, ended.
    decided: Vec<[[f64; 3]; BUCKETS]>,
    /// Moves from stage to stage.
    steps: BTreeMap<(usize, usize), f64>,
    /// Attempts that began, by cell.
    begun: Vec<f64>,
    /// What the days of `begun` weigh, each as its weekday is.
    days: f64,
    /// Attempts that began and days by weekday, from Monday on.
    weekdays: [[f64; 2]; 7],
    /// Conversions, money of them by currency, and its square by day and conversion.
    conversions: f64,
    money: BTreeMap<String, [f64; 2]>,
}

/// From Monday on, of a day since 1970-01-01, a Thursday.
pub(super) fn weekday(date: i64) -> usize {
    (date + 3).rem_euclid(7) as usize
}

impl Learned {
    pub(super) fn new(book: &Book) -> Learned {
        let cells = book.cells();
        Learned {
            stages: book.stages,
            channels: book.channels.len(),
            decided: vec![[[0.0; 3]; BUCKETS]; cells],
            steps: BTreeMap::new(),
            begun: vec![0.0; cells],
            days: 0.0,
            weekdays: [[0.0; 2]; 7],
            conversions: 0.0,
            money: BTreeMap::new(),
        }
    }

    /// Learns what is known on the evening of a day and was not the evening before.
    pub(super) fn learn(&mut self, book: &Book, at: usize) {
        let keep = libm::exp2(-1.0 / HALF_LIFE);
        self.forget(keep);
        self.weekdays.iter_mut().flatten().for_each(|sum| *sum *= keep.sqrt());
        let day = &book.days[at];
        // Entries whose bucket has just ended, whenever on their day they began.
        for (bucket, end) in bucket_ends().into_iter().enumerate() {
            let lag = libm::ceil(end) as usize;
            if let Some(entered) = at.checked_sub(lag).and_then(|day| book.days.get(day)) {
                self.decide(entered, bucket);
            }
        }
        for (step, count) in &day.steps {
            *self.steps.entry(*step).or_default() += count;
        }
        let on = weekday(book.first + at as i64);
        self.days += self.factor(on);
        self.begun.iter_mut().zip(&day.begun).for_each(|(sum, count)| *sum += count);
        self.weekdays[on][0] += day.begun();
        self.weekdays[on][1] += 1.0;
        let conversions = day.conversions(book);
        self.conversions += conversions;
        for (currency, amount) in &day.money {
            let sums = self.money.entry(currency.clone()).or_default();
            sums[0] += amount;
            sums[1] += if conversions > 0.0 { amount * amount / conversions } else { 0.0 };
        }
    }

    fn decide(&mut self, entered: &Day, bucket: usize) {
        for cell in 0..self.decided.len() {
            let count = entered.entered[cell];
            if count == 0.0 {
                continue;
            }
            let before = entered.decided.range((cell, 0)..(cell, bucket));
            let before: f64 = before.map(|(_, sums)| sums[0] + sums[1]).sum();
            let now = entered.decided.get(&(cell, bucket)).copied().unwrap_or_default();
            let sums = &mut self.decided[cell][bucket];
            sums[0] += count - before;
            sums[1] += now[0];
            sums[2] += now[1];
        }
    }

    fn forget(&mut self, keep: f64) {
        self.decided.iter_mut().flatten().flatten().for_each(|sum| *sum *= keep);
        self.steps.values_mut().for_each(|sum| *sum *= keep);
        self.begun.iter_mut().for_each(|sum| *sum *= keep);
        self.days *= keep;
        self.conversions *= keep;
        self.money.values_mut().flatten().for_each(|sum| *sum *= keep);
    }

    /// The world has changed: what was learned before says little of it. Weekdays stay what they
    /// are.
    pub(super) fn begin_anew(&mut self) {
        self.forget(KEPT);
    }

    /// How many arrive on a weekday against an average day.
    fn factor(&self, weekday: usize) -> f64 {
        let [all, days] =
            self.weekdays.iter().fold([0.0; 2], |sum, day| [sum[0] + day[0], sum[1] + day[1]]);
        if all <= 0.0 {
            return 1.0;
        }
        let mean = all / days;
        let [begun, of] = self.weekdays[weekday];
        (begun + PRIOR_OF_WEEKDAY) / (of * mean + PRIOR_OF_WEEKDAY)
    }

    /// Attempts that will begin on a day, by cell.
    pub(super) fn arrivals(&self, date: i64) -> Vec<f64> {
        let factor = if self.days > 0.0 { self.factor(weekday(date)) / self.days } else { 0.0 };
        self.begun.iter().map(|begun| begun * factor).collect()
    }

    /// Where those go who convert from a stage: shares of the stages.
    pub(super) fn targets(&self, from: usize) -> Vec<f64> {
        let of = |to: usize| self.steps.get(&(from, to)).copied().unwrap_or(0.0);
        let all: f64 = (0..self.stages).map(of).sum();
        let next = (from + 1).min(self.stages - 1);
        let share = |to: usize| match all > 0.0 {
            true => of(to) / all,
            false => f64::from(u8::from(to == next)),
        };
        (0..self.stages).map(share).collect()
    }

    /// What a conversion is worth in each currency, and the root of its mean square, in minor
    /// units.
    pub(super) fn worth(&self) -> BTreeMap<String, [f64; 2]> {
        let count = self.conversions.max(1e-9);
        let of = |sums: &[f64; 2]| [sums[0] / count, (sums[1] / count).max(0.0).sqrt()];
        self.money.iter().map(|(currency, sums)| (currency.clone(), of(sums))).collect()
    }

    /// The chances of each cell: those of all channels, and of the channel as far as it has
    /// entries.
    pub(super) fn hazards(&self) -> Vec<Hazards> {
        let mut all = Vec::with_capacity(self.decided.len());
        for stage in 0..self.stages {
            let cells = stage * self.channels..(stage + 1) * self.channels;
            let mut pooled = [[0.0; 3]; BUCKETS];
            for sums in &self.decided[cells.clone()] {
                for (sum, more) in pooled.iter_mut().zip(sums) {
                    (0..3).for_each(|at| sum[at] += more[at]);
                }
            }
            let rate = |[risk, one, other]: [f64; 3]| match risk > 0.0 {
                true => [one / risk, other / risk],
                false => [0.0, 0.0],
            };
            for sums in &self.decided[cells] {
                let chances: Chances = std::array::from_fn(|bucket| {
                    let ([risk, one, other], prior) = (sums[bucket], rate(pooled[bucket]));
                    [
                        (one + PRIOR * prior[0]) / (risk + PRIOR),
                        (other + PRIOR * prior[1]) / (risk + PRIOR),
                    ]
                });
                all.push(Hazards::of(&chances));
            }
        }
        all
    }
}
