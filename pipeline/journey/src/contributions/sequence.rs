//! The specification of *sequence*: what an entry began with, of those open at the landmark.

use super::{Trail, Visit};
use crate::{Diff, Reading, Sink};
use model::{CounterKey, Measure, Outcome, Paid, Step, Steps, Timestamp};

/// One entry, and when it was decided.
pub(super) fn sequence(
    reading: &Reading,
    trail: &Trail<'_>,
    (visit, next): (&Visit, Option<&Visit>),
    (decided, outcome): (Option<Timestamp>, Outcome),
    now: Timestamp,
    sums: &mut Diff,
) {
    let landmark = trail.touchpoints[visit.at].time.plus(reading.map().cadence_landmark);
    let has_come = landmark <= now && landmark != Timestamp::END;
    if !has_come || decided.is_some_and(|at| at <= landmark) {
        return;
    }
    // The touchpoint that enters is the first; the one that decides comes after all of them.
    let until = next.map_or(trail.touchpoints.len(), |next| next.at);
    let mut steps: Vec<Step> = Vec::new();
    for touchpoint in &trail.touchpoints[visit.at..until] {
        let step = reading.step(touchpoint.kind, touchpoint.channel);
        if touchpoint.time <= landmark && !steps.contains(&step) {
            steps.push(step);
        }
    }
    let steps = steps.into_iter().take(Steps::MAX).fold(Steps::default(), Steps::with);
    let purchase = next.map(|next| trail.touchpoints[next.at]);
    let purchase = purchase.filter(|by| reading.kind(by.kind).is_purchase);
    let paid = purchase.map_or_else(Paid::default, |by| Paid::of(by.amount));
    let of = (trail.stages[visit.at], reading.channel(trail.touchpoints[0].channel));
    let key = CounterKey::sequence(of, steps, (outcome, paid));
    sums.add(key, Measure::Count, 1);
    if let Some(by) = purchase.filter(|by| by.currency.0 != 0) {
        sums.add(key, Measure::Money(by.currency), by.amount);
    }
}
