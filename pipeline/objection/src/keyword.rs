//! The baseline that a model must beat: words looked for as they are written.

use crate::{Example, Language, NONE, Taxonomy, fold, shipped};

/// Phrases as strings, without stems and without a thought of "not".
#[derive(Clone, Debug)]
pub struct Keywords {
    phrases: Vec<Example>,
    taxonomy: Taxonomy,
}

impl Keywords {
    /// The phrases that ship.
    pub fn shipped() -> Keywords {
        let phrases = Language::ALL.into_iter().flat_map(shipped::phrases);
        let fold_all = |phrase: Example| Example { text: folded(&phrase.text), ..phrase };
        Keywords { phrases: phrases.map(fold_all).collect(), taxonomy: Taxonomy::default() }
    }

    /// The class with most phrases in a text, the first of the taxonomy among equals; else `NONE`.
    pub fn judge(&self, text: &str) -> &str {
        let text = folded(text);
        let mut counts = vec![0; self.taxonomy.columns()];
        for phrase in &self.phrases {
            let mut parts = phrase.text.split(" .. ");
            if parts.all(|part| text.contains(part)) {
                counts[self.taxonomy.column(&phrase.class).unwrap_or_default()] += 1;
            }
        }
        let most = counts.iter().max().copied().unwrap_or_default();
        let first = counts.iter().position(|count| *count == most).filter(|_| most > 0);
        first.map_or(NONE, |column| self.taxonomy.name(column))
    }
}

fn folded(text: &str) -> String {
    let mut folded = String::new();
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.for_each(|c| fold::fold_into(if c == '’' { '\'' } else { c }, &mut folded));
    folded
}
