//! The sums of all differences: panes rolled up to the map's sizes and to the running total.

use crate::{Counter, CounterId, Difference, SeriesId};
use hashbrown::HashMap;
use model::{JourneyMap, Series, Size, Span, Timestamp, Window, Zone};
use std::collections::BTreeMap;

/// The place of a counter in its ledger, for as long as the ledger lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(u32);

/// All counters of one insight task, under one map.
///
/// Series and windows have dense ids, so that adding a difference hashes eight bytes and no name.
///
/// A frame that was applied before is skipped by position: a counter's own `revision` says so, and
/// no table beside the counters decides (rule 1 of the recovery protocol).
#[derive(Clone, Debug)]
pub struct Ledger {
    sizes: Vec<Size>,
    zone: Zone,
    /// From a window's end to its being final.
    wait: Span,
    entries: Vec<Entry>,
    places: HashMap<(SeriesId, WindowId), Place>,
    series: Vec<Series>,
    series_ids: HashMap<Series, SeriesId>,
    windows: Vec<Window>,
    window_ids: HashMap<(Size, Timestamp), WindowId>,
    /// The windows that a pane goes into, besides the running total.
    panes: HashMap<Timestamp, Box<[WindowId]>>,
    changed: Vec<Place>,
    unstored: Vec<Place>,
    /// Counters that are not final yet, by the time at which they will be.
    open: BTreeMap<Timestamp, Vec<Place>>,
    /// How many frames were applied.
    frames: u64,
}

/// The place of a window in the table, or the running total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct WindowId(u32);

const TOTAL: WindowId = WindowId(u32::MAX);

#[derive(Clone, Debug)]
struct Entry {
    id: CounterId,
    window: WindowId,
    counter: Counter,
    /// The number of the frame that touched it last.
    frame: u64,
    is_changed: bool,
    is_unstored: bool,
}

impl Ledger {
    /// No counters yet, under a map.
    pub fn new(map: &JourneyMap) -> Ledger {
        Ledger {
            sizes: map.sizes.clone(),
            zone: map.zone.clone(),
            wait: map.grace.max(map.repeat_after),
            entries: Vec::new(),
            places: HashMap::new(),
            series: Vec::new(),
            series_ids: HashMap::new(),
            windows: Vec::new(),
            window_ids: HashMap::new(),
            panes: HashMap::new(),
            changed: Vec::new(),
            unstored: Vec::new(),
            open: BTreeMap::new(),
            frames: 0,
        }
    }

    /// The id of a series, given to it now if it is new.
    pub fn series(&mut self, name: &str) -> SeriesId {
        if let Some(id) = self.series_ids.get(name) {
            return *id;
        }
        let (series, id) = (Series(name.into()), SeriesId(self.series.len() as u32));
        self.series.push(series.clone());
        self.series_ids.insert(series, id);
        id
    }

    /// Takes a counter as it was stored.
    pub fn restore(&mut self, id: CounterId, counter: Counter) {
        let series = self.series(&id.series.0);
        let window = match id.start.and_then(|start| id.size.window(&self.zone, start)) {
            Some(window) => self.window_id(window),
            None => TOTAL,
        };
        let place = self.place(series, window);
        self.entries[place.0 as usize].counter = counter;
    }

