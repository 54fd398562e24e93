//! The specification of *objection*: entries in which one was raised, by what was done next.

use super::{Trail, Visit};
use crate::{Diff, Reading, Sink};
use model::{CounterKey, Family, Measure, ends};
use std::collections::BTreeSet;

/// One entry and what became of it: one counter for each class that was raised in it, and one for
/// all of them together.
pub(super) fn objection(
    reading: &Reading,
    trail: &Trail<'_>,
    (visit, next): (&Visit, Option<&Visit>),
    outcome: u16,
    sums: &mut Diff,
) {
    let until = next.map_or(trail.touchpoints.len(), |next| next.at);
    let raised = |at: usize| reading.objection(trail.touchpoints[at].label.class);
    let classes: BTreeSet<u16> = (visit.at..until).filter_map(raised).collect();
    let of_all = (!classes.is_empty()).then_some(ends::ALL);
    for class in of_all.into_iter().chain(classes) {
        let says_it = |at: &usize| match class {
            ends::ALL => raised(*at).is_some(),
            _ => raised(*at) == Some(class),
        };
        let Some(first) = (visit.at..until).find(says_it) else { continue };
        // The step that leads on may be the answer too.
        let after = trail.touchpoints.iter().take(until + 1).skip(first + 1);
        let mut answers = after.map(|touchpoint| reading.kind(touchpoint.kind));
        let answer = answers.find(|kind| kind.is_answer).map_or(ends::NONE, |kind| kind.dim);
        let channel = reading.channel(trail.touchpoints[0].channel);
        let dims = [u16::from(trail.stages[visit.at]), channel, class, answer, outcome];
        let entered = trail.touchpoints[visit.at].time;
        let key = CounterKey::pane(Family::Objection, reading.map(), entered, dims);
        sums.add(key, Measure::Count, 1);
    }
}
