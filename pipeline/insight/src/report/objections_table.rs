//! Objections as tables, with what they say in plain sentences.

use super::objections::UNANSWERED;
use super::query::minute;
use super::table::{Cell, Column, Kind, Table, column};
use super::{AnswerRow, Group, ObjectionRow, Objections, Rate};
use crate::inference::Language;
use model::Zone;

impl Objections {
    /// The report as two tables: how often and what becomes of it, and after what answer.
    pub fn tables(&self, zone: &Zone) -> Vec<Table> {
        let mut tables = vec![self.raised(zone)];
        if !self.answers.is_empty() {
            tables.push(self.answered());
        }
        tables
    }

    fn raised(&self, zone: &Zone) -> Table {
        let mut columns = vec![column("stage", "Stage at that time", Kind::Text)];
        match self.rows.first().map(|row| &row.group) {
            Some(Group::Word(_)) => columns.push(column("channel", "Channel", Kind::Text)),
            Some(Group::Window(_)) => columns.push(column("window", "Entered from", Kind::Time)),
            Some(Group::All) | None => {}
        }
        columns.push(column("objection", "Objection", Kind::Text));
        let keys = columns.len();
        columns.push(column("entries", "Entries", Kind::Count));
        columns.push(column("share", "Of all entries", Kind::Rate));
        columns.extend(fates());
        columns.push(column("others", "Converted without it", Kind::Rate));
        columns.extend(sentences());
        Table {
            name: "objections",
            title: format!(
                "Objections by the stage at that time, {}. As of {} ({}).",
                self.period,
                minute(zone, self.as_of),
                zone.name()
            ),
            columns,
            keys,
            rows: self.rows.iter().map(raised).collect(),
            notes: self.table_notes(),
        }
    }

    fn answered(&self) -> Table {
        let mut columns = vec![
            column("stage", "Stage at that time", Kind::Text),
            column("objection", "Objection", Kind::Text),
            column("next", "Done next", Kind::Text),
            column("entries", "Entries", Kind::Count),
        ];
        columns.extend(fates());
        columns.extend(sentences());
        let note = "The business's first touchpoint after the objection, and none where there was \
                    none before the entry was decided. Each answer is held against the other \
                    answers, not against none: who was answered had not left yet. An answer goes \
                    together with what came of it, and need not have caused it.";
        Table {
            name: "answers",
            title: format!("What was done next, {}.", self.period),
            columns,
            keys: 3,
            rows: self.answers.iter().map(answered).collect(),
            notes: vec![note.to_owned()],
        }
    }

    fn table_notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        if self.rows.is_empty() {
            notes.push(
                "No objection was raised, or none was found: they are looked for in what customers \
                 write and in notes of calls. See desirepath label TEXT."
                    .to_owned(),
            );
            return notes;
        }
        notes.push(
            "An entry is counted once for each class that was raised in it, and once under all; so \
             classes add up to more. Converted: of those that are no longer open. In brackets 95 % \
             intervals for one look; the sentences hold at every look, for the whole table."
                .to_owned(),
        );
        notes
    }
}

fn fates() -> [Column; 5] {
    [
        column("converted", "Converted of decided", Kind::Rate),
        column("open", "Still open", Kind::Count),
        column("cold", "Went cold", Kind::Count),
        column("lost", "Lost", Kind::Count),
        column("decided", "Decided", Kind::Count),
    ]
}

fn sentences() -> [Column; 2] {
    // The same in German, for machines.
    [column("plain", "In plain words", Kind::Text), column("plain_de", "", Kind::Text)]
}

fn raised(row: &ObjectionRow) -> Vec<Cell> {
    let mut cells = vec![Cell::Text(row.stage.clone())];
    if row.group != Group::All {
        cells.push(Cell::from(&row.group));
    }
    let fate = &row.fate;
    cells.extend([
        Cell::Text(row.objection.clone()),
        Cell::Count(fate.all()),
        Cell::from(row.share),
        Cell::from(fate.converts()),
        Cell::Count(fate.open),
        Cell::Count(fate.cold),
        Cell::Count(fate.lost),
        Cell::Count(fate.decided()),
        Cell::from(Rate::of(row.others.0, row.others.1)),
        Cell::Text(row.plain(Language::English)),
        Cell::Text(row.plain(Language::German)),
    ]);
    cells
}

fn answered(row: &AnswerRow) -> Vec<Cell> {
    let fate = &row.fate;
    vec![
        Cell::Text(row.stage.clone()),
        Cell::Text(row.objection.clone()),
        Cell::Text(row.next.clone()),
        Cell::Count(fate.all()),
        Cell::from(fate.converts()),
        Cell::Count(fate.open),
        Cell::Count(fate.cold),
        Cell::Count(fate.lost),
        Cell::Count(fate.decided()),
        Cell::Text(row.plain(Language::English)),
        Cell::Text(row.plain(Language::German)),
    ]
}

impl ObjectionRow {
    /// What a business reads of it.
    pub fn plain(&self, language: Language) -> String {
        let what = format!("{} in {}", class(&self.objection, language), self.stage);
        match &self.found {
            Some(found) => found.statement(&what).plain(language),
            None => undecided(&what, language),
        }
    }
}

impl AnswerRow {
    /// What a business reads of it; empty for what nobody has answered.
    pub fn plain(&self, language: Language) -> String {
        if self.next == UNANSWERED {
            return String::new();
        }
        let (class, stage) = (class(&self.objection, language), &self.stage);
        let what = match language {
            Language::English => format!("{class} in {stage}, then {}", self.next),
            Language::German => format!("{class} in {stage}, dann {}", self.next),
        };
        match &self.found {
            Some(found) => found.statement(&what).plain(language),
            None => undecided(&what, language),
        }
    }
}

fn undecided(what: &str, language: Language) -> String {
    match language {
        Language::English => {
            format!("{what}: not enough data, too few of them or of the others are decided.")
        }
        Language::German => {
            format!("{what}: Zu wenig Daten, von ihnen oder den anderen ist zu wenig entschieden.")
        }
    }
}

/// A class in words; one that a map adds is its own word.
fn class(name: &str, language: Language) -> String {
    let german = |name: &str| match name {
        "price" => "Preis".to_owned(),
        "timing" => "Zeitpunkt".to_owned(),
        "trust" => "Vertrauen".to_owned(),
        "need" => "Bedarf".to_owned(),
        "competitor" => "Wettbewerb".to_owned(),
        "convenience" => "Umstände".to_owned(),
        "other" => "Sonstiges".to_owned(),
        name => name.to_owned(),
    };
    match (name, language) {
        ("all", Language::English) => "Any objection".to_owned(),
        ("all", Language::German) => "Irgendein Einwand".to_owned(),
        (name, Language::English) => format!("Objection {name}"),
        (name, Language::German) => format!("Einwand {}", german(name)),
    }
}
