//! The specification: what a whole history adds to every counter, attempt by attempt.
//!
//! Written to be read beside the documentation's tables, not to be fast, and without a line of the
//! incremental form: the audit and the property tests hold the one against the other.

mod cadence;
mod credit;
mod markov;
mod order;
mod sequence;
mod value;

use crate::order::{is_alike, precedes, sort};
use crate::{Diff, Reading, Sink};
use model::{
    Amounts, Bucket, ChannelId, CounterKey, Entry, Family, Group, JourneyMap, Measure, Outcome,
    Result, SourceId, Timestamp, Touchpoint, ends,
};
use std::collections::BTreeMap;

/// One attempt: its touchpoints, the stage after each, and how it ended.
pub(crate) struct Trail<'a> {
    pub(crate) touchpoints: Vec<&'a Touchpoint>,
    pub(crate) stages: Vec<u8>,
    pub(crate) end: Option<(Timestamp, u16)>,
    /// When it went or goes cold; `END` when never, or when it was lost before.
    pub(crate) deadline: Timestamp,
}

/// One stage entered in an attempt.
pub(crate) struct Visit {
    /// Index in the trail of the touchpoint that entered.
    pub(crate) at: usize,
    /// The stage before, or `ends::NONE`.
    pub(crate) from: u16,
}

/// What leads to a conversion, or to the end of an attempt.
pub(crate) struct Path<'a> {
    /// The touchpoints that keep warm.
    touches: Vec<&'a Touchpoint>,
}

impl Path<'_> {
    /// The values of its channels; `via` stands for a conversion without a touch.
    fn channels(&self, reading: &Reading, via: Option<ChannelId>) -> Vec<u16> {
        let touched: Vec<u16> =
            self.touches.iter().map(|touch| reading.channel(touch.channel)).collect();
        match touched.is_empty() {
            true => via.map(|via| reading.channel(via)).into_iter().collect(),
            false => touched,
        }
    }
}

/// What a customer's history adds when it is judged at `now`: every touchpoint of it has happened
/// by then.
///
/// The history is in order and has one touchpoint an identity. *admission* is not here, for it
/// counts records and not touchpoints.
pub fn contributions(
    reading: &Reading,
    group: Group,
    history: &[Touchpoint],
    now: Timestamp,
) -> Diff {
    let mut sums = Diff::default();
    let (trails, outside) = attempts(reading, history, now);
    for touchpoint in outside {
        activity(reading, ends::NONE, touchpoint, &mut sums);
    }
    let mut entered = 0_u32;
    let mut has_converted = false;
    for trail in &trails {
        for (touchpoint, stage) in trail.touchpoints.iter().zip(&trail.stages) {
            activity(reading, u16::from(*stage), touchpoint, &mut sums);
        }
        let visits = visits(reading, trail);
        edges(reading, trail, &visits, &mut sums);
        for (index, visit) in visits.iter().enumerate() {
            let stage = trail.stages[visit.at];
            let is_first = entered & 1 << stage == 0;
            entered |= 1 << stage;
            let next = visits.get(index + 1);
            let entry = if is_first { Entry::First } else { Entry::Again };
            visited(reading, trail, (visit, next), (entry, now), &mut sums);
        }
        paths(reading, group, (trail, &visits), &mut has_converted, &mut sums);
    }
    if reading.counts(Family::Value) {
        value::value(reading, &trails, history, &mut sums);
    }
    let families = Family::ALL.into_iter().filter(|family| reading.counts(*family));
    let families: Vec<Family> = families.collect();
    sums.counters.retain(|(key, _), _| families.contains(&key.family));
    sums
}

/// The touchpoints of a history up to and including a time.
pub fn cut(history: &[Touchpoint], as_of: Timestamp) -> Vec<Touchpoint> {
    history.iter().filter(|touchpoint| touchpoint.time <= as_of).copied().collect()
}

