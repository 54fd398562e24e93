//! The sums of all differences: panes rolled up to the map's sizes and to the running total.

use crate::calendar::{Calendar, WindowId};
use crate::names::{Kind, Names};
use crate::{Counter, CounterId, Difference, SeriesId};
use hashbrown::HashMap;
use model::{Family, JourneyMap, Size, Timestamp, Window};
use std::collections::BTreeMap;

/// The place of a counter in its ledger, for as long as the counter is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(u32);

/// All counters of one insight task, under one map.
///
/// Series and windows have dense ids, so that adding a difference hashes eight bytes and no name.
///
/// A frame that was applied before is skipped by position: a counter's own `revision` says so, and
/// no table beside the counters decides (rule 1 of the recovery protocol).
///
/// Once it is settled at a time, it holds the sum of all differences but for the windows that the
/// map does not keep at that time; and what is final follows from that time and these sums alone.
/// So a replay, settled at the same time, agrees.
#[derive(Clone, Debug)]
pub struct Ledger {
    calendar: Calendar,
    names: Names,
    entries: Vec<Entry>,
    places: HashMap<(SeriesId, WindowId), Place>,
    /// Places of counters that are gone.
    free: Vec<Place>,
    changed: Vec<Place>,
    unstored: Vec<Place>,
    /// Lines of people that nobody is on any more, since they were last stored.
    deserted: Vec<Place>,
    /// What is gone, untold and unstored.
    gone: Vec<CounterId>,
    gone_unstored: Vec<CounterId>,
    /// Counters by the time at which their windows may be final, and at which they go.
    due: BTreeMap<Timestamp, Vec<Place>>,
    going: BTreeMap<Timestamp, Vec<Place>>,
    /// Series of open entries that changed in a window whose time has come.
    reopened: Vec<(SeriesId, WindowId)>,
    /// Counters that were born into a window whose time has come.
    newborn: Vec<Place>,
    /// The time that the windows are judged at.
    settled: Timestamp,
    /// How many frames were applied.
    frames: u64,
    final_revised: u64,
}

#[derive(Clone, Debug)]
struct Entry {
    id: CounterId,
    series: SeriesId,
    window: WindowId,
    counter: Counter,
    /// The number of the frame that touched it last.
    frame: u64,
    is_changed: bool,
    is_unstored: bool,
    is_gone: bool,
}

impl Ledger {
    /// No counters yet, under a map.
    pub fn new(map: &JourneyMap) -> Ledger {
        Ledger {
            calendar: Calendar::new(map),
            names: Names::new(map),
            entries: Vec::new(),
            places: HashMap::new(),
            free: Vec::new(),
            changed: Vec::new(),
            unstored: Vec::new(),
            deserted: Vec::new(),
            gone: Vec::new(),
            gone_unstored: Vec::new(),
            due: BTreeMap::new(),
            going: BTreeMap::new(),
            reopened: Vec::new(),
            newborn: Vec::new(),
            settled: Timestamp::NEVER,
            frames: 0,
            final_revised: 0,
        }
    }

    /// The id of a series, given to it now if it is new.
    pub fn series(&mut self, name: &str) -> SeriesId {
        self.names.id(name)
    }

    /// Takes a counter as it was stored.
    pub fn restore(&mut self, id: CounterId, counter: Counter) {
        let series = self.series(&id.series.0);
        let window = id.start.and_then(|start| self.calendar.window_id(id.size, start));
        let place = self.place(series, window.unwrap_or(WindowId::TOTAL));
        self.entries[place.0 as usize].counter = counter;
        if self.is_deserted(place) {
            self.deserted.push(place);
        }
    }

    /// Takes how often a counter was corrected, as it was stored beside the counter, and after it.
    pub fn restore_corrections(&mut self, id: &CounterId, corrections: u32) {
        let series = self.series(&id.series.0);
        let window = id.start.and_then(|start| self.calendar.window_id(id.size, start));
        let key = (series, window.unwrap_or(WindowId::TOTAL));
        if let Some(place) = self.places.get(&key) {
            self.entries[place.0 as usize].counter.corrections = corrections;
        }
    }

    /// Whether a counter is a line of *value* that nobody is on any more. There will be one for
    /// nearly each purchase, so they must not stay, as other counters do when they are zero.
    fn is_deserted(&self, place: Place) -> bool {
        let entry = &self.entries[place.0 as usize];
        entry.counter.is_zero() && entry.id.series.family() == Some(Family::Value)
    }

