//! The ledger of findings as tables.

use super::findings::channel_name;
use super::findings_words::{change_plain, change_rates};
use super::query::minute;
use super::table::{Cell, Kind, Table, column};
use super::{Estimate, FindingRow, Findings, Rate};
use crate::findings::{Change, Changed, Course};
use crate::inference::{Language, Verdict};
use model::{Civil, JourneyMap};

impl Findings {
    /// The report for a terminal.
    pub fn render(&self, map: &JourneyMap) -> String {
        let tables = self.tables(map);
        tables.iter().map(|table| table.render(&map.zone)).collect::<Vec<_>>().join("\n")
    }

    /// The report as tables: findings, and changes.
    pub fn tables(&self, map: &JourneyMap) -> Vec<Table> {
        vec![self.found(map), self.changed(map)]
    }

    fn found(&self, map: &JourneyMap) -> Table {
        let zone = &map.zone;
        Table {
            name: "findings",
            title: format!(
                "What goes with more conversions, or with fewer. As of {} ({}).",
                minute(zone, self.as_of),
                zone.name()
            ),
            columns: vec![
                column("stage", "Stage", Kind::Text),
                column("about", "Who", Kind::Text),
                column("converts", "Convert", Kind::Text),
                column("verdict", "Verdict", Kind::Text),
                column("more_needed", "More needed", Kind::Count),
                column("standing", "Standing", Kind::Text),
                column("discovered", "Found", Kind::Text),
                column("confirmed", "Confirmed", Kind::Text),
                column("ended", "Over", Kind::Text),
                column("these", "These", Kind::Rate),
                column("others", "The others", Kind::Rate),
                column("naive", "Ratio, in one pot", Kind::Figure),
                column("ratio", "Like with like", Kind::Figure),
                column("difference", "Difference, at every look", Kind::Effect),
                column("evidence_ln", "", Kind::Estimate),
                column("needed_ln", "", Kind::Estimate),
                column("turns_round", "", Kind::Count),
                column("plain", "", Kind::Text),
                column("plain_de", "", Kind::Text),
                column("technical", "", Kind::Text),
                column("technical_de", "", Kind::Text),
            ],
            keys: 3,
            rows: self.rows.iter().map(cells).collect(),
            notes: self.notes(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let said = self.rows.iter().map(|row| {
            format!("{} {}.", row.plain(Language::English), row.technical(Language::English))
        });
        let mut notes: Vec<String> = said.collect();
        if self.rows.is_empty() {
            notes.push(
                "Nothing has been found. That is no fault: most differences are chance.".to_owned(),
            );
        }
        let known = self.known.iter().map(|(stage, day)| match day {
            Some(day) => format!("{stage} up to {}", Civil::from_days(*day)),
            None => format!("{stage} no week yet"),
        });
        notes.push(format!(
            "From weeks of entries that are final: {}. A finding is looked for every fourth week, \
             and confirmed by those alone who entered after it was found. Of all that are ever \
             confirmed at most one in ten is false on average. What goes together need not cause \
             each other.",
            known.collect::<Vec<_>>().join(", ")
        ));
        if self.corrections > 0 {
            notes.push(format!(
                "{} numbers that were final have changed since; the ledger is played again with \
                 what is known now.",
                self.corrections
            ));
        }
        notes
    }

    fn changed(&self, map: &JourneyMap) -> Table {
        let row = |(stage, change): &(String, Change)| {
            let channel = changed_channel(map, change);
            let [before, after] = change_rates(change);
            let date = |day: i64| Cell::Text(Civil::from_days(day).to_string());
            let plain = |language| Cell::Text(change_plain(stage, change, channel, language));
            let what = if channel.is_empty() { "rate" } else { channel };
            vec![
                Cell::Text(stage.clone()),
                Cell::Text(what.to_owned()),
                date(change.since),
                date(change.discovered),
                Cell::from(before),
                Cell::from(after),
                Cell::Estimate(Estimate::plain(change.ln_evidence)),
                plain(Language::English),
                plain(Language::German),
            ]
        };
        let mut notes: Vec<String> = Vec::new();
        for (stage, change) in &self.changes {
            let channel = changed_channel(map, change);
            notes.push(change_plain(stage, change, channel, Language::English));
        }
        notes.push(match self.changes.is_empty() {
            true => "Nothing has changed that is more than chance.".to_owned(),
            false => "The chance that any change is said that is none is one in twenty, however \
                      long somebody looks. A season is a change. In brackets: 95 %, for one look."
                .to_owned(),
        });
        Table {
            name: "changes",
            title: "When a rate changed, or the channels that customers come by.".to_owned(),
            columns: vec![
                column("stage", "Stage", Kind::Text),
                column("what", "What", Kind::Text),
                column("since", "Since", Kind::Text),
                column("discovered", "Certain on", Kind::Text),
                column("before", "Before", Kind::Rate),
                column("after", "After", Kind::Rate),
                column("evidence_ln", "", Kind::Estimate),
                column("plain", "", Kind::Text),
                column("plain_de", "", Kind::Text),
            ],
            keys: 3,
            rows: self.changes.iter().map(row).collect(),
            notes,
        }
    }
}

/// The channel whose share has changed most; empty where it is the rate that has changed.
fn changed_channel<'a>(map: &'a JourneyMap, change: &Change) -> &'a str {
    match change.what {
        Changed::Mix(channel) => channel_name(map, channel),
        Changed::Rate => "",
    }
}

fn cells(row: &FindingRow) -> Vec<Cell> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let date = |day: Option<i64>| {
        day.map_or(Cell::None, |day| Cell::Text(Civil::from_days(day).to_string()))
    };
    let (verdict, more) = match row.verdict {
        Some(Verdict::Act) => (text("act"), None),
        Some(Verdict::Promising { more }) => (text("promising"), more),
        Some(Verdict::NotEnough { more }) => (text("not enough data"), more),
        Some(Verdict::Alike) => (text("no difference"), None),
        None => (Cell::None, None),
    };
    let (standing, confirmed, ended) = match row.found.course {
        Course::Discovered => ("discovered", None, None),
        Course::Confirmed(day) => ("confirmed", Some(day), None),
        Course::Refuted(day) => ("refuted", None, Some(day)),
        Course::Retired(confirmed, day) => ("retired", Some(confirmed), Some(day)),
    };
    let [these, others] = row.groups().pot().map(|(part, whole)| Cell::from(Rate::of(part, whole)));
    let difference = row.difference.map_or(Cell::None, |figure| {
        Cell::Effect(Estimate { value: figure.value, interval: Some(figure.interval) })
    });
    vec![
        Cell::Text(row.stage.clone()),
        Cell::Text(row.channel.clone().unwrap_or_else(|| "again".to_owned())),
        text(row.direction()),
        verdict,
        Cell::from(more),
        text(standing),
        date(Some(row.found.discovered)),
        date(confirmed),
        date(ended),
        these,
        others,
        Cell::from(row.groups().naive().and_then(|naive| naive.ratio)),
        Cell::from(row.contrast.and_then(|contrast| contrast.ratio)),
        difference,
        Cell::Estimate(Estimate::plain(row.found.ln_evidence)),
        Cell::Estimate(Estimate::plain(row.found.ln_needed)),
        Cell::Count(i64::from(row.found.paradox.is_some())),
        Cell::Text(row.plain(Language::English)),
        Cell::Text(row.plain(Language::German)),
        Cell::Text(row.technical(Language::English)),
        Cell::Text(row.technical(Language::German)),
    ]
}
