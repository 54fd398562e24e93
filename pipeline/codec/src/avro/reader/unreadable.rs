//! Why a datum could not be read, and where in it.

use super::spelling::Misspelt;
use crate::Fault;
use std::fmt;

/// Why a datum could not be read; the place is the path of the field, as a mapping would write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    place: String,
    why: DatumFault,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatumFault {
    /// The bytes are none of their schema.
    #[error(transparent)]
    Bytes(#[from] Fault),
    /// The reader's schema has no place for it.
    #[error("{0} has no place in the reader's schema [D0230]")]
    Unmatched(Box<str>),
    /// A decimal that cannot be written.
    #[error("is no decimal of at most 38 digits [D0231]")]
    Decimal,
    /// It would be larger than any row.
    #[error("becomes more than {limit} bytes of json [D0232]")]
    Size {
        /// The limit.
        limit: usize,
    },
}

impl Unreadable {
    /// The path of the field, empty where it is the whole.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is wrong there.
    pub fn why(&self) -> &DatumFault {
        &self.why
    }

    pub(super) fn new(why: impl Into<DatumFault>) -> Box<Unreadable> {
        Box::new(Unreadable { place: String::new(), why: why.into() })
    }

    pub(super) fn misspelt(why: Misspelt, at: usize) -> Box<Unreadable> {
        Unreadable::new(match why {
            Misspelt::Text => DatumFault::Bytes(Fault::Text { at }),
            Misspelt::Decimal => DatumFault::Decimal,
        })
    }

    /// The same, of a field within another.
    pub(super) fn within(mut self: Box<Self>, outer: &str) -> Box<Unreadable> {
        let point = if self.place.is_empty() || self.place.starts_with('[') { "" } else { "." };
        self.place = format!("{outer}{point}{}", self.place);
        self
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.place {
            "" => write!(out, "record: {}", self.why),
            place => write!(out, "field {place}: {}", self.why),
        }
    }
}

impl std::error::Error for Unreadable {}

impl From<Fault> for Box<Unreadable> {
    fn from(fault: Fault) -> Self {
        Unreadable::new(fault)
    }
}
