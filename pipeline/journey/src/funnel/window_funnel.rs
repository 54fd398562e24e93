//! How far a history comes by the rules of ClickHouse's `windowFunnel`, whatever one may think of
//! them: who compares with numbers of that engine must get the same.
//!
//! A touchpoint that is like several steps counts as each of them, the earlier step first, unless
//! `strict_once` is on. Every mode is held against the engine itself.

use super::lens::Lens;
use model::{Span, Timestamp, Touchpoint, WindowFunnelModes};

/// A touchpoint as one step, or as none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    time: Timestamp,
    /// None comes before every step.
    step: Option<usize>,
    number: usize,
}

/// A way that has reached a step.
#[derive(Clone, PartialEq, Eq)]
struct Way {
    start: Timestamp,
    last: Timestamp,
    /// Those of its touchpoints at its last instant that are like several steps.
    used: Vec<usize>,
}

/// Ways of one instant that are told apart at most: only touchpoints that are like several steps
/// make more than one, and 1,024 of them at one instant and step are no journey.
const WAYS_MAX: usize = 1_024;

/// The ways that have reached one step.
#[derive(Clone, Default)]
struct Reached {
    /// Of those before this instant the one that began last.
    settled: Option<Way>,
    /// Those of this instant.
    fresh: Vec<Way>,
}

impl Reached {
    fn is_empty(&self) -> bool {
        self.settled.is_none() && self.fresh.is_empty()
    }

    /// Another instant begins: of the ways of the one before, the one that began last is enough.
    fn settle(&mut self, now: Timestamp) {
        if self.fresh.first().is_none_or(|way| way.last == now) {
            return;
        }
        let fresh = self.fresh.drain(..).max_by_key(|way| way.start);
        let is_later = |way: &Way| self.settled.as_ref().is_none_or(|old| old.start <= way.start);
        if let Some(way) = fresh.filter(is_later) {
            self.settled = Some(way);
        }
    }

    /// Without `strict_once` the engine knows the newest way alone: under `strict_increase` that is
    /// one that cannot go on at this instant, though an older one could.
    fn push(&mut self, way: Way, modes: WindowFunnelModes) {
        if !modes.strict_once {
            *self = Reached::default();
        }
        let is_full = self.fresh.len() >= WAYS_MAX;
        match self.fresh.iter_mut().find(|known| known.used == way.used) {
            Some(known) => known.start = known.start.max(way.start),
            None if is_full => {}
            None => self.fresh.push(way),
        }
    }
}

/// How many steps a history comes; 0 where it does not begin.
pub(super) fn level(
    lens: &Lens,
    modes: WindowFunnelModes,
    history: impl Iterator<Item = Touchpoint>,
) -> usize {
    let count = lens.last() + 1;
    let mut events = Vec::new();
    let mut are_several = Vec::new();
    for (number, touchpoint) in history.enumerate() {
        let steps = lens.steps(&touchpoint);
        are_several.push(steps.count_ones() > 1);
        let event = |step| Event { time: touchpoint.time, step, number };
        events.extend((0..count).filter(|step| steps >> step & 1 == 1).map(|at| event(Some(at))));
        if steps == 0 && modes.strict_order {
            events.push(event(None));
        }
    }
    if !modes.strict_order && count == 1 {
        return events.len().min(1);
    }
    events.sort_unstable();
    search(modes, lens.funnel.window, count, &events, &are_several)
}

fn search(
    modes: WindowFunnelModes,
    window: Span,
    count: usize,
    events: &[Event],
    are_several: &[bool],
) -> usize {
    let mut reached = vec![Reached::default(); count];
    let deepest = |reached: &[Reached]| {
        reached.iter().rposition(|ways| !ways.is_empty()).map_or(0, |at| at + 1)
    };
    for event in events {
        let Some(step) = event.step else {
            if reached[0].is_empty() {
                continue;
            }
            break;
        };
        reached.iter_mut().for_each(|ways| ways.settle(event.time));
        let mark = || match are_several[event.number] && modes.strict_once {
            true => vec![event.number],
            false => Vec::new(),
        };
        if step == 0 {
            reached[0].push(Way { start: event.time, last: event.time, used: mark() }, modes);
            continue;
        }
        if modes.strict_deduplication && !reached[step].is_empty() {
            return deepest(&reached);
        }
        if modes.strict_order && !reached[0].is_empty() && reached[step - 1].is_empty() {
            if modes.allow_reentry {
                continue;
            }
            return reached.iter().position(Reached::is_empty).unwrap_or(count);
        }
        let before = &reached[step - 1];
        let goes_on = |way: &&Way| {
            event.time <= way.start.plus(window)
                && !(modes.strict_increase && way.last >= event.time)
                && !way.used.contains(&event.number)
        };
        let ways: Vec<Way> =
            before.settled.iter().chain(&before.fresh).filter(goes_on).cloned().collect();
        for way in ways {
            let mut used = if way.last == event.time { way.used } else { Vec::new() };
            used.extend(mark());
            reached[step].push(Way { start: way.start, last: event.time, used }, modes);
        }
        if step + 1 == count && !reached[step].is_empty() {
            return count;
        }
    }
    deepest(&reached)
}
