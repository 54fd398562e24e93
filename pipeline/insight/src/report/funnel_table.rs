//! The funnel as tables.

use super::table::{Cell, Column, Kind, Table, column};
use super::{Funnel, Group, Matured, Quartiles, StageRow, Times};
use model::{Size, Zone};

/// The stages, and the steps between them.
pub(crate) fn tables(funnel: &Funnel, zone: &Zone) -> Vec<Table> {
    let mut tables = vec![stages(funnel, zone)];
    if !funnel.steps.is_empty() {
        tables.push(steps(funnel));
    }
    tables
}

fn stages(funnel: &Funnel, zone: &Zone) -> Table {
    let mut columns = vec![column("stage", "Stage", Kind::Text)];
    columns.extend(by_column(funnel));
    let keys = columns.len();
    columns.extend([
        column("entered", "Entered", Kind::Count),
        column("first", "First time", Kind::Count),
        column("converted", "Converted", Kind::Count),
        column("expired", "Left", Kind::Count),
        column("cold", "gone cold", Kind::Count),
        column("lost", "given up", Kind::Count),
        column("open", "Still open", Kind::Count),
        column("rate_decided", "Converted of those decided", Kind::Rate),
        column("rate_all", "Converted of all so far", Kind::Rate),
        column("state", "Final?", Kind::Text),
        column("mature_until", "All decided before", Kind::Time),
        column("rate_mature", "Converted of those before", Kind::Rate),
        column("rate_watched", "Of final ones, at every look", Kind::Rate),
        column("corrections", "Corrected", Kind::Count),
        column("time_lower", "25 % within", Kind::Text),
        column("time_median", "50 % within", Kind::Text),
        column("time_upper", "75 % within", Kind::Text),
        column("money", "Money", Kind::Money),
    ]);
    let row = |row: &StageRow| {
        let mut cells = vec![Cell::Text(row.stage.clone())];
        if row.group != Group::All {
            cells.push(Cell::from(&row.group));
        }
        let [lower, median, upper] = times(&row.times);
        cells.extend([
            Cell::Count(row.entered),
            Cell::Count(row.first),
            Cell::Count(row.converted),
            Cell::Count(row.expired),
            Cell::from(row.cold),
            Cell::from(row.lost),
            Cell::Count(row.open),
            Cell::from(row.rate_decided),
            Cell::from(row.rate_all),
            Cell::Text(state(row)),
            Cell::from(row.maturity.until),
            Cell::from(row.maturity.rate),
            Cell::from(row.matured.rate),
            Cell::Count(i64::from(row.matured.corrections)),
            lower,
            median,
            upper,
            Cell::Money(row.money.clone()),
        ]);
        cells
    };
    Table {
        name: "stages",
        title: funnel.title(zone),
        columns,
        keys,
        rows: funnel.stages.iter().map(row).collect(),
        notes: notes(funnel),
    }
}

fn by_column(funnel: &Funnel) -> Option<Column> {
    match (funnel.by.as_deref()?, funnel.stages.first().map(|row| &row.group)) {
        (_, Some(Group::Window(_))) => Some(column("window", "Entered from", Kind::Time)),
        ("channel", Some(Group::Word(_))) => Some(column("channel", "Entry channel", Kind::Text)),
        (_, Some(Group::Word(_))) => Some(column("entry", "Entry", Kind::Text)),
        (_, Some(Group::All) | None) => None,
    }
}

fn state(row: &StageRow) -> String {
    match (row.entered, row.maturity.is_mature) {
        (0, _) => "nobody".to_owned(),
        (_, true) => "final".to_owned(),
        (_, false) => format!("not final: {} still open", row.open),
    }
}

/// The quartiles of times, as cells.
pub(super) fn times(times: &Times) -> [Cell; 3] {
    let text = |word: &str| Cell::Text(word.to_owned());
    match times {
        Times::Unknown => [Cell::None, Cell::None, Cell::None],
        Times::TooFew(_) => [Cell::None, text("not enough data"), Cell::None],
        Times::Known(quartiles) => {
            [quartiles.lower, quartiles.median, quartiles.upper].map(|bucket| text(bucket.word()))
        }
    }
}

fn notes(funnel: &Funnel) -> Vec<String> {
    let mut notes = funnel.notes.clone();
    let entered: i64 = funnel.stages.iter().map(|row| row.entered).sum();
    let open: i64 = funnel.stages.iter().map(|row| row.open).sum();
    if entered == 0 {
        notes.push("Nobody entered a stage.".to_owned());
    }
    if open > 0 {
        notes.push(format!(
            "Still open: {open} of {entered} entries may yet convert or leave, so these numbers \
             are not final. The rate of those decided leans towards whoever decides quickly, the \
             rate of all so far is too low; before the date in \"All decided before\" nothing is \
             open, and the rate beside it leans neither way."
        ));
    }
    notes.push(
        "Entered counts every entry, also of people who come back; First time counts people. \
         Left = gone cold + given up, where both are known."
            .to_owned(),
    );
    notes.push(
        "In brackets: the range that holds the true rate 95 times in 100 (Wilson), for one look at \
         entries that do not depend on each other."
            .to_owned(),
    );
    let matured = funnel.stages.iter().map(|row| &row.matured);
    notes.extend(Matured::note(matured, funnel.scope.size != Size::Total));
    if funnel.stages.iter().any(|row| row.times != Times::Unknown) {
        notes.push(format!(
            "Within: so long, at most, took a quarter, half and three quarters of those who have \
             converted; with fewer than {} of them nothing is said (not enough data).",
            Quartiles::COUNT_MIN
        ));
    }
    if funnel.stages.iter().any(|row| !row.money.is_empty()) {
        notes.push("Money as it came in with the entries: refunds are not taken off.".to_owned());
    }
    notes
}

fn steps(funnel: &Funnel) -> Table {
    let columns = vec![
        column("from", "From", Kind::Text),
        column("to", "To", Kind::Text),
        column("count", "Steps", Kind::Count),
        column("share", "Of all steps onwards from there", Kind::Rate),
        column("money", "Money", Kind::Money),
    ];
    let row = |row: &super::StepRow| {
        vec![
            Cell::Text(row.from.clone()),
            Cell::Text(row.to.clone()),
            Cell::Count(row.count),
            Cell::from(row.share),
            Cell::Money(row.money.clone()),
        ]
    };
    Table {
        name: "steps",
        title: format!("Steps from stage to stage, by when they happened, {}.", funnel.period),
        columns,
        keys: 2,
        rows: funnel.steps.iter().map(row).collect(),
        notes: vec![
            "A step is counted when it happens, the entries above by when they began: in a period \
             they are not the same people. A step may pass over stages."
                .to_owned(),
        ],
    }
}
