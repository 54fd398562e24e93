//! How customers come back, by the published figures of CDNOW, by sums and by simulated truth.

use crate::cdnow::{cdnow, histories};
use crate::is_near;
use insight::lifetime::{Days, Fit, History, Model, Purchasing, Unfit};
use proptest::prelude::*;

const WEEK: Days = Days::WEEK;

fn weeks(repeats: u32, recency: f64, age: f64) -> History {
    History { repeats, recency: Days::weeks(recency), age: Days::weeks(age), customers: 1 }
}

fn fit(model: Model) -> Fit {
    Fit::of(model, &histories()).expect("a fit")
}

#[test]
fn the_sample_is_the_one_that_the_figures_are_of() {
    let histories = histories();
    assert_eq!(histories.len(), 2_357);
    assert_eq!(histories.iter().map(|it| it.repeats).sum::<u32>(), 2_457);
    assert_eq!(histories.iter().filter(|it| it.repeats > 0).count(), 946);
    let sum = |of: fn(&History) -> Days| -> f64 {
        histories.iter().map(|it| of(it).in_units_of(WEEK)).sum()
    };
    is_near(sum(|it| it.recency), 16_135.52, 1e-6);
    is_near(sum(|it| it.age), 77_111.21, 1e-6);
    assert_eq!(cdnow().iter().map(|it| it.later).sum::<u32>(), 1_882);
}

#[test]
fn bg_nbd_of_cdnow_is_the_published_one() {
    let fit = fit(Model::BgNbd);
    let Purchasing { r, alpha, a, b, .. } = fit.purchasing;
    is_near(r, 0.242_593, 2e-6);
    is_near(alpha.in_units_of(WEEK), 4.413_532, 2e-5);
    is_near(a, 0.792_886, 2e-5);
    is_near(b, 2.425_752, 1e-4);
    is_near(fit.ln_likelihood(WEEK), -9_582.425_6, 1e-4);
    let errors = fit.errors(WEEK);
    for (error, known) in errors.into_iter().zip([0.012_557, 0.378_221, 0.185_719, 0.705_345]) {
        is_near(error, known, 2e-3 * known);
    }
}

#[test]
fn mbg_nbd_of_cdnow_is_the_published_one() {
    let fit = fit(Model::MbgNbd);
    let Purchasing { r, alpha, a, b, .. } = fit.purchasing;
    is_near(r, 0.524_838, 1e-4);
    is_near(alpha.in_units_of(WEEK), 6.182_988, 1e-3);
    is_near(a, 0.891_356, 1e-3);
    is_near(b, 1.614_000, 2e-3);
}

/// The parameters that Fader, Hardie and Lee print.
const PRINTED: Purchasing =
    Purchasing { model: Model::BgNbd, r: 0.243, alpha: Days(4.414 * 7.0), a: 0.793, b: 2.426 };

#[test]
fn what_customers_will_do_is_what_the_paper_says() {
    let found = PRINTED.expected(&weeks(2, 30.43, 38.86), Days::weeks(39.0)).expect("a number");
    is_near(found, 1.226, 5e-4);
    let fit = fit(Model::BgNbd);
    let found = fit.purchasing.expected(&weeks(2, 30.43, 38.86), Days::weeks(39.0));
    is_near(found.expect("a number"), 1.226_0, 1e-4);
    is_near(fit.purchasing.alive(&weeks(2, 30.43, 38.86)), 0.726_61, 1e-5);
    is_near(fit.purchasing.alive(&weeks(0, 0.0, 38.86)), 1.0, 0.0);
    let of_new = [
        (0.142_9, 0.007_8),
        (1.0, 0.053_2),
        (3.0, 0.150_6),
        (31.857_1, 1.040_5),
        (32.0, 1.043_7),
        (78.0, 1.857_6),
    ];
    for (time, expected) in of_new {
        let found = fit.purchasing.expected_of_new(Days::weeks(time)).expect("a number");
        // That program's own optimum, printed to four digits.
        is_near(found, expected, 4e-4);
    }
    // Of the ten per cent who come most, the next week.
    let week = |repeats, recency, age| {
        let history = weeks(repeats, recency, age);
        fit.purchasing.expected(&history, WEEK).expect("a number")
    };
    let mut best: Vec<f64> = histories()
        .iter()
        .map(|it| {
            let times = [it.recency, it.age].map(|time| time.in_units_of(WEEK));
            week(it.repeats, times[0], times[1])
        })
        .collect();
    best.sort_by(|one, other| other.total_cmp(one));
    for (found, expected) in
        best.iter().zip([0.710_623, 0.662_396, 0.486_526, 0.474_738, 0.424_877])
    {
        is_near(*found, expected, 2e-5);
    }
}

