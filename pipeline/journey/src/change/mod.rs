//! What changes a whole history at once: two customers who turn out to be one, a customer who is
//! erased, another map.
//!
//! Each emits differences, like a touchpoint does, so that the law goes on to hold: what is taken
//! back is what was emitted, the end of an attempt that only time has told included.

mod absorb;
mod erase;
mod refit;

pub use absorb::absorb;
pub use erase::{Erasure, erase, withdraw};
pub use refit::refit;

use crate::sink::{Negative, Silent};
use crate::{Behind, InMemory, JourneyState, Reading, Sink, Told, Walk, advance, elapse};
use model::{Group, Timestamp, Touchpoint};

/// The state of touchpoints of which no two have one identity, in any order; the nearer they are to
/// the order of a history, the quicker.
fn fold(reading: &Reading, group: Group, history: &[Touchpoint], as_of: Timestamp) -> JourneyState {
    let mut state = JourneyState { group, ..JourneyState::default() };
    for touchpoint in history {
        let (source, as_of) = (touchpoint.source, Timestamp::NEVER);
        advance(reading, &mut state, &mut InMemory, touchpoint, source, as_of, &mut Silent);
    }
    elapse(reading, &mut state, &mut InMemory, as_of, &mut Silent);
    state
}

/// Takes back what one state has emitted and emits what another one says; what both have in common
/// at the front is silent.
fn exchange(reading: &Reading, old: &JourneyState, new: &JourneyState, sink: &mut impl Sink) {
    let mut walk = Walk::default();
    let mut common = 0;
    for (before, after) in old.history().zip(new.history()) {
        // A mark that only admission reads changes nothing here.
        if (Touchpoint { flags: after.flags, ..before }) != after {
            break;
        }
        walk.step(reading, &after, &mut Behind::nothing(), &mut Silent);
        common += 1;
    }
    emit(reading, (walk.clone(), old), common, &mut Negative(sink));
    emit(reading, (walk, new), common, sink);
}

/// Everything that a state has emitted after its first touchpoints, which lead to the walk.
fn emit(
    reading: &Reading,
    (mut walk, state): (Walk, &JourneyState),
    common: usize,
    sink: &mut impl Sink,
) {
    let history: Vec<Touchpoint> = state.history().collect();
    let (older, mut chapters) = ((state.older.as_deref(), (0, 0)), InMemory);
    for (index, touchpoint) in history.iter().enumerate().skip(common) {
        let here = &history[..index];
        let behind = &mut Behind::before(state.group, here, &[], older, &mut chapters);
        walk.step(reading, touchpoint, behind, sink);
    }
    match state.told {
        Told::Nothing => {}
        Told::Landmark => walk.stay_open(reading, sink),
        Told::Cold => {
            let behind = &mut Behind::before(state.group, &history, &[], older, &mut chapters);
            walk.go_cold(reading, behind, sink);
        }
    }
}
