//! What became of a record of another system's topic.

/// What became of a record of another system's topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceRecord {
    /// One or several touchpoints.
    Touchpoint,
    /// The mapping makes none of it.
    Dropped,
    /// There is nothing in it, as in a tombstone.
    Silent,
    /// It could not be read.
    Dead,
}

impl SourceRecord {
    /// Every end.
    pub const ALL: [SourceRecord; 4] =
        [SourceRecord::Touchpoint, SourceRecord::Dropped, SourceRecord::Silent, SourceRecord::Dead];

    /// The value of the label.
    pub fn word(self) -> &'static str {
        match self {
            SourceRecord::Touchpoint => "touchpoint",
            SourceRecord::Dropped => "dropped",
            SourceRecord::Silent => "silent",
            SourceRecord::Dead => "dead",
        }
    }
}
