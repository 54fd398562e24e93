//! `label`: which objection is in a text, and what people say instead.

mod corrections;

use super::print;
use crate::cli::Place;
use crate::config::Config;
use crate::failure::Failure;
use crate::target::with_existing;
use crate::{labels, map_file};
use clap::Args;
use objection::{Judgement, NONE};
use serde_json::{Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};

/// What to look at.
#[derive(Args)]
pub struct Label {
    /// The texts.
    #[arg(required_unless_present_any = ["file", "correct"], value_name = "TEXT")]
    texts: Vec<String>,
    /// A file of texts, one a line; - is standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "texts")]
    file: Option<PathBuf>,
    /// Corrects labels by a table customer_id,source,event_id,label,text; - is standard input. What
    /// is counted changes, and the model learns from the texts.
    #[arg(long, value_name = "CSV", conflicts_with_all = ["texts", "file"])]
    pub correct: Option<PathBuf>,
}

/// Prints the class of each text, how sure the model is, and the sentence that says it.
pub fn label(place: &Place, config: &Config, asked: Label) -> Result<(), Failure> {
    if let Some(file) = &asked.correct {
        return correct(place, config, file);
    }
    let is_json = place.json;
    let data = &config.log.data;
    let model = labels::learned(data, &map_file::taxonomy(data, config.map.file.as_deref())?)?;
    let texts = match &asked.file {
        Some(file) => lines(file)?,
        None => asked.texts,
    };
    print(|out| {
        texts.iter().try_for_each(|text| {
            let judged = model.judge(text);
            match is_json {
                true => writeln!(out, "{}", object(text, &judged)),
                false => writeln!(out, "{}", said(text, &judged)),
            }
        })
    })
}

fn correct(place: &Place, config: &Config, file: &Path) -> Result<(), Failure> {
    let labels = corrections::read(text(file)?.as_bytes())
        .map_err(|error| Failure::Data(format!("{}: {error}", file.display())))?;
    let learned = with_existing(place, config, |target| target.correct(&labels))?;
    let count = labels.len();
    print(|out| match place.json {
        true => writeln!(out, "{}", json!({ "corrected": count, "learned": learned })),
        false => writeln!(out, "{count} labels corrected, {learned} texts learned from"),
    })
}

fn lines(file: &Path) -> Result<Vec<String>, Failure> {
    let text = text(file)?;
    Ok(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
}

fn text(file: &Path) -> Result<String, Failure> {
    let read = match file == Path::new("-") {
        true => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map(|_| text)
        }
        false => std::fs::read_to_string(file),
    };
    read.map_err(|error| {
        Failure::Input(format!("could not read {}: {error} [D0701]", file.display()))
    })
}

fn said(text: &str, judged: &Judgement) -> String {
    // Nobody is as sure as that.
    let percent = (judged.probability * 100.0).round().clamp(1.0, 99.0);
    // What is not likely enough to be counted is a question.
    let class = match judged.label() {
        None if judged.class != NONE => format!("{}?", judged.class),
        _ => judged.class.clone(),
    };
    let sentence = judged.sentence.clone().and_then(|range| text.get(range)).unwrap_or(text);
    format!("{class:<12} {percent:>3} %  {}", sentence.trim())
}

fn object(text: &str, judged: &Judgement) -> Value {
    let rounded = |probability: f32| (f64::from(probability) * 1e4).round() / 1e4;
    let all = judged.all.iter().map(|(class, probability)| (class.clone(), rounded(*probability)));
    json!({
        "text": text,
        "objection": judged.class,
        "counted": judged.label().is_some(),
        "probability": rounded(judged.probability),
        "probabilities": all.map(|(class, p)| (class, json!(p))).collect::<serde_json::Map<_, _>>(),
        "language": judged.language.map(|language| language.code()),
        "sentence": judged.sentence.clone().and_then(|range| text.get(range)).map(str::trim),
    })
}
