//! Patterns by published and independently reckoned figures.

use crate::is_near;
use insight::inference::{Pattern, Prior, adjusted, fisher, walked};

fn pattern(steps: &[u16], reached: (i64, i64), others: (i64, i64)) -> Pattern {
    Pattern { steps: steps.to_vec(), reached, others }
}

#[test]
fn chances_are_those_of_scipy() {
    // scipy 1.17.1, stats.fisher_exact and stats.false_discovery_control.
    for (one, other, chance) in [
        ((3, 10), (1, 12), 0.293_233_082_706_766_9),
        ((8, 50), (20, 400), 0.007_201_994_092_357_3),
        ((0, 20), (9, 30), 0.007_285_848_354_318_9),
        ((120, 1_000), (240, 3_000), 0.000_205_815_420_760_8),
        ((5, 5), (0, 5), 0.007_936_507_936_507_9),
        ((4_000, 20_000), (3_800, 20_000), 0.012_023_733_198_273_6),
        ((0, 0), (3, 9), 1.0),
        ((4, 3), (3, 9), 1.0),
    ] {
        is_near(fisher(one, other), chance, 1e-9 * chance);
        is_near(fisher(other, one), chance, 1e-9 * chance);
    }
    let found = adjusted(&[0.01, 0.04, 0.03, 0.005, 0.2, 0.9, 0.5]);
    let expected = [0.035, 0.07, 0.07, 0.035, 0.28, 0.9, 0.583_333_333_333];
    for (found, expected) in found.iter().zip(expected) {
        is_near(*found, expected, 1e-11);
    }
}

#[test]
fn a_prior_is_that_of_the_moments() {
    // By the formula, in Python.
    let prior = Prior::of(&[(10, 100), (30, 100), (5, 60), (40, 200)]);
    is_near(prior.mean, 0.184_782_608_695_652, 1e-12);
    is_near(prior.weight, 20.261_874_991_943_7, 1e-9);
    is_near(prior.rate((10, 100)), (10.0 + 20.261_874_99 * 0.184_782_61) / 120.261_874_99, 1e-8);
    // Rates that do not differ are one rate, and of one group nothing is known beforehand.
    let alike = Prior::of(&[(10, 100), (11, 100)]);
    assert_eq!((alike.mean, alike.weight), (0.105, f64::INFINITY));
    assert_eq!(alike.rate((10, 100)), 0.105);
    assert_eq!(Prior::of(&[(3, 10)]).rate((3, 10)), 0.3);
}

#[test]
fn of_patterns_that_say_the_same_of_the_same_people_the_longest_is_kept() {
    let others = (30, 300);
    let batch = [
        pattern(&[1, 3], (20, 100), others),
        pattern(&[1, 2, 3], (20, 100), others),
        pattern(&[3, 1], (20, 100), others),
        pattern(&[2], (21, 100), others),
        pattern(&[4], (5, 9), others),
        pattern(&[5], (12, 100), (0, 0)),
    ];
    let found = walked(&batch, 10);
    let steps: Vec<&[u16]> = found.iter().map(|walked| &*walked.pattern.steps).collect();
    // Adjusted, the three are equally surprising.
    assert_eq!(steps, [&[1, 2, 3][..], &[2], &[3, 1]]);
    let chance = fisher((20, 100), others);
    is_near(found[0].chance, chance, 1e-12);
    // All three have the same rate but for one customer: what is lucky is not kept.
    is_near(found[1].difference.value, 0.11, 1e-12);
    is_near(found[1].shrunk, 61.0 / 300.0 - 0.1, 1e-12);
}

#[test]
fn a_difference_has_newcombes_interval() {
    // Newcombe, Statistics in Medicine 17 (1998), 873–890, table II, method 10.
    for (one, other, low, high) in [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((0, 10), (0, 20), -0.1611, 0.2775),
    ] {
        let found = walked(&[pattern(&[1], one, other)], 1);
        is_near(found[0].difference.interval.low, low, 5e-5);
        is_near(found[0].difference.interval.high, high, 5e-5);
    }
}
