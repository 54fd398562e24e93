//! What purchases are worth, and customers, by the published figures of CDNOW.

use crate::cdnow::cdnow;
use crate::is_near;
use insight::lifetime::{
    Customers, Days, Discount, Fit, Horizon, Model, Spend, SpendingFit, Unfit, worth,
};

fn spends() -> Vec<Spend> {
    cdnow().iter().map(|customer| customer.known.spend()).collect()
}

fn fit() -> SpendingFit {
    SpendingFit::of(&spends()).expect("a fit")
}

#[test]
fn gamma_gamma_of_cdnow_is_the_published_one() {
    let fit = fit();
    is_near(fit.spending.p, 6.248_802, 2e-3);
    is_near(fit.spending.q, 3.744_588, 5e-4);
    is_near(fit.spending.v / 100.0, 15.447_748, 5e-3);
    assert_eq!(fit.customers, 946);
    is_near(fit.correlation, 0.113_884, 1e-6);
}

#[test]
fn what_a_purchase_is_worth_is_what_others_reckon() {
    let fit = fit().spending;
    let [same, other] = [35.170_981, 18.911_489];
    let known = [24.658_619, other, same, same, same, 71.462_843, other, same, 27.282_408, same];
    for (customer, expected) in cdnow().iter().zip(known) {
        is_near(fit.expected(&customer.known.spend()) / 100.0, expected, 2e-3);
    }
    let all: f64 = spends().iter().map(|spend| fit.expected(spend) / 100.0).sum();
    is_near(all / 2_357.0, 35.252_958_8, 2e-3);
}

#[test]
fn lifetime_value_has_the_right_unit_and_the_wrong_one_is_eight_times_as_much() {
    let purchasing = Fit::of(Model::BgNbd, &crate::cdnow::histories()).expect("a fit").purchasing;
    let spending = fit().spending;
    let year = |days: f64| Horizon {
        months: 12,
        month: Days(days),
        discount: Discount::per_month(0.01).expect("a rate"),
    };
    let of = |customer: &Customers, horizon: &Horizon| {
        worth(&purchasing, &spending, customer, horizon).expect("a number") / 100.0
    };
    // A month of 4.345 weeks.
    let right = [36.278_5, 4.637_5, 8.344_1, 8.344_1, 8.344_1, 283.523_6, 6.881_4, 8.344_1];
    // The documented example takes weeks for days: a month of thirty weeks.
    let wrong = [140.096_211, 18.943_467, 38.180_574, 38.180_574, 38.180_574, 1_003.868_107];
    let (weeks, days) = (year(4.345 * 7.0), year(30.0 * 7.0));
    for (customer, expected) in cdnow().iter().zip(right) {
        is_near(of(&customer.known, &weeks), expected, 1e-3 * expected);
    }
    for (customer, expected) in cdnow().iter().zip(wrong) {
        is_near(of(&customer.known, &days), expected, 1e-3 * expected);
    }
    let all = |horizon| cdnow().iter().map(|it| of(&it.known, horizon)).sum::<f64>();
    is_near(all(&weeks), 71_509.90, 30.0);
    is_near(all(&days), 266_621.60, 100.0);
}

#[test]
fn interest_of_a_year_is_that_of_twelve_months() {
    let horizon = |discount| Horizon { discount, ..Horizon::YEAR };
    let purchasing = Fit::of(Model::BgNbd, &crate::cdnow::histories()).expect("a fit").purchasing;
    let value = |discount: Discount| {
        let history = cdnow()[0].known.history;
        purchasing.discounted(&history, &horizon(discount)).expect("a number")
    };
    let of_year = libm::pow(1.01, 12.0) - 1.0;
    let [month, year] =
        [Discount::per_month(0.01), Discount::per_year(of_year)].map(|it| it.expect("a rate"));
    is_near(value(month), value(year), 1e-12);
    assert!(value(month) < value(Discount::NONE));
    assert_eq!(Discount::per_month(1.5), None);
    assert_eq!(Discount::per_year(-0.1), None);
    assert_eq!(Discount::per_year(f64::NAN), None);
}

#[test]
fn spend_that_follows_frequency_is_refused() {
    let following: Vec<Spend> = (1..200_u32)
        .map(|repeats| {
            let repeats = 1 + repeats % 9;
            Spend { repeats, total: f64::from(repeats * repeats * 1_000), customers: 1 }
        })
        .collect();
    match SpendingFit::of(&following) {
        Err(Unfit::SpendFollowsFrequency(correlation)) => assert!(correlation > 0.9),
        other => panic!("{other:?}"),
    }
    let few: Vec<Spend> = spends().into_iter().filter(|it| it.repeats > 0).take(29).collect();
    assert!(matches!(SpendingFit::of(&few), Err(Unfit::TooFew { repeaters: (29, 30), .. })));
    // Everybody pays the same: nothing is spread, so nothing has a scale.
    let alike = vec![Spend { repeats: 2, total: 2_000.0, customers: 400 }];
    assert!(matches!(SpendingFit::of(&alike), Err(Unfit::AtBound(_) | Unfit::NotConverged)));
}
