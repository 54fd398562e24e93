//! A funnel that somebody asks for: its steps, and how a history is searched for them.

use crate::Span;

/// Which touchpoints are meant. What is empty allows everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// One of these kinds, or one that enters one of the stages.
    pub kinds: Vec<String>,
    /// Indices of stages of the map: kinds that enter them.
    pub stages: Vec<u8>,
    /// On one of these channels.
    pub channels: Vec<String>,
}

/// A step of a funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelStep {
    /// As it was written.
    pub name: String,
    /// The touchpoints that are this step.
    pub pattern: Pattern,
    /// Whether a later step may be reached without it.
    pub is_optional: bool,
}

/// What may not happen on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// As it was written.
    pub name: String,
    /// The touchpoints that exclude.
    pub pattern: Pattern,
    /// Once this step was reached, from 1.
    pub after: u8,
    /// Until this step was reached.
    pub before: u8,
}

/// In which order the steps must come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// One after the other; anything may lie between.
    #[default]
    Sequential,
    /// One after the other; nothing else between.
    Strict,
    /// In whatever order.
    Any,
}

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FunnelCount {
    /// Each customer once, by the best way through.
    #[default]
    Uniques,
    /// Each way through.
    Totals,
}

/// Ways to search a history that ClickHouse's function `windowFunnel` has, each on or off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowFunnelModes {
    /// A repeated step ends the search.
    pub strict_deduplication: bool,
    /// A touchpoint that is no step, or a step too early, ends the search.
    pub strict_order: bool,
    /// Steps at the same instant do not follow each other.
    pub strict_increase: bool,
    /// A touchpoint is one step only, though it is like several.
    pub strict_once: bool,
    /// Under `strict_order`, a step too early is passed over.
    pub allow_reentry: bool,
}

impl WindowFunnelModes {
    /// The modes that are on, by their names.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let all = [
            (self.strict_deduplication, "strict_deduplication"),
            (self.strict_order, "strict_order"),
            (self.strict_increase, "strict_increase"),
            (self.strict_once, "strict_once"),
            (self.allow_reentry, "allow_reentry"),
        ];
        all.into_iter().filter(|(is_on, _)| *is_on).map(|(_, name)| name)
    }
}

/// How a history is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// As products for the analysis of behaviour do.
    Ways {
        /// The order of the steps.
        order: Order,
        /// What is counted.
        count: FunnelCount,
        /// Whether each first step begins a way, though one is under way already.
        has_reentry: bool,
        /// Whether a way that was excluded counts nowhere, in place of as far as it had come.
        removes_excluded: bool,
    },
    /// As ClickHouse's `windowFunnel` does.
    WindowFunnel(WindowFunnelModes),
}

/// A funnel that somebody asks for. Checked by `rules`: one step at least, the first and the last
/// are not optional, what contradicts itself is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funnel {
    /// The steps in order.
    pub steps: Vec<FunnelStep>,
    /// How long after the first step the last may be, that instant included.
    pub window: Span,
    /// What may not happen between steps.
    pub exclusions: Vec<Exclusion>,
    /// Whether all steps must be of one deal, order or product.
    pub holds_subject: bool,
    /// How a history is searched.
    pub search: Search,
}

impl Funnel {
    /// The words that people say what it is with; `steps` is the only one that must be there.
    pub const WORDS: [&str; 10] = [
        "steps", "order", "window", "count", "reentry", "optional", "exclude", "excluded", "hold",
        "mode",
    ];
    /// Steps at most: one bit each.
    pub const STEPS_MAX: usize = 32;

    /// Whether the steps may come in any order.
    pub fn is_any_order(&self) -> bool {
        matches!(self.search, Search::Ways { order: Order::Any, .. })
    }

    /// The step that must be reached before one can be, by indices: the last before it that is not
    /// optional.
    pub fn step_before(&self, step: usize) -> Option<usize> {
        (0..step).rev().find(|before| !self.steps[*before].is_optional)
    }
}

impl Order {
    /// The word that people write.
    pub fn word(self) -> &'static str {
        match self {
            Order::Sequential => "sequential",
            Order::Strict => "strict",
            Order::Any => "any",
        }
    }
}
