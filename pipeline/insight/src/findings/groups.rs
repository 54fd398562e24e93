//! Those whom a finding is about, and the others.

use crate::inference::{Contrast, Stratum};

/// Two groups of whom everybody is decided, by who is alike.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Groups {
    /// One for each sort of customers that has come.
    pub strata: Vec<Stratum>,
}

impl Groups {
    /// Converted and decided of both, in one pot.
    pub fn pot(&self) -> [(i64, i64); 2] {
        let pot = self.in_one();
        [pot.exposed.parts(), pot.others.parts()]
    }

    /// How they differ, like with like; `None` where no sort has come to both.
    pub fn contrast(&self) -> Option<Contrast> {
        Contrast::of(&self.strata)
    }

    /// How they differ in one pot, which may mislead.
    pub fn naive(&self) -> Option<Contrast> {
        Contrast::of(&[self.in_one()])
    }

    fn in_one(&self) -> Stratum {
        self.strata.iter().fold(Stratum::default(), |pot, stratum| Stratum {
            exposed: pot.exposed.plus(&stratum.exposed),
            others: pot.others.plus(&stratum.others),
        })
    }
}
