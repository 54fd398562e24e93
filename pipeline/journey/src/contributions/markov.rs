//! The specification of *markov*: paths from a start to a conversion or to nothing.

use crate::{Diff, Reading, Sink};
use model::{CounterKey, Entry, Family, Group, Measure, Timestamp, ends};

/// One path by the values of its channels.
pub(super) fn markov(
    reading: &Reading,
    channels: &[u16],
    (at, end): (Timestamp, u16),
    (entry, group): (Entry, Group),
    sums: &mut Diff,
) {
    let mut nodes = vec![ends::START];
    nodes.extend(channels);
    nodes.push(end);
    for pair in nodes.windows(2) {
        let dims = [pair[0], pair[1], entry as u16, u16::from(group.0), 0];
        sums.add(CounterKey::pane(Family::Markov, reading.map(), at, dims), Measure::Count, 1);
    }
}
