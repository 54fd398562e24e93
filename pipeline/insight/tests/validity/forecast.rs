//! Whether forecasts are as good as they say, evening for evening, also when the world changes.

use crate::chance::Chance;
use crate::{each, worlds};
use insight::forecast::{Book, Coming, Detector, LEVELS, Measure, Replay, Track, replay};
use model::{Bucket, Span};

const DAYS: usize = 640;
/// The day from which on fewer come and fewer of them buy.
const CHANGE: usize = 400;
/// Evenings at the beginning that learn.
const LEARNING: usize = 90;
const WEEKDAYS: [f64; 7] = [1.3, 1.2, 1.15, 1.1, 1.05, 0.7, 0.5];

/// Stages: considering, deciding, bought. The share that goes on, the mean days until it, and the
/// mean days until the others give up.
const PLANTED: [(f64, f64, f64); 2] = [(0.45, 2.0, 6.0), (0.6, 4.0, 9.0)];

struct Shop {
    book: Book,
    chance: Chance,
}

impl Shop {
    /// A shop whose leads and whose shares are multiplied from the day of the change on.
    fn play(chance: Chance, leads: f64, share: f64) -> Replay {
        let mut book = Book::new(2, 3);
        // 2024-01-01, a Monday.
        book.open(19_723, 19_723 + DAYS as i64 - 1, vec!["ads".into(), "chat".into()]);
        let mut shop = Shop { book, chance };
        for day in 0..DAYS {
            let has_changed = day >= CHANGE;
            let mean = 24.0 * WEEKDAYS[day % 7] * if has_changed { leads } else { 1.0 };
            for _ in 0..shop.chance.poisson(mean) {
                let channel = if shop.chance.happens(0.4) { "chat" } else { "ads" };
                let at = day as f64 + 0.3 + 0.6 * shop.chance.unit();
                shop.lead(at, channel, if has_changed { share } else { 1.0 });
            }
        }
        replay(&shop.book).expect("a forecast")
    }

    fn lead(&mut self, arrival: f64, channel: &str, factor: f64) {
        let date = |at: f64| 19_723 + at.floor() as i64;
        let better = if channel == "chat" { 1.2 } else { 0.9 };
        let mut at = arrival;
        for (stage, (share, converts, ends)) in PLANTED.into_iter().enumerate() {
            let cell = self.book.cell(stage, channel).expect("a cell");
            if stage == 0 {
                self.book.begin(date(at), cell, 1);
            }
            self.book.enter(date(at), cell, 1);
            let goes_on = self.chance.happens(share * better * factor);
            let took = self.chance.time(if goes_on { converts } else { ends });
            let then = at + took;
            if then >= DAYS as f64 {
                return;
            }
            let bucket = Bucket::of(Span::from_millis((took * 86_400_000.0) as i64));
            self.book.decide(date(at), cell, bucket, goes_on, 1);
            if !goes_on {
                return self.book.end(date(then), stage, 1);
            }
            self.book.step(date(then), stage, stage + 1, 1);
            at = then;
        }
        let cell = self.book.cell(2, channel).expect("a cell");
        self.book.enter(date(at), cell, 1);
        let worth = 3_000.0 * self.chance.gamma(4.0);
        self.book.earn(date(at), "EUR", worth as i64);
    }
}

/// How far the share of hits over any 180 evenings is from the level at most.
fn worst(track: &Track, level: usize) -> f64 {
    let hits: Vec<bool> = (track.scored.iter())
        .filter(|scored| scored.made >= LEARNING)
        .map(|scored| scored.intervals[level].has(scored.actual))
        .collect();
    let share = |window: &[bool]| window.iter().filter(|hit| **hit).count() as f64 / 180.0;
    hits.windows(180).map(|window| (share(window) - LEVELS[level]).abs()).fold(0.0, f64::max)
}

fn of<'a>(replay: &'a Replay, measure: &Measure, days: (usize, usize)) -> &'a Coming {
    let found = replay.coming.iter().find(|it| it.measure == *measure && it.days == days);
    found.expect("a forecast")
}

#[test]
fn intervals_hold_as_often_as_they_say_over_any_180_days_also_when_the_world_changes() {
    let measures = [Measure::Conversions, Measure::DropOffs, Measure::Revenue("EUR".to_owned())];
    let mut far = [[[0.0_f64; 3]; 2]; 3];
    let (mut late, mut false_alarms) = (0, 0);
    for chance in each(4) {
        let replay = Shop::play(chance, 0.6, 0.7);
        let change = 19_723 + CHANGE as i64;
        let after = replay.alarms.iter().filter(|alarm| alarm.date >= change);
        let first = after.map(|alarm| alarm.date - change).min();
        late += u64::from(first.is_none_or(|days| days > 30));
        false_alarms += replay.alarms.iter().filter(|alarm| alarm.date < change).count();
        for (measure, far) in measures.iter().zip(&mut far) {
            for (days, far) in [(1, 1), (1, 7)].into_iter().zip(far) {
                let track = &of(&replay, measure, days).track;
                (1..3).for_each(|level| far[level] = far[level].max(worst(track, level)));
                let [ours, naive] = track.errors(180).expect("errors");
                eprintln!("{measure:?} {days:?} error {ours:.2} naive {naive:.2}");
            }
        }
        let weeks = replay.coming.iter().filter(|it| it.days.0 > 1);
        for it in weeks.filter(|it| it.measure == Measure::Conversions) {
            eprintln!(
                "{:?} {:?} {:?}",
                it.days,
                it.track.coverage(1, 180),
                it.track.coverage(2, 180)
            );
        }
        eprintln!("{:?} {:?}", replay.alarms, replay.calibration.brier());
    }
    eprintln!("far {far:.3?} late {late} false {false_alarms}");
    assert_eq!(late, 0, "alarms that came later than 30 days");
    assert!(false_alarms as u64 * 4 <= worlds(4), "{false_alarms} false alarms");
    for far in far.iter().flatten().flatten() {
        assert!(*far <= 0.05, "{far}");
    }
}

#[test]
fn nothing_is_found_where_nothing_changes() {
    let mut alarms = 0;
    for mut chance in each(40) {
        let mut detector = Detector::default();
        for _ in 0..365 {
            let mean = 3.0 + 20.0 * chance.unit();
            let actual = chance.poisson(mean) as f64;
            alarms += u64::from(detector.look(mean, actual));
        }
    }
    // Once in ten years at most: four in forty.
    assert!(alarms <= worlds(40) / 5, "{alarms} alarms in {} years", worlds(40));
}

#[test]
fn probabilities_of_leads_come_true_and_say_more_than_one_number_for_all() {
    for chance in each(3) {
        let calibration = Shop::play(chance, 1.0, 1.0).calibration;
        let [ours, naive] = calibration.brier().expect("a score");
        assert!(ours < 0.98 * naive, "{ours} {naive}");
        for [leads, said, did] in calibration.bins.into_iter().filter(|bin| bin[0] >= 1_000.0) {
            assert!((said / leads - did / leads).abs() < 0.04, "{said} {did} of {leads}");
        }
    }
}
