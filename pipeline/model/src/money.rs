//! Money: integers in minor units, each currency for itself.

use crate::CurrencyId;

/// Sums by currency, ascending by id, without zeros.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts(Vec<(CurrencyId, i64)>);

impl Amounts {
    /// Adds an amount; a sum that becomes zero is forgotten. Sums wrap: adding and taking away
    /// agree.
    pub fn add(&mut self, currency: CurrencyId, minor: i64) {
        match self.0.binary_search_by_key(&currency, |entry| entry.0) {
            Ok(at) => {
                self.0[at].1 = self.0[at].1.wrapping_add(minor);
                if self.0[at].1 == 0 {
                    self.0.remove(at);
                }
            }
            Err(at) if minor != 0 => self.0.insert(at, (currency, minor)),
            Err(_) => {}
        }
    }

    /// The sums.
    pub fn iter(&self) -> impl Iterator<Item = (CurrencyId, i64)> + '_ {
        self.0.iter().copied()
    }

    /// Whether nothing has been added, or all of it taken away.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets everything, and keeps the room.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
