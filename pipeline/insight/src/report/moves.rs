//! Moves by when they happened: conversions and drop-offs of a day, a week, or so far.

use super::facts::facts;
use super::money::{Money, add};
use super::query::{By, date, minute};
use super::table::{Cell, Kind, Table, column};
use super::{Group, Mistake, Query, Rate, Scope};
use crate::{Counter, CounterId};
use model::{Family, JourneyMap, Timestamp, Zone};
use std::collections::BTreeMap;

/// What moves can be divided by, besides sizes of windows.
const DIMS: &[&str] = &["channel"];

/// The moves of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Moves {
    /// Which windows, by when the moves happened.
    pub scope: Scope,
    /// The period in words.
    pub period: String,
    /// What they were divided by: `channel`, a size; `None` where they were not.
    pub by: Option<String>,
    /// The event time that they were judged at.
    pub as_of: Timestamp,
    /// The moves by stage before, stage after, group.
    pub rows: Vec<MoveRow>,
    /// Since when a late touchpoint may still change them; `None` where none can, and for running
    /// totals, which are never final.
    pub open_since: Option<Timestamp>,
    /// What has to be said about the windows.
    pub notes: Vec<String>,
}

/// The moves from one stage to another, or out of the journey.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveRow {
    /// The stage before, or `none` where an attempt begins.
    pub from: String,
    /// The stage after, `cold` or `lost`.
    pub to: String,
    /// Which of them.
    pub group: Group,
    /// How many.
    pub count: i64,
    /// Their part of all moves of the group from this stage.
    pub share: Option<Rate>,
    /// Money of the entries that they made.
    pub money: Money,
}

/// The moves of the counters of one map.
///
/// A period chooses moves by when they happened, in windows of days where they fit.
pub fn moves<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    query: &Query,
) -> Result<Moves, Mistake> {
    if !map.counts(Family::Move) {
        return Err(Mistake::NotCounted(Family::Move));
    }
    let by = By::parse(map, query, DIMS)?;
    let scope = Scope::of(map, query, by)?;
    let facts = facts(counters, |family, id| family == Family::Move && scope.has(id));
    let mut rows: BTreeMap<(usize, usize, Group), MoveRow> = BTreeMap::new();
    for fact in &facts {
        let (from, to, group) = (fact.dim("from"), fact.dim("to"), by.group(fact));
        let row = rows.entry((place(map, from), place(map, to), group.clone()));
        let row = row.or_insert_with(|| MoveRow::new(from, to, group));
        row.count += fact.count();
        add(&mut row.money, &fact.counter.amounts);
    }
    let mut all_from: BTreeMap<(usize, Group), i64> = BTreeMap::new();
    for ((from, _, group), row) in &rows {
        *all_from.entry((*from, group.clone())).or_default() += row.count;
    }
    for ((from, _, group), row) in &mut rows {
        let whole = all_from.get(&(*from, group.clone())).copied().unwrap_or(0);
        row.share = Rate::of(row.count, whole);
    }
    let open = facts.iter().filter(|fact| !fact.counter.is_final);
    Ok(Moves {
        period: scope.words(&map.zone),
        by: query.by.clone(),
        as_of: query.as_of,
        rows: rows.into_values().collect(),
        open_since: open.filter_map(|fact| fact.start).min(),
        notes: scope.notes(map, query.as_of),
        scope,
    })
}

impl MoveRow {
    fn new(from: &str, to: &str, group: Group) -> MoveRow {
        let (from, to) = (from.to_owned(), to.to_owned());
        MoveRow { from, to, group, count: 0, share: None, money: Money::new() }
    }
}

/// Where a stage or an end stands in a list: the beginning, the stages, the ends.
fn place(map: &JourneyMap, word: &str) -> usize {
    let stages = map.stages.len();
    match word {
        "none" => 0,
        "cold" => stages + 1,
        "lost" => stages + 2,
        _ => map.stages.iter().position(|stage| stage.name == word).map_or(stages + 3, |at| at + 1),
    }
}

impl Moves {
    /// The report for a terminal, with times in the zone of the business.
    pub fn render(&self, zone: &Zone) -> String {
        self.table(zone).render(zone)
    }

    /// The report as a table.
    pub fn table(&self, zone: &Zone) -> Table {
        let mut columns = vec![column("from", "From", Kind::Text), column("to", "To", Kind::Text)];
        match self.rows.first().map(|row| &row.group) {
            Some(Group::Word(_)) => columns.push(column("channel", "Channel", Kind::Text)),
            Some(Group::Window(_)) => columns.push(column("window", "Happened from", Kind::Time)),
            Some(Group::All) | None => {}
        }
        let keys = columns.len();
        columns.extend([
            column("count", "Moves", Kind::Count),
            column("share", "Of all moves from there", Kind::Rate),
            column("money", "Money", Kind::Money),
        ]);
        let row = |row: &MoveRow| {
            let mut cells = vec![Cell::Text(row.from.clone()), Cell::Text(row.to.clone())];
            if row.group != Group::All {
                cells.push(Cell::from(&row.group));
            }
            cells.push(Cell::Count(row.count));
            cells.push(Cell::from(row.share));
            cells.push(Cell::Money(row.money.clone()));
            cells
        };
        Table {
            name: "moves",
            title: format!(
                "Moves by when they happened, {}. As of {} ({}).",
                self.period,
                minute(zone, self.as_of),
                zone.name()
            ),
            columns,
            keys,
            rows: self.rows.iter().map(row).collect(),
            notes: self.table_notes(zone),
        }
    }

    fn table_notes(&self, zone: &Zone) -> Vec<String> {
        let mut notes = self.notes.clone();
        if self.rows.is_empty() {
            notes.push("Nobody moved.".to_owned());
        }
        if let Some(since) = self.open_since {
            notes.push(format!(
                "Not final since {}: a late touchpoint may still change what happened then.",
                date(zone, since)
            ));
        }
        notes.push(
            "From none: a journey begins. To cold: nothing was heard for too long, counted at the \
             moment when it was too long. To lost: given up. A part of all moves from a stage is \
             no rate of those who entered it: the funnel has that."
                .to_owned(),
        );
        notes
    }
}
