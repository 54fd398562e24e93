//! The specification of *coalition* and *chain*: which channels a path touches, and in which order.

use crate::{Diff, Reading, Sink};
use model::{ChannelSet, CounterKey, Entry, Group, Measure, Timestamp};

/// One path by the values of its channels: as a set, and step by step after the three before.
pub(super) fn order(
    reading: &Reading,
    channels: &[u16],
    (at, end): (Timestamp, u16),
    of: (Entry, Group),
    sums: &mut Diff,
) {
    let set = channels.iter().fold(ChannelSet::default(), |set, channel| set.with(*channel));
    sums.add(CounterKey::coalition(reading.map(), (at, end), set, of), Measure::Count, 1);
    // A run of one channel is one step.
    let mut runs = channels.to_vec();
    runs.dedup();
    for (step, to) in runs.iter().copied().chain([end]).enumerate() {
        sums.add(CounterKey::chain(&runs[..step], to, of), Measure::Count, 1);
    }
}
