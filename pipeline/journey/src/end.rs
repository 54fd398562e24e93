//! How an entry was decided.

use model::ends;

/// What ended an entry; the two ways to expire are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// A later stage was entered, or the last one again.
    Converted,
    /// Nothing kept the attempt warm for too long.
    Cold,
    /// The business gave it up.
    Lost,
}

impl End {
    /// The end of a counter's value; whatever is neither cold nor lost has converted.
    pub(crate) fn of(value: u16) -> End {
        match value {
            ends::COLD => End::Cold,
            ends::LOST => End::Lost,
            _ => End::Converted,
        }
    }

    /// Its value in counters.
    pub fn dim(self) -> u16 {
        match self {
            End::Converted => ends::CONVERTED,
            End::Cold => ends::COLD,
            End::Lost => ends::LOST,
        }
    }

    /// Its word in counters.
    pub fn word(self) -> &'static str {
        ends::word(self.dim())
    }
}
