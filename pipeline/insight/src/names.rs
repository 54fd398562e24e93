//! The series that a ledger has met, and which of them tell whether a cohort is open.

use crate::SeriesId;
use hashbrown::HashMap;
use model::{Family, JourneyMap, Series};

/// What decides, besides time, whether a window of a series is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What happens at a time: nothing else.
    Event,
    /// Entries: that none of these series of open entries has any there.
    Cohort([SeriesId; 2]),
    /// Entries of which nobody counts how many are open.
    Unknown,
}

/// Series by dense ids.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    series: Vec<Series>,
    kinds: Vec<Kind>,
    /// By series: the one that windows of less than a day are counted under.
    small: Vec<SeriesId>,
    /// Ids that may be given again.
    free: Vec<SeriesId>,
    ids: HashMap<Series, SeriesId>,
    /// By a series of open entries, those that wait for it.
    waiting: HashMap<SeriesId, Vec<SeriesId>>,
    counts_flow: bool,
}

impl Names {
    /// None yet.
    pub(crate) fn new(map: &JourneyMap) -> Names {
        Names {
            series: Vec::new(),
            kinds: Vec::new(),
            small: Vec::new(),
            free: Vec::new(),
            ids: HashMap::new(),
            waiting: HashMap::new(),
            counts_flow: map.counts(Family::Flow),
        }
    }

    /// The id of a series that is known.
    pub(crate) fn known(&self, name: &str) -> Option<SeriesId> {
        self.ids.get(name).copied()
    }

    /// The id of a series, given to it now if it is new.
    pub(crate) fn id(&mut self, name: &str) -> SeriesId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let series = Series(name.into());
        let id = self.free.pop().unwrap_or(SeriesId(self.series.len() as u32));
        if id.0 as usize == self.series.len() {
            self.series.push(series.clone());
            self.kinds.push(Kind::Event);
            self.small.push(id);
        }
        // An open one waits for itself, so it must be known before its kind is.
        self.series[id.0 as usize] = series.clone();
        self.ids.insert(series.clone(), id);
        if let Some(all) = series.of_all_groups() {
            self.small[id.0 as usize] = self.id(&all);
        }
        let kind = self.kind_of(&series);
        self.kinds[id.0 as usize] = kind;
        if let Kind::Cohort(open) = kind {
            for open in open {
                let waiting = self.waiting.entry(open).or_default();
                if !waiting.contains(&id) {
                    waiting.push(id);
                }
            }
        }
        id
    }

    fn kind_of(&mut self, series: &Series) -> Kind {
        let Some([first, again]) = series.open_entries() else { return Kind::Event };
        match self.counts_flow {
            true => Kind::Cohort([self.id(&first), self.id(&again)]),
            false => Kind::Unknown,
        }
    }

    /// Forgets a series that nobody waits for and of which there is no counter.
    pub(crate) fn forget(&mut self, id: SeriesId) {
        self.ids.remove(&*self.series[id.0 as usize].0);
        self.free.push(id);
    }

    /// A series.
    pub(crate) fn series(&self, id: SeriesId) -> &Series {
        &self.series[id.0 as usize]
    }

    /// The series that its windows of less than a day are counted under: that of all groups, where
    /// it is of one.
    pub(crate) fn small(&self, id: SeriesId) -> SeriesId {
        self.small[id.0 as usize]
    }

    /// What decides whether its windows are final.
    pub(crate) fn kind(&self, id: SeriesId) -> Kind {
        self.kinds[id.0 as usize]
    }

    /// The series that wait for this one to have nothing open.
    pub(crate) fn waiting_for(&self, id: SeriesId) -> &[SeriesId] {
        self.waiting.get(&id).map_or(&[], Vec::as_slice)
    }
}
