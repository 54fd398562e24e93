//! Who buys again: *value*.

use super::Walk;
use crate::{Reading, Sink};
use model::{Family, Purchases, Touchpoint};

impl Walk {
    /// One more purchase. One in another currency than the first that has a value is
    /// left out.
    pub(super) fn buy(&mut self, reading: &Reading, touchpoint: &Touchpoint, sink: &mut impl Sink) {
        if !reading.counts(Family::Value) {
            return;
        }
        // A clock that is set back over midnight makes no date of before.
        let date = reading.map().zone.local_days(touchpoint.time) as i32;
        let currency = touchpoint.currency;
        let Some(purchases) = &mut self.purchases else {
            let began = self.attempt.as_ref().map(|attempt| attempt.channel);
            let channel = reading.channel(began.unwrap_or(touchpoint.channel));
            let first =
                Purchases { channel, repeats: 0, first: date, last: date, currency, spend: 0 };
            sink.valued(&first, 1);
            self.purchases = Some(Box::new(first));
            return;
        };
        if currency.0 != 0 && purchases.currency.0 != 0 && purchases.currency != currency {
            return;
        }
        let before = **purchases;
        if purchases.currency.0 == 0 {
            purchases.currency = currency;
        }
        if date > purchases.last {
            purchases.last = date;
            purchases.repeats += 1;
        }
        if purchases.last > purchases.first {
            purchases.spend = purchases.spend.wrapping_add(touchpoint.amount);
        }
        if **purchases != before {
            sink.valued(&before, -1);
            sink.valued(purchases, 1);
        }
    }
}
