//! Who has said what a message is about.

/// Who has said what a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judge {
    /// The model that ships.
    Model,
    /// The classifier that is configured.
    Classifier,
    /// The model that ships, because the classifier did not answer or was not to be asked.
    Instead,
    /// A person, who corrects it.
    Person,
}

impl Judge {
    /// Every one.
    pub const ALL: [Judge; 4] = [Judge::Model, Judge::Classifier, Judge::Instead, Judge::Person];

    /// The value of the label.
    pub fn word(self) -> &'static str {
        match self {
            Judge::Model => "model",
            Judge::Classifier => "classifier",
            Judge::Instead => "instead",
            Judge::Person => "person",
        }
    }
}
