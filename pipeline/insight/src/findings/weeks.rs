//! Entries of a stage that are decided for good, by week.

use std::collections::BTreeMap;

/// Who entered: what is known of somebody before anything comes of the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// The channel that the attempt began with, by its index in the map; beyond the last, `other`.
    pub channel: usize,
    /// Whether somebody had entered the stage before.
    pub is_again: bool,
}

/// Converted and decided by group.
pub(super) type Sums = BTreeMap<Group, (i64, i64)>;

/// Adds all of some sums to others.
pub(super) fn add(sums: &mut Sums, more: &Sums) {
    for (group, (converted, decided)) in more {
        let sum = sums.entry(*group).or_default();
        *sum = (sum.0 + converted, sum.1 + decided);
    }
}

/// The weeks of one stage, each from Monday to Sunday, of which nobody is open any more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weeks {
    /// The Monday of the first week, as days since 1970-01-01, a Thursday.
    first: i64,
    weeks: Vec<Sums>,
}

impl Weeks {
    /// Weeks from the one that a day is in to the last one that is over before another day.
    pub fn between(first: i64, until: i64) -> Weeks {
        let monday = |day: i64| day - (day + 3).rem_euclid(7);
        let first = monday(first);
        let count = usize::try_from((monday(until) - first) / 7).unwrap_or(0);
        Weeks { first, weeks: vec![Sums::new(); count] }
    }

    /// Adds entries of a day: converted and decided. Those of a week that is not there are left
    /// out.
    pub fn add(&mut self, day: i64, group: Group, (converted, decided): (i64, i64)) {
        let at = usize::try_from((day - self.first).div_euclid(7));
        let Some(sums) = at.ok().and_then(|at| self.weeks.get_mut(at)) else { return };
        let sum = sums.entry(group).or_default();
        *sum = (sum.0 + converted, sum.1 + decided);
    }

    /// How many weeks.
    pub fn len(&self) -> usize {
        self.weeks.len()
    }

    /// Whether no week is over.
    pub fn is_empty(&self) -> bool {
        self.weeks.is_empty()
    }

    /// The first day of a week.
    pub fn monday(&self, at: usize) -> i64 {
        self.first + 7 * at as i64
    }

    /// The last day of a week.
    pub fn sunday(&self, at: usize) -> i64 {
        self.monday(at) + 6
    }

    pub(super) fn sums(&self, at: usize) -> &Sums {
        &self.weeks[at]
    }
}
