//! Slow searches, from what the documentation of the funnel says and not from its code: every way
//! for itself, one touchpoint at a time.

use model::{Funnel, FunnelCount, Order, PassageEnd, Pattern, Search, Timestamp, Touchpoint};

/// A way: when each step was met, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    pub times: Vec<Option<Timestamp>>,
    pub end: PassageEnd,
}

impl Way {
    pub fn entered(&self) -> Timestamp {
        self.times[0].expect("a first step")
    }

    pub fn step(&self) -> usize {
        self.times.len() - 1
    }

    fn reached(&self) -> Timestamp {
        self.times[self.step()].expect("a last step")
    }
}

/// A funnel over histories whose words are looked up one by one.
pub struct Oracle<'a> {
    pub funnel: &'a Funnel,
    pub word: &'a dyn Fn(&Touchpoint) -> (String, String),
    pub now: Timestamp,
}

impl Oracle<'_> {
    fn is_like(&self, pattern: &Pattern, touchpoint: &Touchpoint) -> bool {
        let (kind, channel) = (self.word)(touchpoint);
        (pattern.kinds.is_empty() || pattern.kinds.contains(&kind))
            && (pattern.channels.is_empty() || pattern.channels.contains(&channel))
    }

    pub fn is_step(&self, step: usize, touchpoint: &Touchpoint) -> bool {
        self.is_like(&self.funnel.steps[step].pattern, touchpoint)
    }

    fn order(&self) -> Order {
        match self.funnel.search {
            Search::Ways { order, .. } => order,
            Search::WindowFunnel(_) => panic!("another search"),
        }
    }

    fn excludes(&self, standing: usize, touchpoint: &Touchpoint) -> bool {
        self.funnel.exclusions.iter().any(|exclusion| {
            (usize::from(exclusion.after)..usize::from(exclusion.before)).contains(&(standing + 1))
                && self.is_like(&exclusion.pattern, touchpoint)
        })
    }

    /// The way that begins with one touchpoint, and the index of what excluded it. `used`: those
    /// that others have taken already.
    fn way(&self, history: &[Touchpoint], first: usize, used: &mut [bool]) -> (Way, usize) {
        let steps = self.funnel.steps.len();
        let begun = history[first].time;
        let mut way = Way { times: vec![Some(begun)], end: PassageEnd::Open };
        used[first] = true;
        let mut instants: Vec<Timestamp> = history.iter().map(|touch| touch.time).collect();
        instants.dedup();
        for now in instants.into_iter().filter(|instant| *instant >= begun) {
            if now > begun.plus(self.funnel.window) {
                way.end = PassageEnd::TimedOut;
                return (way, history.len());
            }
            let here: Vec<usize> =
                (0..history.len()).filter(|at| history[*at].time == now).collect();
            while way.step() + 1 < steps {
                // The nearest step that comes next, by the touchpoint that could be least else.
                let mut wanted = way.step() + 1;
                let found = loop {
                    let mut fits: Vec<usize> = here.clone();
                    fits.retain(|at| !used[*at] && self.is_step(wanted, &history[*at]));
                    let later = |at: &usize| {
                        let is = |step: &usize| self.is_step(*step, &history[*at]);
                        (0..steps).rev().filter(is).collect::<Vec<_>>()
                    };
                    fits.sort_by_key(later);
                    match fits.first() {
                        Some(at) => break Some(*at),
                        None if self.funnel.steps[wanted].is_optional => wanted += 1,
                        None => break None,
                    }
                };
                let Some(at) = found else { break };
                used[at] = true;
                way.times.resize(wanted, None);
                way.times.push(Some(now));
            }
            if way.step() + 1 == steps {
                way.end = PassageEnd::Converted;
                return (way, history.len());
            }
            let mut left = here.iter().filter(|at| !used[**at]);
            if let Some(at) = left.clone().find(|at| self.excludes(way.step(), &history[**at])) {
                way.end = PassageEnd::Excluded;
                return (way, *at);
            }
            if self.order() == Order::Strict && left.next().is_some() {
                way.end = PassageEnd::Broken;
                return (way, history.len());
            }
        }
        if begun.plus(self.funnel.window) <= self.now {
            way.end = PassageEnd::TimedOut;
        }
        (way, history.len())
    }

    /// The ways of one customer who is counted by each first step: every one for itself.
    pub fn every_entry(&self, history: &[Touchpoint]) -> Vec<Way> {
        let firsts = (0..history.len()).filter(|at| self.is_step(0, &history[*at]));
        firsts.map(|first| self.way(history, first, &mut vec![false; history.len()]).0).collect()
    }

    /// The ways one after the other.
    pub fn one_by_one(&self, history: &[Touchpoint]) -> Vec<Way> {
        let mut ways = Vec::new();
        let mut used = vec![false; history.len()];
        let mut from = Timestamp::NEVER;
        loop {
            let mut firsts: Vec<usize> = (0..history.len()).collect();
            firsts.retain(|at| {
                !used[*at] && history[*at].time >= from && self.is_step(0, &history[*at])
            });
            // At one instant: the earliest, of those the one that could be least else.
            let steps = self.funnel.steps.len();
            firsts.sort_by_key(|at| {
                let is = |step: &usize| self.is_step(*step, &history[*at]);
                (history[*at].time, (0..steps).rev().filter(is).collect::<Vec<_>>())
            });
            let Some(first) = firsts.first() else { return ways };
            let (way, excluding) = self.way(history, *first, &mut used);
            from = match way.end {
                PassageEnd::Converted => way.reached(),
                PassageEnd::Excluded => {
                    used[excluding] = true;
                    history[excluding].time
                }
                PassageEnd::Broken => self.broken_at(history, &way),
                PassageEnd::TimedOut => {
                    Timestamp::from_millis(way.entered().plus(self.funnel.window).millis() + 1)
                }
                PassageEnd::Open | PassageEnd::Overtaken => return [ways, vec![way]].concat(),
            };
            ways.push(way);
        }
    }

    /// When something came between: at the last step's instant, or at the next one after it.
    fn broken_at(&self, history: &[Touchpoint], way: &Way) -> Timestamp {
        let reached = way.reached();
        let here = history.iter().filter(|touch| touch.time == reached).count();
        let met_here = way.times.iter().filter(|time| **time == Some(reached)).count();
        let after = history.iter().map(|touch| touch.time).filter(|time| *time > reached).min();
        if here > met_here { reached } else { after.expect("something came between") }
    }

    /// The way that tells of the customer; open while one is.
    pub fn unique(&self, ways: Vec<Way>) -> Option<Way> {
        let is_open = ways.iter().any(|way| way.end == PassageEnd::Open);
        let rank = |way: &Way| (way.step(), -way.reached().millis(), way.entered());
        let mut best = ways.into_iter().max_by_key(rank)?;
        if is_open && best.end != PassageEnd::Converted {
            best.end = PassageEnd::Open;
        }
        Some(best)
    }

    /// How far any choice of touchpoints would come, one for each step and in time: all of them are
    /// tried. For funnels without exclusions and optional steps, in sequence or in any order.
    pub fn furthest(&self, history: &[Touchpoint]) -> usize {
        let reach = |first: usize| {
            let within: Vec<&Touchpoint> = history
                .iter()
                .filter(|touch| {
                    touch.time >= history[first].time
                        && touch.time <= history[first].time.plus(self.funnel.window)
                })
                .collect();
            match self.order() {
                Order::Any => self.most(&within, 0, &mut vec![false; within.len()]),
                _ => self.longest(&within, 0, Timestamp::NEVER, &mut vec![false; within.len()]),
            }
        };
        (0..history.len()).map(reach).max().unwrap_or(0)
    }

    /// In any order: how many steps, when the last of them was, and which entry was the last that
    /// gives so many so early.
    pub fn any_order(&self, history: &[Touchpoint]) -> Option<(usize, Timestamp, Timestamp)> {
        let is_one = |touch: &&Touchpoint| {
            (0..self.funnel.steps.len()).any(|step| self.is_step(step, touch))
        };
        let touches: Vec<&Touchpoint> = history.iter().filter(is_one).collect();
        let mut best = None;
        for first in &touches {
            for last in &touches {
                let (from, to) = (first.time, last.time);
                if to < from || to > from.plus(self.funnel.window) {
                    continue;
                }
                let within = touches.iter().filter(|touch| (from..=to).contains(&touch.time));
                let within: Vec<&Touchpoint> = within.copied().collect();
                let met = self.most(&within, 0, &mut vec![false; within.len()]);
                best = best.max(Some((met, std::cmp::Reverse(to), from)));
            }
        }
        best.map(|(met, std::cmp::Reverse(to), from)| (met, to, from))
    }

    fn longest(
        &self,
        within: &[&Touchpoint],
        step: usize,
        since: Timestamp,
        used: &mut Vec<bool>,
    ) -> usize {
        if step == self.funnel.steps.len() {
            return step;
        }
        let mut best = step;
        for at in 0..within.len() {
            if !used[at] && within[at].time >= since && self.is_step(step, within[at]) {
                used[at] = true;
                best = best.max(self.longest(within, step + 1, within[at].time, used));
                used[at] = false;
            }
        }
        best
    }

    fn most(&self, within: &[&Touchpoint], step: usize, used: &mut Vec<bool>) -> usize {
        if step == self.funnel.steps.len() {
            return 0;
        }
        let mut best = self.most(within, step + 1, used);
        for at in 0..within.len() {
            if !used[at] && self.is_step(step, within[at]) {
                used[at] = true;
                best = best.max(1 + self.most(within, step + 1, used));
                used[at] = false;
            }
        }
        best
    }

    pub fn is_unique(&self) -> bool {
        matches!(self.funnel.search, Search::Ways { count: FunnelCount::Uniques, .. })
    }
}
