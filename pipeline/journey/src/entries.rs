//! The list behind a number: one row an entry, a move, a touchpoint.
//!
//! A row knows the counters that it is counted in, so that the rows of all customers that match a
//! counter are as many as it says, and their money adds up to its amounts.

mod objections;

pub use objections::{ObjectionRow, objections_of};

use crate::contributions::{Trail, Visit, attempts, conversions, end_channel, money, visits};
use crate::{End, Reading};
use model::{
    Amounts, Bucket, ChannelId, CounterKey, Entry, Family, Outcome, Timestamp, Touchpoint, ends,
};

/// One stage entered in an attempt, or one repeat: a row behind *flow* and *duration*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Identity of the attempt's first touchpoint, which names the attempt.
    pub attempt: u64,
    /// Identity of the touchpoint that entered.
    pub touchpoint: u64,
    /// The stage.
    pub stage: u8,
    /// The stage before, or `ends::NONE` where the attempt begins.
    pub from: u16,
    /// Entry channel: that of the attempt's first touchpoint.
    pub channel: ChannelId,
    /// Channel of the touchpoint that entered.
    pub via: ChannelId,
    /// Whether the customer had entered the stage before.
    pub entry: Entry,
    /// When it was entered.
    pub entered_at: Timestamp,
    /// What became of it and when; `None` while it is open.
    pub decided: Option<(End, Timestamp)>,
    /// When it goes cold unless something keeps it warm; `None` once decided, or when never.
    pub cold_at: Option<Timestamp>,
    /// Money of the entry.
    pub money: Amounts,
}

impl EntryRow {
    /// Converted, expired or open.
    pub fn outcome(&self) -> Outcome {
        match self.decided {
            Some((End::Converted, _)) => Outcome::Converted,
            Some((End::Cold | End::Lost, _)) => Outcome::Expired,
            None => Outcome::Open,
        }
    }

    /// The counter of *flow* that it is counted in.
    pub fn flow(&self, reading: &Reading) -> CounterKey {
        let channel = reading.channel(self.channel);
        let dims = [u16::from(self.stage), channel, self.entry as u16, self.outcome() as u16, 0];
        CounterKey::pane(Family::Flow, reading.map(), self.entered_at, dims)
    }

    /// The counter of *duration* that it is counted in, once it is decided.
    pub fn duration(&self, reading: &Reading) -> Option<CounterKey> {
        let (end, at) = self.decided?;
        let bucket = Bucket::of(at.since(self.entered_at)).0;
        let channel = reading.channel(self.channel);
        let dims = [u16::from(self.stage), channel, end.dim(), bucket, 0];
        Some(CounterKey::pane(Family::Duration, reading.map(), self.entered_at, dims))
    }
}

/// One entry, or one end of an attempt: a row behind *move*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveRow {
    /// Identity of the attempt's first touchpoint, which names the attempt.
    pub attempt: u64,
    /// Identity of the touchpoint that moved; `None` for cold, which silence does.
    pub touchpoint: Option<u64>,
    /// The stage before, or `ends::NONE` where the attempt begins.
    pub from: u16,
    /// The stage after, `ends::COLD` or `ends::LOST`.
    pub to: u16,
    /// Channel of the touchpoint that moved; for cold of the last one that kept warm.
    pub channel: ChannelId,
    /// When it happened.
    pub at: Timestamp,
    /// Money of the entry; none for cold and lost.
    pub money: Amounts,
}

impl MoveRow {
    /// The counter of *move* that it is counted in.
    pub fn key(&self, reading: &Reading) -> CounterKey {
        let dims = [self.from, self.to, reading.channel(self.channel), 0, 0];
        CounterKey::pane(Family::Move, reading.map(), self.at, dims)
    }
}

/// One step of a trail, from a touchpoint or an end to the next: a row behind *edge*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRow {
    /// Identity of the attempt's first touchpoint, which names the attempt.
    pub attempt: u64,
    /// Stage and kind before, or an end in both.
    pub from: (u16, u16),
    /// Stage and kind after, or an end in both.
    pub to: (u16, u16),
    /// How long it took.
    pub bucket: Bucket,
    /// When it was done.
    pub at: Timestamp,
}

impl StepRow {
    /// The counter of *edge* that it is counted in.
    pub fn key(&self) -> CounterKey {
        let dims = [self.from.0, self.from.1, self.to.0, self.to.1, self.bucket.0];
        CounterKey::total(Family::Edge, dims)
    }
}

/// One touchpoint and where the customer stood after it: a row behind *activity*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityRow {
    /// The touchpoint.
    pub touchpoint: Touchpoint,
    /// The stage after it; of `lost` the one where it ended the attempt; `ends::NONE` outside.
    pub stage: u16,
}

impl ActivityRow {
    /// The counter of *activity* that it is counted in.
    pub fn key(&self, reading: &Reading) -> CounterKey {
        let kind = reading.kind(self.touchpoint.kind).dim;
        let dims = [self.stage, reading.channel(self.touchpoint.channel), kind, 0, 0];
        CounterKey::pane(Family::Activity, reading.map(), self.touchpoint.time, dims)
    }
}

