//! What a table or a file of objects means, guessed from its names and its values, and written down
//! as a mapping.
//!
//! Each part of the guess says why. Where rows cannot decide, as between 03/04 in March and in
//! April, a question comes out and never a guess.

mod dates;
mod numbers;
mod objects;
mod roles;
mod sample;
mod way;
mod words;
mod write;

pub use dates::DayOrder;

use crate::import::ImportError;
use roles::Roles;
use std::path::Path;

/// What is known besides the file.
#[derive(Clone, Debug)]
pub struct Hints {
    /// The business's zone.
    pub zone: String,
    /// Which comes first in dates where no row proves it.
    pub dates: Option<DayOrder>,
    /// The sign before a fraction where no row proves it.
    pub decimal: Option<char>,
    /// What every row is, where no column says it.
    pub kind: Option<String>,
}

/// A mapping, and why it says what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The mapping, as a file of its own.
    pub mapping: String,
    /// A line for each part of it.
    pub said: Vec<String>,
}

/// What only a person can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether the day or the month comes first; a value of the column.
    Dates(String, String),
    /// Whether a sign before three digits stands before a fraction; the sign and a value.
    Decimal(String, char, String),
    /// What happened: no column says it, and there is no amount.
    Kind,
}

/// Guesses, or asks.
pub fn guess(path: &Path, hints: &Hints) -> Result<Result<Guess, Question>, ImportError> {
    let sample = sample::sample(path)?;
    let refused = |problem: &str, fix| {
        let (path, problem) = (path.to_owned(), problem.to_owned());
        ImportError::Guess { path, problem, fix }
    };
    let roles = match Roles::find(&sample, hints) {
        Err(question) => return Ok(Err(question)),
        Ok(roles) => roles,
    };
    if roles.time.is_none() {
        let fix = "write a mapping, and say in `time` how its column writes times";
        return Err(refused("has no column of times that can be read", fix));
    }
    if !roles.has_somebody() {
        let fix = "name a column Customer, E-Mail or Phone, or write a mapping";
        return Err(refused("has no column that says whose a row is", fix));
    }
    Ok(write::mapping(path, &sample, &roles, hints))
}
