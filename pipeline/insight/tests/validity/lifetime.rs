//! Whether lifetime values that are said with 95 % are right, over shops whose truth is planted.

use crate::chance::Chance;
use crate::{at_most, each, worlds};
use insight::lifetime::{
    Customers, Days, Fit, Fitted, History, Horizon, Model, Purchasing, Spend, Spending,
    SpendingFit, worth,
};

/// The demo's truth but for `a`, which is 1 there: a limit of the formulas.
const PLANTED: Purchasing =
    Purchasing { model: Model::BgNbd, r: 1.2, alpha: Days(45.0), a: 0.9, b: 3.5 };
const SPENT: Spending = Spending { p: 6.25, q: 3.74, v: 3_500.0 };
const DAYS: f64 = 540.0;
const HORIZON: Horizon = Horizon::YEAR;

/// A customer who came at some time in a year and a half, as the models have it.
fn customer(chance: &mut Chance) -> Customers {
    let age = (1.0 + chance.unit() * (DAYS - 1.0)).floor();
    let rate = chance.gamma(PLANTED.r) / PLANTED.alpha.0;
    let drops = chance.beta(PLANTED.a, PLANTED.b);
    let mean = SPENT.v / chance.gamma(SPENT.q);
    let (mut repeats, mut recency, mut total) = (0, 0.0, 0.0);
    let mut at = chance.time(1.0 / rate);
    while at <= age {
        (repeats, recency) = (repeats + 1, at);
        total += mean * chance.gamma(SPENT.p);
        if chance.happens(drops) {
            break;
        }
        at += chance.time(1.0 / rate);
    }
    let history = History { repeats, recency: Days(recency), age: Days(age), customers: 1 };
    Customers { history, total }
}

fn newcomer(purchasing: &Purchasing, spending: &Spending) -> Option<f64> {
    let history = History { repeats: 0, recency: Days(0.0), age: Days(0.0), customers: 1 };
    worth(purchasing, spending, &Customers { history, total: 0.0 }, &HORIZON)
}

/// What a customer of no known history brings in the horizon that begins now.
fn planted_of_customers() -> f64 {
    let of_new = |days: f64| PLANTED.expected_of_new(Days(days)).expect("a number");
    let year = HORIZON.month.0 * f64::from(HORIZON.months);
    let ages = 1..DAYS as i32;
    let sum: f64 = ages.clone().map(|age| of_new(f64::from(age) + year) - of_new(age.into())).sum();
    sum / ages.len() as f64 * SPENT.mean()
}

#[test]
fn intervals_of_lifetime_value_hold_the_planted_value() {
    let new = newcomer(&PLANTED, &SPENT).expect("a number");
    let old = planted_of_customers();
    let (mut wrong, mut refused, mut fitted, mut ratios) = ([0_u64; 2], 0, 0, [0.0; 2]);
    for mut chance in each(60) {
        let customers: Vec<Customers> = (0..1_000).map(|_| customer(&mut chance)).collect();
        let histories: Vec<History> = customers.iter().map(|it| it.history).collect();
        let spends: Vec<Spend> = customers.iter().map(Customers::spend).collect();
        let models = Fit::of(Model::BgNbd, &histories).and_then(|fit| {
            let spending = SpendingFit::of(&spends)?;
            Ok((fit, spending))
        });
        let Ok((fit, spending)) = models else {
            refused += 1;
            continue;
        };
        fitted += 1;
        let models = Fitted { fit: &fit, spending: Some(&spending) };
        let of_new =
            models.number(&customers, |purchasing, spending| newcomer(purchasing, spending?));
        let of_old = models.mean(&customers, |purchasing, spending, it| {
            worth(purchasing, spending?, it, &HORIZON)
        });
        let found = [of_new, of_old].map(|figure| figure.expect("a figure"));
        for (at, (figure, truth)) in found.iter().zip([new, old]).enumerate() {
            wrong[at] += u64::from(!figure.interval.has(truth));
            ratios[at] += figure.value / truth;
        }
    }
    let mean = ratios.map(|ratio| ratio / fitted as f64);
    eprintln!("wrong: {wrong:?} of {fitted}, refused {refused}, found by planted {mean:.3?}");
    assert!(refused * 10 <= worlds(60), "{refused} refused");
    wrong.iter().for_each(|wrong| at_most(*wrong, fitted, 0.05));
    assert!(mean.iter().all(|ratio| (ratio - 1.0).abs() < 0.05), "{mean:?}");
}

#[test]
fn a_model_is_refused_rather_than_wrong_where_there_are_few_customers() {
    let (mut wild, mut fitted) = (0, 0);
    let truth = PLANTED.expected_of_new(Days(365.0)).expect("a number");
    for mut chance in each(60) {
        let histories: Vec<History> = (0..120).map(|_| customer(&mut chance).history).collect();
        let Ok(fit) = Fit::best(&histories) else { continue };
        fitted += 1;
        let found = fit.purchasing.expected_of_new(Days(365.0)).expect("a number");
        wild += u64::from(!(0.5..2.0).contains(&(found / truth)));
    }
    eprintln!("{fitted} of {} fitted, {wild} off by a factor of two", worlds(60));
    at_most(wild, fitted.max(1), 0.05);
}

#[test]
fn no_other_population_is_more_likely_than_the_one_that_is_fitted() {
    for mut chance in each(20) {
        let histories: Vec<History> = (0..400).map(|_| customer(&mut chance).history).collect();
        for model in [Model::BgNbd, Model::MbgNbd] {
            let Ok(fit) = Fit::of(model, &histories) else { continue };
            let best = fit.purchasing;
            let most = best.ln_likelihood(&histories, Days(1.0));
            assert!((most - fit.ln_likelihood(Days(1.0))).abs() < 1e-8 * most.abs());
            // Near by in each direction, and anywhere.
            let size = |at: usize| if at < 40 { 0.01 } else { 1.5 };
            for at in 0..80 {
                let mut moved = |value: f64| value * (size(at) * chance.normal()).exp();
                let other = Purchasing {
                    r: moved(best.r),
                    alpha: Days(moved(best.alpha.0)),
                    a: moved(best.a),
                    b: moved(best.b),
                    model,
                };
                let found = other.ln_likelihood(&histories, Days(1.0));
                assert!(found <= most + 1e-7, "{other:?}: {found} over {most} of {best:?}");
            }
        }
    }
}
