//! Why a topic of another system is held.

/// Why nothing of a topic is read at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceHold {
    /// Its registry does not answer.
    Registry,
    /// Too much of it cannot be read.
    Poison,
}

impl SourceHold {
    /// Every reason.
    pub const ALL: [SourceHold; 2] = [SourceHold::Registry, SourceHold::Poison];

    /// The value of the label.
    pub fn word(self) -> &'static str {
        match self {
            SourceHold::Registry => "registry",
            SourceHold::Poison => "poison",
        }
    }
}
