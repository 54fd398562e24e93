//! Two groups and sums of money, looked at again and again, that do not differ.

use crate::chance::Chance;
use crate::{at_most, each, worlds};
use insight::inference::{difference, fisher, watched_mean};

#[test]
fn two_groups_that_are_alike_are_seldom_ever_said_to_differ() {
    let (mut watched_wrong, mut once_wrong) = (0, 0);
    for mut chance in each(150) {
        let (mut one, mut other) = ((0, 0), (0, 0));
        let (mut is_watched_wrong, mut is_once_wrong) = (false, false);
        // Every two weeks for a year, 40 and 100 leads.
        for _ in 0..26 {
            one = (one.0 + chance.binomial(40, 0.12), one.1 + 40);
            other = (other.0 + chance.binomial(100, 0.12), other.1 + 100);
            let found = difference(one, other, 0.05).expect("a difference");
            is_watched_wrong |= !found.interval.has(0.0);
            is_once_wrong |= fisher(one, other) < 0.05;
        }
        watched_wrong += u64::from(is_watched_wrong);
        once_wrong += u64::from(is_once_wrong);
    }
    eprintln!("differ at some time: {watched_wrong} watched, {once_wrong} by a test at each look");
    at_most(watched_wrong, worlds(150), 0.05);
    // The exact test of one look says so in more than one of ten.
    assert!(once_wrong * 10 > worlds(150), "{once_wrong}");
}

/// What a lead brings: nothing, or an amount of which some are large.
fn money(chance: &mut Chance) -> f64 {
    if chance.happens(0.8) {
        return 0.0;
    }
    // The sum of twelve less six is nearly normal.
    let normal = (0..12).map(|_| chance.unit()).sum::<f64>() - 6.0;
    100.0 * (0.7 * normal).exp()
}

#[test]
fn a_watched_mean_of_money_is_wrong_at_some_time_in_one_year_of_twenty_at_most() {
    let mut chance = Chance::new(5, 5);
    let truth = (0..4_000_000).map(|_| money(&mut chance)).sum::<f64>() / 4e6;
    let (mut watched_wrong, mut once_wrong) = (0, 0);
    for mut chance in each(400) {
        let (mut sum, mut squares) = (0.0, 0.0);
        let (mut is_watched_wrong, mut is_once_wrong) = (false, false);
        for count in 1..=7_300_i64 {
            let amount = money(&mut chance);
            sum += amount;
            squares += amount * amount;
            // From 300 leads on, every evening of 20.
            if count < 300 || count % 20 != 0 {
                continue;
            }
            let n = count as f64;
            let mean = sum / n;
            let error = ((squares / n - mean * mean) / n).sqrt();
            let watched = watched_mean(mean, error, count, 1_000, 0.05).expect("an interval");
            is_watched_wrong |= !watched.has(truth);
            is_once_wrong |= (mean - truth).abs() > 1.96 * error;
        }
        watched_wrong += u64::from(is_watched_wrong);
        once_wrong += u64::from(is_once_wrong);
    }
    eprintln!("wrong at some time: {watched_wrong} watched, {once_wrong} for one look");
    at_most(watched_wrong, worlds(400), 0.05);
    assert!(once_wrong * 5 > worlds(400), "{once_wrong}");
}
