//! A counter by name and window, and what it holds.

use model::{Series, Size, Timestamp};
use std::collections::BTreeMap;

/// A counter's identity besides map and versions: series, size and start of the window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CounterId {
    /// Family and dimensions.
    pub series: Series,
    /// Size of the window.
    pub size: Size,
    /// Its first instant; `None` for the running total.
    pub start: Option<Timestamp>,
}

/// What a counter holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// How many.
    pub count: i64,
    /// Money in minor units by currency, without zeros.
    pub amounts: BTreeMap<String, i64>,
    /// Position after the frame that changed it last.
    pub revision: u64,
    /// Whether only a late touchpoint can change it.
    pub is_final: bool,
    /// How many frames have changed it when it was final: what somebody had been told for good.
    /// Like the revision it depends on the order of arrival.
    pub corrections: u32,
}

impl Counter {
    /// Whether nothing is in it: such a counter is not printed.
    pub fn is_zero(&self) -> bool {
        self.count == 0 && self.amounts.is_empty()
    }

    /// Adds a difference. Sums wrap, so that adding and taking away agree.
    pub(crate) fn add(&mut self, difference: &Difference<'_>) {
        let Some(currency) = difference.currency else {
            self.count = self.count.wrapping_add(difference.amount);
            return;
        };
        let Some(sum) = self.amounts.get_mut(currency) else {
            if difference.amount != 0 {
                self.amounts.insert(currency.to_owned(), difference.amount);
            }
            return;
        };
        *sum = sum.wrapping_add(difference.amount);
        if *sum == 0 {
            self.amounts.remove(currency);
        }
    }
}

/// A series as its ledger knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub(crate) u32);

/// One difference of a frame: of a pane, or of a running total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference<'a> {
    /// Family and dimensions, as the ledger knows them.
    pub series: SeriesId,
    /// First instant of the pane, an hour of the zone; `None` for a family without windows.
    pub pane: Option<Timestamp>,
    /// Currency of an amount; `None` for a count.
    pub currency: Option<&'a str>,
    /// What to add.
    pub amount: i64,
}
