//! Changes of a rate, or of the mix of channels, from week to week.

use super::Weeks;
use super::weeks::Sums;
use crate::inference::drift;

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// How many of those who enter convert.
    Rate,
    /// By which channels they come; the one whose share has changed most.
    Mix(usize),
}

/// A change that is more than chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// What has changed.
    pub what: Changed,
    /// The Monday since which it is likely to be otherwise, as days since 1970-01-01.
    pub since: i64,
    /// The last day of the week that made it certain.
    pub discovered: i64,
    /// The part and the whole before it, from the change before.
    pub before: (i64, i64),
    /// The same from then on, up to the next change or now.
    pub after: (i64, i64),
    /// The same from then on, up to the week that made it certain.
    pub at_once: (i64, i64),
    /// The logarithm of the evidence that it was certain by.
    pub ln_evidence: f64,
    /// The logarithm of the evidence that it needed.
    pub ln_needed: f64,
}

/// The chance that any change that is said is none, over all stages and for ever.
pub(crate) const CHANGE_ALPHA: f64 = 0.05;

/// Changes of one of so many stages, under a map of so many channels: of its rate and of its mix,
/// in the order of their discovery.
///
/// The j-th of a kind needs evidence of j·(j + 1) / alpha, so that the chance that a kind is ever
/// wrong is alpha at most; after each the search begins anew where the world changed. The classes
/// of a mix are the map's channels: they must not depend on who has come since.
pub fn changes(weeks: &Weeks, stages: usize, channels: usize) -> Vec<Change> {
    // Two kinds in each stage.
    let alpha = CHANGE_ALPHA / stages.max(1) as f64 / 2.0;
    let rate = |sums: &Sums| {
        let all = sums.values().fold((0, 0), |all, sum| (all.0 + sum.0, all.1 + sum.1));
        vec![all.0, all.1 - all.0]
    };
    let mix = |sums: &Sums| {
        let mut classes = vec![0; channels + 1];
        for (group, (_, decided)) in sums {
            classes[group.channel.min(channels)] += decided;
        }
        classes
    };
    let of = |classes: &dyn Fn(&Sums) -> Vec<i64>| -> Vec<Vec<i64>> {
        (0..weeks.len()).map(|at| classes(weeks.sums(at))).collect()
    };
    let mut found = found(weeks, &of(&rate), alpha, |_, _| (Changed::Rate, 0));
    found.extend(self::found(weeks, &of(&mix), alpha, |before, after| {
        let share = |counts: &[i64], at: usize| {
            counts[at] as f64 / counts.iter().sum::<i64>().max(1) as f64
        };
        let moved = |at: &usize| (share(before, *at) - share(after, *at)).abs();
        let most = (0..=channels).max_by(|a, b| moved(a).total_cmp(&moved(b))).unwrap_or(0);
        (Changed::Mix(most), most)
    }));
    found.sort_by_key(|change| change.discovered);
    found
}

/// The end of a week at which a change was certain.
struct Seen {
    at: usize,
    ln_evidence: f64,
    ln_needed: f64,
}

fn found(
    weeks: &Weeks,
    windows: &[Vec<i64>],
    alpha: f64,
    what: impl Fn(&[i64], &[i64]) -> (Changed, usize),
) -> Vec<Change> {
    let mut begins = vec![0];
    let mut seen = Vec::new();
    for at in 1..windows.len() {
        let begin = begins[begins.len() - 1];
        let number = begins.len() as f64;
        let Some(drift) = drift(&windows[begin..=at]) else { continue };
        let ln_needed = libm::log(number * (number + 1.0) / alpha);
        if drift.ln_evidence >= ln_needed {
            begins.push(begin + drift.since);
            seen.push(Seen { at, ln_evidence: drift.ln_evidence, ln_needed });
        }
    }
    begins.push(windows.len());
    let sums = |from: usize, to: usize| -> Vec<i64> {
        let classes = windows.first().map_or(0, Vec::len);
        let sum =
            |class: usize| -> i64 { windows[from..to].iter().map(|window| window[class]).sum() };
        (0..classes).map(sum).collect()
    };
    let change = |(index, seen): (usize, &Seen)| {
        let before = sums(begins[index], begins[index + 1]);
        let after = sums(begins[index + 1], begins[index + 2]);
        let at_once = sums(begins[index + 1], seen.at + 1);
        // Of what made it certain, so that what is said does not change with who comes after.
        let (what, class) = what(&before, &at_once);
        let of = |counts: &[i64]| (counts[class], counts.iter().sum::<i64>());
        Change {
            what,
            since: weeks.monday(begins[index + 1]),
            discovered: weeks.sunday(seen.at),
            before: of(&before),
            after: of(&after),
            at_once: of(&at_once),
            ln_evidence: seen.ln_evidence,
            ln_needed: seen.ln_needed,
        }
    };
    seen.iter().enumerate().map(change).collect()
}
