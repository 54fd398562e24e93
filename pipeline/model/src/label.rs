//! What somebody says that a touchpoint is about, apart from the touchpoint itself.

use crate::{Dictionary, LabelId};

/// The class of a touchpoint, and which of several labels of it this one is.
///
/// A label is a record of its own, so that another one corrects what is counted. Without any, a
/// touchpoint has the label that loses against every other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// The class; 0 for no objection.
    pub class: LabelId,
    /// The greatest counts; 0 where nobody has said anything.
    pub revision: u32,
}

impl Label {
    /// Whether nobody has said anything.
    pub fn is_absent(&self) -> bool {
        *self == Label::default()
    }

    /// Whether, of two labels of one touchpoint, this one counts: the greater revision, then the
    /// smaller class by its bytes, none first. So the order in which they arrive does not matter.
    pub fn counts_before(&self, other: &Label, dictionary: &Dictionary) -> bool {
        let words = &dictionary.labels;
        let order = other.revision.cmp(&self.revision);
        order.then_with(|| words.compare(self.class.0, other.class.0)).is_lt()
    }

    /// The one of two labels of a touchpoint that counts.
    pub fn one_of(a: Label, b: Label, dictionary: &Dictionary) -> Label {
        if b.counts_before(&a, dictionary) { b } else { a }
    }
}
