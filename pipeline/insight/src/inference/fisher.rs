//! How surprising a table of two by two is.

/// The probability of a table as rare as this one, or rarer, if both groups convert alike: Fisher's
/// exact test (1934), two-sided by the sum of all tables of the same margins that are not more
/// likely. Groups are (part, whole); 1 where one is empty.
pub fn fisher((a, m): (i64, i64), (b, n): (i64, i64)) -> f64 {
    let converted = a + b;
    let (least, greatest) = ((converted - n).max(0), converted.min(m));
    if m <= 0 || n <= 0 || !(least..=greatest).contains(&a) {
        return 1.0;
    }
    // Weights relative to the most likely table, so that none overflows.
    let mode = ((m + 1) * (converted + 1) / (m + n + 2)).clamp(least, greatest);
    // From one part to the next greater one.
    let step = |part: i64| {
        let [up, down] = [(m - part) * (converted - part), (part + 1) * (n - converted + part + 1)];
        up as f64 / down as f64
    };
    let mut weights = vec![1.0; (greatest - least + 1) as usize];
    let at = |part: i64| (part - least) as usize;
    for part in mode..greatest {
        weights[at(part + 1)] = weights[at(part)] * step(part);
    }
    for part in (least..mode).rev() {
        weights[at(part)] = weights[at(part + 1)] / step(part);
    }
    // Tables that are as likely differ in the last bits.
    let limit = weights[at(a)] * (1.0 + 1e-7);
    let rare: f64 = weights.iter().filter(|weight| **weight <= limit).sum();
    (rare / weights.iter().sum::<f64>()).min(1.0)
}

/// The probabilities of a batch, adjusted so that what lies below a limit has at most that share of
/// false findings: Benjamini and Hochberg (1995). In the order given.
///
/// It holds for one batch of tests that are independent or depend in one direction, as nested
/// patterns do; not for a stream of batches, see [`Budget`](super::Budget).
pub fn adjusted(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|one, other| chances[*other].total_cmp(&chances[*one]));
    let mut adjusted = vec![1.0; chances.len()];
    let mut least = 1.0_f64;
    for (from_last, at) in order.iter().enumerate() {
        let rank = chances.len() - from_last;
        least = least.min(chances[*at] * chances.len() as f64 / rank as f64);
        adjusted[*at] = least;
    }
    adjusted
}
