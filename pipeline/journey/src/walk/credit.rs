//! What a conversion or an end says of the touches that led to it: *credit* and *markov*.

use super::apportion::{Parts, weights};
use super::{Attempt, Credited};
use crate::behind::{Behind, Touch};
use crate::{Chapters, Reading, Sink};
use model::{
    ChannelSet, CounterKey, CreditRule, Entry, Family, Group, JourneyMap, Measure, Span, Timestamp,
    TouchFilter, Touchpoint, ends,
};

/// A conversion in millionths, as credit counts it.
const WHOLE: i64 = 1_000_000;

/// A conversion and the touches that it is credited to.
struct Conversion<'a> {
    reading: &'a Reading,
    /// The pane that it lies in, reckoned once for its many counters.
    pane: i32,
    /// Value of the channel of the touchpoint that converts.
    via: u16,
    entry: Entry,
    group: Group,
    /// Values of the channels of the touches, one at least, in order.
    channels: Vec<u16>,
    /// How old each touch is.
    ages: Vec<i64>,
}

impl Attempt {
    /// The touchpoint converts: tells the path that led to it, and begins another one.
    pub(super) fn credit<C: Chapters>(
        &mut self,
        reading: &Reading,
        entry: Entry,
        behind: &mut Behind<'_, C>,
        sink: &mut impl Sink,
    ) {
        let touchpoints = std::mem::take(&mut self.path);
        if reading.counts(Family::Credit) && self.entry.stage == reading.map().last_stage() {
            self.credited = Some(Credited { touchpoints, since: 0, entry });
        }
        if !behind.is_heard() || !sink.is_heard() {
            return;
        }
        let touches = behind.path(reading, touchpoints);
        if reading.counts_steps() {
            let via = [reading.channel(self.entry.via)];
            let channels: Vec<u16> = touches.iter().map(|t| reading.channel(t.channel)).collect();
            let path = if channels.is_empty() { &via[..] } else { &channels };
            let ends = (self.entry.time, ends::CONVERSION);
            count_path(reading, path, ends, (entry, behind.group()), sink);
        }
        if reading.counts(Family::Credit) {
            let conversion = self.conversion(reading, entry, behind.group(), &touches);
            conversion.share(Measure::Count, (0, WHOLE), sink);
            for (currency, amount) in self.entry.amounts.iter() {
                conversion.share(Measure::Money(currency), (0, amount), sink);
            }
        }
    }

    /// One more touchpoint, which is behind the next one.
    pub(super) fn lengthen_path(&mut self, reading: &Reading, time: Timestamp) {
        if !reading.counts_paths() || self.has_just_converted {
            return;
        }
        self.path = (self.path + 1).min(JourneyMap::PATH_MAX);
        // From then on what enters the stage again is an entry of its own.
        let grows = |_: &Credited| time < self.entry.time.plus(reading.map().repeat_after);
        self.credited = self.credited.filter(grows);
        self.credited.iter_mut().for_each(|credited| credited.since += 1);
    }

    /// The entry that converted has earned more: its money is shared anew.
    pub(super) fn earn_credit<C: Chapters>(
        &self,
        reading: &Reading,
        touchpoint: &Touchpoint,
        behind: &mut Behind<'_, C>,
        sink: &mut impl Sink,
    ) {
        let (currency, amount) = (touchpoint.currency, touchpoint.amount);
        let is_heard = |_: &&Credited| currency.0 != 0 && behind.is_heard() && sink.is_heard();
        let Some(credited) = self.credited.as_ref().filter(is_heard) else { return };
        let touches = behind.credited(reading, (credited.since, credited.touchpoints));
        let conversion = self.conversion(reading, credited.entry, behind.group(), &touches);
        let known = self.entry.amounts.iter().find(|(known, _)| *known == currency);
        let now = known.map_or(0, |(_, sum)| sum);
        let before = now.wrapping_sub(amount);
        conversion.share(Measure::Money(currency), (before, now), sink);
    }

    fn conversion<'a>(
        &self,
        reading: &'a Reading,
        entry: Entry,
        group: Group,
        touches: &[Touch],
    ) -> Conversion<'a> {
        let (at, via) = (self.entry.time, reading.channel(self.entry.via));
        let lookback = reading.map().credit_lookback;
        let is_young = |touch: &&Touch| lookback == Span::NEVER || at.since(touch.time) <= lookback;
        let young = || touches.iter().filter(is_young);
        let mut channels: Vec<u16> = young().map(|touch| reading.channel(touch.channel)).collect();
        let mut ages: Vec<i64> = young().map(|touch| at.since(touch.time).millis()).collect();
        if channels.is_empty() {
            (channels, ages) = (vec![via], vec![0]);
        }
        for filter in &reading.map().credit_path {
            thin_out(reading, *filter, &mut channels, &mut ages);
        }
        let pane = CounterKey::pane(Family::Credit, reading.map(), at, [0; 5]).pane;
        Conversion { reading, pane, via, entry, group, channels, ages }
    }

    /// The attempt ends: tells the path since its last conversion. `lost` ends it by itself.
    pub(super) fn end_path<C: Chapters>(
        &self,
        reading: &Reading,
        (at, lost): (Timestamp, Option<&Touchpoint>),
        entry: Entry,
        behind: &mut Behind<'_, C>,
        sink: &mut impl Sink,
    ) {
        if !reading.counts_steps() || !behind.is_heard() || !sink.is_heard() {
            return;
        }
        let touches = behind.path(reading, self.path);
        let mut path: Vec<u16> = touches.iter().map(|t| reading.channel(t.channel)).collect();
        let is_touch =
            |lost: &&Touchpoint| reading.kind(lost.kind).keeps_warm && !self.has_just_converted;
        path.extend(lost.filter(is_touch).map(|lost| reading.channel(lost.channel)));
        count_path(reading, &path, (at, ends::NULL), (entry, behind.group()), sink);
    }
}

