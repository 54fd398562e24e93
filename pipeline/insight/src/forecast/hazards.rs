//! How likely an open entry converts or ends, by how old it is.

use super::LAGS;
use super::book::bucket_ends;
use model::Bucket;

const BUCKETS: usize = Bucket::COUNT as usize;

/// Chances of one stage and channel, by age.
#[derive(Clone, Debug, PartialEq)]
pub struct Hazards {
    /// By midnights since the entry: of those open before, the share that converts on that day, and
    /// that ends.
    lags: Vec<[f64; 2]>,
    /// The share that has converted, has ended, by an age in days.
    until: Vec<[f64; 2]>,
}

/// The chance of each bucket: of those open at its beginning, the share that converts in it, and
/// that ends.
pub(super) type Chances = [[f64; 2]; BUCKETS];

impl Hazards {
    /// From the chances of each bucket.
    ///
    /// Converting and ending are competing risks (Aalen and Johansen 1978): who ends cannot convert
    /// any more. Within a bucket time is spread evenly; the hour of entry is spread evenly over the
    /// day, so that what happens after half a day happens on the next date half of the time.
    pub(super) fn of(chances: &Chances) -> Hazards {
        let ends = bucket_ends();
        // Shares by age at the ends of buckets, linear between them.
        let mut corners = vec![(0.0, [0.0, 0.0])];
        let (mut open, mut shares) = (1.0, [0.0, 0.0]);
        for (chance, end) in chances.iter().zip(ends) {
            shares = [shares[0] + open * chance[0], shares[1] + open * chance[1]];
            open *= (1.0 - chance[0] - chance[1]).max(0.0);
            corners.push((end, shares));
        }
        let mut at = 0;
        let mut share = |age: f64| -> [f64; 2] {
            while at + 2 < corners.len() && corners[at + 1].0 < age {
                at += 1;
            }
            let ((from, low), (to, high)) = (corners[at], corners[at + 1]);
            let part = ((age - from) / (to - from)).clamp(0.0, 1.0);
            std::array::from_fn(|risk| low[risk] + part * (high[risk] - low[risk]))
        };
        // Of the first day by all corners in it, then by whole days.
        let mut first = [0.0, 0.0];
        for pair in corners.windows(2).take_while(|pair| pair[1].0 <= 1.0) {
            let ((from, low), (to, high)) = (pair[0], pair[1]);
            (0..2).for_each(|risk| first[risk] += (to - from) * 0.5 * (low[risk] + high[risk]));
        }
        let until: Vec<[f64; 2]> = (0..=LAGS + 1).map(|age| share(age as f64)).collect();
        let mut lags = Vec::with_capacity(LAGS + 1);
        let (mut before, mut decided) = ([0.0, 0.0], 0.0);
        for lag in 0..=LAGS {
            let by = match lag {
                0 => first,
                _ => std::array::from_fn(|risk| 0.5 * (until[lag][risk] + until[lag + 1][risk])),
            };
            let open: f64 = 1.0 - decided;
            let of = |risk: usize| if open > 1e-9 { (by[risk] - before[risk]) / open } else { 0.0 };
            lags.push([of(0).clamp(0.0, 1.0), of(1).clamp(0.0, 1.0)]);
            (before, decided) = (by, by[0] + by[1]);
        }
        Hazards { lags, until }
    }

    /// Of those open before the so-manieth midnight's day, the share that converts on it, and ends.
    pub(super) fn on(&self, lag: usize) -> [f64; 2] {
        self.lags[lag.min(LAGS)]
    }

    /// The probability that an entry that is open at an age in days converts within so many more.
    pub fn converts(&self, age: usize, within: usize) -> f64 {
        let (from, to) = (age.min(LAGS), (age + within).min(LAGS + 1));
        let open = 1.0 - self.until[from][0] - self.until[from][1];
        match open > 1e-9 {
            true => ((self.until[to][0] - self.until[from][0]) / open).clamp(0.0, 1.0),
            false => 0.0,
        }
    }

    /// In how many days half of those will have converted that will convert at all; `None` where
    /// next to nobody will.
    pub fn median(&self, age: usize) -> Option<usize> {
        let from = age.min(LAGS);
        let rest = self.until[LAGS + 1][0] - self.until[from][0];
        let half = self.until[from][0] + 0.5 * rest;
        let after = self.until.iter().skip(from).position(|share| share[0] >= half);
        after.filter(|_| rest > 1e-6)
    }
}
