//! Removal effects by hand-sized cases, by another way of solving, and by the paths themselves.

use crate::is_near;
use insight::inference::{Chain, Node, Removal, Unsolved};
use proptest::prelude::*;
use std::collections::BTreeMap;

type Path = (Vec<u16>, bool);

fn chain(order: usize, paths: &[Path]) -> Chain {
    let mut chain = Chain::default();
    for (touches, is_converted) in paths {
        chain.add_path(order, touches, *is_converted, 1);
    }
    chain
}

#[track_caller]
fn check(order: usize, paths: &[(&[u16], bool)], rate: f64, expected: &[(f64, f64)]) {
    let paths: Vec<Path> = paths.iter().map(|(touches, won)| (touches.to_vec(), *won)).collect();
    let removal = chain(order, &paths).removal().expect("a solution");
    is_near(removal.rate, rate, 1e-15);
    assert_eq!(removal.channels.len(), expected.len());
    for (channel, (share, credit)) in removal.channels.iter().zip(expected) {
        is_near(channel.share, *share, 1e-15);
        is_near(channel.credit, *credit, 1e-15);
    }
}

#[test]
fn hand_sized_cases_are_exact() {
    let three: &[(&[u16], bool)] = &[(&[1, 2, 3], true), (&[1], false), (&[2, 3], false)];
    check(1, three, 1.0 / 3.0, &[(0.5, 0.2), (1.0, 0.4), (1.0, 0.4)]);
    // A>B>A>B>B>A, A>B>B>A>A, A>A: the simulating package says 1.991 and 1.009.
    let two: &[(&[u16], bool)] =
        &[(&[1, 2, 1, 2, 2, 1], true), (&[1, 2, 2, 1, 1], true), (&[1, 1], true)];
    check(1, two, 1.0, &[(1.0, 2.0), (0.5, 1.0)]);
    // At order 3 the chain knows the whole of these paths: 2 and 3 stand in the one that converts.
    check(3, three, 1.0 / 3.0, &[(1.0, 1.0 / 3.0), (1.0, 1.0 / 3.0), (1.0, 1.0 / 3.0)]);
}

#[test]
fn what_comes_before_matters_only_to_higher_orders() {
    // 3 converts after 1 and never after 2.
    let paths: &[(&[u16], bool)] =
        &[(&[1, 3], true), (&[1, 3], true), (&[2, 3], false), (&[2, 3], false)];
    check(1, paths, 0.5, &[(0.5, 0.5), (0.5, 0.5), (1.0, 1.0)]);
    check(2, paths, 0.5, &[(1.0, 1.0), (0.0, 0.0), (1.0, 1.0)]);
}

#[test]
fn a_chain_without_anything_to_credit_or_out_of_balance_says_so() {
    use Node::{Conversion, Null, Start, Touch};
    assert_eq!(Chain::default().removal(), Err(Unsolved::NothingToCredit));
    let nobody = chain(1, &[(vec![1], false)]);
    assert_eq!(nobody.removal(), Err(Unsolved::NothingToCredit));
    let untouched = chain(1, &[(vec![], true), (vec![1], false)]);
    assert_eq!(untouched.removal(), Err(Unsolved::NothingToCredit));
    let mistakes: [(Node, Node, i64); 4] = [
        (Touch(vec![1]), Conversion, 1),
        (Conversion, Null, 1),
        (Touch(vec![1]), Start, 1),
        (Start, Touch(vec![1]), -3),
    ];
    for (from, to, count) in mistakes {
        let mut chain = chain(1, &[(vec![1], true)]);
        chain.add(from.clone(), to.clone(), count);
        assert_eq!(chain.removal(), Err(Unsolved::Unbalanced), "{from:?} to {to:?}");
    }
    let mut large = Chain::default();
    (0..=Chain::NODES_MAX as u16).for_each(|channel| large.add_path(1, &[channel], true, 1));
    assert_eq!(large.removal(), Err(Unsolved::TooLarge));
}

