//! One screen: how many convert, where most of them leave, and each stage in a line.

use super::money::grouped;
use super::query::minute;
use super::table::{Cell, Kind, Table, column};
use super::text::rate_text;
use super::{Channels, Funnel, Matured, Mistake, Query, Rate, StageRow, Times};
use super::{channels, funnel};
use crate::{Counter, CounterId};
use model::{JourneyMap, Size, Zone};

/// The funnel in short, and what stands out.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The funnel, not divided.
    pub funnel: Funnel,
    /// The channels, for how many journeys converted.
    pub channels: Channels,
}

/// The summary of the counters of one map, all judged at the query's as_of.
pub fn summary<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)> + Clone,
    query: &Query,
) -> Result<Summary, Mistake> {
    if let Some(by) = &query.by {
        return Err(Mistake::By(by.clone(), Vec::new()));
    }
    let funnel = funnel(map, counters.clone(), query)?;
    Ok(Summary { funnel, channels: channels(map, counters, query)? })
}

impl Summary {
    /// The journeys that converted among all; `None` in a period, whose counters do not follow one.
    pub fn converted(&self) -> Option<Rate> {
        let sum = |of: fn(&super::ChannelRow) -> Option<i64>| -> Option<i64> {
            self.channels.rows.iter().map(of).sum()
        };
        Rate::of(sum(|row| row.reached)?, sum(|row| row.attempts)?)
    }

    /// The stage in which most entries ended, and how many did among those that entered.
    pub fn leak(&self) -> Option<(&StageRow, Rate)> {
        let leaking = self.funnel.stages.iter().filter(|row| row.expired > 0);
        // Of equal stages the earlier one.
        let worst = leaking.rev().max_by_key(|row| row.expired)?;
        Some((worst, Rate::of(worst.expired, worst.entered)?))
    }

    /// The report for a terminal, with times in the zone of the business.
    pub fn render(&self, zone: &Zone) -> String {
        self.table(zone).render(zone)
    }

    /// The report as a table.
    pub fn table(&self, zone: &Zone) -> Table {
        // A business of a few days has nothing final: its screen stays one.
        let has_watched = self.funnel.stages.iter().any(|row| row.matured.rate.is_some());
        let row = |row: &StageRow| {
            let within = match &row.times {
                Times::Known(quartiles) => Cell::Text(quartiles.median.word().to_owned()),
                Times::TooFew(_) => Cell::Text("not enough data".to_owned()),
                Times::Unknown => Cell::None,
            };
            let mut cells = vec![
                Cell::Text(row.stage.clone()),
                Cell::Count(row.entered),
                Cell::Count(row.converted),
                Cell::Count(row.expired),
                Cell::Count(row.open),
                Cell::from(row.rate_decided),
                within,
            ];
            cells.extend(has_watched.then(|| Cell::from(row.matured.rate)));
            cells
        };
        let watched = column("rate_watched", "Of final ones, at every look", Kind::Rate);
        let mut columns = vec![
            column("stage", "Stage", Kind::Text),
            column("entered", "Entered", Kind::Count),
            column("converted", "Converted", Kind::Count),
            column("expired", "Left", Kind::Count),
            column("open", "Still open", Kind::Count),
            column("rate_decided", "Converted of those decided", Kind::Rate),
            column("time_median", "Half of them within", Kind::Text),
        ];
        columns.extend(has_watched.then_some(watched));
        Table {
            name: "summary",
            title: self.title(zone),
            columns,
            keys: 1,
            rows: self.funnel.stages.iter().map(row).collect(),
            notes: self.notes(),
        }
    }

    fn title(&self, zone: &Zone) -> String {
        let as_of = minute(zone, self.funnel.as_of);
        let period = &self.funnel.period;
        format!("Where customers stand, {period}. As of {as_of} ({}).", zone.name())
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.funnel.notes.clone();
        if let Some(rate) = self.converted() {
            let stage = &self.channels.conversion;
            notes.push(format!("Journeys that have reached {stage}: {}.", rate_text(&rate)));
        }
        if let Some((row, rate)) = self.leak() {
            let ends = match (row.cold, row.lost) {
                (Some(cold), Some(lost)) => {
                    let (cold, lost) = (grouped(cold.unsigned_abs()), grouped(lost.unsigned_abs()));
                    format!(", {cold} gone cold and {lost} given up")
                }
                _ => String::new(),
            };
            let left = rate_text(&rate);
            notes.push(format!("The biggest leak is {}: {left} left there{ends}.", row.stage));
        }
        let open: i64 = self.funnel.stages.iter().map(|row| row.open).sum();
        if open > 0 {
            notes.push(format!(
                "Still open: {} entries may yet convert or leave: these numbers are not final.",
                grouped(open.unsigned_abs())
            ));
        }
        notes.push("In brackets: the 95 % interval (Wilson), for one look.".to_owned());
        let matured = self.funnel.stages.iter().map(|row| &row.matured);
        notes.extend(Matured::note(matured, self.funnel.scope.size != Size::Total));
        notes
    }
}
