//! Learns from people who say what a text was about.

use crate::features::Reading;
use crate::model::Model;

/// A correction is repeated until its class has this probability, so often at most.
const ENOUGH: f32 = 0.8;
const REPEATS_MAX: usize = 12;
const RATE: f32 = 1.5;

impl Model {
    /// Learns that a text is of a class, or of none; returns whether the class is known.
    ///
    /// Deterministic: the same corrections in the same order give the same model. No text is kept.
    pub fn correct(&mut self, text: &str, class: &str) -> bool {
        let Some(column) = self.taxonomy.column(class) else { return false };
        let columns = self.taxonomy.columns();
        let phrases = std::mem::take(&mut self.phrases);
        let reading = Reading::new(text, &phrases, columns);
        let mut parts = vec![reading.whole()];
        // A text without an objection has none in any sentence of it.
        if column == 0 && reading.words.sentences.len() > 1 {
            parts.extend(reading.words.sentences.iter().map(|one| reading.sentence(one)));
        }
        for features in parts {
            for _ in 0..REPEATS_MAX {
                if self.probabilities(&features)[column] >= ENOUGH {
                    break;
                }
                // Phrases and biases speak for every text, so that one does not change them.
                let (biases, tied) = (self.biases.clone(), self.tied);
                self.step(&features, column, |_, _| RATE);
                (self.biases, self.tied) = (biases, tied);
            }
        }
        self.phrases = phrases;
        self.corrections += 1;
        true
    }
}
