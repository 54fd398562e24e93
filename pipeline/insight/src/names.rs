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
            ids: HashMap::new(),
            waiting: HashMap::new(),
            counts_flow: map.counts(Family::Flow),
        }
    }

    /// The id of a series, given to it now if it is new.
    pub(crate) fn id(&mut self, name: &str) -> SeriesId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let (series, id) = (Series(name.into()), SeriesId(self.series.len() as u32));
        self.series.push(series.clone());
        self.ids.insert(series.clone(), id);
        // An open one waits for itself, so it must be known before its kind is.
        self.kinds.push(Kind::Event);
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

    /// A series.
    pub(crate) fn series(&self, id: SeriesId) -> &Series {
        &self.series[id.0 as usize]
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
