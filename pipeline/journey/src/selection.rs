//! The filter that a number is: a family, values of its dimensions, and a window.

use crate::Reading;
use crate::entries::{ActivityRow, EntryRow, MoveRow, StepRow};
use crate::entries::{activities, entries, moves_of, steps_of};
use model::{
    Bucket, CounterKey, Dim, Entry, Family, JourneyMap, Outcome, Size, Timestamp, Touchpoint,
    Window, ends,
};
use std::fmt;

/// Which counters of a family are meant: all that have these values, in this window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    family: Family,
    /// Index of a dimension, and the values of which it must have one.
    values: Vec<(usize, Vec<u16>)>,
    window: Option<Window>,
    /// First instant of the first pane, and first instant after the last.
    period: (Option<Timestamp>, Option<Timestamp>),
}

/// Why a filter cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// There is no such filter.
    Filter(String),
    /// A filter has no such value.
    Value(String, String),
    /// Filters of two families, which are two lists.
    Families(Family, Family),
    /// No filter says which family is meant.
    Nothing,
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mistake::Filter(name) => {
                write!(out, "no filter is called {name}; there are ")?;
                out.write_str(&filters().collect::<Vec<_>>().join(", "))
            }
            Mistake::Value(name, value) => write!(out, "{name} is never {value:?} on this map"),
            Mistake::Families(a, b) => {
                let (a, b) = (a.name(), b.name());
                write!(out, "{a} and {b} are two lists: ask for one of them at a time")
            }
            Mistake::Nothing => {
                out.write_str("say which number is meant, for instance flow-stage=decision")
            }
        }
    }
}

impl std::error::Error for Mistake {}

/// The families that have a list of customers behind them.
const LISTED: [Family; 5] =
    [Family::Flow, Family::Move, Family::Activity, Family::Edge, Family::Duration];

/// The names of all filters: `flow-stage`, …
pub fn filters() -> impl Iterator<Item = String> {
    LISTED.into_iter().flat_map(|family| {
        family.dims().iter().map(move |(name, _)| format!("{}-{name}", family.name()))
    })
}

impl Selection {
    /// Everything of a family, in every window.
    pub fn all(family: Family) -> Selection {
        Selection { family, values: Vec::new(), window: None, period: (None, None) }
    }

    /// The counters that one of the filters `flow-stage` → `decision`, … describe together. Of
    /// several values with `|` between them any one will do.
    ///
    /// A window alone means *flow*: entries by their time.
    pub fn parse<'a>(
        map: &JourneyMap,
        filters: impl IntoIterator<Item = (&'a str, &'a str)>,
        window: Option<(Size, Timestamp)>,
    ) -> Result<Selection, Mistake> {
        let mut found: Option<Selection> = None;
        for (name, value) in filters {
            let unknown = || Mistake::Filter(name.to_owned());
            let (family, dim) = name.split_once('-').ok_or_else(unknown)?;
            let family =
                Family::parse(family).filter(|f| LISTED.contains(f)).ok_or_else(unknown)?;
            let mut dims = family.dims().iter();
            let at = dims.position(|(known, _)| *known == dim).ok_or_else(unknown)?;
            let unknown = |word: &str| Mistake::Value(name.to_owned(), word.to_owned());
            let value_of = |word| value_of(map, family, at, word).ok_or_else(|| unknown(word));
            // A word of a map may have the sign in it that stands between words.
            let dim = value_of(value).map(|dim| vec![dim]);
            let dim = dim.or_else(|_| value.split('|').map(value_of).collect())?;
            let selection = found.get_or_insert_with(|| Selection::all(family));
            if selection.family != family {
                return Err(Mistake::Families(selection.family, family));
            }
            selection.values.push((at, dim));
        }
        if window.is_some() {
            found.get_or_insert_with(|| Selection::all(Family::Flow));
        }
        let mut selection = found.ok_or(Mistake::Nothing)?;
        selection.window = window.and_then(|(size, at)| size.window(&map.zone, at));
        Ok(selection)
    }

    /// Only what is counted in panes from one instant on, and before another.
    pub fn within(mut self, from: Option<Timestamp>, until: Option<Timestamp>) -> Selection {
        self.period = (from, until);
        self
    }

    /// Whether a counter is meant: that of a pane, as every pane lies in one window of a size.
    pub fn has(&self, key: &CounterKey) -> bool {
        let is_inside = |window: &Window| {
            key.start().is_some_and(|start| window.start <= start && start < window.end)
        };
        let (from, until) = self.period;
        key.family == self.family
            && self.values.iter().all(|(dim, values)| values.contains(&key.dims[*dim]))
            && self.window.as_ref().is_none_or(is_inside)
            && from.is_none_or(|from| key.start().is_some_and(|start| from <= start))
            && until.is_none_or(|until| key.start().is_some_and(|start| start < until))
    }
}

