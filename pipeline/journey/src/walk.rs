//! The incremental fold: where a customer stands, and what one more touchpoint in order changes.

mod apportion;
mod cadence;
mod credit;
mod sequence;
mod value;

use crate::behind::{Behind, Echo};
use crate::{Chapters, Reading, Sink};
use model::{
    Amounts, Bucket, ChannelId, CounterKey, Entry, Family, KindId, Measure, Outcome, Purchases,
    Steps, Timestamp, Touchpoint, Transition, TransitionType, ends,
};

/// Where a customer stands after the touchpoints so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// A bit for each stage that was ever entered.
    pub entered: u32,
    /// The attempt that is open, if one is.
    pub attempt: Option<Attempt>,
    /// What was bought so far, if anything was.
    pub purchases: Option<Box<Purchases>>,
}

/// An attempt under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Identity of its first touchpoint.
    pub id: u64,
    /// Channel of its first touchpoint.
    pub channel: ChannelId,
    /// The entry that it stands in.
    pub entry: EntryState,
    /// Its last touchpoint, as a node of the trail.
    pub last: Node,
    /// Whether its last touchpoint was a conversion.
    pub has_just_converted: bool,
    /// Whether it has had a conversion.
    pub has_converted: bool,
    /// When it was last warm.
    pub warm: Timestamp,
    /// Channel of the last touchpoint that kept warm, or of the first if none did.
    pub warm_channel: ChannelId,
    /// How many touchpoints its path has: those after its last conversion, or from its first on; at
    /// most `JourneyMap::PATH_MAX`. 0 where no family asks.
    pub path: u32,
    /// The conversion that the entry is, while its money may grow.
    pub credited: Option<Credited>,
}

/// A conversion whose money is credited anew when it grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credited {
    /// How many touchpoints its path had.
    pub touchpoints: u32,
    /// How many there have been after it.
    pub since: u32,
    /// Whether it was the customer's first in any attempt.
    pub entry: Entry,
}

/// A touchpoint of a trail: where the customer stood after it, what it was, when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// The stage after it.
    pub stage: u8,
    /// Its kind.
    pub kind: KindId,
    /// Its time.
    pub time: Timestamp,
}

/// The entry of a stage that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryState {
    /// The stage.
    pub stage: u8,
    /// The stage it was entered from, or `ends::NONE`.
    pub from: u16,
    /// Channel of the touchpoint that entered.
    pub via: ChannelId,
    /// When it was entered.
    pub time: Timestamp,
    /// Whether the customer had entered the stage before.
    pub entry: Entry,
    /// Its money so far.
    pub amounts: Amounts,
    /// How many follow-ups *cadence* has counted; four are many.
    pub follow_ups: u8,
    /// How often *intensity* has heard of the customer; four are many.
    pub early: u8,
    /// The steps that it began with, as *sequence* tells them.
    pub steps: Steps,
    /// Whether a touchpoint has come after its landmark.
    pub is_past_landmark: bool,
}

impl Walk {
    /// When the attempt goes cold; `None` without one, `END` when never.
    pub fn deadline(&self, reading: &Reading) -> Option<Timestamp> {
        let attempt = self.attempt.as_ref()?;
        let stage = &reading.map().stages[usize::from(attempt.entry.stage)];
        Some(attempt.warm.plus(stage.cold_after))
    }

