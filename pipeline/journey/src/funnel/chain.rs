//! Ways through a funnel whose steps come one after the other.
//!
//! A way takes, for each step, the first touchpoint that fits. Two ways that stand at one step go
//! on alike from there, but the later one has more of its window left: so each step needs to keep
//! one way only, however many there are, and a history is read once.

use super::Period;
use super::lens::Lens;
use super::moment::Moment;
use model::{FunnelCount, Passage, PassageEnd, Search, Timestamp};

/// The ways that are under way.
pub(super) struct Chains<'a> {
    lens: &'a Lens,
    period: Period,
    has_reentry: bool,
    is_totals: bool,
    /// By the step that it has reached, the way that began last.
    live: Vec<Option<Passage>>,
    has_begun: bool,
    /// When the first way arrived: nothing later tells more of a customer.
    arrived_at: Option<Timestamp>,
    /// What of an instant nobody has taken yet, by its items.
    shared: Vec<u32>,
    own: Vec<u32>,
}

/// What an instant did to a way, besides steps.
enum Stop {
    /// Nothing: it goes on, or has arrived.
    No,
    /// This item excluded it.
    Excluded(usize),
    /// Something came between.
    Broken,
}

impl<'a> Chains<'a> {
    pub(super) fn new(lens: &'a Lens, period: Period) -> Chains<'a> {
        let Search::Ways { count, has_reentry, .. } = lens.funnel.search else {
            unreachable!("invariant: only ways are searched as chains")
        };
        Chains {
            lens,
            period,
            has_reentry,
            is_totals: count == FunnelCount::Totals,
            live: vec![None; lens.last() + 1],
            has_begun: false,
            arrived_at: None,
            shared: Vec::new(),
            own: Vec::new(),
        }
    }

    /// Lets an instant happen; tells each way that has ended.
    pub(super) fn happen(&mut self, moment: &Moment, end: &mut impl FnMut(Passage)) {
        if !self.is_totals && self.arrived_at.is_some_and(|at| at < moment.time) {
            return;
        }
        for slot in &mut self.live {
            let window = self.lens.funnel.window;
            if let Some(late) = slot.take_if(|way| moment.time > way.deadline(window)) {
                end(Passage { end: PassageEnd::TimedOut, ..late });
            }
        }
        self.shared.clear();
        self.shared.extend(moment.items.iter().map(|item| item.count));
        match self.has_reentry {
            true => self.with_reentry(moment, end),
            false => self.one_by_one(moment, end),
        }
    }

    /// Tells those that are still under way at the end, judged at `now`.
    pub(super) fn finish(self, now: Timestamp, end: &mut impl FnMut(Passage)) {
        let window = self.lens.funnel.window;
        for way in self.live.into_iter().flatten() {
            let is_open = way.deadline(window) > now;
            let reason = if is_open { PassageEnd::Open } else { PassageEnd::TimedOut };
            end(Passage { end: reason, ..way });
        }
    }

    fn with_reentry(&mut self, moment: &Moment, end: &mut impl FnMut(Passage)) {
        let mut moved = Vec::new();
        for step in (0..self.live.len()).rev() {
            if !self.concerns(moment, step) {
                continue;
            }
            let Some(mut way) = self.live[step].take() else { continue };
            self.own.clear();
            self.own.extend(moment.items.iter().map(|item| item.count));
            let stop = self.go_on(moment, &mut way);
            moved.push((way, stop));
        }
        let may_begin = self.period.has(moment.time);
        for (at, item) in moment.items.iter().enumerate() {
            if !may_begin || item.steps & 1 == 0 {
                continue;
            }
            // Alike touchpoints of one instant begin ways that are alike: one tells it of a person.
            let count = if self.is_totals { item.count } else { 1 };
            for _ in 0..count {
                self.own.clear();
                self.own.extend(moment.items.iter().map(|item| item.count));
                self.own[at] -= 1;
                let mut way = Passage::begin(moment.time, item.channel);
                let stop = self.go_on(moment, &mut way);
                moved.push((way, stop));
            }
        }
        for (way, stop) in moved {
            match stop {
                Stop::Excluded(_) => end(Passage { end: PassageEnd::Excluded, ..way }),
                Stop::Broken => end(Passage { end: PassageEnd::Broken, ..way }),
                Stop::No => self.settle(way, end),
            }
        }
    }

    /// Whether an instant may change what stands at a step.
    fn concerns(&self, moment: &Moment, step: usize) -> bool {
        let (next, active) = (self.lens.next(step), self.lens.active(step));
        self.lens.is_strict()
            || moment.items.iter().any(|item| item.steps & next | item.exclusions & active != 0)
    }

    /// A way arrives at its step; of two the one that began later stays.
    fn settle(&mut self, way: Passage, end: &mut impl FnMut(Passage)) {
        let step = way.step();
        if step == self.lens.last() {
            self.arrived_at.get_or_insert(way.times.map_or(way.entered_at, |times| times[step]));
            return end(Passage { end: PassageEnd::Converted, ..way });
        }
        let gone = match &mut self.live[step] {
            Some(there) if there.entered_at >= way.entered_at => Some(way),
            slot => slot.replace(way),
        };
        if let Some(gone) = gone {
            end(Passage { end: PassageEnd::Overtaken, ..gone });
        }
    }

    /// One way at a time: the next begins when the one before has ended.
    fn one_by_one(&mut self, moment: &Moment, end: &mut impl FnMut(Passage)) {
        let may_begin = self.period.has(moment.time);
        loop {
            let under_way = self.live.iter_mut().find_map(Option::take);
            let mut way = match under_way {
                Some(way) => way,
                None if !may_begin || self.has_begun && !self.is_totals => return,
                None => {
                    let mut items = moment.items.iter().zip(&self.shared);
                    let first = items.position(|(item, left)| *left > 0 && item.steps & 1 == 1);
                    let Some(first) = first else { return };
                    self.shared[first] -= 1;
                    self.has_begun = true;
                    Passage::begin(moment.time, moment.items[first].channel)
                }
            };
            self.own.clone_from(&self.shared);
            match self.go_on(moment, &mut way) {
                Stop::Excluded(at) => {
                    // What excludes does not begin the next way as well.
                    self.shared[at] -= 1;
                    end(Passage { end: PassageEnd::Excluded, ..way });
                }
                Stop::Broken => end(Passage { end: PassageEnd::Broken, ..way }),
                Stop::No if way.step() == self.lens.last() => {
                    end(Passage { end: PassageEnd::Converted, ..way });
                }
                Stop::No => {
                    let step = way.step();
                    self.live[step] = Some(way);
                    return;
                }
            }
        }
    }

    /// Lets a way take the steps that an instant has for it. Of totals, a touchpoint is a step of
    /// one way only.
    fn go_on(&mut self, moment: &Moment, way: &mut Passage) -> Stop {
        let is_shared = self.is_totals || !self.has_reentry;
        while way.step() < self.lens.last() {
            let next = self.lens.next(way.step());
            let free = |at: usize| self.own[at] > 0 && (!is_shared || self.shared[at] > 0);
            let fits = moment.items.iter().enumerate();
            let fits = fits.filter(|(at, item)| item.steps & next != 0 && free(*at));
            let best =
                fits.min_by_key(|(_, item)| ((item.steps & next).trailing_zeros(), item.steps));
            let Some((at, item)) = best else { break };
            way.reach((item.steps & next).trailing_zeros() as usize, moment.time);
            self.own[at] -= 1;
            self.shared[at] = self.shared[at].saturating_sub(1);
        }
        if way.step() == self.lens.last() {
            return Stop::No;
        }
        let active = self.lens.active(way.step());
        let mut left = moment.items.iter().zip(&self.own).enumerate();
        let mut is_broken = false;
        let excludes = left.find(|(_, (item, left))| {
            is_broken |= **left > 0 && self.lens.is_strict();
            **left > 0 && item.exclusions & active != 0
        });
        match excludes {
            Some((at, _)) => Stop::Excluded(at),
            None if is_broken => Stop::Broken,
            None => Stop::No,
        }
    }
}
