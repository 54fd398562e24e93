//! What is asked of a report, and which counters answer it.

use super::NAMES;
use super::facts::Fact;
use crate::CounterId;
use model::{Civil, Family, JourneyMap, Size, Span, Timestamp, Zone};
use std::fmt;

/// What is asked of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The first instant; from the beginning without one.
    pub from: Option<Timestamp>,
    /// The last instant, included; to the end without one.
    pub to: Option<Timestamp>,
    /// What to divide by: a dimension, or a size of windows; nothing without one.
    pub by: Option<String>,
    /// The model that credit is shared out by; of `channels` alone, and its first without one.
    pub model: Option<String>,
    /// The event time that the counters are judged at.
    pub as_of: Timestamp,
}

/// Why a report cannot be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// No report has this name.
    Name(String),
    /// It cannot be divided by this: by what it can be.
    By(String, Vec<String>),
    /// No model has this name: those that there are.
    Model(String, Vec<&'static str>),
    /// What the model is reckoned from is counted over all time only.
    OnlyTotals(&'static str),
    /// The report is of no model.
    NoModel(String),
    /// The map keeps running totals only, so a period has no numbers.
    NoWindows,
    /// The period ends before it begins.
    Backwards,
    /// It is of everything so far, and no period of it is counted.
    NoPeriod,
    /// The map keeps no windows of a day.
    NoDays,
    /// The map does not count a family that the report stands on.
    NotCounted(Family),
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mistake::Name(name) => {
                write!(out, "no report is called {name:?}; there are {}", NAMES.join(", "))
            }
            Mistake::By(by, allowed) if allowed.is_empty() => {
                write!(out, "this report cannot be divided by anything; {by:?} was asked")
            }
            Mistake::By(by, allowed) => {
                write!(out, "cannot divide by {by:?}; there are {}", allowed.join(", "))
            }
            Mistake::Model(name, known) => {
                write!(out, "no model is called {name:?}; there are {}", known.join(", "))
            }
            Mistake::OnlyTotals(model) => {
                write!(out, "{model} is reckoned over all time only: ask for it without a period")
            }
            Mistake::NoModel(name) => {
                write!(out, "report {name} is of no model: say it of channels")
            }
            Mistake::NoWindows => out.write_str(
                "the map keeps running totals only: name sizes under [window] to ask for a period",
            ),
            Mistake::NoPeriod => out.write_str(
                "this report is of everything so far: ask without a period, or as of another time",
            ),
            Mistake::NoDays => {
                out.write_str("the map keeps no windows of a day: name \"1d\" under [window]")
            }
            Mistake::Backwards => out.write_str("the period ends before it begins"),
            Mistake::NotCounted(family) => {
                write!(out, "the map does not count {}: add it under [counters]", family.name())
            }
        }
    }
}

impl std::error::Error for Mistake {}

/// A value of what a report is divided by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The report is not divided.
    All,
    /// The value of a dimension.
    Word(String),
    /// A window, by its first instant.
    Window(Timestamp),
}

/// What a report is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Nothing,
    Dim(&'static str),
    Window(Size),
}

impl By {
    /// Reads what to divide by: one of these dimensions, or a size that the map keeps.
    pub(crate) fn parse(
        map: &JourneyMap,
        query: &Query,
        dims: &'static [&'static str],
    ) -> Result<By, Mistake> {
        let Some(word) = &query.by else { return Ok(By::Nothing) };
        if let Some(dim) = dims.iter().find(|dim| *dim == word) {
            return Ok(By::Dim(dim));
        }
        match Size::parse(word).filter(|size| map.sizes.contains(size)) {
            Some(size) => Ok(By::Window(size)),
            None => {
                let sizes = map.sizes.iter().map(Size::to_string);
                let allowed = dims.iter().map(|&dim| dim.to_owned()).chain(sizes).collect();
                Err(Mistake::By(word.clone(), allowed))
            }
        }
    }

    /// What a counter belongs to.
    pub(crate) fn group(self, fact: &Fact<'_>) -> Group {
        match self {
            By::Nothing => Group::All,
            By::Dim(dim) => Group::Word(fact.dim(dim).to_owned()),
            By::Window(_) => fact.start.map_or(Group::All, Group::Window),
        }
    }
}

/// The windows that a report adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Their size; `Total` where no period was asked for.
    pub size: Size,
    /// First instant of the first of them.
    pub from: Option<Timestamp>,
    /// First instant after the last of them.
    pub until: Option<Timestamp>,
    /// Whether they reach beyond what was asked for, as windows are whole.
    pub is_wider: bool,
}

