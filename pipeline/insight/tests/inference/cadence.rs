//! Where nothing is true, nothing may come out: the golden nulls, exact.

use crate::is_near;
use crate::leads::{GOLDEN, Leads, leads};
use insight::inference::{Basis, Cadence, Comparison};

/// Counts are shares of so many.
const ALL: f64 = 1e15;

/// Adds what is expected of leads, in both ways.
fn add(cadence: &mut Cadence, stratum: &str, leads: &Leads) {
    for (follow_ups, (naive, landmark)) in (0..).zip(leads.expected(ALL)) {
        cadence.add(Basis::Naive, stratum, follow_ups, &naive);
        cadence.add(Basis::Landmark, stratum, follow_ups, &landmark);
    }
}

/// Three or more beside exactly one.
fn compared(cadence: &Cadence) -> Comparison {
    cadence.compare(|count| count >= 3, |count| count == 1)
}

#[test]
fn naive_counting_says_twice_the_rate_and_the_landmark_says_nothing() {
    for (days_to_buy, days_to_loss, three, one, naive, landmark) in GOLDEN {
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
