//! Two years of weeks in which the rate stays, or does not.

use crate::chance::Chance;
use crate::{at_most, each, worlds};
use insight::inference::drift;

const WEEKS: usize = 104;
const LEADS_A_WEEK: i64 = 60;

/// Leads of so many weeks, converted and not.
fn weeks(chance: &mut Chance, rate: impl Fn(usize) -> f64) -> Vec<Vec<i64>> {
    let week = |at: usize| {
        let converted = chance.binomial(LEADS_A_WEEK, rate(at));
        vec![converted, LEADS_A_WEEK - converted]
    };
    (0..WEEKS).map(week).collect()
}

/// The first week at which a change is said at a chance of one in twenty.
fn said(weeks: &[Vec<i64>]) -> Option<usize> {
    let is_said =
        |at: &usize| drift(&weeks[..*at]).is_some_and(|drift| drift.ln_evidence >= 20.0_f64.ln());
    (2..=weeks.len()).find(is_said)
}

#[test]
fn a_rate_that_stays_is_seldom_said_to_have_changed() {
    let wrong = each(300).filter_map(|mut chance| said(&weeks(&mut chance, |_| 0.15))).count();
    eprintln!("said without a change: {wrong}");
    at_most(wrong as u64, worlds(300), 0.05);
}

#[test]
fn a_rate_that_falls_by_half_is_found_within_a_quarter() {
    let mut late = 0;
    for mut chance in each(100) {
        let weeks = weeks(&mut chance, |week| if week < 52 { 0.2 } else { 0.1 });
        let at = said(&weeks);
        late += u64::from(at.is_none_or(|at| at > 52 + 13));
    }
    eprintln!("found late or never: {late}");
    assert!(late * 6 < worlds(100), "{late}");
}