/// What one customer's records add to *admission*, and the history that they make.
pub fn admission(reading: &Reading, records: &[(Touchpoint, SourceId)]) -> (Diff, Vec<Touchpoint>) {
    let mut sums = Diff::default();
    let mut identities: BTreeMap<u64, Vec<&(Touchpoint, SourceId)>> = BTreeMap::new();
    for record in records {
        identities.entry(record.0.identity).or_default().push(record);
    }
    let mut history = Vec::new();
    for same in identities.values() {
        let source = same[0].1;
        let mut count = |result: Result, count: usize| {
            let key = CounterKey::total(Family::Admission, [source.0, result as u16, 0, 0, 0]);
            sums.add(key, Measure::Count, count as i64);
        };
        let revision = same.iter().map(|(record, _)| record.revision).max().unwrap_or(0);
        let newest: Vec<_> = same.iter().filter(|record| record.0.revision == revision).collect();
        let best = newest.iter().fold(newest[0].0, |best, record| {
            if precedes(reading, &record.0, &best) { record.0 } else { best }
        });
        count(Result::Counted, 1);
        count(Result::Duplicate, same.len() - 1);
        count(Result::Conflict, usize::from(newest.iter().any(|r| !is_alike(&r.0, &best))));
        history.push(best);
    }
    sort(reading, &mut history);
    (sums, history)
}

/// A history as attempts, and the touchpoints that lie outside every one.
pub(crate) fn attempts<'a>(
    reading: &Reading,
    history: &'a [Touchpoint],
    now: Timestamp,
) -> (Vec<Trail<'a>>, Vec<&'a Touchpoint>) {
    let (mut trails, mut outside) = (Vec::new(), Vec::new());
    let mut rest = history;
    while let Some(first) = rest.first() {
        if reading.kind(first.kind).stage.is_none() {
            outside.push(first);
            rest = &rest[1..];
            continue;
        }
        let trail = attempt(reading, rest, now);
        rest = &rest[trail.touchpoints.len()..];
        trails.push(trail);
    }
    (trails, outside)
}

/// The attempt that begins with the first touchpoint of `rest`.
fn attempt<'a>(reading: &Reading, rest: &'a [Touchpoint], now: Timestamp) -> Trail<'a> {
    let mut trail =
        Trail { touchpoints: Vec::new(), stages: Vec::new(), end: None, deadline: Timestamp::END };
    let mut stage = 0;
    let mut warm = rest[0].time;
    let mut entered_at = rest[0].time;
    for touchpoint in rest {
        let deadline = warm.plus(reading.map().stages[usize::from(stage)].cold_after);
        if !trail.touchpoints.is_empty() && touchpoint.time > deadline {
            break;
        }
        let kind = reading.kind(touchpoint.kind);
        let target = kind.stage.filter(|target| {
            trail.touchpoints.is_empty()
                || *target > stage
                || *target == stage && is_repeat(reading, stage, entered_at, touchpoint.time)
        });
        if let Some(target) = target {
            (stage, entered_at) = (target, touchpoint.time);
        }
        if target.is_some() || kind.keeps_warm {
            warm = touchpoint.time;
        }
        trail.touchpoints.push(touchpoint);
        trail.stages.push(stage);
        if kind.is_lost {
            trail.end = Some((touchpoint.time, ends::LOST));
            return trail;
        }
    }
    let deadline = warm.plus(reading.map().stages[usize::from(stage)].cold_after);
    trail.end = (deadline <= now && deadline != Timestamp::END).then_some((deadline, ends::COLD));
    trail.deadline = deadline;
    trail
}

fn is_repeat(reading: &Reading, stage: u8, entered: Timestamp, time: Timestamp) -> bool {
    stage == reading.map().last_stage() && time >= entered.plus(reading.map().repeat_after)
}

/// The stages that a trail enters, repeats included.
pub(crate) fn visits(reading: &Reading, trail: &Trail<'_>) -> Vec<Visit> {
    let mut visits: Vec<Visit> = Vec::new();
    for (at, touchpoint) in trail.touchpoints.iter().enumerate() {
        let stage = trail.stages[at];
        let Some(current) = visits.last() else {
            visits.push(Visit { at, from: ends::NONE });
            continue;
        };
        let since = trail.touchpoints[current.at].time;
        let repeats = reading.kind(touchpoint.kind).stage == Some(stage)
            && is_repeat(reading, stage, since, touchpoint.time);
        if stage > trail.stages[at - 1] || repeats {
            visits.push(Visit { at, from: u16::from(trail.stages[at - 1]) });
        }
    }
    visits
}

