//! Two customers turn out to be one.

use super::{exchange, fold};
use crate::advance::admit;
use crate::label::united;
use crate::order::{is_alike, precedes, sort};
use crate::{JourneyState, Reading, Sink};
use model::{Flags, Label, Result, Timestamp, Touchpoint};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Takes the history of another customer over, and the labels that wait there: emits −c(winner) +
/// c(winner ∪ loser).
///
/// The −c(loser) is `withdraw`'s, so that what the loser has told is taken back in the loser's name
/// and, in families that divide customers into groups, from the loser's group. A merge is both, in
/// one commit. Whether one takes over the other or the other the one, and in which order three are
/// united, changes no sum and no history.
///
/// *admission* counts records, and no record comes or goes: an identity that stood in both was
/// counted twice and is one touchpoint now, so one of its records becomes a duplicate; it is a
/// conflict by all its records of the greatest revision. Records in = counted + duplicate + late +
/// dead holds before and after.
pub fn absorb(
    reading: &Reading,
    winner: &mut JourneyState,
    loser: impl IntoIterator<Item = Touchpoint>,
    waiting: &[(u64, Label)],
    as_of: Timestamp,
    sink: &mut impl Sink,
) {
    let own = winner.history().map(|touchpoint| (touchpoint.identity, touchpoint));
    let mut all: BTreeMap<u64, Touchpoint> = own.collect();
    for touchpoint in loser {
        let known = all.get(&touchpoint.identity).copied();
        let one = known.map_or(touchpoint, |known| one_of(reading, known, touchpoint, sink));
        all.insert(touchpoint.identity, one);
    }
    let own = winner.pending.as_ref().map_or(&[][..], |pending| &pending.0);
    let mut pending = united(reading, own, waiting);
    // What one of them waited for the other may have had.
    pending.0.retain(|(identity, label)| match all.get_mut(identity) {
        Some(known) => {
            known.label = Label::one_of(known.label, *label, reading.dictionary());
            false
        }
        None => true,
    });
    let mut history: Vec<Touchpoint> = all.into_values().collect();
    // They come by identity, and what is in order is folded once.
    sort(reading, &mut history);
    let mut state = fold(reading, winner.group, &history, as_of);
    state.pending = (!pending.0.is_empty()).then(|| Box::new(pending));
    exchange(reading, winner, &state, sink);
    state.replace(winner);
}

/// The one touchpoint that two records of an identity are, whichever customer had which.
fn one_of(reading: &Reading, a: Touchpoint, b: Touchpoint, sink: &mut impl Sink) -> Touchpoint {
    let marks = [a, b].map(|touchpoint| touchpoint.flags.has(Flags::CONFLICT));
    let is_conflict = match a.revision.cmp(&b.revision) {
        Ordering::Greater => marks[0],
        Ordering::Less => marks[1],
        Ordering::Equal => marks[0] || marks[1] || !is_alike(&a, &b),
    };
    let conflicts = i64::from(is_conflict) - i64::from(marks[0]) - i64::from(marks[1]);
    for (result, amount) in
        [(Result::Counted, -1), (Result::Duplicate, 1), (Result::Conflict, conflicts)]
    {
        admit(reading, a.source, result, amount, sink);
    }
    let mut one = if precedes(reading, &b, &a) { b } else { a };
    one.flags.set(Flags::CONFLICT, is_conflict);
    one.label = Label::one_of(a.label, b.label, reading.dictionary());
    one
}
