//! The specification of *objection*: entries in which one was raised, by what was done next.

use super::{Trail, Visit};
use crate::{Diff, Reading, Sink};
use model::{CounterKey, Family, Measure, ends};
use std::collections::BTreeSet;

/// An objection in an entry: which, where in the trail it was raised first, and what was done next.
pub(crate) struct Objected {
    pub(crate) class: u16,
    pub(crate) first: usize,
    pub(crate) next: u16,
}

/// One for each class that was raised in an entry, and before them one for all of them together.
pub(crate) fn objected(
    reading: &Reading,
    trail: &Trail<'_>,
    (visit, next): (&Visit, Option<&Visit>),
) -> Vec<Objected> {
    let until = next.map_or(trail.touchpoints.len(), |next| next.at);
    let raised = |at: usize| reading.objection(trail.touchpoints[at].label.class);
    let classes: BTreeSet<u16> = (visit.at..until).filter_map(raised).collect();
    let of_all = (!classes.is_empty()).then_some(ends::ALL);
    let one = |class: u16| {
        let says_it = |at: &usize| match class {
            ends::ALL => raised(*at).is_some(),
            _ => raised(*at) == Some(class),
        };
        let first = (visit.at..until).find(says_it)?;
        // The step that leads on may be the answer too.
        let after = trail.touchpoints.iter().take(until + 1).skip(first + 1);
        let mut answers = after.map(|touchpoint| reading.kind(touchpoint.kind));
        let next = answers.find(|kind| kind.is_answer).map_or(ends::NONE, |kind| kind.dim);
        Some(Objected { class, first, next })
    };
    of_all.into_iter().chain(classes).filter_map(one).collect()
}

/// One entry and what became of it: one counter for each class that was raised in it, and one for
/// all of them together.
pub(super) fn objection(
    reading: &Reading,
    trail: &Trail<'_>,
    around: (&Visit, Option<&Visit>),
    outcome: u16,
    sums: &mut Diff,
) {
    let channel = reading.channel(trail.touchpoints[0].channel);
    let (stage, entered) = (u16::from(trail.stages[around.0.at]), trail.touchpoints[around.0.at]);
    for Objected { class, next, .. } in objected(reading, trail, around) {
        let dims = [stage, channel, class, next, outcome];
        let key = CounterKey::pane(Family::Objection, reading.map(), entered.time, dims);
        sums.add(key, Measure::Count, 1);
    }
}
