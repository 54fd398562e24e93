//! Every evening since the beginning: what was said of the days to come, and what came.

use super::book::{Book, bucket_ends};
use super::learned::Learned;
use super::outlook::{Expected, Open, follow};
use super::steering::Steering;
use super::{Calibration, Detector, Hazards, Scored, Track};
use crate::inference::Interval;
use std::collections::{BTreeMap, BTreeSet};

/// Evenings before the first forecast.
const FIRST: usize = 28;
/// The horizon of what is said of a lead, in days.
pub const LEAD_DAYS: usize = 7;
/// Ages at which leads are looked at again, in days; with the horizon each is an end of a bucket.
const LANDMARKS: [usize; 4] = [0, 3, 7, 14];

/// What is forecast.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Conversions.
    Conversions,
    /// Attempts that end, cold or lost.
    DropOffs,
    /// Money of conversions in a currency, in minor units.
    Revenue(String),
}

/// The days of a forecast: from how many days ahead to how many, both included. Tomorrow, and each
/// of four weeks.
pub(super) const SPANS: [(usize, usize); 5] = [(1, 1), (1, 7), (8, 14), (15, 21), (22, 28)];

/// What is said of coming days, and how good that has been.
#[derive(Clone, Debug, PartialEq)]
pub struct Coming {
    /// What.
    pub measure: Measure,
    /// From so many days ahead to so many.
    pub days: (usize, usize),
    /// What is expected.
    pub expected: f64,
    /// Intervals of each level.
    pub intervals: [Interval; 3],
    /// What was said on earlier evenings.
    pub track: Track,
}

/// A day on which the world was found to have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The day, since 1970-01-01.
    pub date: i64,
    /// What came otherwise than expected: `beginnings`, `conversions` or `drop-offs`.
    pub of: &'static str,
}

/// All that a book says of the days to come.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The evening that it speaks of: the last day that is over, since 1970-01-01.
    pub evening: i64,
    /// What is said of each measure and span.
    pub coming: Vec<Coming>,
    /// How well what was said of leads came true.
    pub calibration: Calibration,
    /// When the world changed.
    pub alarms: Vec<Alarm>,
    /// The chances of each cell.
    pub hazards: Vec<Hazards>,
    /// Where those go who convert from a stage: shares of the stages.
    pub targets: Vec<Vec<f64>>,
}

/// Days that are over, by measure.
type Actual = BTreeMap<Measure, Vec<f64>>;

/// Plays all evenings of a book whose days are over. `None` before enough of them are.
pub fn replay(book: &Book) -> Option<Replay> {
    let mut player = Player {
        book,
        actual: actual(book),
        learned: Learned::new(book),
        open: Open::new(book),
        detectors: Default::default(),
        kinds: BTreeMap::new(),
        said: Vec::new(),
        alarms: Vec::new(),
        rates: [0.0; 2],
        tomorrow: None,
    };
    let mut last = None;
    for at in 0..book.len() {
        let hazards = player.evening(at);
        if at + 1 >= FIRST {
            let expected =
                player.open.expected(book, book.first + at as i64, &player.learned, &hazards);
            let coming = player.say(at, &expected);
            player.tomorrow = Some(expected);
            last = Some((coming, hazards));
        }
    }
    let (coming, hazards) = last?;
    Some(Replay {
        evening: book.first + book.len() as i64 - 1,
        coming,
        calibration: scored(book, &player.said),
        alarms: player.alarms,
        hazards,
        targets: (0..book.stages).map(|stage| player.learned.targets(stage)).collect(),
    })
}

/// What is known on the evening that is played.
struct Player<'a> {
    book: &'a Book,
    actual: Actual,
    learned: Learned,
    open: Open,
    detectors: [Detector; 3],
    /// By measure and number of the span.
    kinds: BTreeMap<(Measure, usize), (Steering, Track)>,
    said: Vec<Said>,
    alarms: Vec<Alarm>,
    /// Leads at the landmarks, and those of them that moved on.
    rates: [f64; 2],
    tomorrow: Option<Expected>,
}

