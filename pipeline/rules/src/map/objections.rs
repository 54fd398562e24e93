//! The classes of objections that a map adds, and the phrases by which they are found.

use super::error::Fault;
use super::fields::Fields;
use super::mistake::Mistake;
use super::name;
use model::defaults;
use std::collections::BTreeMap;
use std::ops::Range;

/// Classes a map at most, with those that every map knows.
const CLASSES_MAX: usize = 31;
/// Phrases of a class, and their length in bytes: each is looked for in every message.
const PHRASES_MAX: usize = 1_000;
const PHRASE_BYTES_MAX: usize = 200;

/// What a `[[objection]]` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The class: one that every map knows, or another.
    pub name: String,
    /// Phrases that say it, in any language.
    pub phrases: Vec<String>,
}

/// Every `[[objection]]`, in the order of the text.
pub(super) fn objections(root: &Fields<'_>) -> Result<Vec<Objection>, Fault> {
    let mut objections: Vec<Objection> = Vec::new();
    let mut places: BTreeMap<&str, Range<usize>> = BTreeMap::new();
    for table in root.tables("objection", "[[objection]]", &["name", "phrases"])? {
        let word = table.required("name", "name = \"delivery\"")?;
        // Phrases may say what counts as other; nothing else that counters say is a class.
        match word.text {
            "other" => name::check("objection", &word)?,
            _ => name::check_free("objection", &word)?,
        }
        if let Some(first) = places.insert(word.text, word.span.clone()) {
            let mistake = Mistake::Duplicate { sort: "objection", name: word.text.to_owned() };
            return Err(Fault::new(mistake, &word.span).beside(&first, "the first one"));
        }
        let mut phrases = Vec::new();
        for phrase in table.words("phrases")?.unwrap_or_default() {
            let has_word = phrase.text.chars().any(char::is_alphanumeric);
            if !has_word || phrase.text.len() > PHRASE_BYTES_MAX {
                return Err(Fault::new(Mistake::Phrase(phrase.text.to_owned()), &phrase.span));
            }
            phrases.push(phrase.text.to_owned());
            if phrases.len() > PHRASES_MAX {
                let mistake = Mistake::TooMany { sort: "phrases", limit: PHRASES_MAX };
                return Err(Fault::new(mistake, &phrase.span));
            }
        }
        objections.push(Objection { name: word.text.to_owned(), phrases });
        if names(&objections).len() + 1 > CLASSES_MAX {
            let mistake = Mistake::TooMany { sort: "objections", limit: CLASSES_MAX };
            return Err(Fault::new(mistake, &word.span));
        }
    }
    Ok(objections)
}

/// The classes but `other`, ascending by bytes.
pub(super) fn names(objections: &[Objection]) -> Vec<String> {
    let added = objections.iter().map(|objection| objection.name.as_str());
    let all = defaults::OBJECTIONS.into_iter().chain(added).filter(|name| *name != "other");
    let mut names: Vec<String> = all.map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    names
}
