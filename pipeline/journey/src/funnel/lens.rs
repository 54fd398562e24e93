//! A funnel, read with the dictionary of a task: which steps a touchpoint is like.

use crate::Reading;
use model::{ChannelId, Funnel, KindId, Order, Pattern, Search, Touchpoint};

/// A set of steps, or of exclusions: one bit each.
pub(super) type Bits = u32;

/// A funnel, with a dense table of what each kind and channel is to it.
#[derive(Clone, Debug)]
pub struct Lens {
    pub(super) funnel: Funnel,
    steps: Table,
    exclusions: Table,
    /// Exclusions that hold once a step was reached, by its index.
    active: Vec<Bits>,
    /// Steps that may follow a step, by its index.
    next: Vec<Bits>,
}

/// Which of the patterns a kind and a channel allow.
#[derive(Clone, Debug)]
struct Table {
    kinds: Vec<Bits>,
    channels: Vec<Bits>,
}

impl Table {
    fn new<'a>(reading: &Reading, patterns: impl Iterator<Item = &'a Pattern> + Clone) -> Table {
        let words = reading.dictionary();
        let bits = |allows: &dyn Fn(&Pattern) -> bool| {
            let allowed = patterns.clone().enumerate().filter(|(_, pattern)| allows(pattern));
            allowed.fold(0, |bits, (at, _)| bits | 1 << at)
        };
        let kind = |(id, word): (usize, &str)| {
            let stage = reading.kind(KindId(id as u16)).stage;
            bits(&|pattern: &Pattern| {
                pattern.kinds.is_empty() && pattern.stages.is_empty()
                    || pattern.kinds.iter().any(|kind| kind == word)
                    || stage.is_some_and(|stage| pattern.stages.contains(&stage))
            })
        };
        let channel = |word: &str| {
            bits(&|pattern: &Pattern| {
                pattern.channels.is_empty() || pattern.channels.iter().any(|known| known == word)
            })
        };
        Table {
            kinds: words.kinds.iter().enumerate().map(kind).collect(),
            channels: words.channels.iter().map(channel).collect(),
        }
    }

    fn bits(&self, kind: KindId, channel: ChannelId) -> Bits {
        let kinds = self.kinds.get(usize::from(kind.0)).copied().unwrap_or(0);
        kinds & self.channels.get(usize::from(channel.0)).copied().unwrap_or(0)
    }
}

impl Lens {
    /// Reads a funnel with a task's dictionary. A word that the task has never met is no
    /// touchpoint's.
    pub fn new(funnel: &Funnel, reading: &Reading) -> Lens {
        let last = funnel.steps.len() - 1;
        let active = |step: usize| {
            let holds = |after: u8, before: u8| {
                usize::from(after) <= step + 1 && step + 1 < usize::from(before)
            };
            let exclusions = funnel.exclusions.iter().enumerate();
            let active =
                exclusions.filter(|(_, exclusion)| holds(exclusion.after, exclusion.before));
            active.fold(0, |bits, (at, _)| bits | 1 << at)
        };
        let next = |step: usize| {
            let mut bits = 0;
            for after in step + 1..=last {
                bits |= 1 << after;
                if !funnel.steps[after].is_optional {
                    break;
                }
            }
            bits
        };
        Lens {
            steps: Table::new(reading, funnel.steps.iter().map(|step| &step.pattern)),
            exclusions: Table::new(reading, funnel.exclusions.iter().map(|known| &known.pattern)),
            active: (0..=last).map(active).collect(),
            next: (0..=last).map(next).collect(),
            funnel: funnel.clone(),
        }
    }

    /// The funnel.
    pub fn funnel(&self) -> &Funnel {
        &self.funnel
    }

    /// The steps that a touchpoint is like.
    pub(super) fn steps(&self, touchpoint: &Touchpoint) -> Bits {
        self.steps.bits(touchpoint.kind, touchpoint.channel)
    }

    /// The exclusions that it is like.
    pub(super) fn exclusions(&self, touchpoint: &Touchpoint) -> Bits {
        self.exclusions.bits(touchpoint.kind, touchpoint.channel)
    }

    /// The exclusions that hold while a way stands at a step.
    pub(super) fn active(&self, step: usize) -> Bits {
        self.active[step]
    }

    /// The steps that may come next.
    pub(super) fn next(&self, step: usize) -> Bits {
        self.next[step]
    }

    /// Index of the last step.
    pub(super) fn last(&self) -> usize {
        self.funnel.steps.len() - 1
    }

    /// Whether anything between two steps ends a way.
    pub(super) fn is_strict(&self) -> bool {
        matches!(self.funnel.search, Search::Ways { order: Order::Strict, .. })
    }
}
