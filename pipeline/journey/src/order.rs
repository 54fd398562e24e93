//! The order of a history, and which of two records of one identity counts.

use crate::Reading;
use model::Touchpoint;
use std::cmp::Ordering;

/// How two touchpoints of a history compare: time; what enters the lower stage, what enters none,
/// `lost`; content. What is still equal is alike for every number; the identity only fixes the
/// list.
pub fn compare(reading: &Reading, a: &Touchpoint, b: &Touchpoint) -> Ordering {
    a.time
        .cmp(&b.time)
        .then_with(|| rank(reading, a).cmp(&rank(reading, b)))
        .then_with(|| content(reading, a, b))
        .then_with(|| a.identity.cmp(&b.identity))
}

/// Stages first, from the lowest; then what enters none; `lost` is the last word.
fn rank(reading: &Reading, touchpoint: &Touchpoint) -> u16 {
    let kind = reading.kind(touchpoint.kind);
    match kind.stage {
        Some(stage) => u16::from(stage),
        None if kind.is_lost => 257,
        None => 256,
    }
}

/// Kind, channel, currency by their bytes, then amount and the subject's hash; absent before
/// present.
fn content(reading: &Reading, a: &Touchpoint, b: &Touchpoint) -> Ordering {
    let words = reading.dictionary();
    words
        .kinds
        .compare(a.kind.0, b.kind.0)
        .then_with(|| words.channels.compare(a.channel.0, b.channel.0))
        .then_with(|| words.currencies.compare(a.currency.0, b.currency.0))
        .then_with(|| a.amount.cmp(&b.amount))
        .then_with(|| a.subject.cmp(&b.subject))
}

/// Sorts a history.
pub fn sort(reading: &Reading, history: &mut [Touchpoint]) {
    history.sort_by(|a, b| compare(reading, a, b));
}

/// Whether two records of one identity and revision say the same.
pub fn is_alike(a: &Touchpoint, b: &Touchpoint) -> bool {
    let of = |t: &Touchpoint| (t.time, t.kind, t.channel, t.currency, t.amount, t.subject);
    of(a) == of(b)
}

/// Whether, of two records of one identity, `a` counts before `b`: the greater revision, then the
/// smaller (time, kind, channel, currency, amount, subject).
pub fn precedes(reading: &Reading, a: &Touchpoint, b: &Touchpoint) -> bool {
    let order = b.revision.cmp(&a.revision).then(a.time.cmp(&b.time));
    order.then_with(|| content(reading, a, b)) == Ordering::Less
}
