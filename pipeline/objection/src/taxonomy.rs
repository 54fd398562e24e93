//! The classes of objections: seven that ship, and those that a map adds.

use thiserror::Error;

/// What a text without an objection is: never a class of its own.
pub const NONE: &str = "none";

/// A class that a map adds, or phrases that it adds to one that ships.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addition {
    /// The class.
    pub name: String,
    /// Words that say it, in any language; ` .. ` stands for up to three words.
    pub phrases: Vec<String>,
}

/// What is wrong with additions.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TaxonomyError {
    /// A class is called as a text without an objection is.
    #[error("no class of objections may be called {NONE}")]
    Reserved,
    /// More classes than a model has room for.
    #[error("{0} classes of objections, 31 at most")]
    TooMany(usize),
    /// A phrase without a word says nothing.
    #[error("a phrase of {0} has no word")]
    EmptyPhrase(String),
}

/// The classes in order: those that ship, then those that a map adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taxonomy {
    names: Vec<String>,
    additions: Vec<Addition>,
}

impl Taxonomy {
    /// The classes that ship.
    pub const SHIPPED: [&str; 7] =
        ["price", "timing", "trust", "need", "competitor", "convenience", "other"];
    /// As many classes as there may be: a row of weights is one or two cache lines.
    pub const CLASSES_MAX: usize = 31;

    /// The shipped classes with a map's additions.
    pub fn new(additions: Vec<Addition>) -> Result<Taxonomy, TaxonomyError> {
        let mut names = Self::SHIPPED.map(str::to_owned).to_vec();
        for addition in &additions {
            if addition.name == NONE {
                return Err(TaxonomyError::Reserved);
            }
            if addition.phrases.iter().any(|phrase| !phrase.chars().any(char::is_alphanumeric)) {
                return Err(TaxonomyError::EmptyPhrase(addition.name.clone()));
            }
            if !names.contains(&addition.name) {
                names.push(addition.name.clone());
            }
        }
        if names.len() > Self::CLASSES_MAX {
            return Err(TaxonomyError::TooMany(names.len()));
        }
        Ok(Taxonomy { names, additions })
    }

    /// The names of the classes, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What a map has added.
    pub fn additions(&self) -> &[Addition] {
        &self.additions
    }

    /// The column of a class in a model; 0 is no objection.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        if name == NONE {
            return Some(0);
        }
        self.names.iter().position(|known| known == name).map(|index| index + 1)
    }

    /// The name of a column.
    pub(crate) fn name(&self, column: usize) -> &str {
        column.checked_sub(1).map_or(NONE, |index| &self.names[index])
    }

    /// How many columns a model has.
    pub(crate) fn columns(&self) -> usize {
        self.names.len() + 1
    }
}

impl Default for Taxonomy {
    fn default() -> Taxonomy {
        let names = Self::SHIPPED.map(str::to_owned).to_vec();
        Taxonomy { names, additions: Vec::new() }
    }
}