    /// One more touchpoint, not before any of those so far.
    pub fn step<C: Chapters>(
        &mut self,
        reading: &Reading,
        touchpoint: &Touchpoint,
        behind: &mut Behind<'_, C>,
        sink: &mut impl Sink,
    ) {
        if self.deadline(reading).is_some_and(|deadline| touchpoint.time > deadline) {
            self.go_cold(reading, behind, sink);
            self.attempt = None;
        }
        if let Some(attempt) = &mut self.attempt {
            attempt.pass_landmark(reading, touchpoint.time, sink);
        }
        let kind = reading.kind(touchpoint.kind);
        let entered = kind.stage.filter(|stage| self.enters(reading, *stage, touchpoint.time));
        if let Some(stage) = entered {
            self.enter(reading, stage, touchpoint, behind, sink);
        }
        if kind.is_purchase {
            self.buy(reading, touchpoint, sink);
        }
        let path_entry = self.path_entry(reading);
        let Some(attempt) = &mut self.attempt else {
            return count_activity(reading, ends::NONE, touchpoint, sink);
        };
        let stage = attempt.entry.stage;
        count_activity(reading, u16::from(stage), touchpoint, sink);
        if entered.is_none() {
            attempt.walk_to(reading, touchpoint, sink);
            attempt.follow_up(reading, touchpoint, sink);
            attempt.take_step(reading, touchpoint);
            if kind.stage == Some(stage) && stage == reading.map().last_stage() {
                attempt.earn(reading, touchpoint, sink);
                attempt.earn_credit(reading, touchpoint, behind, sink);
            }
        }
        if kind.keeps_warm {
            attempt.warm_channel = touchpoint.channel;
        }
        if kind.keeps_warm || entered.is_some() {
            attempt.warm = touchpoint.time;
        }
        if kind.is_lost {
            let end = (touchpoint.time, Some(touchpoint));
            attempt.finish(reading, end.1, end.0, sink);
            attempt.end_path(reading, end, path_entry, behind, sink);
            self.attempt = None;
        } else {
            attempt.lengthen_path(reading, touchpoint.time);
        }
    }

    /// Whether a path that ends now comes after a conversion of this customer, in any attempt: then
    /// the conversion stage or one beyond it was entered.
    fn path_entry(&self, reading: &Reading) -> Entry {
        let has_converted = self.entered >> reading.map().conversion != 0;
        if has_converted { Entry::Again } else { Entry::First }
    }

    /// How many of the last touchpoints something may still ask about.
    pub(crate) fn reach(&self) -> usize {
        let Some(attempt) = &self.attempt else { return 0 };
        let credited =
            attempt.credited.map_or(0, |is| is.since as usize + 1 + is.touchpoints as usize);
        credited.max(attempt.path as usize)
    }

    /// What must be kept of the touchpoints behind it when they are sealed.
    pub(crate) fn echo<C: Chapters>(&self, reading: &Reading, behind: &mut Behind<'_, C>) -> Echo {
        let Some(attempt) = &self.attempt else { return Echo::default() };
        let credited = attempt.credited.map(|is| (is.since, is.touchpoints));
        behind.echoed(reading, attempt.path, credited)
    }

    /// Whether a touchpoint of this stage enters it: a higher one than where the attempt stands, or
    /// the last one again after `repeat_after`.
    fn enters(&self, reading: &Reading, stage: u8, time: Timestamp) -> bool {
        let Some(attempt) = &self.attempt else { return true };
        let entry = &attempt.entry;
        let is_repeat = stage == entry.stage
            && stage == reading.map().last_stage()
            && time >= entry.time.plus(reading.map().repeat_after);
        stage > entry.stage || is_repeat
    }

    fn enter<C: Chapters>(
        &mut self,
        reading: &Reading,
        stage: u8,
        touchpoint: &Touchpoint,
        behind: &mut Behind<'_, C>,
        sink: &mut impl Sink,
    ) {
        let path_entry = self.path_entry(reading);
        let bit = 1_u32 << stage;
        let entry = if self.entered & bit == 0 { Entry::First } else { Entry::Again };
        self.entered |= bit;
        let mut state = EntryState {
            stage,
            from: ends::NONE,
            via: touchpoint.channel,
            time: touchpoint.time,
            entry,
            amounts: Amounts::default(),
            follow_ups: 0,
            early: 0,
            steps: Steps::default(),
            is_past_landmark: false,
        };
        let mut is_repeat = false;
        match &mut self.attempt {
            Some(attempt) => {
                is_repeat = attempt.entry.stage == stage;
                state.from = u16::from(attempt.entry.stage);
                attempt.resolve(reading, Outcome::Converted, sink);
                let end = (touchpoint.time, Some(touchpoint));
                attempt.decide_landmark(reading, Outcome::Converted, end, sink);
                attempt.last_for(reading, ends::CONVERTED, touchpoint.time, sink);
                attempt.entry = state;
                attempt.credited = None;
                attempt.walk_to(reading, touchpoint, sink);
            }
            None => {
                self.attempt = Some(Attempt {
                    id: touchpoint.identity,
                    channel: touchpoint.channel,
                    entry: state,
                    last: Node { stage, kind: touchpoint.kind, time: touchpoint.time },
                    has_just_converted: false,
                    has_converted: false,
                    warm: touchpoint.time,
                    warm_channel: touchpoint.channel,
                    path: 0,
                    credited: None,
                });
                let dim = reading.kind(touchpoint.kind).dim;
                let dims = [ends::START, ends::START, u16::from(stage), dim, 0];
                count_edge(reading, dims, sink);
            }
        }
        if let Some(attempt) = &mut self.attempt {
            attempt.begin_entry(reading, touchpoint, sink);
            let conversion = reading.map().conversion;
            let again = is_repeat && conversion == reading.map().last_stage();
            if stage >= conversion && (!attempt.has_converted || again) {
                attempt.convert(reading, touchpoint, sink);
                if reading.counts_paths() {
                    attempt.credit(reading, path_entry, behind, sink);
                }
            }
        }
    }

