//! Where nothing is true, nothing may come out: the golden nulls, exact.

use crate::is_near;
use insight::inference::{Basis, Cadence, Comparison, Outcomes};

/// In the first so many days follow-ups come at so many a day, whoever the lead is.
const DAYS: f64 = 7.0;
const A_DAY: f64 = 0.5;
/// Counts are shares of so many.
const ALL: f64 = 1e15;

/// Leads of whom some will buy and the rest be lost, each after an exponential time.
struct Leads {
    share: f64,
    buys: f64,
    days_to_buy: f64,
    days_to_loss: f64,
    a_day: f64,
}

const fn leads(days_to_buy: f64, days_to_loss: f64) -> Leads {
    Leads { share: 1.0, buys: 0.2, days_to_buy, days_to_loss, a_day: A_DAY }
}

/// The probability of exactly so many of a Poisson variable.
fn poisson(mean: f64, count: u8) -> f64 {
    let of = |at: u8| mean / f64::from(at);
    (1..=count).map(of).product::<f64>() * (-mean).exp()
}

/// The probability of exactly so many follow-ups until an exit with a mean time, or the end of the
/// first days: in closed form by the incomplete gamma function of whole order.
fn until_exit(a_day: f64, mean_days: f64, count: u8) -> f64 {
    let rate = 1.0 / mean_days;
    let both = rate + a_day;
    let reached = 1.0 - (0..=count).map(|at| poisson(both * DAYS, at)).sum::<f64>();
    rate / both * (a_day / both).powi(i32::from(count)) * reached
        + (-rate * DAYS).exp() * poisson(a_day * DAYS, count)
}

/// Adds what is expected of leads, in both ways.
fn add(cadence: &mut Cadence, stratum: &str, leads: &Leads) {
    let outcome = |buys: f64, loses: f64| Outcomes {
        converted: (ALL * leads.share * leads.buys * buys).round() as i64,
        expired: (ALL * leads.share * (1.0 - leads.buys) * loses).round() as i64,
        open: 0,
    };
    let (mut rest, mut of_bought, mut of_lost) = (1.0, 1.0, 1.0);
    let stays = |mean_days: f64| (-DAYS / mean_days).exp();
    for follow_ups in 0..=4 {
        let is_last = follow_ups == 4;
        let take = |rest: &mut f64, share: f64| {
            let share = if is_last { *rest } else { share };
            *rest -= share;
            share
        };
        let bought = take(&mut of_bought, until_exit(leads.a_day, leads.days_to_buy, follow_ups));
        let lost = take(&mut of_lost, until_exit(leads.a_day, leads.days_to_loss, follow_ups));
        cadence.add(Basis::Naive, stratum, follow_ups, &outcome(bought, lost));
        let still = take(&mut rest, poisson(leads.a_day * DAYS, follow_ups));
        let open = outcome(still * stays(leads.days_to_buy), still * stays(leads.days_to_loss));
        cadence.add(Basis::Landmark, stratum, follow_ups, &open);
    }
}

/// Three or more beside exactly one.
fn compared(cadence: &Cadence) -> Comparison {
    cadence.compare(|count| count >= 3, |count| count == 1)
}

#[test]
fn naive_counting_says_twice_the_rate_and_the_landmark_says_nothing() {
    for (days_to_buy, days_to_loss, three, one, naive, landmark) in [
        (14.0, 3.0, 0.388_418, 0.142_732, 2.7213, 0.609_935),
        (14.0, 7.0, 0.247_081, 0.168_849, 1.4633, 0.291_875),
        (3.0, 14.0, 0.089_592, 0.272_931, 0.3283, 0.038_434),
    ] {
        let mut cadence = Cadence::default();
        add(&mut cadence, "all", &leads(days_to_buy, days_to_loss));
        let comparison = compared(&cadence);
        let found = comparison.naive.expect("both groups");
        is_near(found.exposed, three, 5e-7);
        is_near(found.others, one, 5e-7);
        is_near(found.ratio.expect("a ratio").value, naive, 5e-5);
        let found = comparison.landmark.expect("both groups");
        is_near(found.exposed, landmark, 5e-7);
        is_near(found.others, landmark, 5e-7);
        is_near(found.difference.value, 0.0, 1e-12);
        is_near(found.ratio.expect("a ratio").value, 1.0, 1e-12);
        is_near(found.pooled.expect("a ratio").value, 1.0, 1e-12);
        is_near(comparison.confounding.expect("a ratio").point, 1.0, 1e-6);
        assert_eq!(comparison.confounding.expect("a ratio").limit, 1.0);
    }
}

#[test]
fn warm_leads_that_are_chased_more_are_compared_with_warm_leads() {
    // By channel: the warm buy more often and are followed up three times as often.
    let warm = Leads { share: 0.3, buys: 0.5, a_day: 0.9, ..leads(14.0, 7.0) };
    let cold = Leads { share: 0.7, buys: 0.1, a_day: 0.3, ..leads(14.0, 7.0) };
    let mut cadence = Cadence::default();
    add(&mut cadence, "chat", &warm);
    add(&mut cadence, "ads", &cold);
    let found = compared(&cadence).landmark.expect("both groups");
    is_near(found.ratio.expect("a ratio").value, 1.0, 1e-12);
    is_near(found.pooled.expect("a ratio").value, 1.0, 1e-12);
    // Unless the channel is forgotten: then even the landmark says two and a half times.
    let mut one_pot = Cadence::default();
    add(&mut one_pot, "all", &warm);
    add(&mut one_pot, "all", &cold);
    let found = compared(&one_pot).landmark.expect("both groups");
    assert!(found.ratio.expect("a ratio").value > 2.0, "{found:?}");
}
