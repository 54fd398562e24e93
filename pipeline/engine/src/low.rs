//! How far the stored states of a task speak for its input, and how far they go.

use crate::{Mark, StateStore, StateWrite, TaskId, Verdict};
use codec::Fault;
use codec::state::{self, Low};

/// Key of the low position.
pub(crate) const LOW: &[u8] = b"m";

/// Key of the high position.
const HIGH: &[u8] = b"h";

/// How far the stored states speak. States that another release wrote are discarded: they hold
/// nothing that the log does not give again.
pub(crate) fn read(task: TaskId, store: &mut impl StateStore) -> Result<Low, Verdict> {
    match store.get(task, LOW)?.map(|bytes| state::decode_low(&bytes)) {
        None => Ok(Low::default()),
        Some(Ok(low)) => Ok(low),
        Some(Err(Fault::Version { .. })) => store.clear(task).map(|()| Low::default()),
        Some(Err(fault)) => {
            Err(Verdict::Corrupted(format!("low position of {task:?} cannot be read: {fault}")))
        }
    }
}

/// The version of the stored states and the one that this release reads, where these differ.
pub(crate) fn other_version(
    task: TaskId,
    store: &impl StateStore,
) -> Result<Option<(u8, u8)>, Verdict> {
    match store.get(task, LOW)?.map(|bytes| state::decode_low(&bytes)) {
        Some(Err(Fault::Version { found, known })) => Ok(Some((found, known))),
        None | Some(Ok(_) | Err(_)) => Ok(None),
    }
}

/// Writes it, after the states that it speaks for.
pub(crate) fn write(task: TaskId, store: &mut impl StateStore, low: Low) -> Result<(), Verdict> {
    let mut bytes = Vec::new();
    state::encode_low(low, &mut bytes);
    store.write(task, &[StateWrite { key: LOW.to_vec(), value: Some(bytes) }])
}

/// The position beyond which no stored state stands. Written in one batch with the states: where a
/// store and a log do not belong together, a state that nobody loads while the task replays would
/// pass over other records later on.
pub(crate) fn high(committed: u64) -> StateWrite {
    let mut bytes = Vec::new();
    state::encode_low(Low { position: committed, records: 0 }, &mut bytes);
    StateWrite { key: HIGH.to_vec(), value: Some(bytes) }
}

/// Reads it; 0 where an earlier release wrote the states.
pub(crate) fn read_high(task: TaskId, store: &impl StateStore) -> Result<u64, Verdict> {
    let Some(bytes) = store.get(task, HIGH)? else { return Ok(0) };
    state::decode_low(&bytes).map(|high| high.position).map_err(|fault| {
        Verdict::Corrupted(format!("high position of {task:?} cannot be read: {fault}"))
    })
}

/// Refuses states that the log has never committed: it has lost its end, or is another one.
pub(crate) fn check(
    task: TaskId,
    store: &impl StateStore,
    low: u64,
    mark: Mark,
) -> Result<(), Verdict> {
    let high = read_high(task, store)?.max(low);
    if high > mark.position { Err(beyond(task, high, mark)) } else { Ok(()) }
}

/// A state that the log has never committed.
pub(crate) fn beyond(task: TaskId, at: u64, mark: Mark) -> Verdict {
    let committed = mark.position;
    Verdict::Corrupted(format!(
        "state of {task:?} stands at {at}, beyond the committed {committed} [D0401]"
    ))
}

/// States that would need input which is deleted.
pub(crate) fn behind(task: TaskId, position: u64, start: u64) -> Verdict {
    Verdict::Corrupted(format!(
        "state of {task:?} at {position} lies behind the retained input, \
         which begins at {start} [D0403]"
    ))
}
