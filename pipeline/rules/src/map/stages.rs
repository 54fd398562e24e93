//! The stages of a map, and which kinds enter them.

use super::error::Fault;
use super::fields::{Fields, Word};
use super::mistake::Mistake;
use super::name;
use model::{Span, Stage};
use std::ops::Range;

/// Stages a map at most: more than anybody tells apart, and few enough for dense tables.
const STAGES_MAX: usize = 32;
const KEYS: &[&str] = &["name", "enter", "cold_after", "repeat_after"];

/// The stages in order, and beside them what is not a stage's own.
pub(super) struct Stages<'a> {
    pub(super) list: Vec<Stage>,
    pub(super) repeat_after: Span,
    /// Every word of every `enter`, with the index of its stage.
    pub(super) enter: Vec<(Word<'a>, u8)>,
}

impl<'a> Stages<'a> {
    /// Reads every `[[stage]]`.
    pub(super) fn read(root: &Fields<'a>) -> Result<Self, Fault> {
        let tables = root.tables("stage", "[[stage]]", KEYS)?;
        if tables.is_empty() {
            let place = root.get("stage").map_or(0..0, |value| value.span());
            return Err(Fault::new(Mistake::NoStage, &place));
        }
        if let Some(table) = tables.get(STAGES_MAX) {
            let mistake = Mistake::TooMany { sort: "stages", limit: STAGES_MAX };
            return Err(Fault::new(mistake, &table.span));
        }
        let mut stages =
            Stages { list: Vec::new(), repeat_after: Span::from_hours(24), enter: Vec::new() };
        let mut places: Vec<Range<usize>> = Vec::new();
        for (index, table) in tables.iter().enumerate() {
            let word = table.required("name", "name = \"consideration\"")?;
            name::check_free("stage", &word)?;
            if let Some(same) = stages.list.iter().position(|stage| stage.name == word.text) {
                let mistake = Mistake::Duplicate { sort: "stage", name: word.text.to_owned() };
                return Err(Fault::new(mistake, &word.span).beside(&places[same], "the first one"));
            }
            let cold_after = cold_after(table)?;
            stages.list.push(Stage { name: word.text.to_owned(), cold_after });
            places.push(word.span);
            let enter = table.words("enter")?.unwrap_or_default();
            stages.enter.extend(enter.into_iter().map(|word| (word, index as u8)));
        }
        stages.repeat_after = repeat_after(&tables, &stages)?;
        Ok(stages)
    }

    /// The index of a stage by its name.
    pub(super) fn find(&self, word: &Word<'_>) -> Result<u8, Fault> {
        let found = self.list.iter().position(|stage| stage.name == word.text);
        found.map(|index| index as u8).ok_or_else(|| {
            let stages = self.list.iter().map(|stage| stage.name.clone()).collect();
            let mistake = Mistake::UnknownStage { name: word.text.to_owned(), stages };
            Fault::new(mistake, &word.span)
        })
    }

    /// The name of the stage at an index.
    pub(super) fn name(&self, index: u8) -> String {
        self.list[usize::from(index)].name.clone()
    }
}

/// How long a stage waits. There is no default: only the business knows how long its leads think.
fn cold_after(table: &Fields<'_>) -> Result<Span, Fault> {
    const EXAMPLE: &str = "cold_after = \"14d\"";
    let Some(value) = table.get("cold_after") else {
        let mistake = Mistake::Missing { place: "[[stage]]", key: "cold_after", example: EXAMPLE };
        return Err(Fault::new(mistake, &table.span));
    };
    let span = table.length("cold_after", Span::NEVER)?;
    if span.millis() == 0 {
        return Err(Fault::new(Mistake::Zero("cold_after"), &value.span()));
    }
    Ok(span)
}

/// After how long the last stage is entered again; only the last stage may say so.
fn repeat_after(tables: &[Fields<'_>], stages: &Stages<'_>) -> Result<Span, Fault> {
    let last = tables.len() - 1;
    for (index, table) in tables[..last].iter().enumerate() {
        if let Some(value) = table.get("repeat_after") {
            let (stage, last) = (stages.name(index as u8), stages.name(last as u8));
            return Err(Fault::new(Mistake::RepeatAfter { stage, last }, &value.span()));
        }
    }
    tables[last].length("repeat_after", stages.repeat_after)
}
