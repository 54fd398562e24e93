//! One customer's ways through a funnel that somebody asks for, folded from the history.
//!
//! *Where a way begins and ends.* A touchpoint that is like the first step begins a way. Of each
//! step that follows it takes the first touchpoint that fits, another one for each step, until the
//! last step is reached, the window is over (counted from the first step and never begun anew),
//! something excluded happens or, in a strict funnel, anything else. A step that is optional is
//! taken when it comes before the one after it. Steps at one instant count in whatever order fits;
//! what excludes or breaks comes after the steps of its instant.
//!
//! *Entering again.* With re-entry each first step begins a way, also while others are under way;
//! of two at one step the later goes on, as it has more of its window left, and a touchpoint is a
//! step of one of them (of totals). Without, the next way begins when the one before has ended, and
//! a customer who is counted once has one only: the first.
//!
//! *Uniques.* A customer is counted by the way that came furthest; of several by the one that got
//! there first, of those by the one that began last. *Totals.* Every way counts.
//!
//! *In any order.* A way begins with any step; each step by a touchpoint of its own, and how many
//! there are is what is counted. *Held by subject.* What has another subject, or none, is as if it
//! were another customer's.

mod any;
mod chain;
mod lens;
mod moment;
mod window_funnel;

pub use lens::Lens;

use any::AnyOrder;
use chain::Chains;
use model::{
    FunnelCount, Order, Passage, PassageEnd, Search, Timestamp, Touchpoint, WindowFunnelModes,
};
use moment::{Moment, each_moment};

/// When a way may begin; both ends are included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// The first instant; from the beginning without one.
    pub from: Option<Timestamp>,
    /// The last instant; to the end without one.
    pub to: Option<Timestamp>,
}

impl Period {
    /// Whether an instant lies in it.
    pub fn has(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at <= to)
    }
}

/// One customer's ways through a funnel that began in a period, judged at `now`: of uniques one at
/// most.
///
/// The history is in order, has one touchpoint an identity, and all of it has happened by `now`.
pub fn passages(
    lens: &Lens,
    history: &[Touchpoint],
    period: Period,
    now: Timestamp,
) -> Vec<Passage> {
    if !lens.funnel.holds_subject {
        return passages_of(lens, history.iter().copied(), period, now);
    }
    let mut by_subject: Vec<(u64, Vec<Touchpoint>)> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    for touchpoint in history.iter().filter(|touchpoint| touchpoint.subject != 0) {
        let place = *places.entry(touchpoint.subject).or_insert_with(|| {
            by_subject.push((touchpoint.subject, Vec::new()));
            by_subject.len() - 1
        });
        by_subject[place].1.push(*touchpoint);
    }
    let each = by_subject.into_iter();
    let found = each.flat_map(|(_, part)| passages_of(lens, part.into_iter(), period, now));
    match lens.funnel.search {
        Search::Ways { count: FunnelCount::Totals, .. } => found.collect(),
        Search::Ways { has_reentry: false, .. } => {
            let found: Vec<Passage> = found.collect();
            let first = found.iter().map(|way| way.entered_at).min();
            best_of(found.into_iter().filter(|way| Some(way.entered_at) == first))
        }
        Search::Ways { .. } | Search::WindowFunnel(_) => best_of(found),
    }
}

/// Of the ways of several subjects the best; open while one of them is.
fn best_of(ways: impl Iterator<Item = Passage>) -> Vec<Passage> {
    let mut best = Best::default();
    ways.for_each(|way| best.add(way));
    best.settle()
}

fn passages_of(
    lens: &Lens,
    history: impl Iterator<Item = Touchpoint>,
    period: Period,
    now: Timestamp,
) -> Vec<Passage> {
    let (order, count, removes) = match lens.funnel.search {
        Search::WindowFunnel(modes) => return window_funnel(lens, modes, history, period),
        Search::Ways { order, count, removes_excluded, .. } => (order, count, removes_excluded),
    };
    let mut all = Vec::new();
    let mut best = Best::default();
    let mut end = |way: Passage| {
        if removes && way.end == PassageEnd::Excluded {
            return;
        }
        match count {
            FunnelCount::Uniques => best.add(way),
            FunnelCount::Totals => all.push(way),
        }
    };
    if order == Order::Any {
        let mut ways = AnyOrder::new(lens, period);
        each_moment(lens, history, |moment| ways.happen(moment, &mut end));
        ways.finish(now, &mut end);
    } else {
        let mut ways = Chains::new(lens, period);
        each_moment(lens, history, |moment: &Moment| ways.happen(moment, &mut end));
        ways.finish(now, &mut end);
    }
    match count {
        FunnelCount::Uniques => best.settle(),
        FunnelCount::Totals => all,
    }
}

/// The best of a customer's ways, as they end.
#[derive(Default)]
struct Best {
    way: Option<Passage>,
    is_open: bool,
}

impl Best {
    fn add(&mut self, way: Passage) {
        self.is_open |= way.end == PassageEnd::Open;
        match &mut self.way {
            Some(best) if !way.is_better(best) => {
                // Whoever overtook it tells how it went on.
                if best.end == PassageEnd::Overtaken && best.step() == way.step() {
                    best.end = way.end;
                }
            }
            slot => *slot = Some(way),
        }
    }

    fn settle(self) -> Vec<Passage> {
        let is_open = self.is_open;
        let judged = |mut way: Passage| {
            if is_open && way.end != PassageEnd::Converted {
                way.end = PassageEnd::Open;
            }
            way
        };
        self.way.into_iter().map(judged).collect()
    }
}

fn window_funnel(
    lens: &Lens,
    modes: WindowFunnelModes,
    history: impl Iterator<Item = Touchpoint>,
    period: Period,
) -> Vec<Passage> {
    let history: Vec<Touchpoint> = history.filter(|touch| period.has(touch.time)).collect();
    let level = window_funnel::level(lens, modes, history.iter().copied());
    let first = history.iter().find(|touchpoint| lens.steps(touchpoint) & 1 == 1);
    let is_there = level > lens.last();
    let way = first.filter(|_| level > 0).map(|first| Passage {
        entered_at: first.time,
        channel: first.channel,
        met: (u64::MAX >> (64 - level)) as u32,
        times: None,
        end: if is_there { PassageEnd::Converted } else { PassageEnd::TimedOut },
    });
    way.into_iter().collect()
}
