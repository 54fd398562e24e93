//! The open entries of an evening, carried forward day by day with those who are still to come.

use super::LAGS;
use super::book::Book;
use super::hazards::Hazards;
use super::learned::Learned;

/// The days that are looked ahead: four weeks.
pub(super) const AHEAD: usize = 28;

/// How many are open, by cell and midnights since they entered.
///
/// Who left is known by stage and not by age. So ages are those that chances would have left, and
/// how many more or less are there than these, against what is usual, is a factor of the whole
/// stage.
#[derive(Clone, Debug)]
pub(super) struct Open {
    counts: Vec<Vec<f64>>,
    /// By stage: how many are open.
    known: Vec<f64>,
    /// By stage: how many were open, and how many chances would have left, forgotten by and by.
    usual: Vec<[f64; 2]>,
}

/// After so many days what was usual weighs half.
const HALF_LIFE: f64 = 42.0;
/// People that "as many as usual" is worth.
const PRIOR: f64 = 10.0;

/// What is expected of each of the days to come.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Expected {
    pub(super) conversions: Vec<f64>,
    pub(super) drop_offs: Vec<f64>,
    pub(super) begun: Vec<f64>,
}

/// Fewer people than this are nobody.
const NOBODY: f64 = 1e-7;

impl Open {
    pub(super) fn new(book: &Book) -> Open {
        Open {
            counts: vec![Vec::new(); book.cells()],
            known: vec![0.0; book.stages],
            usual: vec![[0.0; 2]; book.stages],
        }
    }

    /// From one evening to the next.
    pub(super) fn advance(&mut self, book: &Book, at: usize, hazards: &[Hazards]) {
        let day = &book.days[at];
        let channels = book.channels.len();
        let keep = libm::exp2(-1.0 / HALF_LIFE);
        for stage in 0..book.stages {
            let cells = stage * channels..(stage + 1) * channels;
            let entered: f64 = day.entered[cells.clone()].iter().sum();
            self.known[stage] = (self.known[stage] + entered - day.left(stage)).max(0.0);
            for cell in cells.clone() {
                self.age(cell, day.entered[cell], &hazards[cell]);
            }
            let thought: f64 = self.counts[cells].iter().flatten().sum();
            let usual = &mut self.usual[stage];
            *usual = [keep * usual[0] + self.known[stage], keep * usual[1] + thought];
        }
    }

    /// How many more or less are open in a stage than chances would have left, against what is
    /// usual.
    fn factor(&self, book: &Book, stage: usize) -> f64 {
        let channels = book.channels.len();
        let cells = stage * channels..(stage + 1) * channels;
        let thought: f64 = self.counts[cells].iter().flatten().sum();
        let [known, of] = self.usual[stage];
        let usual = if of > NOBODY { known / of } else { 1.0 };
        (self.known[stage] + PRIOR) / (thought * usual + PRIOR)
    }

    /// A day passes in a cell; what it brings: converted, ended.
    fn age(&mut self, cell: usize, entered: f64, hazards: &Hazards) -> [f64; 2] {
        let counts = &mut self.counts[cell];
        let mut sums = [0.0; 2];
        counts.insert(0, entered);
        if counts.len() > LAGS + 1 {
            let oldest = counts.pop().unwrap_or(0.0);
            counts[LAGS] += oldest;
        }
        for (lag, count) in counts.iter_mut().enumerate() {
            let [converts, ends] = hazards.on(lag);
            sums = [sums[0] + *count * converts, sums[1] + *count * ends];
            *count *= (1.0 - converts - ends).max(0.0);
        }
        while counts.last().is_some_and(|count| *count < NOBODY) {
            counts.pop();
        }
        sums
    }

    /// What the days after a date bring.
    pub(super) fn expected(
        &self,
        book: &Book,
        date: i64,
        learned: &Learned,
        hazards: &[Hazards],
    ) -> Expected {
        let mut open = self.clone();
        let channels = book.channels.len();
        for stage in 0..book.stages {
            let factor = self.factor(book, stage);
            let cells = stage * channels..(stage + 1) * channels;
            open.counts[cells].iter_mut().flatten().for_each(|count| *count *= factor);
        }
        let targets: Vec<Vec<f64>> = (0..book.stages).map(|stage| learned.targets(stage)).collect();
        let mut expected = Expected::default();
        // Of the last stage those who come again are entries of the day after.
        let mut again = vec![0.0; channels];
        for ahead in 1..=AHEAD {
            let begun = learned.arrivals(date + ahead as i64);
            let mut entering = begun.clone();
            let last = book.cells() - channels;
            again.iter().enumerate().for_each(|(at, count)| entering[last + at] += count);
            again.iter_mut().for_each(|count| *count = 0.0);
            let (mut conversions, mut ends) = (0.0, 0.0);
            for (cell, count) in begun.iter().enumerate() {
                conversions += if book.converts(None, cell / channels) { *count } else { 0.0 };
            }
            for cell in 0..book.cells() {
                let stage = cell / channels;
                let [converts, ended] = open.age(cell, entering[cell], &hazards[cell]);
                ends += ended;
                for (to, share) in targets[stage].iter().enumerate() {
                    let moved = converts * share;
                    conversions += if book.converts(Some(stage), to) { moved } else { 0.0 };
                    match to > stage {
                        true => entering[to * channels + cell % channels] += moved,
                        false => again[cell % channels] += moved,
                    }
                }
            }
            expected.begun.push(begun.iter().sum());
            expected.conversions.push(conversions);
            expected.drop_offs.push(ends);
        }
        expected
    }
}

/// The probability that an entry of a cell that is open today, so many midnights after it, converts
/// within so many days, today included, in however many steps.
pub(super) fn follow(
    book: &Book,
    hazards: &[Hazards],
    targets: &[Vec<f64>],
    (cell, age): (usize, usize),
    days: usize,
) -> f64 {
    let channels = book.channels.len();
    let channel = cell % channels;
    // By stage, and midnights since the entry, as of the evening before today.
    let mut open = vec![vec![0.0; age + days + 2]; book.stages];
    let mut today = vec![0.0; book.stages];
    match age.checked_sub(1) {
        Some(yesterday) => open[cell / channels][yesterday] = 1.0,
        None => today[cell / channels] = 1.0,
    }
    let mut converted = 0.0;
    for _ in 0..days {
        let mut entering = std::mem::replace(&mut today, vec![0.0; book.stages]);
        for stage in 0..book.stages {
            let hazards = &hazards[stage * channels + channel];
            let counts = &mut open[stage];
            counts.pop();
            counts.insert(0, entering[stage]);
            let mut moved = 0.0;
            for (lag, count) in counts.iter_mut().enumerate().filter(|(_, count)| **count > 0.0) {
                let [converts, ends] = hazards.on(lag);
                moved += *count * converts;
                *count *= (1.0 - converts - ends).max(0.0);
            }
            for (to, share) in targets[stage].iter().enumerate().filter(|(to, _)| *to > stage) {
                match book.converts(Some(stage), to) {
                    true => converted += moved * share,
                    false => entering[to] += moved * share,
                }
            }
        }
    }
    converted
}
