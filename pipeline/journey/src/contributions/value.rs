//! The specification of *value*: one line a customer who has bought.

use super::Trail;
use crate::{Diff, Reading, Sink};
use model::{Purchases, Touchpoint};
use std::collections::BTreeSet;

/// All purchases of a customer.
pub(super) fn value(
    reading: &Reading,
    trails: &[Trail<'_>],
    history: &[Touchpoint],
    sums: &mut Diff,
) {
    let is_purchase = |touchpoint: &&Touchpoint| reading.kind(touchpoint.kind).is_purchase;
    let purchases: Vec<&Touchpoint> = history.iter().filter(is_purchase).collect();
    let Some(first) = purchases.first() else { return };
    let has_it = |trail: &&Trail<'_>| {
        // Not by its identity, which a sealed touchpoint may have had before.
        trail.touchpoints.iter().any(|touchpoint| std::ptr::eq(*touchpoint, *first))
    };
    let began = trails.iter().find(has_it).map_or(*first, |trail| trail.touchpoints[0]);
    let priced = purchases.iter().find(|purchase| purchase.currency.0 != 0);
    let currency = priced.map_or_else(Default::default, |purchase| purchase.currency);
    let counted = purchases
        .iter()
        .filter(|purchase| purchase.currency.0 == 0 || purchase.currency == currency);
    // No date comes before that of the purchase before it, whatever is done to clocks at midnight.
    let mut latest = i32::MIN;
    let dated: Vec<(i32, i64)> = counted
        .map(|purchase| {
            latest = latest.max(reading.map().zone.local_days(purchase.time) as i32);
            (latest, purchase.amount)
        })
        .collect();
    let dates: BTreeSet<i32> = dated.iter().map(|(date, _)| *date).collect();
    let Some((first, last)) = dates.first().copied().zip(dates.last().copied()) else { return };
    let later = dated.iter().filter(|(date, _)| *date > first);
    let line = Purchases {
        channel: reading.channel(began.channel),
        repeats: dates.len() as u32 - 1,
        first,
        last,
        currency,
        spend: later.fold(0, |sum: i64, (_, amount)| sum.wrapping_add(*amount)),
    };
    sums.valued(&line, 1);
}