/// One entry: flow, cadence, move and duration, and the end of the attempt where it is the last.
fn visited(
    reading: &Reading,
    trail: &Trail<'_>,
    (visit, next): (&Visit, Option<&Visit>),
    (entry, now): (Entry, Timestamp),
    sums: &mut Diff,
) {
    let stage = trail.stages[visit.at];
    let touchpoint = trail.touchpoints[visit.at];
    let channel = reading.channel(trail.touchpoints[0].channel);
    let map = reading.map();
    let decided = match next {
        Some(next) => Some((trail.touchpoints[next.at].time, ends::CONVERTED)),
        None => trail.end,
    };
    let outcome = match decided {
        Some((_, ends::CONVERTED)) => Outcome::Converted,
        Some(_) => Outcome::Expired,
        None => Outcome::Open,
    };
    let became = (decided.map(|(at, _)| at), outcome);
    cadence::cadence(reading, trail, (visit, next), became, now, sums);
    sequence::sequence(reading, trail, (visit, next), became, now, sums);
    let flow = [u16::from(stage), channel, entry as u16, outcome as u16, 0];
    let flow = CounterKey::pane(Family::Flow, map, touchpoint.time, flow);
    let moved = [visit.from, u16::from(stage), reading.channel(touchpoint.channel), 0, 0];
    let moved = CounterKey::pane(Family::Move, map, touchpoint.time, moved);
    sums.add(flow, Measure::Count, 1);
    sums.add(moved, Measure::Count, 1);
    for (currency, amount) in money(reading, trail, visit, next).iter() {
        sums.add(flow, Measure::Money(currency), amount);
        sums.add(moved, Measure::Money(currency), amount);
    }
    if let Some((at, end)) = decided {
        let bucket = Bucket::of(at.since(touchpoint.time)).0;
        let dims = [u16::from(stage), channel, end, bucket, 0];
        let key = CounterKey::pane(Family::Duration, map, touchpoint.time, dims);
        sums.add(key, Measure::Count, 1);
        if next.is_none() {
            let dims = [u16::from(stage), end, reading.channel(end_channel(reading, trail)), 0, 0];
            sums.add(CounterKey::pane(Family::Move, map, at, dims), Measure::Count, 1);
        }
    }
}

/// What the touchpoint that entered is worth; in the last stage with those that enter it again
/// before the next entry.
pub(crate) fn money(
    reading: &Reading,
    trail: &Trail<'_>,
    visit: &Visit,
    next: Option<&Visit>,
) -> Amounts {
    let mut money = Amounts::default();
    let until = next.map_or(trail.touchpoints.len(), |next| next.at);
    let stage = trail.stages[visit.at];
    let is_last = stage == reading.map().last_stage();
    for (index, earned) in trail.touchpoints.iter().enumerate().take(until).skip(visit.at) {
        let enters_again = is_last && reading.kind(earned.kind).stage == Some(stage);
        if earned.currency.0 != 0 && (index == visit.at || enters_again) {
            money.add(earned.currency, earned.amount);
        }
    }
    money
}

/// Which entries of an attempt are conversions: the first that enters the conversion stage or one
/// beyond it; where that is the last stage, each repeat too.
pub(crate) fn conversions(reading: &Reading, trail: &Trail<'_>, visits: &[Visit]) -> Vec<usize> {
    let map = reading.map();
    let so_far = visits.iter().enumerate();
    let mut found = so_far.filter(|(_, visit)| trail.stages[visit.at] >= map.conversion);
    let counts_again = map.conversion == map.last_stage();
    match counts_again {
        true => found.map(|(index, _)| index).collect(),
        false => found.next().map(|(index, _)| index).into_iter().collect(),
    }
}

