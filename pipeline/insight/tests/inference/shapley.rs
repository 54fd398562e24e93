//! Shapley values by all orders of joining, and by what is known of games.

use crate::is_near;
use insight::inference::{Coalitions, shapley};

/// Sets of five channels with conversions and paths.
fn coalitions() -> Coalitions {
    let mut coalitions = Coalitions::default();
    for (set, converted, paths) in [
        (0b00001, 3, 40),
        (0b00011, 9, 30),
        (0b00110, 4, 11),
        (0b10000, 0, 25),
        (0b11001, 7, 12),
        (0b11111, 2, 2),
        (0b01000, 1, 90),
    ] {
        coalitions.add(set, converted, paths);
    }
    coalitions
}

#[test]
fn conversions_are_shared_alike_by_the_channels_of_a_path() {
    let coalitions = coalitions();
    let worths = shapley(5, |set| coalitions.conversions(set), 0, 0).expect("values");
    let expected = [
        3.0 + 4.5 + 7.0 / 3.0 + 0.4,
        4.5 + 2.0 + 0.4,
        2.0 + 0.4,
        7.0 / 3.0 + 0.4 + 1.0,
        7.0 / 3.0 + 0.4,
    ];
    for (worth, expected) in worths.iter().zip(expected) {
        is_near(worth.value, expected, 1e-12);
        assert_eq!(worth.error, 0.0);
    }
}

/// Every order in which players may join, one after the other.
fn orders(left: &[usize]) -> Vec<Vec<usize>> {
    if left.is_empty() {
        return vec![Vec::new()];
    }
    let first = |player: &usize| {
        let rest: Vec<usize> = left.iter().copied().filter(|other| other != player).collect();
        let begin = move |mut order: Vec<usize>, player: usize| {
            order.insert(0, player);
            order
        };
        orders(&rest).into_iter().map(move |order| begin(order, *player)).collect::<Vec<_>>()
    };
    left.iter().flat_map(first).collect()
}

#[test]
fn rates_are_shared_by_the_mean_over_all_orders() {
    let coalitions = coalitions();
    let orders = orders(&[0, 1, 2, 3, 4]);
    assert_eq!(orders.len(), 120);
    let mut expected = [0.0; 5];
    for order in &orders {
        let mut set = 0;
        for player in order {
            let before = coalitions.rate(set);
            set |= 1 << player;
            expected[*player] += (coalitions.rate(set) - before) / 120.0;
        }
    }
    let worths = shapley(5, |set| coalitions.rate(set), 0, 0).expect("values");
    for (worth, expected) in worths.iter().zip(expected) {
        is_near(worth.value, expected, 1e-12);
    }
    let sum: f64 = worths.iter().map(|worth| worth.value).sum();
    is_near(sum, coalitions.rate(0b11111) - coalitions.rate(0), 1e-12);
}

#[test]
fn what_is_expected_without_others_is_shared_and_adds_up_to_the_conversions() {
    // ads alone 1 of 10, chat alone 1 of 4, both 2 of 6.
    let mut coalitions = Coalitions::default();
    for (set, converted, paths) in [(0b01, 1, 10), (0b10, 1, 4), (0b11, 2, 6)] {
        coalitions.add(set, converted, paths);
    }
    let (ads, chat) = (1.0 + 6.0 * 0.1, 1.0 + 6.0 * 0.25);
    is_near(coalitions.expected(0b01), ads, 1e-12);
    is_near(coalitions.expected(0b10), chat, 1e-12);
    is_near(coalitions.expected(0b11), 4.0, 1e-12);
    is_near(coalitions.expected(0), 0.0, 1e-12);
    let worths = shapley(2, |set| coalitions.expected(set), 0, 0).expect("values");
    is_near(worths[0].value, 0.5 * ads + 0.5 * (4.0 - chat), 1e-12);
    is_near(worths[1].value, 0.5 * chat + 0.5 * (4.0 - ads), 1e-12);
}

#[test]
fn drawn_values_lie_near_the_exact_ones_by_their_own_error() {
    // Sixteen players, the last eleven of whom bring nothing.
    let coalitions = coalitions();
    let exact = shapley(5, |set| coalitions.rate(set), 0, 0).expect("values");
    let drawn = shapley(16, |set| coalitions.rate(set), 2_000, 7).expect("values");
    for (exact, drawn) in exact.iter().zip(&drawn) {
        assert!(0.0 < drawn.error && drawn.error < 0.005, "{drawn:?}");
        is_near(drawn.value, exact.value, 4.0 * drawn.error);
    }
    assert!(drawn[5..].iter().all(|worth| worth.value == 0.0 && worth.error == 0.0));
    assert_eq!(shapley(16, |set| coalitions.rate(set), 2_000, 7), Some(drawn.clone()));
    assert_ne!(shapley(16, |set| coalitions.rate(set), 2_000, 8), Some(drawn));
    assert_eq!(shapley(65, |_| 0.0, 10, 1), None);
}
