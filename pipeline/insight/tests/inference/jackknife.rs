//! Leaving out one group at a time, against closed forms.

use crate::is_near;
use insight::inference::{Estimate, jackknife, student};

#[test]
fn students_quantiles_are_those_of_scipy() {
    // scipy 1.17.1, stats.t.ppf(0.975, freedom) and (0.95, freedom).
    for (freedom, two, one) in [
        (1, 12.706_204_736_174_694, 6.313_751_514_675_037),
        (2, 4.302_652_729_749_462, 2.919_985_580_353_724),
        (5, 2.570_581_835_636_315, 2.015_048_373_333_023),
        (30, 2.042_272_456_301_238, 1.697_260_886_593_957),
        (31, 2.039_513_446_396_408, 1.695_518_782_545_865),
    ] {
        is_near(student(0.05, freedom), two, 1e-11);
        is_near(student(0.10, freedom), one, 1e-11);
    }
}

#[test]
fn of_a_mean_it_is_the_usual_standard_error() {
    let groups: Vec<f64> = (0..32).map(|group| f64::from(group * 37 % 32)).collect();
    let mean = |without: Option<usize>| {
        let left: Vec<f64> =
            (0..32).filter(|at| Some(*at) != without).map(|at| groups[at]).collect();
        Some(vec![left.iter().sum::<f64>() / left.len() as f64])
    };
    let found = jackknife(32, mean).expect("an estimate")[0];
    // 0 to 31, each once: mean 15.5, variance 32 · 33 / 12 = 88, standard error √(88 / 32).
    is_near(found.value, 15.5, 1e-12);
    is_near(found.error, 2.75_f64.sqrt(), 1e-12);
    let interval = found.interval(0.05);
    is_near(interval.width(), 2.0 * 2.039_513_446_396_408 * 2.75_f64.sqrt(), 1e-9);
    let total = Estimate::of_total(&groups).expect("an estimate");
    is_near(total.value, 496.0, 1e-12);
    is_near(total.error, 32.0 * 2.75_f64.sqrt(), 1e-10);
}

#[test]
fn what_a_single_group_holds_has_no_interval() {
    let finish = |without: Option<usize>| (without != Some(5)).then(|| vec![1.0]);
    assert_eq!(jackknife(32, finish), None);
    assert_eq!(jackknife(1, |_| Some(vec![1.0])), None);
    assert_eq!(Estimate::of_total(&[1.0]), None);
}
