//! Phrases that say an objection: words by their stems, in order, gaps allowed.

use crate::taxonomy::Taxonomy;
use crate::words::Words;
use crate::{Language, shipped};
use rust_stemmers::Stemmer;

/// A gap that a phrase says takes up to so many words.
const GAP_MAX: usize = 3;

/// One phrase of a class in a language.
#[derive(Clone, Debug)]
struct Phrase {
    column: u8,
    /// Whether it is one word that ships: it hints at the class, no more.
    is_hint: bool,
    /// The stem of each word, and whether a gap may come before it.
    stems: Vec<(u64, bool)>,
}

/// Every phrase of one language, by its first stem.
#[derive(Clone, Debug)]
pub(crate) struct Phrases {
    language: Language,
    all: Vec<Phrase>,
}

/// How often a text says a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hits {
    /// By a phrase.
    pub(crate) said: u8,
    /// By a word that hints at it.
    pub(crate) hinted: u8,
    /// By either, with a "not" before it.
    pub(crate) taken_back: u8,
}

impl Hits {
    /// Adds those of another part of the text.
    pub(crate) fn add(&mut self, other: Hits) {
        self.said = self.said.saturating_add(other.said);
        self.hinted = self.hinted.saturating_add(other.hinted);
        self.taken_back = self.taken_back.saturating_add(other.taken_back);
    }

    /// Each number as a model weighs it: the third of a kind says no more than the second.
    pub(crate) fn values(self) -> [f32; 3] {
        [self.said, self.hinted, self.taken_back].map(|count| f32::from(count.min(2)))
    }
}

impl Phrases {
    /// The phrases that ship and those of the taxonomy, by language.
    pub(crate) fn all(taxonomy: &Taxonomy) -> Vec<Phrases> {
        Language::ALL.map(|language| Phrases::of(taxonomy, language)).to_vec()
    }

    fn of(taxonomy: &Taxonomy, language: Language) -> Phrases {
        let stemmer = Stemmer::create(language.algorithm());
        let ours = shipped::phrases(language);
        let ours = ours.iter().map(|one| (one.class.as_str(), one.text.as_str(), true));
        let added = taxonomy.additions().iter();
        let added = added.flat_map(|addition| {
            let name = addition.name.as_str();
            addition.phrases.iter().map(move |phrase| (name, phrase.as_str(), false))
        });
        let mut all: Vec<Phrase> = ours
            .chain(added)
            .filter_map(|(class, text, ships)| {
                let column = taxonomy.column(class)? as u8;
                let mut stems = Vec::new();
                for (index, part) in text.split(" .. ").enumerate() {
                    let words = Words::of(part).stems(&stemmer).into_iter().enumerate();
                    stems.extend(words.map(|(at, stem)| (stem, index > 0 && at == 0)));
                }
                let is_hint = ships && stems.len() == 1;
                (!stems.is_empty()).then_some(Phrase { column, is_hint, stems })
            })
            .collect();
        all.sort_by(|a, b| a.stems.cmp(&b.stems));
        Phrases { language, all }
    }

    /// The language.
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// Counts the phrases among the words of a range, by their stems, for each column.
    pub(crate) fn find(
        &self,
        words: &Words,
        stems: &[u64],
        (from, end): (usize, usize),
        hits: &mut [Hits],
    ) {
        for at in from..end {
            let first = self.all.partition_point(|phrase| phrase.stems[0].0 < stems[at]);
            let same = self.all[first..].iter().take_while(|phrase| phrase.stems[0].0 == stems[at]);
            for phrase in same {
                let Some(last) = phrase.ends(&stems[..end], at) else { continue };
                // A negator inside the phrase is a part of it.
                let is_negated = words.all[at].is_negated
                    && !words.all[at..=last].iter().any(|word| word.is_negator);
                let hits = &mut hits[usize::from(phrase.column)];
                let count = match (is_negated, phrase.is_hint) {
                    (true, _) => &mut hits.taken_back,
                    (false, true) => &mut hits.hinted,
                    (false, false) => &mut hits.said,
                };
                *count = count.saturating_add(1);
            }
        }
    }
}

impl Phrase {
    /// The word with which the phrase ends, when it begins at one.
    fn ends(&self, stems: &[u64], at: usize) -> Option<usize> {
        let mut here = at;
        for (stem, has_gap) in &self.stems[1..] {
            let reach = if *has_gap { GAP_MAX } else { 0 };
            let until = (here + 2 + reach).min(stems.len());
            here = (here + 1..until).find(|index| stems[*index] == *stem)?;
        }
        Some(here)
    }
}
