//! Intervals that are made wider when they miss and narrower when they hold.

use crate::inference::Interval;
use std::collections::VecDeque;

/// The shares of intervals that should hold what comes.
pub const LEVELS: [f64; 3] = [0.5, 0.8, 0.95];
/// What they begin with, in standard deviations: those of the normal distribution.
const FIRST: [f64; 3] = [0.674_490, 1.281_552, 1.959_964];
/// How much a miss widens where it is known within a week, in logarithms of the width.
const PACE: f64 = 0.4;
/// Widths in standard deviations that are never left.
const RANGE: [f64; 2] = [0.1, 60.0];

/// The widths of the intervals of one kind of forecast, steered by how they did.
///
/// Adaptive conformal inference (Gibbs and Candès 2021) on the logarithm of the width, as a
/// quantile tracker (Angelopoulos, Candès and Tibshirani 2023): each miss widens by the level times
/// a pace, each hit narrows by the rest times the pace. Whatever the world does, the share of hits
/// over any stretch differs from the level by no more than what the width has changed over it,
/// divided by the pace and the length. A forecast of days to come is judged by what is expected of
/// them by now, as long as they are not over.
#[derive(Clone, Debug)]
pub struct Steering {
    /// Logarithms of widths, from what is over.
    widths: [f64; 3],
    /// How much a miss widens, in logarithms of the width.
    pace: f64,
    pending: VecDeque<Pending>,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    last: usize,
    intervals: [Interval; 3],
}

impl Steering {
    /// Of forecasts whose days are over so many days later: the later that is, the gentler.
    pub fn new(days: usize) -> Steering {
        let pace = PACE * 7.0 / days.max(7) as f64;
        Steering { widths: FIRST.map(libm::log), pace, pending: VecDeque::new() }
    }

    /// Intervals around what is expected, in units of a standard deviation; nothing is less than
    /// nothing. `now` says of a forecast that ends on a day what is expected of it by now.
    pub fn intervals(
        &self,
        expected: f64,
        deviation: f64,
        now: impl Fn(usize) -> f64,
    ) -> [Interval; 3] {
        let mut widths = self.widths;
        for pending in &self.pending {
            let found = now(pending.last);
            steer(&mut widths, self.pace, &pending.intervals, found);
        }
        // Whoever is surer says no more.
        (1..3).for_each(|level| widths[level] = widths[level].max(widths[level - 1]));
        widths.map(|width| {
            let half = deviation * libm::exp(width).clamp(RANGE[0], RANGE[1]);
            Interval { low: (expected - half).max(0.0), high: expected + half }
        })
    }

    /// Notes what was said of days up to a last one.
    pub fn said(&mut self, last: usize, intervals: [Interval; 3]) {
        self.pending.push_back(Pending { last, intervals });
    }

    /// Learns what came of the forecast that ends on this day.
    pub fn came(&mut self, last: usize, actual: f64) {
        while let Some(pending) = self.pending.front().copied().filter(|it| it.last <= last) {
            self.pending.pop_front();
            if pending.last == last {
                steer(&mut self.widths, self.pace, &pending.intervals, actual);
                let bounds = RANGE.map(libm::log);
                self.widths.iter_mut().for_each(|it| *it = it.clamp(bounds[0], bounds[1]));
            }
        }
    }
}

fn steer(widths: &mut [f64; 3], pace: f64, intervals: &[Interval; 3], found: f64) {
    for ((width, interval), level) in widths.iter_mut().zip(intervals).zip(LEVELS) {
        *width += pace * if interval.has(found) { level - 1.0 } else { level };
    }
}
