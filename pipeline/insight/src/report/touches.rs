//! Channels by what happens on them: touchpoints, beginnings, and silence afterwards.

use super::facts::facts;
use super::query::By;
use super::table::{Cell, Kind, Table, column};
use super::{Mistake, Query, Scope};
use crate::{Counter, CounterId};
use model::{Family, JourneyMap};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What happened on each channel, by when it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Touches {
    /// The period in words.
    pub period: String,
    /// A row for each channel, the most touchpoints first.
    pub rows: Vec<TouchRow>,
}

/// What happened on one channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TouchRow {
    /// The channel.
    pub channel: String,
    /// Touchpoints on it; `None` where the map does not count them.
    pub touchpoints: Option<i64>,
    /// Attempts that began with one; `None` where the map does not count moves.
    pub began: Option<i64>,
    /// Attempts that went cold after one that kept them warm; `None` likewise.
    pub cold: Option<i64>,
}

/// The touches of the counters of one map.
pub fn touches<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    query: &Query,
) -> Result<Touches, Mistake> {
    let scope = Scope::of(map, query, By::Nothing)?;
    let is_wanted = |family| matches!(family, Family::Activity | Family::Move);
    let facts = facts(counters, |family, id| is_wanted(family) && scope.has(id));
    // Touchpoints, beginnings, cold.
    let mut sums: BTreeMap<&str, [i64; 3]> = BTreeMap::new();
    for fact in &facts {
        let at = match (fact.family, fact.dim("from"), fact.dim("to")) {
            (Family::Activity, ..) => 0,
            (_, "none", _) => 1,
            (_, _, "cold") => 2,
            _ => continue,
        };
        sums.entry(fact.dim("channel")).or_default()[at] += fact.count();
    }
    let (has_touches, has_moves) = (map.counts(Family::Activity), map.counts(Family::Move));
    let row = |(channel, [touchpoints, began, cold]): (&str, [i64; 3])| TouchRow {
        channel: channel.to_owned(),
        touchpoints: has_touches.then_some(touchpoints),
        began: has_moves.then_some(began),
        cold: has_moves.then_some(cold),
    };
    let mut rows: Vec<TouchRow> = sums.into_iter().map(row).collect();
    rows.sort_by_key(|row| (Reverse(row.touchpoints), row.channel.clone()));
    Ok(Touches { period: scope.words(&map.zone), rows })
}

impl Touches {
    /// The touches as a table.
    pub fn table(&self) -> Table {
        let row = |row: &TouchRow| {
            vec![
                Cell::Text(row.channel.clone()),
                Cell::from(row.touchpoints),
                Cell::from(row.began),
                Cell::from(row.cold),
            ]
        };
        Table {
            name: "touches",
            title: format!("What happened on each channel, {}.", self.period),
            columns: vec![
                column("channel", "Channel", Kind::Text),
                column("touchpoints", "Touchpoints", Kind::Count),
                column("began", "Journeys begun", Kind::Count),
                column("cold", "Gone cold after it", Kind::Count),
            ],
            keys: 1,
            rows: self.rows.iter().map(row).collect(),
            notes: vec![
                "Counted when it happened. Gone cold after it: the last touchpoint that kept the \
                 journey warm was on this channel."
                    .to_owned(),
            ],
        }
    }
}
