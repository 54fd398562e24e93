//! The kinds and channels of a map: what every map knows, and what this one adds.

use super::error::Fault;
use super::fields::{Fields, Word};
use super::mistake::Mistake;
use super::name;
use super::stages::Stages;
use model::{By, Kind, MoneyRole, defaults};
use std::collections::BTreeMap;
use std::ops::Range;

/// Kinds a map at most, and channels: the values of a dimension.
const WORDS_MAX: usize = 1_000;
const BY: &[&str] = &["customer", "business"];
const MONEY: &[&str] = &["none", "revenue", "refund", "cost"];

/// Kinds by name, and where the file says what each enters.
struct Kinds {
    by_name: BTreeMap<String, Kind>,
    entered_at: BTreeMap<String, Range<usize>>,
}

/// Every kind that the map knows, ascending by the bytes of the name.
pub(super) fn kinds(root: &Fields<'_>, stages: &Stages<'_>) -> Result<Vec<Kind>, Fault> {
    let known = defaults::kinds().into_iter().map(|kind| (kind.name.clone(), kind));
    let mut kinds = Kinds { by_name: known.collect(), entered_at: BTreeMap::new() };
    for (word, stage) in &stages.enter {
        if let Some(at) = kinds.entered_at.get(word.text)
            && kinds.by_name[word.text].stage == Some(*stage)
        {
            return Err(duplicate("kind", word, at));
        }
        kinds.enter(word, *stage, stages)?;
    }
    let mut places: BTreeMap<&str, Range<usize>> = BTreeMap::new();
    for table in root.tables("kind", "[[kind]]", &["name", "by", "stage", "money"])? {
        let word = table.required("name", "name = \"site_visit\"")?;
        if let Some(at) = places.insert(word.text, word.span.clone()) {
            return Err(duplicate("kind", &word, &at));
        }
        kinds.describe(&table, &word, stages)?;
    }
    // A BTreeMap of strings is ascending by bytes.
    Ok(kinds.by_name.into_values().collect())
}

impl Kinds {
    /// The kind of a name, which is added where it is not there yet.
    fn get_or_add(&mut self, word: &Word<'_>) -> Result<&mut Kind, Fault> {
        name::check_free("kind", word)?;
        if !self.by_name.contains_key(word.text) && self.by_name.len() == WORDS_MAX {
            let mistake = Mistake::TooMany { sort: "kinds", limit: WORDS_MAX };
            return Err(Fault::new(mistake, &word.span));
        }
        Ok(self.by_name.entry(word.text.to_owned()).or_insert_with(|| Kind {
            name: word.text.to_owned(),
            by: By::Customer,
            keeps_warm: true,
            is_lost: false,
            stage: None,
            money: MoneyRole::None,
        }))
    }

    /// Lets a kind enter a stage.
    fn enter(&mut self, word: &Word<'_>, stage: u8, stages: &Stages<'_>) -> Result<(), Fault> {
        let kind = self.get_or_add(word)?;
        if kind.is_lost {
            return Err(Fault::new(Mistake::LostEnters(stages.name(stage)), &word.span));
        }
        let before = kind.stage.replace(stage);
        let place = self.entered_at.insert(word.text.to_owned(), word.span.clone());
        match (before, place) {
            (Some(first), Some(place)) if first != stage => {
                let (first, second) = (stages.name(first), stages.name(stage));
                let mistake = Mistake::TwoStages { kind: word.text.to_owned(), first, second };
                Err(Fault::new(mistake, &word.span).beside(&place, "the first stage"))
            }
            _ => Ok(()),
        }
    }

    /// Takes over what a `[[kind]]` says.
    fn describe(
        &mut self,
        table: &Fields<'_>,
        word: &Word<'_>,
        stages: &Stages<'_>,
    ) -> Result<(), Fault> {
        let kind = self.get_or_add(word)?;
        if let Some(by) = table.choice("by", BY)? {
            kind.by = [By::Customer, By::Business][by];
            // Who unsubscribes is not warmer for it, and `lost` ends what could be kept warm.
            let never_warms = kind.is_lost || kind.name == "unsubscribed";
            kind.keeps_warm = kind.by == By::Customer && !never_warms;
        }
        if let Some(money) = table.choice("money", MONEY)? {
            use MoneyRole::{Cost, None, Refund, Revenue};
            kind.money = [None, Revenue, Refund, Cost][money];
        }
        let Some(stage) = table.word("stage")? else { return Ok(()) };
        let index = stages.find(&stage)?;
        // The label belongs at the stage, where an author looks for the mistake.
        self.enter(&Word { text: word.text, span: stage.span }, index, stages)
    }
}

/// Every channel that the map knows, ascending by bytes.
pub(super) fn channels(root: &Fields<'_>) -> Result<Vec<String>, Fault> {
    let mut channels: Vec<String> = defaults::CHANNELS.map(str::to_owned).into();
    let mut places: BTreeMap<&str, Range<usize>> = BTreeMap::new();
    for table in root.tables("channel", "[[channel]]", &["name"])? {
        let word = table.required("name", "name = \"trade_fair\"")?;
        name::check_free("channel", &word)?;
        if let Some(at) = places.insert(word.text, word.span.clone()) {
            return Err(duplicate("channel", &word, &at));
        }
        // Naming one that every map knows is no mistake: some maps list all that they use.
        if !channels.iter().any(|channel| channel == word.text) {
            channels.push(word.text.to_owned());
        }
        if channels.len() > WORDS_MAX {
            let mistake = Mistake::TooMany { sort: "channels", limit: WORDS_MAX };
            return Err(Fault::new(mistake, &word.span));
        }
    }
    channels.sort_unstable();
    Ok(channels)
}

fn duplicate(sort: &'static str, word: &Word<'_>, first: &Range<usize>) -> Fault {
    let mistake = Mistake::Duplicate { sort, name: word.text.to_owned() };
    Fault::new(mistake, &word.span).beside(first, "the first one")
}
