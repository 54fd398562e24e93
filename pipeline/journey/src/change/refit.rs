//! A history is read with another map.

use super::{emit, fold};
use crate::{JourneyState, Reading, Sink, Walk};
use model::{Timestamp, Touchpoint};

/// Reads a customer's history with another map, beside the one that it is read with: emits c(new)
/// and returns the state to go on with.
///
/// Nothing is taken back: counters carry the version of their map, and those of the old one stand
/// until it is retired. Equal times may be in another order, as kinds enter other stages. The moves
/// are those of the new map, under whose names the old ones are not found: whoever tells moves
/// withdraws the old ones and tells the new ones when the map is switched, and none before.
///
/// *admission* is not folded again: it counts records, of which a history has those alone that
/// count. Its counters go over to the new version as they stand.
pub fn refit(
    reading: &Reading,
    state: &JourneyState,
    as_of: Timestamp,
    sink: &mut impl Sink,
) -> JourneyState {
    let history: Vec<Touchpoint> = state.history().collect();
    let mut refitted = fold(reading, state.group, &history, as_of);
    refitted.at = state.at;
    refitted.pending.clone_from(&state.pending);
    emit(reading, (Walk::default(), &refitted), 0, sink);
    refitted
}
