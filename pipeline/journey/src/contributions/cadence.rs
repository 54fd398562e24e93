//! The specification of *cadence* and *intensity*: follow-ups of an entry, naive and at the
//! landmark, there also by what the customer did at the beginning.

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
    let beginning = entered.time.plus(reading.map().cadence_intensity);
    // What decides the entry comes after it; what gives the lead up is no follow-up.
    let until = next.map_or(trail.touchpoints.len(), |next| next.at);
    let while_open = &trail.touchpoints[visit.at + 1..until];
    let follow_ups = while_open.iter().filter(|touchpoint| {
        touchpoint.time <= landmark && reading.kind(touchpoint.kind).is_follow_up
    });
    let follow_ups = follow_ups.count().min(FollowUps::Many as usize) as u16;
    let early = while_open.iter().filter(|touchpoint| {
        let kind = reading.kind(touchpoint.kind);
        touchpoint.time <= beginning && kind.keeps_warm && !kind.is_follow_up
    });
    let early = early.count().min(FollowUps::Many as usize) as u16;
    let stage = u16::from(trail.stages[visit.at]);
    let channel = reading.channel(trail.touchpoints[0].channel);
    let mut count = |family: Family, dims: [u16; 5]| {
        sums.add(CounterKey::total(family, dims), Measure::Count, 1);
    };
    let of = |basis: Basis| [basis as u16, stage, follow_ups, outcome as u16, channel];
    count(Family::Cadence, of(Basis::Naive));
    // Whoever is decided at the landmark itself was not there any more.
    let has_come = landmark <= now && landmark != Timestamp::END;
    if has_come && decided.is_none_or(|at| at > landmark) {
        count(Family::Cadence, of(Basis::Landmark));
        count(Family::Intensity, [stage, follow_ups, early, outcome as u16, channel]);
    }
}
