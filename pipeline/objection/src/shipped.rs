//! What ships: phrases and examples in four languages, written for this program.

use crate::Language;

/// The version of what ships: of phrases, examples and features together.
pub const SHIPPED_VERSION: u32 = 1;

/// A text with its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The class, or `NONE`.
    pub class: String,
    /// The text.
    pub text: String,
}

/// Reads examples: a line each, under the heading of their class in brackets.
pub fn parse_examples(text: &str) -> Vec<Example> {
    let mut class = String::new();
    let mut examples = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(heading) => class = heading.to_owned(),
            None => examples.push(Example { class: class.clone(), text: line.to_owned() }),
        }
    }
    examples
}

/// The phrases of a language.
pub(crate) fn phrases(language: Language) -> Vec<Example> {
    parse_examples(match language {
        Language::English => include_str!("../phrases/en.txt"),
        Language::German => include_str!("../phrases/de.txt"),
        Language::Spanish => include_str!("../phrases/es.txt"),
        Language::French => include_str!("../phrases/fr.txt"),
    })
}

/// The examples of a language.
pub(crate) fn examples(language: Language) -> Vec<Example> {
    parse_examples(match language {
        Language::English => include_str!("../taught/en.txt"),
        Language::German => include_str!("../taught/de.txt"),
        Language::Spanish => include_str!("../taught/es.txt"),
        Language::French => include_str!("../taught/fr.txt"),
    })
}
