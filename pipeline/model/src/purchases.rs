//! Who buys again: the one line that *value* has of a customer.

use crate::{CurrencyId, JourneyMap, ends};

/// A customer's purchases, as the counter of *value* that the customer is counted in.
///
/// Its dimensions are numbers and dates and no closed sets, so it is no `CounterKey`: there is at
/// most one a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purchases {
    /// Value of the channel in counters: of the first touchpoint of the attempt of the first
    /// purchase; outside an attempt, of the purchase.
    pub channel: u16,
    /// Different local dates with a purchase, less one.
    pub repeats: u32,
    /// The first of these dates, in days since 1970-01-01.
    pub first: i32,
    /// The last.
    pub last: i32,
    /// Currency of the first purchase that has a value; 0 if none has.
    pub currency: CurrencyId,
    /// Sum on the dates after the first, in minor units.
    pub spend: i64,
}

impl Purchases {
    /// The word of the channel.
    pub fn channel<'a>(&self, map: &'a JourneyMap) -> &'a str {
        match self.channel >= ends::FIRST {
            true => ends::word(self.channel),
            false => map.channels.get(usize::from(self.channel)).map_or("", |name| name),
        }
    }
}
