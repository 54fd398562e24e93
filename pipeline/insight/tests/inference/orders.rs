//! Orders of steps: by hand, and as they are defined, lead by lead.

use crate::is_near;
use insight::inference::{
    Beginning, Figure, Interval, Order, Outcomes, Spread, SpreadContrast, chance, share_of_growing,
    shrunk,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn beginning(steps: &[u16], channel: u16, converted: i64, expired: i64, open: i64) -> Beginning {
    let outcomes = Outcomes { converted, expired, open };
    Beginning { steps: steps.to_vec(), channel, outcomes, money: Spread::default() }
}

/// Two channels; of the first nobody took step 3 without step 1 before it.
fn by_hand() -> Vec<Beginning> {
    vec![
        beginning(&[1, 2, 3], 0, 30, 70, 0),
        beginning(&[2, 1, 3], 0, 10, 90, 0),
        beginning(&[1, 3], 0, 20, 80, 0),
        beginning(&[4], 0, 5, 45, 0),
        beginning(&[1, 2], 1, 12, 28, 0),
        beginning(&[2, 1], 1, 6, 34, 0),
        beginning(&[1], 1, 10, 50, 7),
    ]
}

#[test]
fn orders_are_compared_within_channel_and_number_of_steps() {
    let orders = Order::family(&by_hand(), 40, None);
    let found = orders.tried.iter().find(|order| order.steps == [1, 2]).expect("an order");
    assert_eq!(found.pot.exposed, Outcomes { converted: 42, expired: 98, open: 0 });
    assert_eq!(found.pot.others, Outcomes { converted: 51, expired: 299, open: 7 });
    // 200 with three steps on one channel, 80 with two on the other.
    let contrast = found.contrast.expect("both groups");
    is_near(contrast.exposed, 0.3, 1e-12);
    is_near(contrast.others, (200.0 * 0.1 + 80.0 * 0.15) / 280.0, 1e-12);
    assert_eq!((contrast.compared, contrast.left_out, contrast.open), (280, 210, 7));
    // Nobody else there took both, so beside another order it is the same.
    assert_eq!(found.reordered.expect("another order").difference, contrast.difference);
    assert_eq!(found.money, None);
    // One step has no other order.
    let one = orders.tried.iter().find(|order| order.steps == [1]).expect("a step");
    assert_eq!(one.reordered, None);
}

#[test]
fn an_order_that_a_longer_one_tells_as_well_and_a_rare_one_are_not_tried() {
    let tried = |floor| {
        let orders = Order::family(&by_hand(), floor, None);
        let mut steps: Vec<Vec<u16>> = orders.tried.into_iter().map(|order| order.steps).collect();
        steps.sort();
        (steps, orders.most)
    };
    // 3 is where 1, then 3 is, and nowhere else; of 497 entries 447 took 1.
    let all: [&[u16]; 9] =
        [&[1], &[1, 2], &[1, 2, 3], &[1, 3], &[2], &[2, 1], &[2, 1, 3], &[2, 3], &[4]];
    let (found, most) = tried(40);
    assert_eq!(found, all);
    assert_eq!(most, 217, "2 by 280, and 217 without it");
    assert_eq!(tried(101).0, [&[1, 2][..], &[1, 3], &[2], &[2, 1], &[2, 3]]);
    assert_eq!(tried(218), (Vec::new(), 217));
    assert_eq!(Order::family(&[], 1, None).tried, []);
}

#[test]
fn what_is_open_and_what_became_of_it_do_not_choose_what_is_tried() {
    let steps = |turn: &dyn Fn(Outcomes) -> Outcomes| {
        let mut beginnings = by_hand();
        beginnings.iter_mut().for_each(|it| it.outcomes = turn(it.outcomes));
        let orders = Order::family(&beginnings, 40, None).tried;
        orders.into_iter().map(|order| order.steps).collect::<Vec<_>>()
    };
    let all = |it: Outcomes| it.converted + it.expired + it.open;
    let open = |it| Outcomes { converted: 0, expired: 0, open: all(it) };
    let converted = |it| Outcomes { converted: all(it), expired: 0, open: 0 };
    assert_eq!(steps(&open), steps(&|it| it));
    assert_eq!(steps(&converted), steps(&|it| it));
}

/// What a lead did, by its channel.
type Lead = (Vec<u16>, u16, u8);

fn has(steps: &[u16], order: &[u16]) -> bool {
    let mut steps = steps.iter();
    order.iter().all(|step| steps.any(|other| other == step))
}

/// Every order of one to three of six steps.
fn every_order() -> Vec<Vec<u16>> {
    let mut orders = vec![Vec::new()];
    for length in 0..3 {
        let longest = orders.iter().filter(|order: &&Vec<u16>| order.len() == length);
        let longest: Vec<Vec<u16>> = longest.cloned().collect();
        for order in longest {
            let more = (0..6).filter(|step| !order.contains(step));
            orders.extend(more.map(|step| [&order[..], &[step]].concat()));
        }
    }
    orders.remove(0);
    orders
}

/// Entries of an order by the definition: lead by lead.
fn defined(leads: &[Lead], order: &[u16]) -> (Outcomes, i64) {
    let (mut sums, mut entries) = (Outcomes::default(), 0);
    for (steps, _, outcome) in leads.iter().filter(|(steps, ..)| has(steps, order)) {
        assert!(steps.len() <= 5);
        entries += 1;
        match outcome {
            0 => sums.converted += 1,
            1 => sums.expired += 1,
            _ => sums.open += 1,
        }
    }
    (sums, entries)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_is_tried_and_who_took_it_is_as_it_is_defined(
        leads in prop::collection::vec((Just(()), 0_u16..3, 0_u8..3), 0..60),
        shuffles in prop::collection::vec(
            (Just(vec![0_u16, 1, 2, 3, 4, 5]).prop_shuffle(), 1_usize..6), 60),
        floor in 1_i64..8,
    ) {
        let leads: Vec<Lead> = leads
            .into_iter()
            .zip(shuffles)
            .map(|(((), channel, outcome), (steps, length))| {
                (steps[..length].to_vec(), channel, outcome)
            })
            .collect();
        let beginnings: Vec<Beginning> = leads
            .iter()
            .map(|(steps, channel, outcome)| {
                let of = |which: u8| i64::from(*outcome == which);
                beginning(steps, *channel, of(0), of(1), of(2))
            })
            .collect();
        let orders = Order::family(&beginnings, floor, None);
        let found: BTreeMap<Vec<u16>, Outcomes> =
            orders.tried.iter().map(|order| (order.steps.clone(), order.pot.exposed)).collect();
        let every = every_order();
        let mut expected = BTreeMap::new();
        for order in &every {
            let (sums, entries) = defined(&leads, order);
            let longer = every.iter().filter(|longer| longer.len() > order.len());
            let mut longer = longer.filter(|longer| has(longer, order));
            let is_told = longer.any(|longer| defined(&leads, longer).1 == entries);
            let others = leads.len() as i64 - entries;
            if entries.min(others) >= floor && !is_told {
                expected.insert(order.clone(), sums);
            }
        }
        prop_assert_eq!(found, expected);
        for order in &orders.tried {
            // Those of another order, by their definition as well.
            let same = |steps: &[u16]| order.steps.iter().all(|step| steps.contains(step));
            let is_decided = |lead: &&Lead| same(&lead.0) && lead.2 < 2;
            let places = |is_exposed: bool| {
                let leads = leads.iter().filter(is_decided);
                let leads = leads.filter(move |lead| has(&lead.0, &order.steps) == is_exposed);
                leads.map(|lead| (lead.1, lead.0.len())).collect::<Vec<_>>()
            };
            let (exposed, others) = (places(true), places(false));
            let compared = exposed.iter().filter(|place| others.contains(place)).count()
                + others.iter().filter(|place| exposed.contains(place)).count();
            let found = order.reordered.map_or(0, |contrast| contrast.compared);
            prop_assert_eq!(found, compared as i64);
        }
    }
}

#[test]
fn money_has_the_error_that_powers_of_two_allow() {
    let side =
        |all, count: i64, each: f64, bound| (all, Spread::below(count, count as f64 * each, bound));
    let strata = [
        [side(100, 20, 1_500.0, 2_048.0), side(200, 20, 1_200.0, 2_048.0)],
        [side(50, 5, 3_000.0, 4_096.0), side(50, 2, 5_000.0, 8_192.0)],
        [side(70, 9, 900.0, 1_024.0), side(0, 0, 0.0, 0.0)],
    ];
    // By the formulas, in Python; the third stratum has one group alone.
    let found = SpreadContrast::of(&strata).expect("enough purchases");
    is_near(found.exposed, 300.0, 1e-9);
    is_near(found.others, 140.0, 1e-9);
    is_near(found.error, 83.797_076_321_313_27, 1e-9);
    is_near(found.purchases, 0.09, 1e-12);
    assert_eq!(found.compared, 400);
    // What a purchase is worth beyond makes each more, and is not known to the cent.
    let beyond = strata.map(|sides| sides.map(|(all, spread)| (all, spread.with_each(1_000.0))));
    let lifetime = SpreadContrast::of(&beyond).expect("enough purchases");
    is_near(lifetime.exposed - lifetime.others, 160.0 + 0.09 * 1_000.0, 1e-9);
    let width = |of_each| lifetime.watched(of_each, 0.05).expect("an interval").interval.width();
    assert!(width(500.0) > width(0.0));
    assert_eq!(SpreadContrast::of(&strata[1..]), None, "two purchases tell nothing");
}

#[test]
fn differences_are_drawn_toward_none_by_what_chance_makes_of_the_batch() {
    let figure = |value, low, high| Figure { value, interval: Interval { low, high } };
    // By the formula, in Python.
    let batch = [
        figure(0.10, 0.04, 0.16),
        figure(0.02, -0.04, 0.08),
        figure(-0.05, -0.09, -0.01),
        figure(0.20, 0.0, 0.4),
    ];
    let expected = [0.079_606_495_52, 0.015_921_299_1, -0.044_889_054, 0.051_996_236_58];
    for (found, expected) in shrunk(&batch).into_iter().zip(expected) {
        is_near(found, expected, 1e-9);
    }
    // A batch no further apart than chance makes it is chance, and the best of it too.
    assert_eq!(shrunk(&[figure(0.01, -0.05, 0.07), figure(-0.02, -0.08, 0.04)]), [0.0, 0.0]);
    assert_eq!(shrunk(&[]), [0.0; 0]);
    is_near(chance(&batch[0]), 0.001_088_448_042, 1e-12);
    assert_eq!(chance(&figure(0.0, 0.0, 0.0)), 1.0);
}

#[test]
fn the_errors_of_a_list_that_grows_add_up_to_what_was_allowed() {
    for (tried, share) in
        [(0, 0.030_396_355), (1, 0.030_396_355), (2, 0.003_799_544), (3, 0.000_844_343)]
    {
        is_near(share_of_growing(0.05, tried), share, 1e-9);
    }
    assert_eq!(share_of_growing(0.05, 3), share_of_growing(0.05, 4));
    is_near(share_of_growing(0.05, 100), 3.710_492_565e-6, 1e-15);
    // Whatever has been tried at one level, of those that were ever reached.
    let levels = (0..40).map(|power| share_of_growing(0.05, 1 << power) * 2_f64.powi(power));
    assert!(levels.sum::<f64>() <= 0.05);
}