/// The probability of a conversion without a channel, by Gaussian elimination with partial
/// pivoting on (I - Q) h = r.
fn solved(paths: &[Path], without: Option<u16>) -> f64 {
    let mut steps: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    const START: usize = 8;
    const WON: usize = 9;
    const LOST: usize = 10;
    for (touches, is_converted) in paths {
        let ends = [if *is_converted { WON } else { LOST }];
        let nodes = [START].into_iter().chain(touches.iter().map(|t| usize::from(*t))).chain(ends);
        let nodes: Vec<usize> = nodes.collect();
        nodes.windows(2).for_each(|step| *steps.entry((step[0], step[1])).or_default() += 1.0);
    }
    let mut rows = vec![[0.0; 10]; 9];
    for (node, row) in rows.iter_mut().enumerate() {
        row[node] = 1.0;
        let all: f64 = steps.iter().filter(|((from, _), _)| *from == node).map(|(_, n)| n).sum();
        if all == 0.0 || without == Some(node as u16) {
            continue;
        }
        for ((_, to), count) in steps.iter().filter(|((from, to), _)| *from == node && *to <= 8) {
            row[*to] -= count / all;
        }
        row[9] = steps.get(&(node, WON)).unwrap_or(&0.0) / all;
    }
    for column in 0..9 {
        let size = |row: &usize| rows[*row][column].abs();
        let pivot = (column..9).max_by(|a, b| size(a).total_cmp(&size(b))).expect("a row");
        rows.swap(column, pivot);
        let of_pivot = rows[column];
        for (at, row) in rows.iter_mut().enumerate().filter(|(at, _)| *at != column) {
            let factor = row[column] / of_pivot[column];
            (0..10).for_each(|cell| row[cell] -= factor * of_pivot[cell]);
            assert!(row[column].abs() < 1e-9, "{at}");
        }
    }
    rows[START][9] / rows[START][START]
}

fn paths() -> impl Strategy<Value = Vec<Path>> {
    let path = (prop::collection::vec(0_u16..6, 1..7), any::<bool>());
    prop::collection::vec(path, 1..40)
        .prop_filter("a conversion", |paths| paths.iter().any(|p| p.1))
}

fn same(one: &Removal, other: &Removal) -> bool {
    let pairs = one.channels.iter().zip(&other.channels);
    one.channels.len() == other.channels.len()
        && pairs.into_iter().all(|(a, b)| (a.share - b.share).abs() < 1e-12)
}

proptest! {
    #[test]
    fn the_shares_are_those_of_a_linear_solve(paths in paths()) {
        let removal = chain(1, &paths).removal().expect("a solution");
        let whole = solved(&paths, None);
        prop_assert!((removal.rate - whole).abs() < 1e-12);
        for channel in &removal.channels {
            let expected = 1.0 - solved(&paths, Some(channel.channel)) / whole;
            prop_assert!((channel.share - expected).abs() < 1e-9, "{channel:?} {expected}");
        }
    }

    #[test]
    fn at_every_order_the_rate_is_that_of_the_paths_and_credits_add_up(
        paths in paths(),
        order in 1_usize..=3,
    ) {
        let removal = chain(order, &paths).removal().expect("a solution");
        let conversions = paths.iter().filter(|path| path.1).count() as f64;
        prop_assert!((removal.rate - conversions / paths.len() as f64).abs() < 1e-12);
        let credits: f64 = removal.channels.iter().map(|channel| channel.credit).sum();
        prop_assert!((credits - conversions).abs() < 1e-9);
    }

    #[test]
    fn a_chain_that_remembers_everything_removes_the_conversions_that_touch(paths in paths()) {
        let removal = chain(6, &paths).removal().expect("a solution");
        let won: Vec<&Path> = paths.iter().filter(|path| path.1).collect();
        for channel in &removal.channels {
            let touching = won.iter().filter(|path| path.0.contains(&channel.channel)).count();
            let expected = touching as f64 / won.len() as f64;
            prop_assert!((channel.share - expected).abs() < 1e-12, "{channel:?} {expected}");
        }
    }

    #[test]
    fn what_is_gone_over_is_what_is_solved(paths in paths(), order in 1_usize..=3) {
        let chain = chain(order, &paths);
        let (solved, nearly) = (chain.removal(), chain.removal_nearly());
        let (solved, nearly) = (solved.expect("a solution"), nearly.expect("a solution"));
        prop_assert!((solved.rate - nearly.rate).abs() < 1e-9);
        for (one, other) in solved.channels.iter().zip(&nearly.channels) {
            prop_assert!((one.share - other.share).abs() < 1e-9, "{one:?} {other:?}");
        }
    }

    #[test]
    fn repeats_change_nothing_at_order_one(paths in paths()) {
        let collapsed: Vec<Path> = paths
            .iter()
            .map(|(touches, won)| {
                let mut touches = touches.clone();
                touches.dedup();
                (touches, *won)
            })
            .collect();
        let one = chain(1, &paths).removal().expect("a solution");
        let other = chain(1, &collapsed).removal().expect("a solution");
        prop_assert!(same(&one, &other), "{one:?} {other:?}");
    }

    #[test]
    fn paths_that_are_taken_back_leave_no_trace(paths in paths(), more in paths()) {
        let expected = chain(2, &paths).removal();
        let mut chain = chain(2, &paths);
        for sign in [1, -1] {
            for (touches, won) in &more {
                chain.add_path(2, touches, *won, sign);
            }
        }
        // Channels that only the others touched are left with nothing.
        let mut found = chain.removal().expect("a solution");
        found.channels.retain(|channel| {
            paths.iter().any(|path| path.0.contains(&channel.channel))
        });
        prop_assert!(same(&found, &expected.expect("a solution")));
    }
}
