//! The specification of *credit*: each conversion by ten rules, to the millionth.

use super::{Path, Trail, Visit, money};
use crate::{Diff, Reading, Sink};
use model::{
    CounterKey, CreditRule, Entry, Family, Group, Measure, Span, TouchFilter, Touchpoint, ends,
};
use std::collections::BTreeSet;

const DAY: i64 = 24 * 3_600_000;

/// One conversion: its touches, and what it is worth.
pub(super) fn credit(
    reading: &Reading,
    (trail, path): (&Trail<'_>, &Path<'_>),
    (visit, next): (&Visit, Option<&Visit>),
    (entry, group): (Entry, Group),
    sums: &mut Diff,
) {
    let converts = trail.touchpoints[visit.at];
    let lookback = reading.map().credit_lookback;
    let is_young = |touch: &&&Touchpoint| {
        lookback == Span::NEVER || converts.time.since(touch.time) <= lookback
    };
    let mut touches: Vec<&Touchpoint> = path.touches.iter().filter(is_young).copied().collect();
    if touches.is_empty() {
        touches.push(converts);
    }
    for filter in &reading.map().credit_path {
        touches = filtered(reading, *filter, &touches);
    }
    let mut measures = vec![(Measure::Count, 1_000_000)];
    for (currency, amount) in money(reading, trail, visit, next).iter() {
        measures.push((Measure::Money(currency), amount));
    }
    let has_custom = reading.map().credit_custom.is_some();
    for rule in CreditRule::ALL.iter().filter(|rule| **rule != CreditRule::Custom || has_custom) {
        for (measure, whole) in &measures {
            for (channel, part) in shares(reading, *rule, converts, &touches, *whole) {
                let dims = [*rule as u16, channel, entry as u16, u16::from(group.0), 0];
                let key = CounterKey::pane(Family::Credit, reading.map(), converts.time, dims);
                sums.add(key, *measure, part);
            }
        }
    }
}

/// The touches that a filter leaves.
fn filtered<'a>(
    reading: &Reading,
    filter: TouchFilter,
    touches: &[&'a Touchpoint],
) -> Vec<&'a Touchpoint> {
    let channel = |touch: &Touchpoint| reading.channel(touch.channel);
    let mut left = Vec::new();
    for (at, touch) in touches.iter().enumerate() {
        let (before, after) = (&touches[..at], touches.get(at + 1));
        let stays = match filter {
            TouchFilter::Indirect => !is_direct(reading, channel(touch)),
            TouchFilter::Exposure => after.is_none_or(|next| channel(next) != channel(touch)),
            TouchFilter::First => before.iter().all(|other| channel(other) != channel(touch)),
        };
        if stays {
            left.push(*touch);
        }
    }
    if left.is_empty() { touches.to_vec() } else { left }
}

fn is_direct(reading: &Reading, channel: u16) -> bool {
    let map = reading.map();
    channel < ends::FIRST && map.credit_direct.contains(&map.channels[usize::from(channel)])
}

/// What a rule gives to channels.
fn shares(
    reading: &Reading,
    rule: CreditRule,
    converts: &Touchpoint,
    touches: &[&Touchpoint],
    whole: i64,
) -> Vec<(u16, i64)> {
    let channels: Vec<u16> = touches.iter().map(|touch| reading.channel(touch.channel)).collect();
    let last = channels[channels.len() - 1];
    // In thousandths of a millionth of nothing in particular: only their ratio matters.
    let weights: Vec<u128> = match rule {
        CreditRule::First => return vec![(channels[0], whole)],
        CreditRule::Last => return vec![(last, whole)],
        CreditRule::LastNonDirect => {
            let indirect = channels.iter().rev().find(|at| !is_direct(reading, **at));
            return vec![(*indirect.unwrap_or(&last), whole)];
        }
        CreditRule::SameTouch => return vec![(reading.channel(converts.channel), whole)],
        CreditRule::Participation => {
            let different: BTreeSet<u16> = channels.into_iter().collect();
            return different.into_iter().map(|channel| (channel, whole)).collect();
        }
        CreditRule::Linear => vec![1; touches.len()],
        CreditRule::UShaped => shape(touches.len(), [40, 20, 40], [50, 50]),
        CreditRule::JShaped => shape(touches.len(), [20, 20, 60], [25, 75]),
        CreditRule::InverseJ => shape(touches.len(), [60, 20, 20], [75, 25]),
        CreditRule::Custom => {
            let [first, between, last] = reading.map().credit_custom.unwrap_or([0, 100, 0]);
            let [first, between, last] = [first, between, last].map(u128::from);
            // Nothing for those at the ends: of two, each is both.
            let two = if first + last == 0 { [1, 1] } else { [first, last] };
            shape(touches.len(), [first, between, last], two)
        }
        CreditRule::TimeDecay => {
            touches.iter().map(|touch| decayed(converts.time.since(touch.time))).collect()
        }
    };
    channels.into_iter().zip(largest_remainder(whole, &weights)).collect()
}

/// Per cent to the first, those between and the last, where there are three or more, and to two.
fn shape(count: usize, three: [u128; 3], two: [u128; 2]) -> Vec<u128> {
    match count {
        1 => vec![100],
        2 => two.to_vec(),
        _ => {
            let between = count as u128 - 2;
            let mut weights = vec![three[1]; count];
            weights[0] = three[0] * between;
            weights[count - 1] = three[2] * between;
            weights
        }
    }
}

/// Half as much for each seven days, by a table that every machine agrees upon.
fn decayed(age: Span) -> u128 {
    let days = age.millis() / DAY;
    let table = [
        1_073_741_824_u128,
        972_513_379,
        880_828_381,
        797_787_109,
        722_574_663,
        654_452_972,
        592_753_544,
    ];
    let mut weight = table[(days % 7) as usize];
    for _ in 0..(days / 7).min(64) {
        weight /= 2;
    }
    weight.max(1)
}

/// Each gets what is whole of its share; what is left goes, one by one, to whoever lacks most, of
/// equals to the earlier. Of a sum below zero the same, below zero.
fn largest_remainder(whole: i64, weights: &[u128]) -> Vec<i64> {
    let all: u128 = weights.iter().sum();
    let size = u128::from(whole.unsigned_abs());
    let mut parts: Vec<u128> = weights.iter().map(|weight| size * weight / all).collect();
    let mut lacking: Vec<(u128, usize)> =
        weights.iter().enumerate().map(|(at, weight)| (size * weight % all, at)).collect();
    lacking.sort_by(|(a, first), (b, second)| b.cmp(a).then(first.cmp(second)));
    let mut left = size - parts.iter().sum::<u128>();
    for (_, at) in lacking {
        if left == 0 {
            break;
        }
        parts[at] += 1;
        left -= 1;
    }
    let signed = |part: u128| (part as i64).wrapping_mul(whole.signum());
    parts.into_iter().map(signed).collect()
}
