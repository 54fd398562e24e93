//! Money: integers in minor units, each currency for itself.

use crate::CurrencyId;

/// Sums by currency, ascending by id, without zeros.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts(Sums);

/// Nearly always one currency at most: kept in place, for there is one of these a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Sums {
    #[default]
    None,
    One(CurrencyId, i64),
    /// Two at least.
    #[expect(clippy::box_collection, reason = "a Vec in place would make every state larger")]
    Many(Box<Vec<(CurrencyId, i64)>>),
}

impl Amounts {
    /// Adds an amount; a sum that becomes zero is forgotten. Sums wrap: adding and taking away
    /// agree.
    pub fn add(&mut self, currency: CurrencyId, minor: i64) {
        match &mut self.0 {
            Sums::None if minor != 0 => self.0 = Sums::One(currency, minor),
            Sums::None => {}
            Sums::One(known, sum) if *known == currency => {
                *sum = sum.wrapping_add(minor);
                if *sum == 0 {
                    self.0 = Sums::None;
                }
            }
            Sums::One(known, sum) if minor != 0 => {
                let mut both = vec![(*known, *sum), (currency, minor)];
                both.sort_unstable();
                self.0 = Sums::Many(Box::new(both));
            }
            Sums::One(..) => {}
            Sums::Many(sums) => {
                add(sums, currency, minor);
                if let [(known, sum)] = sums[..] {
                    self.0 = Sums::One(known, sum);
                }
            }
        }
    }

    /// The sums.
    pub fn iter(&self) -> impl Iterator<Item = (CurrencyId, i64)> + '_ {
        let (one, many) = match &self.0 {
            Sums::None => (None, &[][..]),
            Sums::One(currency, sum) => (Some((*currency, *sum)), &[][..]),
            Sums::Many(sums) => (None, &sums[..]),
        };
        one.into_iter().chain(many.iter().copied())
    }

    /// Whether nothing has been added, or all of it taken away.
    pub fn is_empty(&self) -> bool {
        self.0 == Sums::None
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0 = Sums::None;
    }
}

fn add(sums: &mut Vec<(CurrencyId, i64)>, currency: CurrencyId, minor: i64) {
    match sums.binary_search_by_key(&currency, |entry| entry.0) {
        Ok(at) => {
            sums[at].1 = sums[at].1.wrapping_add(minor);
            if sums[at].1 == 0 {
                sums.remove(at);
            }
        }
        Err(at) if minor != 0 => sums.insert(at, (currency, minor)),
        Err(_) => {}
    }
}

/// How many digits of a currency's minor unit stand behind the point, by ISO 4217; 2 where the
/// currency is not known.
pub fn minor_digits(currency: &str) -> usize {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn sums_are_those_of_a_sorted_table_without_zeros_whatever_is_added() {
        let mut seed = 1_u64;
        let mut number = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        for _ in 0..2_000 {
            let (mut sums, mut table) = (Amounts::default(), BTreeMap::new());
            for _ in 0..number(12) {
                let (code, minor) = (CurrencyId(number(4) as u16), number(5) as i64 - 2);
                sums.add(code, minor);
                *table.entry(code).or_insert(0) += minor;
                table.retain(|_, sum| *sum != 0);
                let expected: Vec<_> = table.iter().map(|(code, sum)| (*code, *sum)).collect();
                assert_eq!(sums.iter().collect::<Vec<_>>(), expected);
                assert_eq!(sums.is_empty(), table.is_empty());
                let mut again = Amounts::default();
                expected.iter().for_each(|(code, sum)| again.add(*code, *sum));
                assert_eq!(sums, again, "equal sums are equal however they came about");
            }
        }
    }
}
