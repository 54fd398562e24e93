//! The sums of all differences: panes rolled up to the map's sizes and to the running total.

use crate::{Counter, CounterId, Difference};
use model::{JourneyMap, Size};
use std::collections::{BTreeMap, BTreeSet};

/// All counters of one insight task.
///
/// A frame that was applied before is skipped by position: a counter's own `revision` says so, and
/// no table beside the counters decides (rule 1 of the recovery protocol).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    counters: BTreeMap<CounterId, Counter>,
    changed: BTreeSet<CounterId>,
}

impl Ledger {
    /// Adds the differences of the frame at a position of the log (from 1 on).
    pub fn apply(&mut self, map: &JourneyMap, position: u64, differences: &[Difference]) {
        let mut touched = BTreeSet::new();
        for difference in differences {
            for id in windows(map, difference) {
                let counter = self.counters.entry(id.clone()).or_default();
                if counter.revision < position || touched.contains(&id) {
                    counter.add(difference);
                    counter.revision = position;
                    touched.insert(id);
                }
            }
        }
        self.changed.append(&mut touched);
    }

    /// The counters that changed since the last call, with what they hold; zeros included, so that
    /// a reader learns that a counter is nothing any more.
    pub fn take_changed(&mut self) -> Vec<(CounterId, Counter)> {
        let changed = std::mem::take(&mut self.changed);
        let held = |id: CounterId| {
            let counter = self.counters.get(&id).cloned().unwrap_or_default();
            (id, counter)
        };
        changed.into_iter().map(held).collect()
    }

    /// Every counter that is not zero.
    pub fn iter(&self) -> impl Iterator<Item = (&CounterId, &Counter)> {
        self.counters.iter().filter(|(_, counter)| !counter.is_zero())
    }
}

/// The counters that a difference goes into: each size of the map, and the running total.
fn windows(map: &JourneyMap, difference: &Difference) -> Vec<CounterId> {
    let id = |size, start| CounterId { series: difference.series.clone(), size, start };
    let mut ids = vec![id(Size::Total, None)];
    if let Some(pane) = difference.pane {
        let windows = map.sizes.iter().filter_map(|size| size.window(&map.zone, pane));
        ids.extend(windows.map(|window| id(window.size, Some(window.start))));
    }
    ids
}
