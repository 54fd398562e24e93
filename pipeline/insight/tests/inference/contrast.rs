//! Two groups over strata, and what could explain them away, by published figures.

use crate::is_near;
use insight::inference::{
    Age, Confounding, Contrast, Figure, Interval, Outcomes, Stratum, incidence,
};

fn stratum(exposed: (i64, i64), others: (i64, i64)) -> Stratum {
    let group = |(converted, decided): (i64, i64)| Outcomes {
        converted,
        expired: decided - converted,
        open: 0,
    };
    Stratum { exposed: group(exposed), others: group(others) }
}

#[test]
fn kidney_stones_are_weighed_by_their_size() {
    // Charig, Webb, Payne and Wickham (1986): open surgery beside the new one, small and large
    // stones. Better in each, worse in one pot.
    let strata = [stratum((81, 87), (234, 270)), stratum((192, 263), (55, 80))];
    let pot = Contrast::of(&[stratum((273, 350), (289, 350))]).expect("both groups");
    is_near(pot.ratio.expect("a ratio").value, 273.0 / 289.0, 1e-12);
    let found = Contrast::of(&strata).expect("both groups");
    // 357 and 343 of 700 weigh 0.51 and 0.49.
    is_near(found.exposed, 0.51 * 81.0 / 87.0 + 0.49 * 192.0 / 263.0, 1e-12);
    is_near(found.others, 0.51 * 234.0 / 270.0 + 0.49 * 55.0 / 80.0, 1e-12);
    // By the formula of Mantel and Haenszel: (81·270/357 + 192·80/343) / (234·87/357 + 55·263/343).
    let pooled = found.pooled.expect("a ratio");
    let expected = (81.0 * 270.0 / 357.0 + 192.0 * 80.0 / 343.0)
        / (234.0 * 87.0 / 357.0 + 55.0 * 263.0 / 343.0);
    is_near(pooled.value, expected, 1e-12);
    // The interval by the published formula, reckoned in Python.
    is_near(pooled.interval.low, 0.984_975_579_708, 1e-11);
    is_near(pooled.interval.high, 1.160_192_549_452, 1e-11);
    assert_eq!((found.compared, found.left_out, found.open), (700, 0, 0));
}

#[test]
fn a_stratum_with_one_group_alone_is_left_out_and_said_so() {
    let mut alone = stratum((3, 9), (0, 0));
    alone.others.open = 4;
    let found = Contrast::of(&[stratum((5, 10), (2, 10)), alone]).expect("both groups");
    assert_eq!((found.compared, found.left_out, found.open), (20, 9, 4));
    is_near(found.difference.value, 0.3, 1e-12);
    assert_eq!(Contrast::of(&[alone]), None);
    let never = Contrast::of(&[stratum((0, 10), (2, 10))]).expect("both groups");
    assert_eq!((never.ratio, never.pooled), (None, None));
    assert!(never.difference.interval.high < 0.1, "{never:?}");
}

#[test]
fn what_would_explain_a_ratio_away_is_as_published() {
    // VanderWeele and Ding (2017): breast feeding, 3.9 (1.8 to 8.7), 7.26 and 3.0; its mirror.
    let ratio = |value, low, high| Figure { value, interval: Interval { low, high } };
    for (ratio, point, limit) in [
        (ratio(3.9, 1.8, 8.7), 7.26, 3.0),
        (ratio(1.0 / 3.9, 1.0 / 8.7, 1.0 / 1.8), 7.26, 3.0),
        (ratio(1.5, 0.9, 2.5), 2.37, 1.0),
        (ratio(0.8, 0.5, 1.3), 1.81, 1.0),
        (ratio(1.0, 0.9, 1.1), 1.0, 1.0),
    ] {
        let found = Confounding::of(&ratio);
        is_near(found.point, point, 0.005);
        is_near(found.limit, limit, 0.005);
    }
}

#[test]
fn who_is_lost_cannot_convert_and_who_is_open_counts_as_long_as_seen() {
    let age = |converted, lost, open| Age { converted, lost, open };
    // 0.2 + 0.7 · 1/6 + 0.35 · 1/2.
    let found = incidence(&[age(2, 1, 1), age(1, 2, 1), age(1, 1, 0)]).expect("somebody");
    is_near(found.value, 0.2 + 0.7 / 6.0 + 0.175, 1e-12);
    assert!(found.interval.has(found.value));
    // Nobody open: the share, with its own standard error.
    let found = incidence(&[age(2, 1, 0), age(0, 0, 0), age(4, 3, 0)]).expect("somebody");
    is_near(found.value, 0.6, 1e-12);
    is_near(found.interval.high - found.value, 1.959_963_984_540_054 * 0.024_f64.sqrt(), 1e-12);
    assert_eq!(incidence(&[]), None);
}
