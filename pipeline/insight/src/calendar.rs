//! The windows of a map: which a pane goes into, when each of them is final and when it goes.

use crate::CounterId;
use hashbrown::HashMap;
use model::{JourneyMap, Size, Span, Timestamp, Window, Zone};
use std::rc::Rc;

/// The place of a window in the calendar, or the running total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WindowId(pub(crate) u32);

impl WindowId {
    /// The running total.
    pub(crate) const TOTAL: WindowId = WindowId(u32::MAX);
}

/// When nothing but a late touchpoint changes a window any more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dates {
    /// From when on for what happens at a time: *move*, *activity*. `END` where never.
    pub(crate) events_final: Timestamp,
    /// From when on for a cohort in which nothing is open.
    pub(crate) cohort_final: Timestamp,
    /// From when on the map does not keep it. `END` where for ever.
    pub(crate) gone: Timestamp,
}

/// The windows that were met, under one map.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    sizes: Vec<Size>,
    zone: Zone,
    /// From a window's end to its being final, of events and of cohorts.
    waits: (Span, Span),
    keep: Vec<(Size, Span)>,
    windows: Vec<(Window, Dates)>,
    ids: HashMap<(Size, Timestamp), WindowId>,
    panes: HashMap<Timestamp, Rc<[WindowId]>>,
}

impl Calendar {
    /// No windows yet.
    pub(crate) fn new(map: &JourneyMap) -> Calendar {
        let grown = map.grace.max(map.repeat_after);
        Calendar {
            sizes: map.sizes.clone(),
            zone: map.zone.clone(),
            waits: (grown, cohort_wait(map)),
            keep: map.keep.iter().map(|keep| (keep.size, keep.span)).collect(),
            windows: Vec::new(),
            ids: HashMap::new(),
            panes: HashMap::new(),
        }
    }

    /// The windows that a pane goes into, besides the running total.
    pub(crate) fn windows_of(&mut self, pane: Timestamp) -> Rc<[WindowId]> {
        if let Some(known) = self.panes.get(&pane) {
            return Rc::clone(known);
        }
        let sizes = self.sizes.clone();
        let windows = sizes.iter().filter_map(|size| self.window_id(*size, pane));
        let windows: Rc<[WindowId]> = windows.collect();
        self.panes.insert(pane, Rc::clone(&windows));
        windows
    }

    /// The window of a size that an instant lies in; `None` for the running total.
    pub(crate) fn window_id(&mut self, size: Size, at: Timestamp) -> Option<WindowId> {
        let window = size.window(&self.zone, at)?;
        let next = WindowId(self.windows.len() as u32);
        let id = *self.ids.entry((window.size, window.start)).or_insert(next);
        if id == next {
            let keep = self.keep.iter().find(|(size, _)| *size == window.size);
            let dates = Dates {
                events_final: window.end.plus(self.waits.0),
                cohort_final: window.end.plus(self.waits.1),
                gone: window.end.plus(keep.map_or(Span::NEVER, |(_, span)| *span)),
            };
            self.windows.push((window, dates));
        }
        Some(id)
    }

    /// A window; `None` for the running total.
    pub(crate) fn window(&self, id: WindowId) -> Option<Window> {
        Some(self.windows.get(id.0 as usize)?.0)
    }

    /// Whether a window is of less than a day.
    pub(crate) fn is_small(&self, id: WindowId) -> bool {
        self.window(id).is_some_and(|window| matches!(window.size, Size::Hours(_)))
    }

    /// The dates of a window; `None` for the running total, which is never final and never goes.
    pub(crate) fn dates(&self, id: WindowId) -> Option<Dates> {
        Some(self.windows.get(id.0 as usize)?.1)
    }
}

/// How long after its end a window of entries is waited for, if nothing of it is open by then.
pub(crate) fn cohort_wait(map: &JourneyMap) -> Span {
    // An entry's money may grow until the entry can be repeated; with `never` for as long as it is
    // open, which of a cohort is known and of events is not.
    match map.repeat_after {
        Span::NEVER => map.grace,
        after => map.grace.max(after),
    }
}

/// Whether a map keeps a counter that is judged at a time.
pub fn is_kept(map: &JourneyMap, id: &CounterId, as_of: Timestamp) -> bool {
    let window = id.start.and_then(|start| id.size.window(&map.zone, start));
    let keep = map.keep.iter().find(|keep| keep.size == id.size);
    let gone = window.zip(keep).map(|(window, keep)| window.end.plus(keep.span));
    gone.is_none_or(|gone| gone > as_of)
}
