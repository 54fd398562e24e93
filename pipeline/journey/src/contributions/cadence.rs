//! The specification of *cadence*: follow-ups of an entry, naive and at the landmark.

use super::{Trail, Visit};
use crate::{Diff, Reading, Sink};
use model::{Basis, CounterKey, Family, FollowUps, Measure, Outcome, Timestamp};

/// One entry, and when it was decided.
pub(super) fn cadence(
    reading: &Reading,
    trail: &Trail<'_>,
    (visit, next): (&Visit, Option<&Visit>),
    (decided, outcome): (Option<Timestamp>, Outcome),
    now: Timestamp,
    sums: &mut Diff,
) {
    let entered = trail.touchpoints[visit.at];
    let landmark = entered.time.plus(reading.map().cadence_landmark);
    // What decides the entry comes after it; what gives the lead up is no follow-up.
    let until = next.map_or(trail.touchpoints.len(), |next| next.at);
    let while_open = &trail.touchpoints[visit.at + 1..until];
    let follow_ups = while_open.iter().filter(|touchpoint| {
        touchpoint.time <= landmark && reading.kind(touchpoint.kind).is_follow_up
    });
    let follow_ups = follow_ups.count().min(FollowUps::Many as usize) as u16;
    let stage = u16::from(trail.stages[visit.at]);
    let channel = reading.channel(trail.touchpoints[0].channel);
    let mut count = |basis: Basis| {
        let dims = [basis as u16, stage, follow_ups, outcome as u16, channel];
        sums.add(CounterKey::total(Family::Cadence, dims), Measure::Count, 1);
    };
    count(Basis::Naive);
    // Whoever is decided at the landmark itself was not there any more.
    let has_come = landmark <= now && landmark != Timestamp::END;
    if has_come && decided.is_none_or(|at| at > landmark) {
        count(Basis::Landmark);
    }
}
