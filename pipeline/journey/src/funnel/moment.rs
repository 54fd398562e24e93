//! The touchpoints of one instant: their order is not known, so steps that fit come first.

use super::lens::{Bits, Lens};
use model::{ChannelId, Timestamp, Touchpoint};

/// Touchpoints of one instant that are alike to a funnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) steps: Bits,
    pub(super) exclusions: Bits,
    pub(super) channel: ChannelId,
    pub(super) count: u32,
}

/// The touchpoints of one instant: those that are like an earlier step first, of those the ones
/// that are like fewer later steps; then in the order of the history. No id decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) time: Timestamp,
    pub(super) items: Vec<Item>,
}

/// Calls for each instant at which something is said about the funnel; in a strict one everything
/// is. The history is in order.
pub(super) fn each_moment(
    lens: &Lens,
    history: impl Iterator<Item = Touchpoint>,
    mut call: impl FnMut(&Moment),
) {
    let mut moment = Moment::default();
    for touchpoint in history {
        let (steps, exclusions) = (lens.steps(&touchpoint), lens.exclusions(&touchpoint));
        if steps == 0 && exclusions == 0 && !lens.is_strict() {
            continue;
        }
        if touchpoint.time != moment.time && !moment.items.is_empty() {
            moment.settle();
            call(&moment);
            moment.items.clear();
        }
        moment.time = touchpoint.time;
        moment.add(Item { steps, exclusions, channel: touchpoint.channel, count: 1 });
    }
    if !moment.items.is_empty() {
        moment.settle();
        call(&moment);
    }
}

impl Moment {
    fn add(&mut self, item: Item) {
        let is_like = |known: &&mut Item| Item { count: 1, ..**known } == item;
        match self.items.iter_mut().find(is_like) {
            Some(known) => known.count += 1,
            None => self.items.push(item),
        }
    }

    fn settle(&mut self) {
        if self.items.len() > 1 {
            self.items.sort_by_key(|item| (item.steps.trailing_zeros(), item.steps));
        }
    }
}
