//! Touchpoints: how many, where the customers stood after them, by channel and kind.

use super::facts::facts;
use super::money::{Money, add};
use super::query::{By, minute};
use super::table::{Cell, Kind, Table, column};
use super::{Group, Mistake, Query, Scope};
use crate::{Counter, CounterId};
use model::{Family, JourneyMap, Timestamp, Zone};
use std::collections::BTreeMap;

/// What touchpoints can be divided by, besides sizes of windows.
const DIMS: &[&str] = &["stage", "channel", "kind"];

/// The touchpoints of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// The period in words.
    pub period: String,
    /// What they were divided by; `None` where they were not.
    pub by: Option<String>,
    /// The event time that they were judged at.
    pub as_of: Timestamp,
    /// How many, and their values, by group.
    pub rows: BTreeMap<Group, (i64, Money)>,
    /// What has to be said about the windows.
    pub notes: Vec<String>,
}

/// The touchpoints of the counters of one map, by when they happened.
pub fn activity<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    query: &Query,
) -> Result<Activity, Mistake> {
    if !map.counts(Family::Activity) {
        return Err(Mistake::NotCounted(Family::Activity));
    }
    let by = By::parse(map, query, DIMS)?;
    let scope = Scope::of(map, query, by)?;
    let facts = facts(counters, |family, id| family == Family::Activity && scope.has(id));
    let mut rows: BTreeMap<Group, (i64, Money)> = BTreeMap::new();
    for fact in &facts {
        let (count, money) = rows.entry(by.group(fact)).or_default();
        *count += fact.count();
        add(money, &fact.counter.amounts);
    }
    Ok(Activity {
        period: scope.words(&map.zone),
        by: query.by.clone(),
        as_of: query.as_of,
        rows,
        notes: scope.notes(map, query.as_of),
    })
}

impl Activity {
    /// The report as a table.
    pub fn table(&self, zone: &Zone) -> Table {
        let mut columns = Vec::new();
        match (self.rows.keys().next(), self.by.as_deref()) {
            (Some(Group::Word(_)), Some("stage")) => {
                columns.push(column("stage", "Stage after it", Kind::Text));
            }
            (Some(Group::Word(_)), Some("kind")) => {
                columns.push(column("kind", "Kind", Kind::Text));
            }
            (Some(Group::Word(_)), _) => columns.push(column("channel", "Channel", Kind::Text)),
            (Some(Group::Window(_)), _) => {
                columns.push(column("window", "Happened from", Kind::Time));
            }
            (Some(Group::All) | None, _) => {}
        }
        let keys = columns.len();
        columns.extend([
            column("count", "Touchpoints", Kind::Count),
            column("money", "Their values", Kind::Money),
        ]);
        let row = |(group, (count, money)): (&Group, &(i64, Money))| {
            let mut cells = Vec::new();
            if *group != Group::All {
                cells.push(Cell::from(group));
            }
            cells.extend([Cell::Count(*count), Cell::Money(money.clone())]);
            cells
        };
        let mut notes = self.notes.clone();
        if self.rows.is_empty() {
            notes.push("Nothing happened.".to_owned());
        }
        notes.push("A touchpoint is counted when it happened, whoever did it.".to_owned());
        Table {
            name: "activity",
            title: format!(
                "Touchpoints, {}. As of {} ({}).",
                self.period,
                minute(zone, self.as_of),
                zone.name()
            ),
            columns,
            keys,
            rows: self.rows.iter().map(row).collect(),
            notes,
        }
    }
}
