//! A linear model: a weight for each row and class.

use crate::features::{Features, ROWS, value};
use crate::phrase::{Hits, Phrases};
use crate::{Taxonomy, fit};

/// A model is surer of itself than it is right: divided by this, what it calls 0.9 is so nine times
/// in ten (Guo et al. 2017). Found by five-fold cross-validation over the examples that ship, the
/// same example in four languages always in one fold.
const TEMPERATURE: f32 = 1.4;

/// Softmax over linear scores, as in multinomial logistic regression; the features are hashed
/// (Weinberger et al. 2009), so that a model has one size whatever words it meets.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) taxonomy: Taxonomy,
    pub(crate) phrases: Vec<Phrases>,
    /// `ROWS` rows of `columns` weights.
    pub(crate) weights: Vec<f32>,
    /// The same before any correction.
    pub(crate) shipped: Vec<f32>,
    pub(crate) biases: Vec<f32>,
    /// What a phrase, a hint and either after a "not" weigh for their class: the same for each, so
    /// that a class with phrases alone has them from the start.
    pub(crate) tied: [f32; 3],
    /// How many corrections it has learned.
    pub(crate) corrections: u32,
}

impl Model {
    /// Fits a model to the examples that ship and to a map's phrases.
    ///
    /// The same taxonomy gives the same model, to the bit.
    pub fn shipped(taxonomy: Taxonomy) -> Model {
        fit::fit(Model::empty(taxonomy))
    }

    /// A model that knows nothing.
    pub(crate) fn empty(taxonomy: Taxonomy) -> Model {
        let columns = taxonomy.columns();
        Model {
            phrases: Phrases::all(&taxonomy),
            weights: vec![0.0; ROWS * columns],
            shipped: Vec::new(),
            biases: vec![0.0; columns],
            tied: [0.0; 3],
            corrections: 0,
            taxonomy,
        }
    }

    /// The classes that it tells apart.
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    /// How many corrections it has learned.
    pub fn corrections(&self) -> u32 {
        self.corrections
    }

    /// The probability of each column, as it is learned.
    pub(crate) fn probabilities(&self, features: &Features) -> Vec<f32> {
        softmax(self.scores(&self.weigh(features)), 1.0)
    }

    /// The probability of each column, as often as it is so.
    pub(crate) fn calibrated(&self, weighed: &Weighed) -> Vec<f32> {
        softmax(self.scores(weighed), TEMPERATURE)
    }

    /// Adds up what the rows of a text weigh.
    pub(crate) fn weigh(&self, features: &Features) -> Weighed {
        let mut weighed = Weighed { hits: features.hits.clone(), ..Weighed::default() };
        for (at, rows) in [&features.words, &features.letters].into_iter().enumerate() {
            let columns = self.biases.len();
            let sums = &mut weighed.sums[at][..columns];
            for row in rows {
                let weights = &self.weights[*row as usize * columns..][..columns];
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += weight;
                }
            }
            weighed.counts[at] = rows.len();
        }
        weighed
    }

    fn scores(&self, weighed: &Weighed) -> Vec<f32> {
        let mut scores = self.biases.clone();
        for (sums, count) in weighed.sums.iter().zip(weighed.counts) {
            let value = value(count);
            scores.iter_mut().zip(sums).for_each(|(score, sum)| *score += sum * value);
        }
        for (score, hits) in scores.iter_mut().zip(&weighed.hits) {
            for (value, weight) in hits.values().iter().zip(&self.tied) {
                *score += value * weight;
            }
        }
        scores
    }

    /// One step of stochastic gradient descent on the logarithm of the probability of a column,
    /// with a rate for each row and column.
    pub(crate) fn step(
        &mut self,
        features: &Features,
        column: usize,
        mut rate: impl FnMut(Parameter, f32) -> f32,
    ) {
        let columns = self.biases.len();
        let probabilities = self.probabilities(features);
        let wrong = |at: usize| probabilities[at] - f32::from(u8::from(at == column));
        for (row, value) in features.rows() {
            for at in 0..columns {
                let slope = wrong(at) * value;
                let index = row * columns + at;
                self.weights[index] -= rate(Parameter::Weight(index), slope) * slope;
            }
        }
        let mut slopes = [0.0; 3];
        for (at, hits) in features.hits.iter().enumerate() {
            for (slope, value) in slopes.iter_mut().zip(hits.values()) {
                *slope += wrong(at) * value;
            }
            self.biases[at] -= rate(Parameter::Bias(at), wrong(at)) * wrong(at);
        }
        for (at, slope) in slopes.into_iter().enumerate() {
            self.tied[at] -= rate(Parameter::Tied(at), slope) * slope;
        }
    }
}

/// What the rows of a text weigh for each column, words and letters apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weighed {
    sums: [[f32; Taxonomy::CLASSES_MAX + 1]; 2],
    counts: [usize; 2],
    hits: Vec<Hits>,
}

impl Weighed {
    /// Adds another part of the text: a text weighs what its sentences weigh together.
    pub(crate) fn add(&mut self, other: &Weighed) {
        for (sums, more) in self.sums.iter_mut().zip(&other.sums) {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
        self.counts.iter_mut().zip(other.counts).for_each(|(count, more)| *count += more);
        self.hits.resize(other.hits.len(), Hits::default());
        self.hits.iter_mut().zip(&other.hits).for_each(|(hits, more)| hits.add(*more));
    }
}

/// What a step changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// A weight by its index.
    Weight(usize),
    /// The bias of a column.
    Bias(usize),
    /// What a phrase weighs for its class.
    Tied(usize),
}

fn softmax(mut scores: Vec<f32>, temperature: f32) -> Vec<f32> {
    let greatest = scores.iter().copied().fold(f32::MIN, f32::max);
    scores.iter_mut().for_each(|score| *score = libm::expf((*score - greatest) / temperature));
    let sum: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
    scores
}
