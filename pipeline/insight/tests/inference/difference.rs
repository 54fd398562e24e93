//! Two rates at every look, against another program and against two intervals side by side.

use crate::is_near;
use insight::inference::{difference, ratio, steady_rate, watched_mean};

#[test]
fn differences_and_ratios_have_the_bounds_of_another_program() {
    // scipy 1.17.1: the least product of both mixtures by Brent's method, and where it crosses.
    for (one, other, low, high, least, most) in [
        ((60, 200), (40, 300), 0.014_254_47, 0.326_868_28, 1.073_608_31, 5.012_989_16),
        ((30, 1_000), (25, 1_000), -0.032_746_82, 0.043_656_82, 0.322_911_99, 4.713_389_63),
        ((300, 1_000), (900, 6_000), 0.082_172_45, 0.222_837_46, 1.516_956_52, 2.585_910_03),
    ] {
        let found = difference(one, other, 0.05).expect("a difference");
        is_near(found.interval.low, low, 1e-8);
        is_near(found.interval.high, high, 1e-8);
        let mirrored = difference(other, one, 0.05).expect("a difference");
        is_near(mirrored.interval.low, -high, 1e-8);
        let found = ratio(one, other, 0.05).expect("a ratio");
        is_near(found.interval.low, least, 1e-7);
        is_near(found.interval.high, most, 1e-7);
        // Narrower than what two intervals at half the error leave.
        let [a, b] = [one, other].map(|(k, n)| steady_rate(k, n, 0.025).expect("an interval"));
        assert!(high - low < (a.high - b.low) - (a.low - b.high));
    }
    let wider = difference((60, 200), (40, 300), 0.01).expect("a difference");
    is_near(wider.interval.low, 0.000_751_51, 1e-8);
    is_near(wider.interval.high, 0.341_560_74, 1e-8);
}

#[test]
fn at_the_ends_an_interval_has_its_end() {
    let nobody = difference((0, 2), (0, 2), 0.05).expect("a difference");
    assert!(nobody.interval.low < -0.8 && nobody.interval.high > 0.8, "{nobody:?}");
    let all = difference((50, 50), (0, 50), 0.05).expect("a difference");
    assert!(all.interval.low > 0.7 && all.interval.high == 1.0, "{all:?}");
    let none = ratio((0, 50), (25, 50), 0.05).expect("a ratio");
    assert!(none.value == 0.0 && none.interval.low == 0.0 && none.interval.high < 1.0, "{none:?}");
    // The other may be next to nothing.
    let unknown = ratio((1, 2), (1, 2), 0.05).expect("a ratio");
    assert!(unknown.interval.low < 0.1 && unknown.interval.high > 10.0, "{unknown:?}");
    assert_eq!(ratio((5, 50), (0, 50), 0.05), None);
    assert_eq!(difference((0, 0), (1, 2), 0.05), None);
}

#[test]
fn a_watched_mean_is_as_wide_as_another_program_says() {
    // ville 0.1.0, `normal_mixture(count, 0.05, 1 / weight)`, in standard errors of the mean.
    for (count, tuned, wide) in [
        (500, 500, 3.035_208_990_376_252),
        (10_000, 500, 3.336_857_533_786_599),
        (100, 1_000, 3.855_054_633_530_311),
    ] {
        let found = watched_mean(20.0, 0.5, count, tuned, 0.05).expect("an interval");
        is_near(found.high, 20.0 + 0.5 * wide, 1e-12);
        is_near(found.low, 20.0 - 0.5 * wide, 1e-12);
    }
    assert_eq!(watched_mean(20.0, 0.5, 1, 500, 0.05), None);
}