impl Player<'_> {
    /// Learns what a day has brought; the chances of each cell on its evening.
    fn evening(&mut self, at: usize) -> Vec<Hazards> {
        let book = self.book;
        let expected = self.tomorrow.as_ref();
        if let Some(of) = expected.and_then(|it| changed(book, at, it, &mut self.detectors)) {
            self.alarms.push(Alarm { date: book.first + at as i64, of });
            self.learned.begin_anew();
        }
        self.learned.learn(book, at);
        let hazards = self.learned.hazards();
        self.open.advance(book, at, &hazards);
        for ((measure, span), (steering, _)) in &mut self.kinds {
            let (from, to) = SPANS[*span];
            steering.came(at, sum(&self.actual[measure], at + from - to, at));
        }
        leads(book, at, &hazards, &mut self.rates, &mut self.said);
        hazards
    }

    /// Says what is to come, and notes what came of it where that is known. What is said on the
    /// last evening is given back.
    fn say(&mut self, at: usize, expected: &Expected) -> Vec<Coming> {
        let days = self.book.len();
        let mut coming = Vec::new();
        for (measure, forecast) in forecasts(&self.actual, &self.learned, expected) {
            let actual = &self.actual[&measure];
            for (span, (from, to)) in SPANS.into_iter().enumerate() {
                let kind = self.kinds.entry((measure.clone(), span));
                let (steering, track) =
                    kind.or_insert_with(|| (Steering::new(to), Track::default()));
                let part: f64 = forecast.expected[from - 1..to].iter().sum();
                let length = to - from + 1;
                let now = |last| forecast.by_now(actual, at, last, length);
                let intervals = steering.intervals(part, forecast.deviation(from, to), now);
                steering.said(at + to, intervals);
                if at + to < days {
                    track.scored.push(Scored {
                        made: at,
                        expected: part,
                        intervals,
                        naive: naive(actual, at, length),
                        actual: sum(actual, at + from, at + to),
                    });
                }
                if at + 1 == days {
                    let (measure, track) = (measure.clone(), track.clone());
                    coming.push(Coming {
                        measure,
                        days: (from, to),
                        expected: part,
                        intervals,
                        track,
                    });
                }
            }
        }
        coming
    }
}

impl Replay {
    /// The probability that an entry of a cell that is open at an age in days moves on within so
    /// many.
    pub fn moves_on(&self, cell: usize, age: usize, within: usize) -> f64 {
        self.hazards.get(cell).map_or(0.0, |hazards| hazards.converts(age, within))
    }

    /// The probability that it becomes a conversion within so many, in however many steps.
    pub fn converts(&self, book: &Book, cell: usize, age: usize, within: usize) -> f64 {
        match cell < self.hazards.len() {
            true => follow(book, &self.hazards, &self.targets, (cell, age), within),
            false => 0.0,
        }
    }
}

fn actual(book: &Book) -> Actual {
    let mut actual = Actual::new();
    let currencies: BTreeSet<&String> = book.days.iter().flat_map(|day| day.money.keys()).collect();
    let days = || book.days.iter();
    actual.insert(Measure::Conversions, days().map(|day| day.conversions(book)).collect());
    actual.insert(Measure::DropOffs, days().map(|day| day.drop_offs()).collect());
    for currency in currencies {
        let sums = days().map(|day| day.money.get(currency).copied().unwrap_or(0.0)).collect();
        actual.insert(Measure::Revenue(currency.clone()), sums);
    }
    actual
}

fn sum(days: &[f64], from: usize, to: usize) -> f64 {
    days.get(from..=to.min(days.len().saturating_sub(1))).map_or(0.0, |days| days.iter().sum())
}

/// What the baseline says on an evening: of weeks as many as in the last one, of tomorrow as many
/// as on this weekday a week ago.
fn naive(days: &[f64], evening: usize, length: usize) -> f64 {
    let first = (evening + 1).saturating_sub(7);
    sum(days, first, first + length - 1)
}

/// What came otherwise than expected, so that the world must have changed.
fn changed(
    book: &Book,
    at: usize,
    expected: &Expected,
    detectors: &mut [Detector; 3],
) -> Option<&'static str> {
    let day = &book.days[at];
    let counts = [
        (expected.begun[0], day.begun(), "beginnings"),
        (expected.conversions[0], day.conversions(book), "conversions"),
        (expected.drop_offs[0], day.drop_offs(), "drop-offs"),
    ];
    let mut found = None;
    for (detector, (expected, actual, of)) in detectors.iter_mut().zip(counts) {
        if detector.look(expected, actual) {
            found = found.or(Some(of));
        }
    }
    if found.is_some() {
        *detectors = Default::default();
    }
    found
}