    /// Adds the differences of the frame that ends at a position of the log (from 1 on).
    pub fn apply(&mut self, position: u64, differences: &[Difference<'_>]) {
        self.frames += 1;
        for difference in differences {
            self.add(difference.series, WindowId::TOTAL, position, difference);
            let Some(pane) = difference.pane else { continue };
            let small = self.names.small(difference.series);
            for window in self.calendar.windows_of(pane).iter() {
                let is_small = small != difference.series && self.calendar.is_small(*window);
                let series = if is_small { small } else { difference.series };
                self.add(series, *window, position, difference);
            }
        }
    }

    fn add(&mut self, series: SeriesId, window: WindowId, position: u64, by: &Difference<'_>) {
        let dates = self.calendar.dates(window);
        // What has gone would come back as a part of itself.
        if dates.is_some_and(|dates| dates.gone <= self.settled) {
            return;
        }
        let place = self.place(series, window);
        let entry = &mut self.entries[place.0 as usize];
        if entry.counter.revision >= position && entry.frame != self.frames {
            return;
        }
        if entry.counter.is_final && entry.frame != self.frames {
            self.final_revised += 1;
            entry.counter.corrections = entry.counter.corrections.saturating_add(1);
        }
        entry.counter.add(by);
        entry.counter.revision = position;
        entry.frame = self.frames;
        self.note(place);
        if dates.is_some_and(|dates| dates.cohort_final <= self.settled)
            && !self.names.waiting_for(series).is_empty()
        {
            self.reopened.push((series, window));
        }
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
        let place = self.free.pop().unwrap_or(Place(self.entries.len() as u32));
        let known = self.calendar.window(window);
        let id = CounterId {
            series: self.names.series(series).clone(),
            size: known.map_or(Size::Total, |window| window.size),
            start: known.map(|window| window.start),
        };
        let former = self.entries.get(place.0 as usize);
        let entry = Entry {
            id,
            series,
            window,
            counter: Counter::default(),
            frame: 0,
            // A place is in each of these lists once, whoever is there.
            is_changed: former.is_some_and(|former| former.is_changed),
            is_unstored: former.is_some_and(|former| former.is_unstored),
            is_gone: false,
        };
        match self.entries.get_mut(place.0 as usize) {
            Some(former) => *former = entry,
            None => self.entries.push(entry),
        }
        self.places.insert((series, window), place);
        self.enter_dates(place);
        place
    }

    /// Notes when a new counter is to be judged; one in a window that is final already is born so.
    fn enter_dates(&mut self, place: Place) {
        let entry = &self.entries[place.0 as usize];
        let Some(dates) = self.calendar.dates(entry.window) else { return };
        let at = match self.names.kind(entry.series) {
            Kind::Event => dates.events_final,
            Kind::Cohort(_) => dates.cohort_final,
            Kind::Unknown => Timestamp::END,
        };
        if at <= self.settled {
            // What this very frame has closed was open before.
            let is_final = self.is_final(place) && !self.is_reopened(place);
            self.entries[place.0 as usize].counter.is_final = is_final;
            self.newborn.push(place);
        } else if at != Timestamp::END {
            self.due.entry(at).or_default().push(place);
        }
        if dates.gone != Timestamp::END {
            self.going.entry(dates.gone).or_default().push(place);
        }
    }

    /// Whether the frame at hand has changed how many are open in a counter's cohort.
    fn is_reopened(&self, place: Place) -> bool {
        let entry = &self.entries[place.0 as usize];
        let Kind::Cohort(open) = self.names.kind(entry.series) else { return false };
        let places = open.iter().filter_map(|series| self.places.get(&(*series, entry.window)));
        places.into_iter().any(|place| self.entries[place.0 as usize].frame == self.frames)
    }

    /// Whether only a late touchpoint can change a counter: its time has come and nothing in its
    /// cohort is open.
    fn is_final(&self, place: Place) -> bool {
        let entry = &self.entries[place.0 as usize];
        let Some(dates) = self.calendar.dates(entry.window) else { return false };
        match self.names.kind(entry.series) {
            Kind::Event => dates.events_final <= self.settled,
            Kind::Unknown => false,
            Kind::Cohort(open) => {
                let is_open = |series: &SeriesId| {
                    let place = self.places.get(&(*series, entry.window));
                    place.is_some_and(|place| self.entries[place.0 as usize].counter.count != 0)
                };
                dates.cohort_final <= self.settled && !open.iter().any(is_open)
            }
        }
    }

    /// Judges the windows at a time: which are final, and which are not kept any more. Time never
    /// goes back.
    pub fn settle(&mut self, as_of: Timestamp) {
        self.settled = self.settled.max(as_of);
        for (series, window) in std::mem::take(&mut self.reopened) {
            for at in 0..self.names.waiting_for(series).len() {
                let waiting = self.names.waiting_for(series)[at];
                if let Some(place) = self.places.get(&(waiting, window)) {
                    self.judge(*place);
                }
            }
        }
        let mut due = take_until(&mut self.due, self.settled);
        due.append(&mut self.newborn);
        due.into_iter().for_each(|place| self.judge(place));
        for place in take_until(&mut self.going, self.settled) {
            self.let_go(place);
        }
    }

    fn judge(&mut self, place: Place) {
        let is_final = self.is_final(place);
        let counter = &mut self.entries[place.0 as usize].counter;
        if std::mem::replace(&mut counter.is_final, is_final) != is_final {
            self.note(place);
        }
    }

    fn let_go(&mut self, place: Place) {
        let entry = &mut self.entries[place.0 as usize];
        entry.is_gone = true;
        entry.counter = Counter::default();
        self.places.remove(&(entry.series, entry.window));
        self.gone.push(entry.id.clone());
        self.gone_unstored.push(entry.id.clone());
        self.free.push(place);
    }

    /// The counters that changed since the last call, those that are zero now included, so that a
    /// reader learns that a counter is nothing any more. In the order of their places.
    pub fn take_changed(&mut self) -> Vec<Place> {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        changed.iter().for_each(|place| self.entries[place.0 as usize].is_changed = false);
        changed.retain(|place| !self.entries[place.0 as usize].is_gone);
        changed
    }

    /// The counters that are gone since the last call.
    pub fn take_gone(&mut self) -> Vec<CounterId> {
        let mut gone = std::mem::take(&mut self.gone);
        gone.retain(|id| !self.is_back(id));
        gone
    }

    /// Whether a line that was let go has somebody on it again. A window never comes back.
    fn is_back(&self, id: &CounterId) -> bool {
        let series = self.names.known(&id.series.0).filter(|_| id.start.is_none());
        series.is_some_and(|series| self.places.contains_key(&(series, WindowId::TOTAL)))
    }

    /// For whoever stores them: the counters that changed since the last call of this, and those
    /// that are gone. While frames are replayed no line of *value* is let go: as it was stored it
    /// may stand further than they do, and the frame that deserted it would then come to a line
    /// that knows of no revision.
    pub fn take_unstored(&mut self, is_replaying: bool) -> (Vec<Place>, Vec<CounterId>) {
        // They were stored as zeros the last time, so that no frame that made them so is replayed.
        let deserted = if is_replaying { Vec::new() } else { std::mem::take(&mut self.deserted) };
        for place in deserted {
            let entry = &self.entries[place.0 as usize];
            if !entry.is_gone && !entry.is_unstored && self.is_deserted(place) {
                let series = entry.series;
                self.let_go(place);
                self.names.forget(series);
            }
        }
        let mut unstored = std::mem::take(&mut self.unstored);
        unstored.sort_unstable();
        unstored.iter().for_each(|place| self.entries[place.0 as usize].is_unstored = false);
        unstored.retain(|place| !self.entries[place.0 as usize].is_gone);
        let deserted = unstored.iter().filter(|place| self.is_deserted(**place));
        let deserted: Vec<Place> = deserted.copied().collect();
        self.deserted.extend(deserted);
        let mut gone = std::mem::take(&mut self.gone_unstored);
        gone.retain(|id| !self.is_back(id));
        (unstored, gone)
    }

    /// How often a frame has changed a counter that was final.
    pub fn final_revised(&self) -> u64 {
        self.final_revised
    }

    /// The counter at a place.
    pub fn at(&self, place: Place) -> (&CounterId, &Counter) {
        let entry = &self.entries[place.0 as usize];
        (&entry.id, &entry.counter)
    }

    /// The window of the counter at a place; `None` for a running total.
    pub fn window(&self, place: Place) -> Option<Window> {
        self.calendar.window(self.entries[place.0 as usize].window)
    }

    /// Every counter that is not zero, in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = (&CounterId, &Counter)> {
        let entries = self.entries.iter().filter(|entry| !entry.counter.is_zero());
        entries.map(|entry| (&entry.id, &entry.counter))
    }

    /// Counters that are zero and were something else when they were final: late ones who came and
    /// went on, or went to another window.
    pub fn corrected_away(&self) -> impl Iterator<Item = (&CounterId, &Counter)> {
        let is_away = |entry: &&Entry| entry.counter.is_zero() && entry.counter.corrections > 0;
        let entries = self.entries.iter().filter(|entry| !entry.is_gone).filter(is_away);
        entries.map(|entry| (&entry.id, &entry.counter))
    }
}

/// What of a list by time is due.
fn take_until(list: &mut BTreeMap<Timestamp, Vec<Place>>, time: Timestamp) -> Vec<Place> {
    let mut due = Vec::new();
    while let Some(first) = list.first_entry().filter(|first| *first.key() <= time) {
        due.append(&mut first.remove());
    }
    due
}