    /// Emits the end of the attempt at its deadline; where the customer stands is not changed.
    pub fn go_cold<C: Chapters>(
        &self,
        reading: &Reading,
        behind: &mut Behind<'_, C>,
        sink: &mut impl Sink,
    ) {
        if let (Some(attempt), Some(deadline)) = (&self.attempt, self.deadline(reading)) {
            attempt.finish(reading, None, deadline, sink);
            let entry = self.path_entry(reading);
            attempt.end_path(reading, (deadline, None), entry, behind, sink);
        }
    }
}

impl Attempt {
    fn flow_key(&self, reading: &Reading, outcome: Outcome) -> CounterKey {
        let entry = &self.entry;
        let channel = reading.channel(self.channel);
        let dims = [u16::from(entry.stage), channel, entry.entry as u16, outcome as u16, 0];
        CounterKey::pane(Family::Flow, reading.map(), entry.time, dims)
    }

    fn move_key(&self, reading: &Reading) -> CounterKey {
        let entry = &self.entry;
        let dims = [entry.from, u16::from(entry.stage), reading.channel(entry.via), 0, 0];
        CounterKey::pane(Family::Move, reading.map(), entry.time, dims)
    }

    fn begin_entry(&mut self, reading: &Reading, touchpoint: &Touchpoint, sink: &mut impl Sink) {
        if reading.counts(Family::Flow) {
            sink.add(self.flow_key(reading, Outcome::Open), Measure::Count, 1);
        }
        if reading.counts(Family::Move) {
            sink.add(self.move_key(reading), Measure::Count, 1);
        }
        self.begin_cadence(reading, sink);
        self.take_step(reading, touchpoint);
        self.earn(reading, touchpoint, sink);
        let transition = Transition {
            kind_of_move: TransitionType::Entered,
            touchpoint: touchpoint.identity,
            attempt: self.id,
            from: self.entry.from,
            to: u16::from(self.entry.stage),
            at: touchpoint.time,
            channel: touchpoint.channel,
            kind: touchpoint.kind,
        };
        sink.moved(&transition, 1);
    }

    /// The touchpoint's value belongs to the entry.
    fn earn(&mut self, reading: &Reading, touchpoint: &Touchpoint, sink: &mut impl Sink) {
        if touchpoint.currency.0 == 0 {
            return;
        }
        let money = Measure::Money(touchpoint.currency);
        self.entry.amounts.add(touchpoint.currency, touchpoint.amount);
        if reading.counts(Family::Flow) {
            sink.add(self.flow_key(reading, Outcome::Open), money, touchpoint.amount);
        }
        if reading.counts(Family::Move) {
            sink.add(self.move_key(reading), money, touchpoint.amount);
        }
    }

    /// The entry is open no longer.
    fn resolve(&self, reading: &Reading, outcome: Outcome, sink: &mut impl Sink) {
        if !reading.counts(Family::Flow) {
            return;
        }
        let (open, decided) =
            (self.flow_key(reading, Outcome::Open), self.flow_key(reading, outcome));
        sink.add(open, Measure::Count, -1);
        sink.add(decided, Measure::Count, 1);
        for (currency, amount) in self.entry.amounts.iter() {
            sink.add(open, Measure::Money(currency), amount.wrapping_neg());
            sink.add(decided, Measure::Money(currency), amount);
        }
    }

