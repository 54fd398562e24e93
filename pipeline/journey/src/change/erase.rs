//! A customer is erased.

use super::emit;
use crate::sink::Negative;
use crate::{Behind, InMemory, JourneyState, Older, Packed, Reading, Sink, Walk};

/// What becomes of the counters when a customer is erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Erasure {
    /// What the customer added is taken back.
    #[default]
    Retract,
    /// What the customer added stays, nameless.
    KeepAnonymous,
}

/// Takes back everything that a customer has added: emits −c(customer).
///
/// *admission* stays as it is: it says what became of each record, the records did come in, and
/// nothing in it is about a person. So records in = counted + duplicate + late + dead goes on to
/// hold; and whoever is heard of again afterwards is somebody new, whose every record counts.
pub fn withdraw(reading: &Reading, state: &JourneyState, sink: &mut impl Sink) {
    emit(reading, (Walk::default(), state), 0, &mut Negative(sink));
}

/// Erases a customer, and returns what has to be kept of nobody.
///
/// Kept anonymously, the counters go on as those of somebody who is not heard of again: an attempt
/// that is open goes cold when it is due, for else it would be open for ever and its window never
/// final. What is due is where the attempt stands and the channels that led there, without a
/// touchpoint and without an identity; it is `None` where time changes nothing any more.
pub fn erase(
    reading: &Reading,
    state: &JourneyState,
    erasure: Erasure,
    sink: &mut impl Sink,
) -> Option<JourneyState> {
    match erasure {
        Erasure::Retract => {
            withdraw(reading, state, sink);
            None
        }
        Erasure::KeepAnonymous => {
            state.due(reading)?;
            let mut walk = Walk { purchases: None, ..state.walk.clone() };
            if let Some(attempt) = &mut walk.attempt {
                // Nobody earns anything any more.
                (attempt.id, attempt.credited) = (0, None);
            }
            let (newest, older, chapters) = (&state.newest, state.older.as_deref(), &mut InMemory);
            let echo = walk.echo(reading, &mut Behind::all(state.group, newest, older, chapters));
            let older = (!echo.is_empty()).then(|| Box::new(Older { echo, ..Older::default() }));
            let (newest, at, group, told) = (Packed::new(&walk), state.at, state.group, state.told);
            Some(JourneyState { walk, newest, older, at, group, told, pending: None })
        }
    }
}
