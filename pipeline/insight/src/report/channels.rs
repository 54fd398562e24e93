//! Journeys by the channel they began in: how many, and how many became a conversion.

use super::facts::{Fact, facts};
use super::money::{Money, add};
use super::query::{By, minute};
use super::table::{Cell, Kind, Table, column};
use super::{Mistake, Query, Rate, Scope};
use crate::{Counter, CounterId};
use model::{Family, JourneyMap, Size, Timestamp, Zone};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Journeys by entry channel: where they began, which is not what caused them.
#[derive(Clone, Debug, PartialEq)]
pub struct Channels {
    /// Which windows: attempts by when they began, conversions by when they happened.
    pub scope: Scope,
    /// The period in words.
    pub period: String,
    /// The event time that they were judged at.
    pub as_of: Timestamp,
    /// The stage whose reaching is a conversion.
    pub conversion: String,
    /// A row for each entry channel, the most attempts first.
    pub rows: Vec<ChannelRow>,
    /// What has to be said about the windows.
    pub notes: Vec<String>,
}

/// The attempts that began in one channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelRow {
    /// The channel of the attempt's first touchpoint.
    pub channel: String,
    /// How many attempts began; in a period `None` where the map does not count moves.
    pub attempts: Option<i64>,
    /// Of them those that reached the conversion stage or one beyond it; `None` in a period, whose
    /// counters do not follow an attempt.
    pub reached: Option<i64>,
    /// Of them those that ended before it; `None` in a period.
    pub ended: Option<i64>,
    /// Of them those that may still reach it; `None` in a period.
    pub open: Option<i64>,
    /// The reached among those decided.
    pub rate_decided: Option<Rate>,
    /// The reached among all: not final while some are open.
    pub rate_all: Option<Rate>,
    /// Conversions, each repeat included; `None` in a period where the conversion stage is not the
    /// last one.
    pub conversions: Option<i64>,
    /// Money of the conversions; `None` where the conversion stage is not the last one.
    pub money: Option<Money>,
}

/// What is known of one channel while counters are read.
#[derive(Default)]
struct Tally {
    begun: i64,
    /// Attempts that stand or ended in a stage before the conversion: ended, open.
    before: [i64; 2],
    /// Attempts that stand or ended in the conversion stage or beyond.
    beyond: i64,
    entries_of_last: i64,
    money_of_last: Money,
}

/// The channels of the counters of one map, all judged at the query's as_of.
pub fn channels<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    query: &Query,
) -> Result<Channels, Mistake> {
    if !map.counts(Family::Flow) {
        return Err(Mistake::NotCounted(Family::Flow));
    }
    if let Some(by) = &query.by {
        return Err(Mistake::By(by.clone(), Vec::new()));
    }
    let scope = Scope::of(map, query, By::Nothing)?;
    let is_wanted = |family| matches!(family, Family::Flow | Family::Move);
    let facts = facts(counters, |family, id| is_wanted(family) && scope.has(id));
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.family == Family::Flow || fact.is_begin()) {
        tallies.entry(fact.dim("channel").to_owned()).or_default().read(map, fact);
    }
    let row = |(channel, tally): (String, Tally)| tally.row(map, channel, scope.size);
    let mut rows: Vec<ChannelRow> = tallies.into_iter().map(row).collect();
    rows.sort_by_key(|row| (Reverse(row.attempts), row.channel.clone()));
    Ok(Channels {
        period: scope.words(&map.zone),
        as_of: query.as_of,
        conversion: map.stages[usize::from(map.conversion)].name.clone(),
        rows,
        notes: scope.notes(map, query.as_of),
        scope,
    })
}

impl Fact<'_> {
    /// Whether it counts beginnings of attempts, whose channel is that of the first touchpoint.
    fn is_begin(&self) -> bool {
        self.family == Family::Move && self.dim("from") == "none"
    }
}