/// The paths of one attempt: to each conversion, and from the last one to the end.
fn paths(
    reading: &Reading,
    group: Group,
    (trail, visits): (&Trail<'_>, &[Visit]),
    has_converted: &mut bool,
    sums: &mut Diff,
) {
    let mut begin = 0;
    for index in conversions(reading, trail, visits) {
        let (visit, next) = (&visits[index], visits.get(index + 1));
        let entry = if *has_converted { Entry::Again } else { Entry::First };
        let path = path(reading, trail, begin, visit.at);
        let converts = trail.touchpoints[visit.at];
        credit::credit(reading, (trail, &path), (visit, next), (entry, group), sums);
        let end = (converts.time, ends::CONVERSION);
        let channels = path.channels(reading, Some(converts.channel));
        markov::markov(reading, &channels, end, (entry, group), sums);
        order::order(reading, &channels, end, (entry, group), sums);
        *has_converted = true;
        begin = visit.at + 1;
    }
    let Some((at, end)) = trail.end else { return };
    let entry = if *has_converted { Entry::Again } else { Entry::First };
    let count = trail.touchpoints.len();
    // What gives the lead up ends the path; where it keeps warm, it is the last of it.
    let until = if end == ends::LOST { (count - 1).max(begin) } else { count };
    let mut path = path(reading, trail, begin, until);
    path.touches.extend(warm(reading, &trail.touchpoints[until..]));
    let channels = path.channels(reading, None);
    markov::markov(reading, &channels, (at, ends::NULL), (entry, group), sums);
    order::order(reading, &channels, (at, ends::NULL), (entry, group), sums);
}

/// The path over the touchpoints from one up to another, as far back as a path reaches.
fn path<'a>(reading: &Reading, trail: &Trail<'a>, begin: usize, until: usize) -> Path<'a> {
    let begin = begin.max(until.saturating_sub(JourneyMap::PATH_MAX as usize));
    Path { touches: warm(reading, &trail.touchpoints[begin..until]).collect() }
}

fn warm<'a, 'b>(
    reading: &'b Reading,
    touchpoints: &'b [&'a Touchpoint],
) -> impl Iterator<Item = &'a Touchpoint> + 'b {
    touchpoints.iter().copied().filter(|touchpoint| reading.kind(touchpoint.kind).keeps_warm)
}

/// The channel of an attempt's end: of `lost`, or of the last touchpoint that kept warm, or the
/// first.
pub(crate) fn end_channel(reading: &Reading, trail: &Trail<'_>) -> ChannelId {
    let lost = trail.touchpoints.last().filter(|last| reading.kind(last.kind).is_lost);
    let warm = || trail.touchpoints.iter().rev().find(|t| reading.kind(t.kind).keeps_warm);
    lost.or_else(warm).unwrap_or(&trail.touchpoints[0]).channel
}

/// The arrows of one trail.
fn edges(reading: &Reading, trail: &Trail<'_>, visits: &[Visit], sums: &mut Diff) {
    let mut steps: Vec<((u16, u16), Timestamp)> =
        vec![((ends::START, ends::START), trail.touchpoints[0].time)];
    let conversions = conversions(reading, trail, visits);
    for (at, touchpoint) in trail.touchpoints.iter().enumerate() {
        let stage = trail.stages[at];
        steps.push(((u16::from(stage), reading.kind(touchpoint.kind).dim), touchpoint.time));
        if conversions.iter().any(|index| visits[*index].at == at) {
            steps.push(((ends::CONVERTED, ends::CONVERTED), touchpoint.time));
        }
    }
    if let Some((at, _)) = trail.end {
        steps.push(((ends::EXPIRED, ends::EXPIRED), at));
    }
    for pair in steps.windows(2) {
        let ((from, before), (to, after)) = (pair[0], pair[1]);
        let dims = [from.0, from.1, to.0, to.1, Bucket::of(after.since(before)).0];
        sums.add(CounterKey::total(Family::Edge, dims), Measure::Count, 1);
    }
}

fn activity(reading: &Reading, stage: u16, touchpoint: &Touchpoint, sums: &mut Diff) {
    let kind = reading.kind(touchpoint.kind).dim;
    let dims = [stage, reading.channel(touchpoint.channel), kind, 0, 0];
    let key = CounterKey::pane(Family::Activity, reading.map(), touchpoint.time, dims);
    sums.add(key, Measure::Count, 1);
    if touchpoint.currency.0 != 0 {
        sums.add(key, Measure::Money(touchpoint.currency), touchpoint.amount);
    }
}
