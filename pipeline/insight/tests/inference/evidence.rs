//! Evidence by all outcomes that there are, budgets by their sums, findings by tables.

use crate::is_near;
use insight::inference::{Block, Budget, Direction, Evidence, Finding, Standing};

fn block(stratum: u32, exposed: (i64, i64), others: (i64, i64)) -> Block {
    Block { stratum, exposed, others }
}

#[test]
fn evidence_is_what_another_program_makes_of_the_same_blocks() {
    let mut evidence = Evidence::new(Direction::More);
    evidence.learn(7, (30, 200));
    assert_eq!(evidence.ln_value(), 0.0);
    evidence.take(&block(7, (6, 20), (5, 40)));
    evidence.take(&block(7, (4, 10), (8, 50)));
    // By the likelihoods themselves, in Python.
    is_near(evidence.ln_value(), 1.516_872_821_149_81, 1e-12);
    // A block without one of the groups, or of a stratum that nobody knows, says nothing.
    evidence.take(&block(7, (0, 0), (5, 40)));
    evidence.take(&block(8, (9, 9), (0, 9)));
    is_near(evidence.ln_value(), 1.516_872_821_149_81, 1e-12);
}

/// How many ways there are to choose, and the probability of a part of a whole at a rate.
fn binomial(part: i64, whole: i64, rate: f64) -> f64 {
    let ways: f64 = (0..part).map(|at| (whole - at) as f64 / (at + 1) as f64).product();
    ways * rate.powi(part as i32) * (1.0 - rate).powi((whole - part) as i32)
}

#[test]
fn if_nothing_is_true_the_mean_over_all_outcomes_is_at_most_one() {
    let sizes = [(1, 1), (3, 2), (2, 9)];
    let rates = [0.02, 0.1, 0.3, 0.5, 0.8, 0.95];
    for direction in [Direction::More, Direction::Less] {
        for ((m, n), usual) in sizes.into_iter().flat_map(|size| [2, 50].map(|part| (size, part))) {
            let mean = |of_exposed: f64, of_others: f64| {
                let mut mean = 0.0;
                for (a, b) in (0..=m).flat_map(|a| (0..=n).map(move |b| (a, b))) {
                    let mut evidence = Evidence::new(direction);
                    evidence.learn(0, (usual, 100));
                    evidence.take(&block(0, (a, m), (b, n)));
                    let chance = binomial(a, m, of_exposed) * binomial(b, n, of_others);
                    mean += chance * evidence.ln_value().exp();
                }
                mean
            };
            for (at, better) in rates.into_iter().enumerate() {
                for worse in &rates[..=at] {
                    // The exposed do no better in the direction of the finding.
                    let (exposed, others) = match direction {
                        Direction::More => (*worse, better),
                        Direction::Less => (better, *worse),
                    };
                    assert!(mean(exposed, others) <= 1.0 + 1e-12, "{exposed} {others} {m} {n}");
                }
            }
            // And where something is true, it grows.
            let (exposed, others) =
                if direction == Direction::More { (0.5, 0.1) } else { (0.1, 0.5) };
            assert!(mean(exposed, others) > 1.0, "{m} {n}");
        }
    }
}

#[test]
fn a_budget_is_never_spent_and_grows_with_what_was_promoted() {
    let mut budget = Budget::new(0.1);
    let numbers: Vec<u32> = (0..100_000).map(|_| budget.register()).collect();
    assert_eq!(numbers[..3], [1, 2, 3]);
    let levels: f64 = numbers.iter().map(|number| (-budget.ln_needed(*number)).exp()).sum();
    assert!(0.099 < levels && levels < 0.1, "{levels}");
    // ζ(3/2) / 0.1 for the first, 4^(3/2) times that for the fourth; half of it after one.
    is_near(budget.ln_needed(1).exp(), 26.123_753_486_854_88, 1e-9);
    is_near(budget.ln_needed(4).exp(), 208.990_027_894_839, 1e-9);
    assert!(!budget.promote(4, 5.34), "e^5.34 is 208.5");
    assert!(budget.promote(4, 5.343), "e^5.343 is 209.1");
    assert_eq!(budget.promoted(), 1);
    is_near(budget.ln_needed(1).exp(), 13.061_876_743_427_44, 1e-9);
}

#[test]
fn a_finding_is_promoted_by_evidence_and_retired_by_its_opposite() {
    let mut budget = Budget::new(0.1);
    let mut finding = Finding::discovered(&mut budget, Direction::More);
    finding.learn(0, (100, 1_000));
    assert_eq!((finding.number(), finding.standing()), (1, Standing::Candidate));
    assert!(!finding.take(&[block(0, (12, 100), (30, 300))], &mut budget));
    assert!(finding.take(&[block(0, (40, 150), (30, 300))], &mut budget));
    let Standing::Promoted { ln_evidence } = finding.standing() else { panic!("not promoted") };
    assert!(ln_evidence > 26.2_f64.ln());
    assert_eq!(finding.evidence().ln_value(), ln_evidence);
    // The same all over again, and then the opposite.
    assert!(!finding.take(&[block(0, (40, 150), (30, 300))], &mut budget));
    assert_eq!(finding.standing(), Standing::Promoted { ln_evidence });
    for _ in 0..4 {
        finding.take(&[block(0, (5, 150), (45, 300))], &mut budget);
    }
    assert_eq!(finding.standing(), Standing::Retired);
    // What was promoted stays counted.
    assert_eq!(budget.promoted(), 1);
    let mut patient = Finding::discovered(&mut budget, Direction::Less);
    patient.learn(0, (100, 1_000));
    patient.take(&[block(0, (250, 2_500), (250, 2_500))], &mut budget);
    assert_eq!(patient.standing(), Standing::Candidate);
    patient.take(&[block(0, (260, 2_501), (250, 2_500))], &mut budget);
    assert_eq!(patient.standing(), Standing::Retired);
}