#[test]
fn how_many_come_back_how_often_is_what_others_reckon() {
    is_near(PRINTED.probability(0, Days::weeks(39.0)), 0.573_786_4, 1e-7);
    is_near(PRINTED.probability(10, Days::weeks(2.0)), 1.078_69e-7, 1e-12);
    let eleven = [0.001_999_521_4, 0.001_517_023_6, 0.001_163_315_0, 0.000_900_314_8];
    for (more, expected) in eleven.into_iter().enumerate() {
        is_near(PRINTED.probability(11 + more as u32, Days::weeks(30.0)), expected, 1e-10);
    }
}

#[test]
fn the_weeks_that_nobody_had_seen_come_as_the_model_is_known_to_foretell_them() {
    let fit = fit(Model::BgNbd).purchasing;
    let of = |purchasing: &Purchasing, it: &History| {
        purchasing.expected(it, Days::weeks(39.0)).expect("a number")
    };
    // Of 1,882: 12 per cent too few, a known property of the model, which a bug would hide.
    is_near(histories().iter().map(|it| of(&fit, it)).sum(), 1_653.42, 0.02);
    is_near(histories().iter().map(|it| of(&PRINTED, it)).sum(), 1_653.94, 0.02);
    let mut bins = [(0.0, 0.0, 0.0); 8];
    for customer in cdnow() {
        let bin = &mut bins[customer.known.history.repeats.min(7) as usize];
        let expected = of(&PRINTED, &customer.known.history);
        *bin = (bin.0 + 1.0, bin.1 + f64::from(customer.later), bin.2 + expected);
    }
    let table = [
        (1_411.0, 0.236_7, 0.225_5),
        (439.0, 0.697_0, 0.523_2),
        (214.0, 1.392_5, 1.044_2),
        (100.0, 1.560_0, 1.520_3),
        (62.0, 2.532_3, 2.163_9),
        (38.0, 2.947_4, 2.653_8),
        (29.0, 3.862_1, 3.504_0),
        (64.0, 6.359_4, 6.157_1),
    ];
    for ((count, actual, foretold), (n, mean, model)) in bins.into_iter().zip(table) {
        is_near(count, n, 0.0);
        is_near(actual / count, mean, 5.1e-5);
        is_near(foretold / count, model, 2e-4);
    }
}

#[test]
fn grouped_or_not_and_in_any_order_the_fit_is_the_same_to_the_bit() {
    let mut histories = histories();
    let one = Fit::best(&histories).expect("a fit");
    histories.reverse();
    assert_eq!(one, Fit::best(&histories).expect("a fit"));
    let whole: Vec<History> = (histories.iter())
        .map(|it| History { customers: 2, ..*it })
        .chain(histories.iter().map(|it| History { customers: 1, ..*it }))
        .collect();
    let thrice: Vec<History> = histories.iter().flat_map(|it| [*it; 3]).collect();
    assert_eq!(Fit::best(&whole), Fit::best(&thrice));
}

#[test]
fn a_unit_of_time_changes_nothing_but_the_density() {
    let slow: Vec<History> = histories()
        .iter()
        .map(|it| History { recency: Days(it.recency.0 * 24.0), age: Days(it.age.0 * 24.0), ..*it })
        .collect();
    let (one, other) = (fit(Model::BgNbd), Fit::of(Model::BgNbd, &slow).expect("a fit"));
    is_near(other.purchasing.alpha.0, 24.0 * one.purchasing.alpha.0, 1e-4);
    is_near(other.purchasing.r, one.purchasing.r, 1e-7);
    is_near(other.ln_likelihood(Days(7.0 * 24.0)), one.ln_likelihood(WEEK), 1e-6);
}

