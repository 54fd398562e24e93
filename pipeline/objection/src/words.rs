//! A text as words: lower case, with clauses, sentences and stems.

use crate::fold::{fold_into, is_mark};
use crate::language::Candidates;
use crate::{Language, negation};
use rust_stemmers::Stemmer;
use xxhash_rust::xxh64::xxh64;

/// One word of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    /// Where it stands in `Words::lower`: lower case, accents kept.
    lower: (u32, u32),
    /// Where it stands in `Words::folded`: without accents.
    folded: (u32, u32),
    /// The clause that it is in, counted over the text.
    pub(crate) clause: u16,
    /// Whether it is a negator.
    pub(crate) is_negator: bool,
    /// Whether a negator before it says the contrary.
    pub(crate) is_negated: bool,
}

/// A sentence: which words it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sentence {
    pub(crate) first: usize,
    pub(crate) end: usize,
    /// Where it begins and ends in the text.
    pub(crate) bytes: (usize, usize),
    pub(crate) is_question: bool,
}

/// A text as words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    lower: String,
    folded: String,
    pub(crate) all: Vec<Word>,
    pub(crate) sentences: Vec<Sentence>,
    clause: u16,
}

impl Words {
    /// Reads a text.
    pub(crate) fn of(text: &str) -> Words {
        let mut words = Words::default();
        words.lower.reserve(text.len());
        words.folded.reserve(text.len());
        let mut first = 0;
        let mut begin = 0;
        let mut before = ' ';
        let mut open = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if is_mark(c) {
                continue;
            }
            if c.is_alphanumeric() {
                if !open {
                    words.begin();
                    open = true;
                }
                for lower in c.to_lowercase() {
                    words.lower.push(lower);
                    fold_into(lower, &mut words.folded);
                }
                before = c;
                continue;
            }
            let next = chars.peek().map_or(' ', |(_, next)| *next);
            let is_in_number = matches!(c, '.' | ',') && before.is_ascii_digit();
            if is_in_number && next.is_ascii_digit() {
                continue;
            }
            if open {
                words.end(matches!(c, '\'' | '’'));
                open = false;
            }
            before = c;
            let is_end = matches!(c, '.' | '!' | '?' | '…' | '\n') || c == '。';
            if is_end || matches!(c, ',' | ';' | ':' | '(' | ')' | '–' | '—') {
                words.clause = words.clause.saturating_add(1);
            }
            if is_end && words.all.len() > first {
                let end = at + c.len_utf8();
                let is_question = c == '?';
                let sentence =
                    Sentence { first, end: words.all.len(), bytes: (begin, end), is_question };
                words.sentences.push(sentence);
                first = words.all.len();
                begin = end;
            }
        }
        if open {
            words.end(false);
        }
        if words.all.len() > first {
            let (end, bytes) = (words.all.len(), (begin, text.len()));
            words.sentences.push(Sentence { first, end, bytes, is_question: false });
        }
        negation::mark(&mut words);
        words
    }

    fn begin(&mut self) {
        let (lower, folded) = (self.lower.len() as u32, self.folded.len() as u32);
        self.all.push(Word {
            lower: (lower, lower),
            folded: (folded, folded),
            clause: self.clause,
            is_negator: false,
            is_negated: false,
        });
    }

    /// Ends the word; before an apostrophe, "don't" is taken for "do" and "not".
    fn end(&mut self, is_apostrophe: bool) {
        let (lower, folded) = (self.lower.len() as u32, self.folded.len() as u32);
        let count = self.all.len();
        let Some(last) = self.all.last_mut() else { return };
        (last.lower.1, last.folded.1) = (lower, folded);
        if is_apostrophe {
            return;
        }
        let text = &self.folded[last.folded.0 as usize..last.folded.1 as usize];
        if text == "t" && count > 1 {
            let before = self.all[count - 2];
            if self.folded[before.folded.0 as usize..before.folded.1 as usize].ends_with('n') {
                self.all.pop();
                self.all[count - 2].lower.1 -= 1;
                self.all[count - 2].folded.1 -= 1;
                self.push_not();
            }
        } else if text == "cannot" {
            self.all[count - 1].lower.1 -= 3;
            self.all[count - 1].folded.1 -= 3;
            self.push_not();
        }
    }

    fn push_not(&mut self) {
        self.begin();
        self.lower.push_str("not");
        self.folded.push_str("not");
        let (lower, folded) = (self.lower.len() as u32, self.folded.len() as u32);
        if let Some(last) = self.all.last_mut() {
            (last.lower.1, last.folded.1) = (lower, folded);
        }
    }

    /// A word in lower case.
    pub(crate) fn lower(&self, word: &Word) -> &str {
        &self.lower[word.lower.0 as usize..word.lower.1 as usize]
    }

    /// A word in lower case and without accents.
    pub(crate) fn folded(&self, word: &Word) -> &str {
        &self.folded[word.folded.0 as usize..word.folded.1 as usize]
    }

    /// The languages that the text may be in.
    pub(crate) fn languages(&self) -> Candidates {
        Language::of(self.all.iter().map(|word| self.folded(word)))
    }

    /// The stem of each word, as a hash.
    pub(crate) fn stems(&self, stemmer: &Stemmer) -> Vec<u64> {
        let mut folded = String::new();
        let stem = |word: &Word| {
            folded.clear();
            let stem = stemmer.stem(self.lower(word));
            stem.chars().for_each(|c| fold_into(c, &mut folded));
            xxh64(folded.as_bytes(), 0)
        };
        self.all.iter().map(stem).collect()
    }
}