    /// How long the entry took until this end.
    fn last_for(&self, reading: &Reading, end: u16, at: Timestamp, sink: &mut impl Sink) {
        if reading.counts(Family::Duration) {
            let bucket = Bucket::of(at.since(self.entry.time)).0;
            let channel = reading.channel(self.channel);
            let dims = [u16::from(self.entry.stage), channel, end, bucket, 0];
            let time = self.entry.time;
            sink.add(
                CounterKey::pane(Family::Duration, reading.map(), time, dims),
                Measure::Count,
                1,
            );
        }
    }

    /// The trail goes on to this touchpoint, in the stage that the entry says.
    fn walk_to(&mut self, reading: &Reading, touchpoint: &Touchpoint, sink: &mut impl Sink) {
        let stage = u16::from(self.entry.stage);
        let (from_stage, from_kind) = self.node(reading);
        let bucket = Bucket::of(touchpoint.time.since(self.last.time)).0;
        let dim = reading.kind(touchpoint.kind).dim;
        count_edge(reading, [from_stage, from_kind, stage, dim, bucket], sink);
        self.last = Node { stage: self.entry.stage, kind: touchpoint.kind, time: touchpoint.time };
        self.has_just_converted = false;
    }

    /// Where the trail stands, as an edge names it.
    fn node(&self, reading: &Reading) -> (u16, u16) {
        match self.has_just_converted {
            true => (ends::CONVERTED, ends::CONVERTED),
            false => (u16::from(self.last.stage), reading.kind(self.last.kind).dim),
        }
    }

    fn convert(&mut self, reading: &Reading, touchpoint: &Touchpoint, sink: &mut impl Sink) {
        self.has_converted = true;
        self.has_just_converted = true;
        let dim = reading.kind(touchpoint.kind).dim;
        let dims =
            [u16::from(self.entry.stage), dim, ends::CONVERTED, ends::CONVERTED, Bucket(0).0];
        count_edge(reading, dims, sink);
    }

    /// Emits the end of the attempt: cold at its deadline, or lost by this touchpoint.
    fn finish(
        &self,
        reading: &Reading,
        lost: Option<&Touchpoint>,
        at: Timestamp,
        sink: &mut impl Sink,
    ) {
        let stage = u16::from(self.entry.stage);
        let (end, kind_of_move) = match lost {
            Some(_) => (ends::LOST, TransitionType::Lost),
            None => (ends::COLD, TransitionType::Cold),
        };
        let channel = lost.map_or(self.warm_channel, |touchpoint| touchpoint.channel);
        self.resolve(reading, Outcome::Expired, sink);
        self.decide_landmark(reading, Outcome::Expired, (at, None), sink);
        self.last_for(reading, end, at, sink);
        if reading.counts(Family::Move) {
            let dims = [stage, end, reading.channel(channel), 0, 0];
            sink.add(CounterKey::pane(Family::Move, reading.map(), at, dims), Measure::Count, 1);
        }
        let (from_stage, from_kind) = self.node(reading);
        let bucket = Bucket::of(at.since(self.last.time)).0;
        let dims = [from_stage, from_kind, ends::EXPIRED, ends::EXPIRED, bucket];
        count_edge(reading, dims, sink);
        let transition = Transition {
            kind_of_move,
            touchpoint: lost.map_or(self.id, |touchpoint| touchpoint.identity),
            attempt: self.id,
            from: stage,
            to: end,
            at,
            channel,
            kind: self.last.kind,
        };
        sink.moved(&transition, 1);
    }
}

fn count_activity(reading: &Reading, stage: u16, touchpoint: &Touchpoint, sink: &mut impl Sink) {
    if !reading.counts(Family::Activity) {
        return;
    }
    let kind = reading.kind(touchpoint.kind).dim;
    let dims = [stage, reading.channel(touchpoint.channel), kind, 0, 0];
    let key = CounterKey::pane(Family::Activity, reading.map(), touchpoint.time, dims);
    sink.add(key, Measure::Count, 1);
    if touchpoint.currency.0 != 0 {
        sink.add(key, Measure::Money(touchpoint.currency), touchpoint.amount);
    }
}

fn count_edge(reading: &Reading, dims: [u16; 5], sink: &mut impl Sink) {
    if reading.counts(Family::Edge) {
        sink.add(CounterKey::total(Family::Edge, dims), Measure::Count, 1);
    }
}
