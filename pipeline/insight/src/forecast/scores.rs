//! How good forecasts have been.

use super::LEVELS;
use crate::inference::Interval;
use crate::report::Rate;

/// A forecast whose days are over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The evening that it was made, by the number of the day since the first.
    pub made: usize,
    /// What was expected.
    pub expected: f64,
    /// The intervals of each level.
    pub intervals: [Interval; 3],
    /// What the baseline expected: as many as in the last days of this number.
    pub naive: f64,
    /// What came.
    pub actual: f64,
}

/// All forecasts of one kind, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// Those whose days are over.
    pub scored: Vec<Scored>,
}

impl Track {
    /// The last so many.
    pub fn last(&self, count: usize) -> &[Scored] {
        &self.scored[self.scored.len().saturating_sub(count)..]
    }

    /// Of the last so many those whose interval of a level held what came.
    pub fn coverage(&self, level: usize, count: usize) -> Option<Rate> {
        let last = self.last(count);
        let held = last.iter().filter(|it| it.intervals[level].has(it.actual)).count();
        Rate::of(held as i64, last.len() as i64)
    }

    /// Of the last so many those for which the baseline's own interval held: what chance alone
    /// (Poisson) puts around it.
    pub fn coverage_of_naive(&self, level: usize, count: usize) -> Option<Rate> {
        let width = [0.674_490, 1.281_552, 1.959_964][level.min(LEVELS.len() - 1)];
        let last = self.last(count);
        let holds = |it: &&Scored| (it.actual - it.naive).abs() <= width * it.naive.max(1.0).sqrt();
        Rate::of(last.iter().filter(holds).count() as i64, last.len() as i64)
    }

    /// Mean absolute errors of the last so many: the forecast's, the baseline's.
    pub fn errors(&self, count: usize) -> Option<[f64; 2]> {
        let last = self.last(count);
        let mean = |of: fn(&Scored) -> f64| last.iter().map(of).sum::<f64>() / last.len() as f64;
        let errors =
            [mean(|it| (it.actual - it.expected).abs()), mean(|it| (it.actual - it.naive).abs())];
        (!last.is_empty()).then_some(errors)
    }
}

/// How well probabilities of single leads came true.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    /// By tenths of the probability that was said: leads, the sum of their probabilities, how many
    /// did.
    pub bins: [[f64; 3]; 10],
    /// The sum of squares of what was said less what came (1 or 0), and that of the baseline, which
    /// says of every lead what all did so far.
    pub squares: [f64; 2],
}

impl Calibration {
    /// Leads that were told the same probability.
    pub(super) fn add(&mut self, said: f64, naive: f64, leads: f64, did: f64) {
        let bin = &mut self.bins[((said * 10.0) as usize).min(9)];
        *bin = [bin[0] + leads, bin[1] + leads * said, bin[2] + did];
        let squares = |said: f64| did * (1.0 - said) * (1.0 - said) + (leads - did) * said * said;
        self.squares = [self.squares[0] + squares(said), self.squares[1] + squares(naive)];
    }

    /// How many leads.
    pub fn leads(&self) -> f64 {
        self.bins.iter().map(|bin| bin[0]).sum()
    }

    /// Brier's score of the forecast and of the baseline: the mean of the squares. Less is better.
    pub fn brier(&self) -> Option<[f64; 2]> {
        let leads = self.leads();
        (leads > 0.0).then(|| self.squares.map(|squares| squares / leads))
    }
}