impl Conversion<'_> {
    fn add(&self, rule: CreditRule, channel: u16, of: (Measure, i64), sink: &mut impl Sink) {
        let dims = [rule as u16, channel, self.entry as u16, u16::from(self.group.0), 0];
        if of.1 != 0 {
            sink.add(CounterKey { family: Family::Credit, pane: self.pane, dims }, of.0, of.1);
        }
    }

    /// Shares what a count or an amount is now by every rule, and takes back what it was.
    fn share(&self, measure: Measure, (before, now): (i64, i64), sink: &mut impl Sink) {
        let channels = &self.channels;
        let (first, last) = (channels[0], channels[channels.len() - 1]);
        let mut indirect = channels.iter().rev().filter(|at| !self.reading.is_direct(**at));
        let indirect = indirect.next().copied().unwrap_or(last);
        let more = now.wrapping_sub(before);
        for (rule, channel) in [
            (CreditRule::First, first),
            (CreditRule::Last, last),
            (CreditRule::LastNonDirect, indirect),
            (CreditRule::SameTouch, self.via),
        ] {
            self.add(rule, channel, (measure, more), sink);
        }
        // How much of a channel is known: nearly always few, so a list is quickest.
        let mut sums: Vec<(u16, i64)> = Vec::new();
        for channel in channels {
            if !sums.iter().any(|(known, _)| known == channel) {
                sums.push((*channel, 0));
                self.add(CreditRule::Participation, *channel, (measure, more), sink);
            }
        }
        let (mut shares, mut parts) = (Vec::new(), Parts::default());
        for rule in [
            CreditRule::Linear,
            CreditRule::UShaped,
            CreditRule::JShaped,
            CreditRule::InverseJ,
            CreditRule::TimeDecay,
            CreditRule::Custom,
        ] {
            let custom = self.reading.map().credit_custom;
            if rule == CreditRule::Custom && custom.is_none() {
                continue;
            }
            weights(rule, custom, &self.ages, &mut shares);
            for (whole, sign) in [(before, -1), (now, 1)] {
                if whole != 0 {
                    parts.apportion(whole, &shares);
                    self.add_up(&parts.parts, sign, &mut sums);
                }
            }
            for (channel, sum) in &mut sums {
                self.add(rule, *channel, (measure, std::mem::take(sum)), sink);
            }
        }
    }

    /// Adds the parts of touches to the sums of their channels.
    fn add_up(&self, parts: &[i64], sign: i64, sums: &mut [(u16, i64)]) {
        for (channel, part) in self.channels.iter().zip(parts) {
            let sum = sums.iter_mut().find(|(known, _)| known == channel);
            sum.into_iter().for_each(|(_, sum)| *sum = sum.wrapping_add(part.wrapping_mul(sign)));
        }
    }
}

/// Takes touches out of a path by a filter, unless it would leave none.
fn thin_out(reading: &Reading, filter: TouchFilter, channels: &mut Vec<u16>, ages: &mut Vec<i64>) {
    let mut kept = 0;
    for at in 0..channels.len() {
        let channel = channels[at];
        let place = match filter {
            TouchFilter::Indirect if reading.is_direct(channel) => continue,
            TouchFilter::First if channels[..kept].contains(&channel) => continue,
            // The later one takes the place of the one before it in its run.
            TouchFilter::Exposure if at > 0 && kept > 0 && channels[kept - 1] == channel => {
                kept - 1
            }
            TouchFilter::Indirect | TouchFilter::First | TouchFilter::Exposure => kept,
        };
        (channels[place], ages[place]) = (channel, ages[at]);
        kept = place + 1;
    }
    if kept > 0 {
        channels.truncate(kept);
        ages.truncate(kept);
    }
}

/// Counts a path from its start to its end: step by step, as a set, and with what came before.
fn count_path(
    reading: &Reading,
    path: &[u16],
    (at, end): (Timestamp, u16),
    (entry, group): (Entry, Group),
    sink: &mut impl Sink,
) {
    if reading.counts(Family::Coalition) {
        let set = path.iter().fold(ChannelSet::default(), |set, channel| set.with(*channel));
        let key = CounterKey::coalition(reading.map(), (at, end), set, (entry, group));
        sink.add(key, Measure::Count, 1);
    }
    if reading.counts(Family::Chain) {
        count_chain(path, end, (entry, group), sink);
    }
    if !reading.counts(Family::Markov) {
        return;
    }
    let mut from = ends::START;
    let pane = CounterKey::pane(Family::Markov, reading.map(), at, [0; 5]).pane;
    for to in path.iter().copied().chain([end]) {
        let dims = [from, to, entry as u16, u16::from(group.0), 0];
        sink.add(CounterKey { family: Family::Markov, pane, dims }, Measure::Count, 1);
        from = to;
    }
}

/// Counts the steps of a path, each after the last few channels that it came over; a run of one
/// channel is one of them.
fn count_chain(path: &[u16], end: u16, of: (Entry, Group), sink: &mut impl Sink) {
    let mut trail = [0_u16; CounterKey::TRAIL_MAX];
    let mut length = 0;
    for to in path.iter().copied().chain([end]) {
        if length > 0 && trail[length - 1] == to {
            continue;
        }
        sink.add(CounterKey::chain(&trail[..length], to, of), Measure::Count, 1);
        if length == trail.len() {
            trail.rotate_left(1);
            length -= 1;
        }
        trail[length] = to;
        length += 1;
    }
}
