//! Moves as the topic `transitions` tells them.

use codec::Format;
use codec::encode::{Move, MoveType};
use journey::Reading;
use model::{Transition, TransitionType, ends};

/// A move in words.
pub(crate) fn tell(
    format: Format,
    reading: &Reading,
    customer: &str,
    transition: &Transition,
    sign: i64,
    is_correction: bool,
) -> Vec<u8> {
    let stage = |index: u16| match reading.map().stages.get(usize::from(index)) {
        Some(stage) => &*stage.name,
        None => ends::word(index),
    };
    let to = stage(transition.to);
    // For cold the stage too: an attempt may go cold, be revived, and go cold in another one.
    let target = match transition.kind_of_move {
        TransitionType::Cold => format!("{to}\0{}", stage(transition.from)),
        TransitionType::Entered | TransitionType::Lost => to.to_owned(),
    };
    let hash = |target: &str| {
        codec::identity::transition(customer.as_bytes(), transition.touchpoint, target)
    };
    let id = hash(&target);
    let move_type = match transition.kind_of_move {
        _ if sign < 0 => MoveType::Withdrawn,
        TransitionType::Entered => MoveType::Entered,
        TransitionType::Cold => MoveType::Cold,
        TransitionType::Lost => MoveType::Lost,
    };
    let told = Move {
        id: if sign < 0 { hash(&format!("withdrawn\0{target}")) } else { id },
        customer_id: customer,
        attempt: transition.attempt,
        move_type,
        from: stage(transition.from),
        to,
        at: transition.at,
        channel: reading.dictionary().channels.word(transition.channel.0),
        kind: reading.dictionary().kinds.word(transition.kind.0),
        withdraws: (sign < 0).then_some(id),
        correction: is_correction || sign < 0,
    };
    format.transition(&told)
}
