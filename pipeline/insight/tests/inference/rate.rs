//! Rates that are watched, against other programs.

use crate::is_near;
use insight::inference::{Interval, drifting_rate, steady_rate};
use insight::report::Rate;
use proptest::prelude::*;

/// By bisection with mpmath 1.4.1 at 40 digits; the first five equal the sequences of the PyPI
/// package ville 0.1.0 (`BernoulliCS(0.05, intersect=False)`) to 13 digits.
const STEADY: [(i64, i64, f64, f64, f64); 9] = [
    (3, 10, 0.05, 0.036_640_290_375_51, 0.733_259_473_835_807),
    (12, 100, 0.05, 0.040_096_289_448_437, 0.253_535_045_567_507),
    (0, 50, 0.05, 0.0, 0.129_381_289_091_508),
    (40, 1_000, 0.05, 0.020_786_328_623_733, 0.067_927_766_339_151),
    (1_200, 10_000, 0.05, 0.107_557_325_837_953, 0.133_233_241_008_940),
    (50, 50, 0.05, 0.870_618_710_908_492, 1.0),
    (5, 5, 0.05, 0.383_851_949_637_377, 1.0),
    (30_000, 1_000_000, 0.05, 0.029_215_635_574_388, 0.030_797_841_404_133),
    (12, 100, 0.01, 0.033_294_128_766_841, 0.275_219_713_999_443),
];

/// By bisection with mpmath at 30 digits over the same 46 bets.
const DRIFTING: [(i64, i64, f64, f64); 5] = [
    (3, 10, 0.017_107_281_055_8, 0.801_968_528_855),
    (12, 100, 0.037_391_049_322_1, 0.258_156_363_524),
    (0, 50, 0.0, 0.099_941_143_981_2),
    (40, 1_000, 0.022_046_527_566_1, 0.064_913_265_227_1),
    (1_200, 10_000, 0.109_065_707_196, 0.131_513_507_129),
];

#[test]
fn a_steady_rate_has_the_bounds_of_two_other_programs() {
    for (part, whole, alpha, low, high) in STEADY {
        let interval = steady_rate(part, whole, alpha).expect("an interval");
        // Ten digits behind the point; at a million trials log-gamma leaves nine.
        is_near(interval.low, low, 5e-11_f64.max(1e-16 * whole as f64));
        is_near(interval.high, high, 5e-11_f64.max(1e-16 * whole as f64));
    }
}

#[test]
fn a_drifting_rate_has_the_bounds_of_another_program() {
    for (part, whole, low, high) in DRIFTING {
        let interval = drifting_rate(part, whole, 0.05).expect("an interval");
        is_near(interval.low, low, 1e-11);
        is_near(interval.high, high, 1e-11);
    }
}

#[test]
fn what_is_watched_costs_width_and_the_price_is_known() {
    // Width over Wilson's, which holds for one look, at a share of a half: 1.41 to 2.02 times.
    for (whole, price) in [(10, 1.41), (100, 1.67), (1_000, 1.92), (10_000, 2.02)] {
        let watched = steady_rate(whole / 5, whole, 0.05).expect("an interval").width();
        let once = Rate::of(whole / 5, whole).expect("a rate");
        is_near(watched / (once.high - once.low), price, 0.15);
    }
}

#[test]
fn what_is_no_part_of_a_whole_has_no_interval() {
    for (part, whole) in [(0, 0), (1, 0), (-1, 5), (6, 5), (0, -1)] {
        assert_eq!(steady_rate(part, whole, 0.05), None, "{part} of {whole}");
        assert_eq!(drifting_rate(part, whole, 0.05), None, "{part} of {whole}");
    }
}

proptest! {
    #[test]
    fn an_interval_holds_the_share_and_mirrors_with_it(
        whole in 1_i64..20_000,
        share in 0.0_f64..=1.0,
        alpha in 0.001_f64..0.3,
    ) {
        let part = (whole as f64 * share).round() as i64;
        let share = part as f64 / whole as f64;
        for sequence in [steady_rate, drifting_rate] {
            let one = sequence(part, whole, alpha).expect("an interval");
            prop_assert!(0.0 <= one.low && one.high <= 1.0 && one.has(share));
            let other = sequence(whole - part, whole, alpha).expect("an interval");
            let mirrored = Interval { low: 1.0 - other.high, high: 1.0 - other.low };
            prop_assert!((one.low - mirrored.low).abs() < 1e-9, "{one:?} {mirrored:?}");
            prop_assert!((one.high - mirrored.high).abs() < 1e-9, "{one:?} {mirrored:?}");
            // Less error is more width.
            let wider = sequence(part, whole, alpha / 2.0).expect("an interval");
            prop_assert!(wider.low <= one.low && one.high <= wider.high);
        }
    }
}
