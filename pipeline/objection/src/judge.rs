//! What a model says of a text.

use crate::features::Reading;
use crate::model::{Model, Weighed};
use crate::words::Sentence;
use crate::{Language, NONE};
use std::ops::Range;

/// An objection is counted from this probability on.
const LIKELY: f32 = 0.5;

/// What a model says of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The class of the objection, or `NONE`.
    pub class: String,
    /// The probability that the model gives it, between 0 and 1.
    pub probability: f32,
    /// Every class with its probability, `NONE` first.
    pub all: Vec<(String, f32)>,
    /// The language of the text; `None` when it may be several.
    pub language: Option<Language>,
    /// Where the sentence lies, in bytes of the text, that says the objection most clearly.
    pub sentence: Option<Range<usize>>,
}

impl Judgement {
    /// The class that is worth writing down: of an objection that is more likely than not.
    pub fn label(&self) -> Option<&str> {
        let is_likely = self.class != NONE && self.probability >= LIKELY;
        is_likely.then_some(self.class.as_str())
    }
}

impl Model {
    /// Judges a text: as a whole, and sentence by sentence, for a long note may have one objection
    /// in it. What is judged most clearly to be an objection counts.
    pub fn judge(&self, text: &str) -> Judgement {
        let reading = Reading::new(text, &self.phrases, self.taxonomy.columns());
        let mut whole = Weighed::default();
        let mut best: Option<(Vec<f32>, &Sentence)> = None;
        for sentence in &reading.words.sentences {
            let weighed = self.weigh(&reading.sentence(sentence));
            let said = self.calibrated(&weighed);
            if best.as_ref().is_none_or(|best| objection(&said).1 > objection(&best.0).1) {
                best = Some((said, sentence));
            }
            whole.add(&weighed);
        }
        let whole = self.calibrated(&whole);
        let best = best.filter(|best| objection(&best.0).1 >= objection(&whole).1);
        let (probabilities, sentence) = match best {
            Some((said, sentence)) => (said, Some(sentence)),
            None => (whole, None),
        };
        let (column, probability) = greatest(&probabilities);
        let all = probabilities.iter().enumerate();
        Judgement {
            class: self.taxonomy.name(column).to_owned(),
            probability,
            all: all.map(|(at, p)| (self.taxonomy.name(at).to_owned(), *p)).collect(),
            language: reading.words.languages().only(),
            sentence: sentence.filter(|_| column > 0).map(|one| one.bytes.0..one.bytes.1),
        }
    }
}

/// The most probable class of an objection.
fn objection(probabilities: &[f32]) -> (usize, f32) {
    let (column, probability) = greatest(&probabilities[1..]);
    (column + 1, probability)
}

fn greatest(probabilities: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::MIN);
    for (column, probability) in probabilities.iter().enumerate() {
        if *probability > best.1 {
            best = (column, *probability);
        }
    }
    best
}