/// A row behind a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Behind *flow* and *duration*.
    Entry(EntryRow),
    /// Behind *move*.
    Move(MoveRow),
    /// Behind *activity*.
    Activity(ActivityRow),
    /// Behind *edge*.
    Step(StepRow),
}

/// What of one customer's history, judged at `now`, lies behind a number, in the order of time.
///
/// Over all customers there are as many rows as the counters that are meant count together.
pub fn select(
    reading: &Reading,
    history: &[Touchpoint],
    now: Timestamp,
    selection: &Selection,
) -> Vec<Row> {
    let has = |key: Option<CounterKey>| key.is_some_and(|key| selection.has(&key));
    match selection.family {
        Family::Flow => {
            let rows = entries(reading, history, now).into_iter();
            rows.filter(|row| has(Some(row.flow(reading)))).map(Row::Entry).collect()
        }
        Family::Duration => {
            let rows = entries(reading, history, now).into_iter();
            rows.filter(|row| has(row.duration(reading))).map(Row::Entry).collect()
        }
        Family::Move => {
            let rows = moves_of(reading, history, now).into_iter();
            rows.filter(|row| has(Some(row.key(reading)))).map(Row::Move).collect()
        }
        Family::Activity => {
            let rows = activities(reading, history, now).into_iter();
            rows.filter(|row| has(Some(row.key(reading)))).map(Row::Activity).collect()
        }
        Family::Edge => {
            let rows = steps_of(reading, history, now).into_iter();
            rows.filter(|row| has(Some(row.key()))).map(Row::Step).collect()
        }
        Family::Admission | Family::Credit | Family::Markov | Family::Cadence | Family::Value => {
            Vec::new()
        }
        Family::Sequence | Family::Coalition | Family::Chain | Family::Intensity => Vec::new(),
    }
}

/// The value of a word; `None` where the dimension never has it.
fn value_of(map: &JourneyMap, family: Family, at: usize, word: &str) -> Option<u16> {
    let (name, dim) = *family.dims().get(at)?;
    let index = |found: Option<usize>| found.map(|index| index as u16);
    let end = |allowed: &[u16]| allowed.iter().copied().find(|value| ends::word(*value) == word);
    match dim {
        Dim::Stage => {
            let stage = index(map.stages.iter().position(|stage| stage.name == word));
            let others: &[u16] = match name {
                "from" => &[ends::NONE],
                "to" => &[ends::COLD, ends::LOST],
                "from_stage" => &[ends::START, ends::CONVERTED],
                "to_stage" => &[ends::CONVERTED, ends::EXPIRED],
                _ if family == Family::Activity => &[ends::NONE],
                _ => &[],
            };
            stage.or_else(|| end(others))
        }
        Dim::Channel => map.channel(word).or_else(|| end(&[ends::OTHER])),
        Dim::Kind => map.kind(word).or_else(|| {
            end(match name {
                "from_kind" => &[ends::OTHER, ends::START, ends::CONVERTED],
                "to_kind" => &[ends::OTHER, ends::CONVERTED, ends::EXPIRED],
                _ => &[ends::OTHER],
            })
        }),
        Dim::Entry => index(Entry::ALL.iter().position(|entry| entry.word() == word)),
        Dim::Outcome if family == Family::Flow => {
            index(Outcome::ALL.iter().position(|outcome| outcome.word() == word))
        }
        Dim::Outcome => end(&[ends::CONVERTED, ends::COLD, ends::LOST]),
        Dim::Bucket => (0..)
            .map(Bucket)
            .take_while(|b| !b.word().is_empty())
            .find_map(|bucket| (bucket.word() == word).then_some(bucket.0)),
        Dim::Source
        | Dim::Result
        | Dim::Rule
        | Dim::Group
        | Dim::Basis
        | Dim::FollowUps
        | Dim::Steps
        | Dim::Paid
        | Dim::Number
        | Dim::Date
        | Dim::Currency
        | Dim::Channels
        | Dim::Trail => None,
    }
}
