//! What of a text a model weighs: hashed n-grams of words and of letters, and phrases.

use crate::phrase::{Hits, Phrases};
use crate::words::{Sentence, Words};
use rust_stemmers::Stemmer;

/// Rows of a model: n-grams share a row where their hashes do.
pub(crate) const ROWS: usize = 1 << 15;

/// The shortest and the longest n-gram of letters, in bytes, the ends of the word included.
const SHORTEST: usize = 3;
const LONGEST: usize = 5;

/// Marks a feature under a "not": it is another one.
const NEGATED: u32 = 0x9e37_79b9;

/// What a model weighs of one text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Features {
    /// Rows of stems and of pairs of them.
    pub(crate) words: Vec<u32>,
    /// Rows of n-grams of letters.
    pub(crate) letters: Vec<u32>,
    /// Phrases of each column.
    pub(crate) hits: Vec<Hits>,
}

impl Features {
    /// Every row with its value.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        let (word, letter) = (value(self.words.len()), value(self.letters.len()));
        let words = self.words.iter().map(move |row| (*row as usize, word));
        words.chain(self.letters.iter().map(move |row| (*row as usize, letter)))
    }
}

/// What one of so many n-grams counts, so that a long text weighs no more than a short one.
pub(crate) fn value(count: usize) -> f32 {
    1.0 / (count.max(1) as f32).sqrt()
}

/// A text, read once: its sentences are weighed one by one.
pub(crate) struct Reading<'a> {
    pub(crate) words: Words,
    /// For each language that the text may be in: its phrases, and the stems.
    stems: Vec<(&'a Phrases, Vec<u64>)>,
    columns: usize,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(text: &str, phrases: &'a [Phrases], columns: usize) -> Reading<'a> {
        let words = Words::of(text);
        let languages = words.languages();
        let stems = languages.iter().filter_map(|language| {
            let phrases = phrases.iter().find(|phrases| phrases.language() == language)?;
            Some((phrases, words.stems(&Stemmer::create(language.algorithm()))))
        });
        let stems = stems.collect();
        Reading { words, stems, columns }
    }

    /// The features of the whole text: those of its sentences together.
    pub(crate) fn whole(&self) -> Features {
        let hits = vec![Hits::default(); self.columns];
        let mut features = Features { hits, ..Features::default() };
        self.words.sentences.iter().for_each(|sentence| self.add(sentence, &mut features));
        features
    }

    /// The features of one sentence.
    pub(crate) fn sentence(&self, sentence: &Sentence) -> Features {
        let hits = vec![Hits::default(); self.columns];
        let mut features = Features { hits, ..Features::default() };
        self.add(sentence, &mut features);
        features
    }

    fn add(&self, sentence: &Sentence, features: &mut Features) {
        let (first, end) = (sentence.first, sentence.end);
        for (phrases, stems) in &self.stems {
            phrases.find(&self.words, stems, (first, end), &mut features.hits);
        }
        if sentence.is_question {
            features.words.push(row(mix(0x3f3f)));
        }
        let Some((_, stems)) = self.stems.first() else { return };
        let mut before = 0_u32;
        for (word, stem) in self.words.all[first..end].iter().zip(&stems[first..end]) {
            let mark = if word.is_negated { NEGATED } else { 0 };
            let stem = *stem as u32 ^ mark;
            features.words.push(row(mix(stem)));
            features.words.push(row(mix(stem.wrapping_add(before.rotate_left(13) ^ 0x51ed))));
            before = stem;
            letters(self.words.folded(word).as_bytes(), mark, &mut features.letters);
        }
    }
}

/// The n-grams of letters of one word, whose ends are letters too.
fn letters(word: &[u8], mark: u32, rows: &mut Vec<u32>) {
    let at = |index: usize| match index.checked_sub(1) {
        None => b'<',
        Some(inside) => word.get(inside).copied().unwrap_or(b'>'),
    };
    let length = word.len() + 2;
    for first in 0..length.saturating_sub(SHORTEST - 1) {
        let mut hash = 0x811c_9dc5 ^ mark;
        for (size, index) in (first..length.min(first + LONGEST)).enumerate() {
            hash = (hash ^ u32::from(at(index))).wrapping_mul(0x0100_0193);
            if size + 1 >= SHORTEST {
                rows.push(row(mix(hash)));
            }
        }
    }
}

/// Spreads a hash over all its bits (the finaliser of MurmurHash3).
fn mix(mut hash: u32) -> u32 {
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

fn row(hash: u32) -> u32 {
    hash & (ROWS as u32 - 1)
}
