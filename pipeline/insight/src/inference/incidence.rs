//! How many convert by an age while others are lost, and some are not yet old enough.

use super::{Figure, Interval};

/// What happened to entries at one age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Age {
    /// Those who converted.
    pub converted: i64,
    /// Those who went cold or were lost: they cannot convert any more.
    pub lost: i64,
    /// Those who are open and no older.
    pub open: i64,
}

/// The share that has converted by the end of the last age, with its 95 % interval, by Aalen and
/// Johansen (1978): losing is a competing risk, not a censoring. Nobody is assumed to convert who
/// was lost; those still open count as long as they were seen.
///
/// `ages` go from the youngest to the oldest and have everybody between them; at one age the open
/// leave after the others. The variance is that of the delta method (Marubini and Valsecchi 1995,
/// formula 10.12). Without anybody open it is the share itself. `None` where there is nobody.
///
/// **What it needs of counters:** outcome by bucket of the time until it, and of the open ones the
/// bucket of their age.
pub fn incidence(ages: &[Age]) -> Option<Figure> {
    let everybody: i64 = ages.iter().map(|age| age.converted + age.lost + age.open).sum();
    if everybody <= 0 {
        return None;
    }
    let mut at_risk = everybody;
    let (mut open, mut share) = (1.0, 0.0);
    // Of each age: still open before it, share after it, at risk, converted, decided.
    let mut steps = Vec::new();
    for age in ages {
        let (risk, converted) = (at_risk as f64, age.converted as f64);
        let decided = converted + age.lost as f64;
        if decided > 0.0 {
            share += open * converted / risk;
            steps.push((open, share, risk, converted, decided));
            open *= 1.0 - decided / risk;
        }
        at_risk -= age.converted + age.lost + age.open;
    }
    let variance = |(open, then, risk, converted, decided): (f64, f64, f64, f64, f64)| {
        let rest = share - then;
        // After the last of all there is no rest.
        let of_open = if decided < risk { decided / (risk * (risk - decided)) } else { 0.0 };
        rest * rest * of_open + open * open * (risk - converted) * converted / (risk * risk * risk)
            - 2.0 * rest * open * converted / (risk * risk)
    };
    let error = steps.into_iter().map(variance).sum::<f64>().max(0.0).sqrt();
    let half = 1.959_963_984_540_054 * error;
    let interval = Interval { low: (share - half).max(0.0), high: (share + half).min(1.0) };
    Some(Figure { value: share, interval })
}
