//! Fits a model to examples.

use crate::features::{Features, Reading};
use crate::model::{Model, Parameter};
use crate::{Language, NONE, Taxonomy, shipped};

/// How often each example is seen: for what phrases weigh, and for the rest.
const PHRASE_ROUNDS: usize = 3;
const ROUNDS: usize = 6;
/// The first rate; it falls with the slopes that a parameter has seen (AdaGrad, Duchi et al. 2011).
const RATE: f32 = 0.1;
/// Weights shrink by this share a round, so that a rare n-gram does not decide.
const DECAY: f32 = 0.01;

/// Fits an empty model to what ships and to the phrases of its taxonomy.
pub(crate) fn fit(mut model: Model) -> Model {
    let mut examples: Vec<(Features, usize)> = Vec::new();
    for language in Language::ALL {
        for example in shipped::examples(language).iter().chain(&shipped::phrases(language)) {
            add(&model, &mut examples, &example.class, &example.text);
        }
        for example in shipped::phrases(language) {
            for contrary in contraries(language, &example.text) {
                add(&model, &mut examples, NONE, &contrary);
            }
        }
    }
    for addition in model.taxonomy.additions() {
        for phrase in &addition.phrases {
            add(&model, &mut examples, &addition.name, &phrase.replace(" .. ", " "));
        }
    }
    learn(&mut model, &examples);
    model.shipped = model.weights.clone();
    model
}

/// The contrary of a phrase that begins with "too": a model learns by it what a "not" does.
fn contraries(language: Language, phrase: &str) -> Vec<String> {
    let (too, nots): (&[&str], &[&str]) = match language {
        Language::English => (&["too "], &["it's not", "isn't", "not at all"]),
        Language::German => (&["zu "], &["das ist nicht", "gar nicht", "überhaupt nicht"]),
        Language::Spanish => (&["demasiado ", "muy "], &["no es", "no está", "para nada"]),
        Language::French => (&["trop ", "très "], &["ce n'est pas", "pas", "pas du tout"]),
    };
    let Some(word) = too.iter().find_map(|too| phrase.strip_prefix(too)) else { return Vec::new() };
    nots.iter().flat_map(|not| [format!("{not} {phrase}"), format!("{not} {word}")]).collect()
}

fn add(model: &Model, examples: &mut Vec<(Features, usize)>, class: &str, text: &str) {
    let reading = Reading::new(text, &model.phrases, model.taxonomy.columns());
    if let Some(column) = model.taxonomy.column(class) {
        examples.push((reading.whole(), column));
    }
}

/// Learns examples in a shuffled order that is always the same.
///
/// First what a phrase weighs, alone; then the n-grams say the rest. Together the n-grams of an
/// example would say all of it, and a phrase that a map adds would weigh next to nothing.
pub(crate) fn learn(model: &mut Model, examples: &[(Features, usize)]) {
    let ships = Taxonomy::SHIPPED.len() + 1;
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut rates = Rates::new(model);
    for _ in 0..PHRASE_ROUNDS {
        shuffle(&mut order, &mut seed);
        for index in &order {
            let (features, column) = &examples[*index];
            model.step(features, *column, |parameter, slope| match parameter {
                Parameter::Weight(_) => 0.0,
                Parameter::Bias(_) | Parameter::Tied(_) => rates.of(parameter, slope),
            });
        }
        // A class that a map adds has no examples that say how often it is meant.
        let mean = model.biases[1..ships].iter().sum::<f32>() / (ships - 1) as f32;
        model.biases[ships..].fill(mean);
    }
    for _ in 0..ROUNDS {
        shuffle(&mut order, &mut seed);
        for index in &order {
            let (features, column) = &examples[*index];
            model.step(features, *column, |parameter, slope| match parameter {
                Parameter::Tied(_) => 0.0,
                Parameter::Bias(column) if column >= ships => 0.0,
                Parameter::Bias(_) | Parameter::Weight(_) => rates.of(parameter, slope),
            });
        }
        model.weights.iter_mut().for_each(|weight| *weight *= 1.0 - DECAY);
    }
}

/// A rate for each parameter, which falls with the slopes that it has seen.
struct Rates {
    weights: Vec<f32>,
    biases: Vec<f32>,
    tied: [f32; 3],
}

impl Rates {
    fn new(model: &Model) -> Rates {
        let begin = 1e-2;
        Rates {
            weights: vec![begin; model.weights.len()],
            biases: vec![begin; model.biases.len()],
            tied: [begin; 3],
        }
    }

    fn of(&mut self, parameter: Parameter, slope: f32) -> f32 {
        let seen = match parameter {
            Parameter::Weight(index) => &mut self.weights[index],
            Parameter::Bias(column) => &mut self.biases[column],
            Parameter::Tied(at) => &mut self.tied[at],
        };
        *seen += slope * slope;
        RATE / seen.sqrt()
    }
}

/// Shuffles by Fisher and Yates, with xorshift64* (Vigna 2016) for chance.
fn shuffle(order: &mut [usize], seed: &mut u64) {
    for last in (1..order.len()).rev() {
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        let drawn = seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        order.swap(last, ((drawn * (last as u64 + 1)) >> 32) as usize);
    }
}