impl Tally {
    fn read(&mut self, map: &JourneyMap, fact: &Fact<'_>) {
        if fact.is_begin() {
            self.begun += fact.count();
            return;
        }
        let stage = map.stages.iter().position(|stage| stage.name == fact.dim("stage"));
        let Some(stage) = stage else { return };
        if stage == usize::from(map.last_stage()) {
            self.entries_of_last += fact.count();
            add(&mut self.money_of_last, &fact.counter.amounts);
        }
        // Every attempt has one entry that has not converted: that of the stage it has come to.
        match fact.dim("outcome") {
            "converted" => {}
            _ if stage >= usize::from(map.conversion) => self.beyond += fact.count(),
            "expired" => self.before[0] += fact.count(),
            _ => self.before[1] += fact.count(),
        }
    }

    fn row(self, map: &JourneyMap, channel: String, size: Size) -> ChannelRow {
        let is_last = map.conversion == map.last_stage();
        let money = is_last.then_some(self.money_of_last);
        if size != Size::Total {
            let attempts = map.counts(Family::Move).then_some(self.begun);
            let conversions = is_last.then_some(self.entries_of_last);
            return ChannelRow { channel, attempts, conversions, money, ..ChannelRow::default() };
        }
        let [ended, open] = self.before;
        let reached = self.beyond;
        ChannelRow {
            channel,
            attempts: Some(reached + ended + open),
            reached: Some(reached),
            ended: Some(ended),
            open: Some(open),
            rate_decided: Rate::of(reached, reached + ended),
            rate_all: Rate::of(reached, reached + ended + open),
            conversions: Some(if is_last { self.entries_of_last } else { reached }),
            money,
        }
    }
}

impl Channels {
    /// The report for a terminal, with times in the zone of the business.
    pub fn render(&self, zone: &Zone) -> String {
        self.table(zone).render(zone)
    }

    /// The report as a table.
    pub fn table(&self, zone: &Zone) -> Table {
        let row = |row: &ChannelRow| {
            vec![
                Cell::Text(row.channel.clone()),
                Cell::from(row.attempts),
                Cell::from(row.reached),
                Cell::from(row.ended),
                Cell::from(row.open),
                Cell::from(row.rate_decided),
                Cell::from(row.rate_all),
                Cell::from(row.conversions),
                row.money.clone().map_or(Cell::None, Cell::Money),
            ]
        };
        Table {
            name: "channels",
            title: format!(
                "Journeys by the channel they began in, {}. As of {} ({}).",
                self.period,
                minute(zone, self.as_of),
                zone.name()
            ),
            columns: vec![
                column("channel", "Entry channel", Kind::Text),
                column("attempts", "Begun", Kind::Count),
                column("reached", "Converted", Kind::Count),
                column("ended", "Left before", Kind::Count),
                column("open", "Still open", Kind::Count),
                column("rate_decided", "Converted of those decided", Kind::Rate),
                column("rate_all", "Converted of all so far", Kind::Rate),
                column("conversions", "Conversions", Kind::Count),
                column("money", "Money of conversions", Kind::Money),
            ],
            keys: 1,
            rows: self.rows.iter().map(row).collect(),
            notes: self.table_notes(),
        }
    }

    fn table_notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        let open: i64 = self.rows.iter().filter_map(|row| row.open).sum();
        if self.rows.is_empty() {
            notes.push("Nobody began a journey.".to_owned());
        }
        if open > 0 {
            notes.push(format!(
                "Still open: {open} journeys may yet convert or end, so these numbers are not \
                 final."
            ));
        }
        if self.scope.size == Size::Total {
            notes.push(format!(
                "Converted: journeys that reached {} or beyond. Conversions counts repeats too.",
                self.conversion
            ));
        } else {
            notes.push(
                "In a period, journeys are counted when they begin and conversions when they \
                 happen: they are not the same people, so there is no rate. The funnel by channel \
                 follows those who entered a stage in a period."
                    .to_owned(),
            );
        }
        notes.push(
            "Entry channel: where a journey began. That is no credit: it does not say what made \
             people buy."
                .to_owned(),
        );
        notes
    }
}
