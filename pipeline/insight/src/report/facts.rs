//! Counters with their names read.

use crate::{Counter, CounterId};
use model::{Family, Size, Timestamp};
use std::borrow::Cow;

/// A counter, its family and dimensions read once.
pub(crate) struct Fact<'a> {
    pub(crate) family: Family,
    pub(crate) size: Size,
    pub(crate) start: Option<Timestamp>,
    pub(crate) counter: &'a Counter,
    dims: Vec<(&'a str, Cow<'a, str>)>,
}

impl Fact<'_> {
    /// The value of a dimension; empty where the family lacks it.
    pub(crate) fn dim(&self, name: &str) -> &str {
        self.dims.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// Family and dimensions as they are printed: `flow decision chat first open`.
    pub(crate) fn words(&self) -> String {
        let values = self.dims.iter().map(|(_, value)| &**value);
        [self.family.name()].into_iter().chain(values).collect::<Vec<_>>().join(" ")
    }

    /// As `words`, without the group: windows of less than a day have none.
    pub(crate) fn of_all_groups(&self) -> String {
        let values = self.dims.iter().filter(|(name, _)| *name != "group");
        let values = values.map(|(_, value)| &**value);
        [self.family.name()].into_iter().chain(values).collect::<Vec<_>>().join(" ")
    }

    /// How many.
    pub(crate) fn count(&self) -> i64 {
        self.counter.count
    }
}

/// The counters that are wanted and not zero.
pub(crate) fn facts<'a>(
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    is_wanted: impl Fn(Family, &CounterId) -> bool,
) -> Vec<Fact<'a>> {
    facts_and_corrections(counters.filter(|(_, counter)| !counter.is_zero()), is_wanted)
}

/// The counters that are wanted, and those that are nothing but corrections. What is not wanted is
/// not read further than its family.
pub(crate) fn facts_and_corrections<'a>(
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    is_wanted: impl Fn(Family, &CounterId) -> bool,
) -> Vec<Fact<'a>> {
    let read = |(id, counter): (&'a CounterId, &'a Counter)| {
        let family = id.series.family().filter(|family| is_wanted(*family, id))?;
        let dims = id.series.dims().collect();
        Some(Fact { family, size: id.size, start: id.start, counter, dims })
    };
    counters.filter_map(read).collect()
}
