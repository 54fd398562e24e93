//! What so many follow-ups in the first days are worth, with the time that they take left out.

use super::{Confounding, Contrast, Outcomes, Stratum};
use std::collections::BTreeMap;

/// Entries by how many follow-ups they had in the first days, counted in two ways.
///
/// *Naive* counts follow-ups until the exit, so who converts early cannot have many: "three
/// follow-ups convert twice as often" comes out, or its opposite, where nothing is true. At the
/// *landmark* only those count who are still open when the days are over; follow-ups lie before it
/// and outcomes after it (Anderson, Cain and Gelber 1983; Dafni 2011).
///
/// **What it needs of counters:** the cadence family, `basis`, `follow_ups`, `outcome`, and as
/// stratum everything that was true before the landmark and may matter: `stage`, `channel`, and how
/// much the customer did in these days.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cadence {
    naive: BTreeMap<(String, u8), Outcomes>,
    landmark: BTreeMap<(String, u8), Outcomes>,
}

/// In which of the two ways entries were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Follow-ups until the exit or the end of the first days.
    Naive,
    /// Follow-ups in the first days of those still open at their end.
    Landmark,
}

/// Those with some number of follow-ups beside those with another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Everybody in one pot, as it is usually counted; printed to be seen beside the other.
    pub naive: Option<Contrast>,
    /// Who was counted so.
    pub naive_pot: Stratum,
    /// What would explain the naive ratio away, if time did not.
    pub naive_confounding: Option<Confounding>,
    /// At the landmark, like with like.
    pub landmark: Option<Contrast>,
    /// Who was there at the landmark.
    pub landmark_pot: Stratum,
    /// What would explain the landmark's ratio away.
    pub confounding: Option<Confounding>,
}

impl Cadence {
    /// Adds entries of a stratum with a number of follow-ups; the greatest stands for "or more".
    pub fn add(&mut self, basis: Basis, stratum: &str, follow_ups: u8, outcomes: &Outcomes) {
        let table = match basis {
            Basis::Naive => &mut self.naive,
            Basis::Landmark => &mut self.landmark,
        };
        let sum = table.entry((stratum.to_owned(), follow_ups)).or_default();
        *sum = sum.plus(outcomes);
    }

    /// Compares entries by their follow-ups: `is_exposed` with `is_other`.
    pub fn compare(
        &self,
        is_exposed: impl Fn(u8) -> bool,
        is_other: impl Fn(u8) -> bool,
    ) -> Comparison {
        let strata = |table: &BTreeMap<(String, u8), Outcomes>| {
            let mut strata: BTreeMap<String, Stratum> = BTreeMap::new();
            for ((stratum, follow_ups), outcomes) in table {
                let sums = strata.entry(stratum.clone()).or_default();
                if is_exposed(*follow_ups) {
                    sums.exposed = sums.exposed.plus(outcomes);
                } else if is_other(*follow_ups) {
                    sums.others = sums.others.plus(outcomes);
                }
            }
            strata.into_values().collect::<Vec<Stratum>>()
        };
        let pot = |strata: &[Stratum]| {
            strata.iter().fold(Stratum::default(), |pot, stratum| Stratum {
                exposed: pot.exposed.plus(&stratum.exposed),
                others: pot.others.plus(&stratum.others),
            })
        };
        let explained = |contrast: Option<Contrast>| {
            contrast.and_then(|contrast| contrast.ratio).map(|ratio| Confounding::of(&ratio))
        };
        let (naive_pot, at_landmark) = (pot(&strata(&self.naive)), strata(&self.landmark));
        let naive = Contrast::of(&[naive_pot]);
        let landmark = Contrast::of(&at_landmark);
        Comparison {
            naive,
            naive_pot,
            naive_confounding: explained(naive),
            landmark,
            landmark_pot: pot(&at_landmark),
            confounding: explained(landmark),
        }
    }

    /// What became of entries with each number of follow-ups, over all strata.
    pub fn outcomes(&self, basis: Basis) -> BTreeMap<u8, Outcomes> {
        let table = match basis {
            Basis::Naive => &self.naive,
            Basis::Landmark => &self.landmark,
        };
        let mut sums: BTreeMap<u8, Outcomes> = BTreeMap::new();
        for ((_, follow_ups), outcomes) in table {
            let sum = sums.entry(*follow_ups).or_default();
            *sum = sum.plus(outcomes);
        }
        sums
    }
}