    /// Adds the differences of the frame that ends at a position of the log (from 1 on).
    pub fn apply(&mut self, position: u64, differences: &[Difference<'_>]) {
        self.frames += 1;
        for difference in differences {
            self.add(difference.series, TOTAL, position, difference);
            let Some(pane) = difference.pane else { continue };
            self.know_pane(pane);
            for at in 0..self.sizes.len() {
                if let Some(window) = self.panes[&pane].get(at).copied() {
                    self.add(difference.series, window, position, difference);
                }
            }
        }
    }

    fn add(&mut self, series: SeriesId, window: WindowId, position: u64, by: &Difference<'_>) {
        let place = self.place(series, window);
        let entry = &mut self.entries[place.0 as usize];
        if entry.counter.revision >= position && entry.frame != self.frames {
            return;
        }
        entry.counter.add(by);
        entry.counter.revision = position;
        entry.frame = self.frames;
        self.note(place);
    }

    /// Notes that a counter has changed.
    fn note(&mut self, place: Place) {
        let entry = &mut self.entries[place.0 as usize];
        if !std::mem::replace(&mut entry.is_changed, true) {
            self.changed.push(place);
        }
        if !std::mem::replace(&mut entry.is_unstored, true) {
            self.unstored.push(place);
        }
    }

    fn place(&mut self, series: SeriesId, window: WindowId) -> Place {
        if let Some(place) = self.places.get(&(series, window)) {
            return *place;
        }
        let place = Place(self.entries.len() as u32);
        let name = self.series[series.0 as usize].clone();
        let size = self.windows.get(window.0 as usize).map_or(Size::Total, |window| window.size);
        let start = self.windows.get(window.0 as usize).map(|window| window.start);
        let id = CounterId { series: name, size, start };
        if let Some(at) = self.final_at(&id.series, window) {
            self.open.entry(at).or_default().push(place);
        }
        self.entries.push(Entry {
            id,
            window,
            counter: Counter::default(),
            frame: 0,
            is_changed: false,
            is_unstored: false,
        });
        self.places.insert((series, window), place);
        place
    }

    fn window_id(&mut self, window: Window) -> WindowId {
        let next = WindowId(self.windows.len() as u32);
        let id = *self.window_ids.entry((window.size, window.start)).or_insert(next);
        if id == next {
            self.windows.push(window);
        }
        id
    }

    /// Sees to it that the windows of a pane are known.
    fn know_pane(&mut self, pane: Timestamp) {
        if self.panes.contains_key(&pane) {
            return;
        }
        let sizes = self.sizes.clone();
        let windows = sizes.iter().filter_map(|size| size.window(&self.zone, pane));
        let windows: Vec<Window> = windows.collect();
        let ids = windows.into_iter().map(|window| self.window_id(window)).collect();
        self.panes.insert(pane, ids);
    }

    /// When a window becomes final: its end and the greater of grace and `repeat_after`, for an
    /// entry's money may grow until then. `None` for running totals, for cohorts (which besides
    /// wait until nothing in them is open, in whatever partition) and where `repeat_after` is
    /// never.
    fn final_at(&self, series: &Series, window: WindowId) -> Option<Timestamp> {
        let is_cohort = series.family().is_none_or(|family| family.is_cohort());
        let window = self.windows.get(window.0 as usize)?;
        (!is_cohort && self.wait != Span::NEVER).then(|| window.end.plus(self.wait))
    }

    /// Calls the windows final that only a late touchpoint can change once as_of is reached.
    pub fn settle(&mut self, as_of: Timestamp) {
        while let Some(first) = self.open.first_entry() {
            if *first.key() > as_of {
                break;
            }
            for place in first.remove() {
                let counter = &mut self.entries[place.0 as usize].counter;
                if !std::mem::replace(&mut counter.is_final, true) {
                    self.note(place);
                }
            }
        }
    }

    /// The counters that changed since the last call, those that are zero now included, so that a
    /// reader learns that a counter is nothing any more. In the order of their places.
    pub fn take_changed(&mut self) -> Vec<Place> {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        changed.iter().for_each(|place| self.entries[place.0 as usize].is_changed = false);
        changed
    }

    /// The counters that changed since the last call of this, for whoever stores them.
    pub fn take_unstored(&mut self) -> Vec<Place> {
        let mut unstored = std::mem::take(&mut self.unstored);
        unstored.sort_unstable();
        unstored.iter().for_each(|place| self.entries[place.0 as usize].is_unstored = false);
        unstored
    }

    /// The counter at a place.
    pub fn at(&self, place: Place) -> (&CounterId, &Counter) {
        let entry = &self.entries[place.0 as usize];
        (&entry.id, &entry.counter)
    }

    /// The window of the counter at a place; `None` for a running total.
    pub fn window(&self, place: Place) -> Option<Window> {
        self.windows.get(self.entries[place.0 as usize].window.0 as usize).copied()
    }

    /// Every counter that is not zero, in the order in which they were met.
    pub fn iter(&self) -> impl Iterator<Item = (&CounterId, &Counter)> {
        let entries = self.entries.iter().filter(|entry| !entry.counter.is_zero());
        entries.map(|entry| (&entry.id, &entry.counter))
    }
}
