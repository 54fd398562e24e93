//! Ways through a funnel whose steps come in any order: each step by a touchpoint of its own.

use super::Period;
use super::lens::{Bits, Lens};
use super::moment::Moment;
use model::{ChannelId, FunnelCount, Passage, PassageEnd, Search, Timestamp};
use std::collections::BTreeMap;

/// Which step each touchpoint is, so that as many steps as can be have one.
///
/// A touchpoint that is like several steps gives way to another one where that helps (augmenting
/// paths), so how many steps are met does not depend on who was asked first.
struct Steps {
    count: usize,
    taken: Vec<Option<Bits>>,
}

impl Steps {
    fn new(count: usize) -> Steps {
        Steps { count, taken: vec![None; count] }
    }

    fn met(&self) -> usize {
        self.taken.iter().flatten().count()
    }

    /// Adds a touchpoint; whether one more step is met.
    fn add(&mut self, steps: Bits) -> bool {
        let mut asked = 0;
        self.place(steps, &mut asked)
    }

    fn place(&mut self, steps: Bits, asked: &mut Bits) -> bool {
        for step in 0..self.count {
            if steps >> step & 1 == 0 || *asked >> step & 1 == 1 {
                continue;
            }
            *asked |= 1 << step;
            let is_free = match self.taken[step] {
                None => true,
                Some(other) => self.place(other, asked),
            };
            if is_free {
                self.taken[step] = Some(steps);
                return true;
            }
        }
        false
    }
}

/// A touchpoint that is like a step.
#[derive(Clone, Copy)]
struct Touch {
    time: Timestamp,
    steps: Bits,
    channel: ChannelId,
}

/// The ways of one customer.
pub(super) struct AnyOrder<'a> {
    lens: &'a Lens,
    period: Period,
    is_totals: bool,
    has_reentry: bool,
    /// What one way at a time is made of.
    way: Option<(Passage, Steps)>,
    has_begun: bool,
    /// Every touchpoint in the period or after it, since the last that excluded.
    touches: Vec<Touch>,
    /// Of them the newest, as many as there are steps of each sort.
    newest: BTreeMap<Bits, Vec<usize>>,
    best: Option<Passage>,
}

