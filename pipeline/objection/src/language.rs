//! The languages that phrases are known in, and which of them a text is in.

use crate::common::COMMON;
use rust_stemmers::Algorithm;

/// A language with phrases, negators and a stemmer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
    /// Spanish.
    Spanish,
    /// French.
    French,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 4] =
        [Language::English, Language::German, Language::Spanish, Language::French];

    /// The code of ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
            Language::Spanish => "es",
            Language::French => "fr",
        }
    }

    /// The stemmer of Snowball for it.
    pub(crate) fn algorithm(self) -> Algorithm {
        match self {
            Language::English => Algorithm::English,
            Language::German => Algorithm::German,
            Language::Spanish => Algorithm::Spanish,
            Language::French => Algorithm::French,
        }
    }

    /// The bit of the language in a set.
    fn bit(self) -> u8 {
        1 << self as u8
    }

    /// The languages whose commonest words a text has most of, by its folded words; every one
    /// where it has none: "okay" is in any language.
    pub(crate) fn of<'a>(words: impl Iterator<Item = &'a str>) -> Candidates {
        let mut counts = [0_u32; 4];
        for word in words {
            let Ok(at) = COMMON.binary_search_by(|(known, _)| (*known).cmp(word)) else { continue };
            for language in Language::ALL {
                counts[language as usize] += u32::from(COMMON[at].1 & language.bit() != 0);
            }
        }
        let most = counts.iter().max().copied().unwrap_or_default();
        let is_candidate = |language: &Language| counts[*language as usize] == most;
        let set = Language::ALL.into_iter().filter(is_candidate).fold(0, |set, l| set | l.bit());
        Candidates(set)
    }
}

/// A set of languages, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidates(u8);

impl Candidates {
    /// Every language in it.
    pub(crate) fn iter(self) -> impl Iterator<Item = Language> {
        Language::ALL.into_iter().filter(move |language| self.0 & language.bit() != 0)
    }

    /// The only one, if it is.
    pub(crate) fn only(self) -> Option<Language> {
        let mut all = self.iter();
        all.next().filter(|_| all.next().is_none())
    }
}
