//! What to make of a finding, as a label.

/// What to make of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingVerdict {
    /// It is confirmed.
    Act,
    /// Who came later says so, and not surely yet.
    Promising,
    /// Not enough data.
    NotEnough,
    /// It was not confirmed, or is no longer true.
    Over,
}

impl FindingVerdict {
    /// Every verdict.
    pub const ALL: [FindingVerdict; 4] = [
        FindingVerdict::Act,
        FindingVerdict::Promising,
        FindingVerdict::NotEnough,
        FindingVerdict::Over,
    ];

    /// The value of the label.
    pub fn word(self) -> &'static str {
        match self {
            FindingVerdict::Act => "act",
            FindingVerdict::Promising => "promising",
            FindingVerdict::NotEnough => "not_enough",
            FindingVerdict::Over => "over",
        }
    }
}