impl<'a> AnyOrder<'a> {
    pub(super) fn new(lens: &'a Lens, period: Period) -> AnyOrder<'a> {
        let Search::Ways { count, has_reentry, .. } = lens.funnel.search else {
            unreachable!("invariant: only ways are searched in any order")
        };
        AnyOrder {
            lens,
            period,
            is_totals: count == FunnelCount::Totals,
            has_reentry,
            way: None,
            has_begun: false,
            touches: Vec::new(),
            newest: BTreeMap::new(),
            best: None,
        }
    }

    fn count(&self) -> usize {
        self.lens.last() + 1
    }

    /// Lets an instant happen; tells each way that has ended.
    pub(super) fn happen(&mut self, moment: &Moment, end: &mut impl FnMut(Passage)) {
        match self.has_reentry && !self.is_totals {
            true => self.slide(moment),
            false => self.one_by_one(moment, end),
        }
    }

    /// Tells those that are still under way at the end, judged at `now`.
    pub(super) fn finish(mut self, now: Timestamp, end: &mut impl FnMut(Passage)) {
        let window = self.lens.funnel.window;
        let judged = |way: &Passage| match way.deadline(window) > now {
            true => PassageEnd::Open,
            false => PassageEnd::TimedOut,
        };
        if let Some((way, _)) = self.way.take() {
            end(Passage { end: judged(&way), ..way });
        }
        if let Some(best) = self.best.take() {
            // Whoever began last and was not excluded may still go on.
            let is_open =
                |touch: &Touch| self.period.has(touch.time) && touch.time.plus(window) > now;
            let is_open = best.end != PassageEnd::Converted && self.touches.iter().any(is_open);
            let reason = if is_open { PassageEnd::Open } else { best.end };
            end(Passage { end: reason, ..best });
        }
    }

    /// One way at a time: the next begins when the one before has ended.
    fn one_by_one(&mut self, moment: &Moment, end: &mut impl FnMut(Passage)) {
        let window = self.lens.funnel.window;
        if let Some((late, _)) = self.way.take_if(|(way, _)| moment.time > way.deadline(window)) {
            end(Passage { end: PassageEnd::TimedOut, ..late });
        }
        let touches = moment.items.iter().flat_map(|item| (0..item.count).map(move |_| item));
        for item in touches.clone().filter(|item| item.steps != 0) {
            match &mut self.way {
                Some((way, steps)) => {
                    if steps.add(item.steps) {
                        way.reach(steps.met() - 1, moment.time);
                    }
                }
                None if !self.period.has(moment.time) || self.has_begun && !self.is_totals => {}
                None => {
                    let mut steps = Steps::new(self.lens.last() + 1);
                    steps.add(item.steps);
                    self.has_begun = true;
                    self.way = Some((Passage::begin(moment.time, item.channel), steps));
                }
            }
            let last = self.lens.last();
            if let Some((way, _)) = self.way.take_if(|(way, _)| way.step() == last) {
                end(Passage { end: PassageEnd::Converted, ..way });
            }
        }
        if touches.clone().any(|item| item.steps == 0 && item.exclusions != 0)
            && let Some((way, _)) = self.way.take()
        {
            end(Passage { end: PassageEnd::Excluded, ..way });
        }
    }

    /// Every touchpoint may be the first of a way: looks back over the window that ends here, and
    /// keeps the best.
    fn slide(&mut self, moment: &Moment) {
        if self.best.as_ref().is_some_and(|best| best.end == PassageEnd::Converted) {
            return;
        }
        let before = self.touches.len();
        // What came before the period belongs to no way that began in it.
        if self.period.from.is_none_or(|from| from <= moment.time) {
            for item in moment.items.iter().filter(|item| item.steps != 0) {
                let kept = self.newest.entry(item.steps).or_default();
                for _ in 0..item.count {
                    kept.push(self.touches.len());
                    self.touches.push(Touch {
                        time: moment.time,
                        steps: item.steps,
                        channel: item.channel,
                    });
                }
                kept.drain(..kept.len().saturating_sub(self.lens.last() + 1));
            }
        }
        if self.touches.len() > before {
            self.look_back(moment.time);
        }
        if moment.items.iter().any(|item| item.steps == 0 && item.exclusions != 0) {
            let window = self.lens.funnel.window;
            if let Some(best) = &mut self.best
                && best.end == PassageEnd::TimedOut
                && best.deadline(window) >= moment.time
                && self.touches.iter().any(|touch| touch.time == best.entered_at)
            {
                best.end = PassageEnd::Excluded;
            }
            self.touches.clear();
            self.newest.clear();
        }
    }

    fn look_back(&mut self, now: Timestamp) {
        let window = self.lens.funnel.window;
        let is_in = |at: &usize| self.touches[*at].time.plus(window) >= now;
        let mut kept: Vec<usize> = self.newest.values().flatten().copied().filter(is_in).collect();
        kept.sort_unstable();
        let known = self.best.as_ref().map_or(0, |best| best.step() + 1);
        if kept.len() <= known {
            return;
        }
        let mut steps = Steps::new(self.count());
        let mut first = None;
        for at in kept.into_iter().rev() {
            if steps.add(self.touches[at].steps) {
                first = Some(at);
            }
        }
        let met = steps.met();
        // Where so many steps need nothing before the end of the period, the last that may begin.
        let is_early = |at: &usize| self.period.has(self.touches[*at].time);
        let first = first.and_then(|at| (0..=at).rev().find(is_early));
        let Some(first) = first.filter(|at| is_in(at)) else { return };
        if met <= known {
            return;
        }
        let mut steps = Steps::new(self.count());
        let mut way = Passage::begin(self.touches[first].time, self.touches[first].channel);
        for touch in &self.touches[first..] {
            if steps.add(touch.steps) {
                way.reach(steps.met() - 1, touch.time);
            }
        }
        let is_there = met == self.count();
        way.end = if is_there { PassageEnd::Converted } else { PassageEnd::TimedOut };
        self.best = Some(way);
    }
}