/// Every entry of a history that is judged at `now`, in the order of entering.
///
/// As for `contributions`, the history is in order, has one touchpoint an identity, and all of it
/// has happened by `now`.
pub fn entries(reading: &Reading, history: &[Touchpoint], now: Timestamp) -> Vec<EntryRow> {
    let (trails, _) = attempts(reading, history, now);
    let mut entered = 0_u32;
    let mut rows = Vec::new();
    for trail in &trails {
        let visits = visits(reading, trail);
        for (index, visit) in visits.iter().enumerate() {
            let stage = trail.stages[visit.at];
            let is_first = entered & 1 << stage == 0;
            entered |= 1 << stage;
            let entry = if is_first { Entry::First } else { Entry::Again };
            rows.push(entered_row(reading, trail, (visit, visits.get(index + 1)), entry));
        }
    }
    rows
}

fn entered_row(
    reading: &Reading,
    trail: &Trail<'_>,
    (visit, next): (&Visit, Option<&Visit>),
    entry: Entry,
) -> EntryRow {
    let touchpoint = trail.touchpoints[visit.at];
    let decided = match next {
        Some(next) => Some((End::Converted, trail.touchpoints[next.at].time)),
        None => trail.end.map(|(at, end)| (End::of(end), at)),
    };
    EntryRow {
        attempt: trail.touchpoints[0].identity,
        touchpoint: touchpoint.identity,
        stage: trail.stages[visit.at],
        from: visit.from,
        channel: trail.touchpoints[0].channel,
        via: touchpoint.channel,
        entry,
        entered_at: touchpoint.time,
        decided,
        cold_at: (decided.is_none() && trail.deadline != Timestamp::END).then_some(trail.deadline),
        money: money(reading, trail, visit, next),
    }
}

/// Every move of a history that is judged at `now`, in the order of happening.
pub fn moves_of(reading: &Reading, history: &[Touchpoint], now: Timestamp) -> Vec<MoveRow> {
    let (trails, _) = attempts(reading, history, now);
    let mut rows = Vec::new();
    for trail in &trails {
        let attempt = trail.touchpoints[0].identity;
        let visits = visits(reading, trail);
        for (index, visit) in visits.iter().enumerate() {
            let touchpoint = trail.touchpoints[visit.at];
            rows.push(MoveRow {
                attempt,
                touchpoint: Some(touchpoint.identity),
                from: visit.from,
                to: u16::from(trail.stages[visit.at]),
                channel: touchpoint.channel,
                at: touchpoint.time,
                money: money(reading, trail, visit, visits.get(index + 1)),
            });
        }
        if let (Some((at, to)), Some(last)) = (trail.end, trail.touchpoints.last()) {
            rows.push(MoveRow {
                attempt,
                touchpoint: (to == ends::LOST).then_some(last.identity),
                from: trail.stages.last().map_or(ends::NONE, |stage| u16::from(*stage)),
                to,
                channel: end_channel(reading, trail),
                at,
                money: Amounts::default(),
            });
        }
    }
    rows
}

/// Every step of the trails of a history that is judged at `now`, attempt by attempt.
pub fn steps_of(reading: &Reading, history: &[Touchpoint], now: Timestamp) -> Vec<StepRow> {
    let (trails, _) = attempts(reading, history, now);
    let mut rows = Vec::new();
    for trail in &trails {
        let visits = visits(reading, trail);
        let conversions = conversions(reading, trail, &visits);
        let conversions: Vec<usize> = conversions.iter().map(|index| visits[*index].at).collect();
        let mut last = ((ends::START, ends::START), trail.touchpoints[0].time);
        let mut step = |to: (u16, u16), at: Timestamp| {
            let (from, since) = last;
            let attempt = trail.touchpoints[0].identity;
            rows.push(StepRow { attempt, from, to, bucket: Bucket::of(at.since(since)), at });
            last = (to, at);
        };
        for (at, (touchpoint, stage)) in trail.touchpoints.iter().zip(&trail.stages).enumerate() {
            step((u16::from(*stage), reading.kind(touchpoint.kind).dim), touchpoint.time);
            if conversions.contains(&at) {
                step((ends::CONVERTED, ends::CONVERTED), touchpoint.time);
            }
        }
        if let Some((at, _)) = trail.end {
            step((ends::EXPIRED, ends::EXPIRED), at);
        }
    }
    rows
}

/// Every touchpoint of a history that is judged at `now`, in the order of the history.
pub fn activities(reading: &Reading, history: &[Touchpoint], now: Timestamp) -> Vec<ActivityRow> {
    let (trails, _) = attempts(reading, history, now);
    let mut stages = std::collections::BTreeMap::new();
    for trail in &trails {
        let inside = trail.touchpoints.iter().zip(&trail.stages);
        stages.extend(inside.map(|(touchpoint, stage)| (touchpoint.identity, u16::from(*stage))));
    }
    let row = |touchpoint: &Touchpoint| ActivityRow {
        touchpoint: *touchpoint,
        stage: stages.get(&touchpoint.identity).copied().unwrap_or(ends::NONE),
    };
    history.iter().map(row).collect()
}