impl Scope {
    /// The windows of a query: running totals without a period, else days where they fit, else the
    /// smallest size that fits, else the smallest, widened to whole windows.
    pub(crate) fn of(map: &JourneyMap, query: &Query, by: By) -> Result<Scope, Mistake> {
        if query.from.zip(query.to).is_some_and(|(from, to)| to < from) {
            return Err(Mistake::Backwards);
        }
        if let By::Window(size) = by {
            return Ok(Scope::windows(&map.zone, query, size));
        }
        if query.from.is_none() && query.to.is_none() {
            let (from, until) = (None, None);
            return Ok(Scope { size: Size::Total, from, until, is_wider: false });
        }
        let mut sizes = map.sizes.clone();
        sizes.sort_unstable_by_key(|size| (*size != Size::Days(1), *size));
        let windows = |size: &Size| Scope::windows(&map.zone, query, *size);
        let fitting = sizes.iter().map(windows).find(|scope| !scope.is_wider);
        let smallest = || sizes.iter().min().map(windows);
        fitting.or_else(smallest).ok_or(Mistake::NoWindows)
    }

    /// The windows that a report adds up which is not divided: which entries, moves and touchpoints
    /// are behind its numbers.
    pub fn of_period(
        map: &JourneyMap,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Scope, Mistake> {
        let query = Query { from, to, by: None, model: None, as_of: Timestamp::NEVER };
        Scope::of(map, &query, By::Nothing)
    }

    fn windows(zone: &Zone, query: &Query, size: Size) -> Scope {
        let first = query.from.and_then(|from| size.window(zone, from));
        let last = query.to.and_then(|to| size.window(zone, to));
        let (from, until) = (first.map(|first| first.start), last.map(|last| last.end));
        let reaches_after = |to: Timestamp| Some(Timestamp::from_millis(to.millis() + 1)) != until;
        let is_wider = from != query.from || query.to.is_some_and(reaches_after);
        Scope { size, from, until, is_wider }
    }

    /// Whether a counter is one of those that are added up.
    pub(crate) fn has(&self, id: &CounterId) -> bool {
        id.size == self.size && self.holds(id.start)
    }

    /// Whether a window begins within.
    pub(crate) fn holds(&self, start: Option<Timestamp>) -> bool {
        self.from.is_none_or(|from| start.is_some_and(|start| from <= start))
            && self.until.is_none_or(|until| start.is_some_and(|start| start < until))
    }

    /// Whether what is said of a date belongs to it: the date begins within, and not after as_of.
    pub(crate) fn holds_date(&self, zone: &Zone, date: Civil, as_of: Timestamp) -> bool {
        let start = zone.day_start(date);
        start <= as_of && self.holds(Some(start))
    }

    /// The period in words: `from 2026-01-05 to 2026-01-11`.
    pub(crate) fn words(&self, zone: &Zone) -> String {
        let last = |until: Timestamp| Timestamp::from_millis(until.millis() - 1);
        let is_by_day = matches!(self.size, Size::Days(_));
        let from = |at: Timestamp| if is_by_day { date(zone, at) } else { minute(zone, at) };
        let to = |at: Timestamp| if is_by_day { date(zone, last(at)) } else { minute(zone, at) };
        match (self.from, self.until) {
            (None, None) => "everything so far".to_owned(),
            (Some(first), None) => format!("from {} on", from(first)),
            (None, Some(until)) => format!("up to {}", to(until)),
            (Some(first), Some(until)) if from(first) == to(until) => format!("on {}", from(first)),
            (Some(first), Some(until)) => format!("from {} to {}", from(first), to(until)),
        }
    }

    /// What has to be said about the windows.
    pub(crate) fn notes(&self, map: &JourneyMap, as_of: Timestamp) -> Vec<String> {
        let mut notes = Vec::new();
        if self.is_wider {
            notes.push(format!(
                "The period was widened to whole windows of {}, which is what the map counts by.",
                self.size
            ));
        }
        let keep = map.keep.iter().find(|keep| keep.size == self.size);
        if let Some(keep) = keep.filter(|keep| keep.span != Span::NEVER) {
            let since = Timestamp::from_millis(as_of.millis().saturating_sub(keep.span.millis()));
            if self.from.is_none_or(|from| from < since) {
                notes.push(format!(
                    "Windows of {} are kept for {}: what was before {} is not in these numbers.",
                    self.size,
                    keep.span,
                    date(&map.zone, since)
                ));
            }
        }
        notes
    }
}

/// A local date: `2026-01-05`.
pub(crate) fn date(zone: &Zone, at: Timestamp) -> String {
    minute(zone, at).chars().take(10).collect()
}

/// A local date and time to the minute: `2026-01-05 09:00`; a time beyond every admissible one is
/// that of an installation that has heard nothing.
pub(crate) fn minute(zone: &Zone, at: Timestamp) -> String {
    if !at.is_admissible() {
        return "never".to_owned();
    }
    zone.format(at).chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}