/// What is expected of each of the days ahead, and the root of the mean square of one conversion's
/// part in it.
struct Forecast {
    expected: Vec<f64>,
    each: [f64; 2],
}

impl Forecast {
    /// The standard deviation of a sum of days, if people come by chance alone.
    fn deviation(&self, from: usize, to: usize) -> f64 {
        let sum: f64 = self.expected[from - 1..to].iter().sum();
        let [mean, root] = self.each;
        let count = if mean > 0.0 { sum / mean } else { 0.0 };
        root * count.max(1.0).sqrt()
    }

    /// What is expected by an evening of so many days up to a last one: what came of those that are
    /// over, and of the others what is expected now.
    fn by_now(&self, actual: &[f64], evening: usize, last: usize, length: usize) -> f64 {
        let first = last + 1 - length;
        let came = if first <= evening { sum(actual, first, evening.min(last)) } else { 0.0 };
        let ahead = (first.max(evening + 1)..=last).map(|day| day - evening - 1);
        came + ahead.filter_map(|day| self.expected.get(day)).sum::<f64>()
    }
}

fn forecasts(
    actual: &Actual,
    learned: &Learned,
    expected: &Expected,
) -> BTreeMap<Measure, Forecast> {
    let worth = learned.worth();
    let of = |measure: &Measure| match measure {
        Measure::Conversions => {
            Forecast { expected: expected.conversions.clone(), each: [1.0, 1.0] }
        }
        Measure::DropOffs => Forecast { expected: expected.drop_offs.clone(), each: [1.0, 1.0] },
        Measure::Revenue(currency) => {
            let [mean, root] = worth.get(currency).copied().unwrap_or([0.0, 1.0]);
            let expected = expected.conversions.iter().map(|count| count * mean).collect();
            Forecast { expected, each: [mean, root.max(1.0)] }
        }
    };
    actual.keys().map(|measure| (measure.clone(), of(measure))).collect()
}

/// What is said of leads of one cell that entered on one day, at an age.
struct Said {
    entered: usize,
    cell: usize,
    age: usize,
    probability: f64,
    naive: f64,
}

/// Says of all leads that are at one of the landmarks how likely they move on within a week.
fn leads(book: &Book, at: usize, hazards: &[Hazards], rates: &mut [f64; 2], said: &mut Vec<Said>) {
    let channels = book.channels.len();
    let before_conversion = book.conversion * channels;
    for age in LANDMARKS {
        // What those did who are known by now.
        if let Some(entered) = at.checked_sub(age + LEAD_DAYS + 1) {
            for cell in 0..before_conversion {
                let [leads, did] = moved(book, entered, cell, age);
                *rates = [rates[0] + leads, rates[1] + did];
            }
        }
        let Some(entered) = at.checked_sub(age) else { continue };
        let naive = if rates[0] > 0.0 { rates[1] / rates[0] } else { 0.5 };
        for (cell, hazards) in hazards.iter().enumerate().take(before_conversion) {
            if at + 1 >= FIRST && book.days[entered].entered[cell] > 0.0 {
                let probability = hazards.converts(age, LEAD_DAYS);
                said.push(Said { entered, cell, age, probability, naive });
            }
        }
    }
}

/// Of the entries of a day and cell those that were open at an age, and those of them that moved on
/// within a week.
fn moved(book: &Book, entered: usize, cell: usize, age: usize) -> [f64; 2] {
    let day = &book.days[entered];
    let ends = bucket_ends();
    let bucket_at = |days: usize| ends.iter().filter(|end| **end <= days as f64).count();
    let (from, to) = (bucket_at(age), bucket_at(age + LEAD_DAYS));
    let before = day.decided.range((cell, 0)..(cell, from));
    let before: f64 = before.map(|(_, sums)| sums[0] + sums[1]).sum();
    let within = day.decided.range((cell, from)..(cell, to));
    [day.entered[cell] - before, within.map(|(_, sums)| sums[0]).sum()]
}

fn scored(book: &Book, said: &[Said]) -> Calibration {
    let mut calibration = Calibration::default();
    for Said { entered, cell, age, probability, naive } in said {
        // Their last hour is over, whenever on their day they entered.
        if entered + age + LEAD_DAYS + 1 < book.len() {
            let [leads, did] = moved(book, *entered, *cell, *age);
            if leads > 0.0 {
                calibration.add(*probability, *naive, leads, did);
            }
        }
    }
    calibration
}
