//! What can be wrong with a funnel, each with its fix.

use crate::map::nearest::suggestion;
use model::Funnel;
use thiserror::Error;

/// A mistake in a funnel that somebody asked for.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FunnelMistake {
    /// A word that says nothing about a funnel.
    #[error("{0:?} says nothing about a funnel; there are {words}", words = words())]
    Word(String),
    /// No steps were given.
    #[error("a funnel needs its steps: steps = \"enquiry_received, quote_sent, purchase_made\"")]
    NoSteps,
    /// A step without anything in it.
    #[error("{place} {number} is empty: take out the comma, or say a kind")]
    Empty {
        /// The word: `steps` or `exclude`.
        place: &'static str,
        /// Which of them, from 1.
        number: usize,
    },
    /// More steps, or exclusions, than can be told apart.
    #[error("{place} has {count} parts; {max} are the most", max = Funnel::STEPS_MAX)]
    TooMany {
        /// The word: `steps` or `exclude`.
        place: &'static str,
        /// How many there are.
        count: usize,
    },
    /// A kind, stage or channel that nobody knows.
    #[error("no {what} is called {word:?}: {fix}")]
    Unknown {
        /// kind, stage or channel.
        what: &'static str,
        /// The word.
        word: String,
        /// The nearest, or all of them.
        fix: String,
    },
    /// A value that is none of those there are.
    #[error("{name} is {value:?}: say {allowed}")]
    Value {
        /// The word.
        name: &'static str,
        /// Its value.
        value: String,
        /// What may be said.
        allowed: &'static str,
    },
    /// An optional step that is none, or may not be.
    #[error(
        "step {text:?} cannot be optional: say numbers of steps between the first and the last, \
         which is {steps}"
    )]
    Optional {
        /// What was said.
        text: String,
        /// How many steps there are.
        steps: usize,
    },
    /// Steps between which there is nothing.
    #[error(
        "{text:?} excludes between no steps: say two of the {steps} steps, as in \"{kind}:1-2\""
    )]
    Between {
        /// What was said.
        text: String,
        /// The kinds in it.
        kind: String,
        /// How many steps there are.
        steps: usize,
    },
    /// Two words that contradict each other.
    #[error("{one} and {other} do not go together: {why}")]
    Contradiction {
        /// The one.
        one: String,
        /// The other.
        other: &'static str,
        /// Why.
        why: &'static str,
    },
}

fn words() -> String {
    Funnel::WORDS.join(", ")
}

impl FunnelMistake {
    /// A word that is not among the known ones.
    pub(super) fn unknown(what: &'static str, word: &str, known: &[&str]) -> FunnelMistake {
        let fix = match known.is_empty() {
            true => format!("there is no {what} yet"),
            false => suggestion(word, known, "there are"),
        };
        FunnelMistake::Unknown { what, word: word.to_owned(), fix }
    }

    /// Two words that contradict each other.
    pub(super) fn contradiction(
        one: impl Into<String>,
        other: &'static str,
        why: &'static str,
    ) -> FunnelMistake {
        FunnelMistake::Contradiction { one: one.into(), other, why }
    }
}
