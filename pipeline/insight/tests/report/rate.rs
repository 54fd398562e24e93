//! Intervals as published, and quartiles against sorted lists.

use insight::report::{Quartiles, Rate};
use model::{Bucket, Span};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// R. G. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven
/// methods", Statistics in Medicine 17 (1998), 857–872, table I, method 3.
const NEWCOMBE: [(i64, i64, f64, f64); 4] = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
];

#[test]
fn the_interval_is_wilsons_as_newcombe_published_it() {
    for (part, whole, low, high) in NEWCOMBE {
        let rate = Rate::of(part, whole).expect("a rate");
        assert!((rate.low - low).abs() < 0.000_05, "{part} of {whole}: {}", rate.low);
        assert!((rate.high - high).abs() < 0.000_05, "{part} of {whole}: {}", rate.high);
    }
}

#[test]
fn what_is_no_part_of_a_whole_has_no_rate() {
    for (part, whole) in [(0, 0), (1, 0), (-1, 5), (6, 5), (0, -1), (-2, -1)] {
        assert_eq!(Rate::of(part, whole), None, "{part} of {whole}");
    }
}

proptest! {
    #[test]
    fn the_bounds_are_the_rates_from_which_the_part_is_just_not_surprising(
        whole in 1_i64..5_000,
        share in 0.0_f64..=1.0,
    ) {
        let part = (whole as f64 * share).round() as i64;
        let rate = Rate::of(part, whole).expect("a rate");
        prop_assert!(0.0 <= rate.low && rate.low <= rate.share());
        prop_assert!(rate.share() <= rate.high && rate.high <= 1.0);
        // Wilson's own definition: at a bound p, the part lies z standard errors of p away.
        for bound in [rate.low, rate.high] {
            let error = (bound * (1.0 - bound) / whole as f64).sqrt();
            let distance = (rate.share() - bound).abs();
            let is_end = part == 0 && bound == 0.0 || part == whole && bound == 1.0;
            prop_assert!(is_end || (distance - 1.959_963_984_540_054 * error).abs() < 1e-9);
        }
    }

    #[test]
    fn quartiles_are_those_of_the_sorted_times(
        seconds in prop::collection::vec(0_i64..100_000_000, 0..60),
    ) {
        let bucket = |seconds: &i64| Bucket::of(Span::from_millis(seconds * 1_000));
        let mut counts = BTreeMap::new();
        seconds.iter().for_each(|s| *counts.entry(bucket(s)).or_insert(0) += 1);
        let mut sorted = seconds.clone();
        sorted.sort_unstable();
        // The smallest value with at least a quarter, half, three quarters at or below it.
        let at = |quarters: usize| {
            let reaches = |at: &usize| (at + 1) * 4 >= sorted.len() * quarters;
            let at = (0..sorted.len()).find(reaches).expect("a value");
            bucket(&sorted[at])
        };
        let expected = (seconds.len() >= 5).then(|| Quartiles {
            count: seconds.len() as i64,
            lower: at(1),
            median: at(2),
            upper: at(3),
        });
        prop_assert_eq!(Quartiles::of(&counts), expected);
    }
}