#[test]
fn of_very_many_different_histories_one_of_the_models_is_chosen_too() {
    // Of 30,000, and 20,000 still where times are drawn together into steps.
    let history = |at: u32| {
        let (repeats, age) = (1 + at % 60, 60.0 + f64::from(at * 7 % 480));
        let recency = Days(age * (0.2 + 0.8 * f64::from(at * 11 % 997) / 997.0));
        History { repeats, recency, age: Days(age), customers: 1 }
    };
    let histories: Vec<History> = (0..30_000).map(history).collect();
    let each = [Model::BgNbd, Model::MbgNbd].map(|model| Fit::of(model, &histories));
    let best = Fit::best(&histories);
    assert!(each.contains(&best), "{best:?}");
}

#[test]
fn it_refuses_with_a_reason() {
    let few: Vec<History> = histories().into_iter().take(60).collect();
    let refused = Fit::best(&few).expect_err("too few");
    assert!(matches!(refused, Unfit::TooFew { customers: (60, 100), .. }), "{refused:?}");
    let once: Vec<History> = histories().into_iter().filter(|it| it.repeats == 0).collect();
    assert!(matches!(Fit::best(&once), Err(Unfit::TooFew { repeaters: (0, 30), .. })));
    // Everybody comes as often and nobody drops out: the likelihood has no maximum.
    let alike = History { customers: 1_000, ..weeks(10, 38.0, 39.0) };
    let refused = Fit::best(&[alike]).expect_err("no maximum");
    assert!(matches!(refused, Unfit::AtBound(_) | Unfit::NotConverged), "{refused:?}");
}

/// Purchases to come by adding up the probabilities of each number.
fn by_sums(purchasing: &Purchasing, within: Days) -> f64 {
    (1..400).map(|x| f64::from(x) * purchasing.probability(x, within)).sum()
}

fn purchasings() -> impl Strategy<Value = Purchasing> {
    let model = prop_oneof![Just(Model::BgNbd), Just(Model::MbgNbd)];
    (model, 0.1..3.0, 5.0..60.0, prop_oneof![0.2..4.0, Just(1.0)], 0.5..6.0)
        .prop_map(|(model, r, alpha, a, b)| Purchasing { model, r, alpha: Days(alpha), a, b })
}

proptest! {
    #[test]
    fn the_expectation_is_the_sum_over_probabilities(
        purchasing in purchasings(),
        days in 1.0..60.0,
    ) {
        let sum: f64 = (0..400).map(|x| purchasing.probability(x, Days(days))).sum();
        prop_assert!((sum - 1.0).abs() < 1e-9, "{}", sum);
        let expected = purchasing.expected_of_new(Days(days)).expect("a number");
        let summed = by_sums(&purchasing, Days(days));
        prop_assert!((expected - summed).abs() < 1e-6 * (1.0 + summed), "{} {}", expected, summed);
    }

    #[test]
    fn who_is_silent_longer_is_less_likely_alive_and_expects_less(
        purchasing in purchasings(),
        repeats in 1_u32..20,
        times in (1.0..300.0, 0.0..300.0, 1.0..300.0),
    ) {
        let (recency, silent, longer) = times;
        let recency = Days(recency);
        let of = |age: f64| History { repeats, recency, age: Days(age), customers: 1 };
        let (one, other) = (of(recency.0 + silent), of(recency.0 + silent + longer));
        let alive = [one, other].map(|it| purchasing.alive(&it));
        prop_assert!(0.0 <= alive[1] && alive[1] <= alive[0] && alive[0] <= 1.0, "{:?}", alive);
        let quarter = |it| purchasing.expected(&it, Days(90.0)).expect("a number");
        let expected = [one, other].map(quarter);
        prop_assert!(0.0 <= expected[1] && expected[1] <= expected[0], "{:?}", expected);
    }
}
