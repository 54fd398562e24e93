//! The sums of all differences: panes rolled up to the map's sizes and to the running total.

use crate::{Counter, CounterId, Difference};
use model::{JourneyMap, Size, Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// All counters of one insight task.
///
/// A frame that was applied before is skipped by position: a counter's own `revision` says so, and
/// no table beside the counters decides (rule 1 of the recovery protocol).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    counters: BTreeMap<CounterId, Counter>,
    changed: BTreeSet<CounterId>,
    /// Windows that are not final yet, by the time at which they will be.
    open: BTreeSet<(Timestamp, CounterId)>,
}

impl Ledger {
    /// Takes a counter as it was stored.
    pub fn restore(&mut self, map: &JourneyMap, id: CounterId, counter: Counter) {
        if !counter.is_final
            && let Some(at) = final_at(map, &id)
        {
            self.open.insert((at, id.clone()));
        }
        self.counters.insert(id, counter);
    }

    /// Adds the differences of the frame that ends at a position of the log (from 1 on).
    pub fn apply(&mut self, map: &JourneyMap, position: u64, differences: &[Difference]) {
        let mut touched = BTreeSet::new();
        for difference in differences {
            for id in windows(map, difference) {
                let counter = match self.counters.get_mut(&id) {
                    Some(counter) => counter,
                    None => {
                        if let Some(at) = final_at(map, &id) {
                            self.open.insert((at, id.clone()));
                        }
                        self.counters.entry(id.clone()).or_default()
                    }
                };
                if counter.revision < position || touched.contains(&id) {
                    counter.add(difference);
                    counter.revision = position;
                    touched.insert(id);
                }
            }
        }
        self.changed.append(&mut touched);
    }

    /// Calls the windows final that only a late touchpoint can change once as_of is reached.
    pub fn settle(&mut self, as_of: Timestamp) {
        while let Some((at, _)) = self.open.first() {
            if *at > as_of {
                break;
            }
            if let Some((_, id)) = self.open.pop_first()
                && let Some(counter) = self.counters.get_mut(&id)
            {
                counter.is_final = true;
                self.changed.insert(id);
            }
        }
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

    /// What a counter holds.
    pub fn get(&self, id: &CounterId) -> Option<&Counter> {
        self.counters.get(id)
    }

    /// Every counter that is not zero.
    pub fn iter(&self) -> impl Iterator<Item = (&CounterId, &Counter)> {
        self.counters.iter().filter(|(_, counter)| !counter.is_zero())
    }
}

/// When a window becomes final: its end and the greater of grace and `repeat_after`, for an
/// entry's money may grow until then. `None` for running totals, for cohorts (which besides wait
/// until nothing in them is open, in whatever partition) and where `repeat_after` is never.
fn final_at(map: &JourneyMap, id: &CounterId) -> Option<Timestamp> {
    let is_cohort = id.series.family().is_none_or(|family| family.is_cohort());
    let wait = map.grace.max(map.repeat_after);
    let window = id.size.window(&map.zone, id.start?)?;
    (!is_cohort && wait != Span::NEVER).then(|| window.end.plus(wait))
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
