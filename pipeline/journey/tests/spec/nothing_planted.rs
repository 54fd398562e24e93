//! Leads on whom follow-ups have no effect at all: *cadence* by the landmark finds none, where the
//! naive count finds whatever the time until the exit makes it find.

use crate::default_map::default_map;
use journey::{Diff, InMemory, JourneyState, Reading, advance, elapse};
use model::{
    Basis, ChannelId, CurrencyId, Dictionary, Family, Flags, FollowUps, Outcome, SourceId, Span,
    Timestamp, Touchpoint,
};

const DAY: f64 = 86_400_000.0;
const LEADS: u64 = 60_000;

/// Uniform numbers from a seed, between 0 and 1.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Days until something that happens every so many days.
    fn days(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.next()).ln()
    }
}

/// A fifth would buy, the others be lost, after so many days in the mean; a follow-up every other
/// day until then, and for seven days at most.
fn leads(reading: &mut Reading, buy: f64, lose: f64, seed: u64) -> Diff {
    let kinds = ["enquiry_received", "follow_up_sent", "purchase_made", "lost"];
    let kinds = kinds.map(|word| reading.kind_id(word));
    let channel = reading.channel_id("chat");
    let (mut chance, mut sums) = (Chance(seed), Diff::default());
    for lead in 0..LEADS {
        let is_buyer = chance.next() < 0.2;
        let exit = chance.days(if is_buyer { buy } else { lose });
        let mut happened = vec![(0.0, 0), (exit, if is_buyer { 2 } else { 3 })];
        let mut at = chance.days(2.0);
        while at < exit.min(7.0) {
            happened.insert(happened.len() - 1, (at, 1));
            at += chance.days(2.0);
        }
        let mut state = JourneyState::default();
        for (number, (days, kind)) in (0..).zip(happened) {
            let touchpoint = touchpoint(lead << 16 | number, days, kinds[kind], channel);
            let (chapters, never) = (&mut InMemory, Timestamp::NEVER);
            advance(reading, &mut state, chapters, &touchpoint, SourceId(0), never, &mut sums);
        }
        elapse(reading, &mut state, &mut InMemory, Timestamp::LAST, &mut sums);
    }
    sums
}

fn touchpoint(identity: u64, days: f64, kind: model::KindId, channel: ChannelId) -> Touchpoint {
    Touchpoint {
        identity,
        source: SourceId(0),
        time: Timestamp::from_millis(1_767_571_200_000 + (days * DAY) as i64),
        kind,
        channel,
        currency: CurrencyId(0),
        amount: 0,
        subject: 0,
        label: model::Label::default(),
        flags: Flags::default(),
        revision: 0,
        position: 0,
    }
}

/// What part of the entries of consideration converted, of those with so many follow-ups, and how
/// many these are.
fn rate(sums: &Diff, basis: Basis, follow_ups: &[FollowUps]) -> (f64, f64) {
    let (mut converted, mut all) = (0, 0);
    for ((key, _), count) in &sums.counters {
        let [of, stage, number, outcome, _] = key.dims;
        let is_meant = key.family == Family::Cadence
            && (of, stage) == (basis as u16, 1)
            && follow_ups.iter().any(|f| *f as u16 == number);
        if is_meant {
            all += count;
            converted += if outcome == Outcome::Converted as u16 { *count } else { 0 };
        }
    }
    (converted as f64 / all as f64, all as f64)
}

#[test]
fn follow_ups_without_an_effect_have_none_at_the_landmark() {
    let mut map = default_map();
    // Only the two exits end an attempt.
    map.stages.iter_mut().for_each(|stage| stage.cold_after = Span::NEVER);
    let mut reading = Reading::new(map, Dictionary::new());
    // Mean days to buy and to be lost; the exact rates for three follow-ups or more, for one, and
    // at the landmark.
    let rows = [
        ((14.0, 3.0), (0.388418, 0.142732), 0.609935),
        ((14.0, 7.0), (0.247081, 0.168849), 0.291875),
        ((3.0, 14.0), (0.089592, 0.272931), 0.038434),
    ];
    for (seed, ((buy, lose), (many, one), landmark)) in (1..).zip(rows) {
        let sums = leads(&mut reading, buy, lose, seed * 0x9E37_79B9_7F4A_7C15);
        let near = |basis: Basis, follow_ups: &[FollowUps], expected: f64| {
            let (found, count) = rate(&sums, basis, follow_ups);
            let error = (expected * (1.0 - expected) / count).sqrt();
            let what = format!("{buy}/{lose} {basis:?} {follow_ups:?}: {found}, not {expected}");
            assert!((found - expected).abs() < 4.0 * error, "{what}, of {count}");
            assert!(error < 0.05, "{what}: only {count}");
        };
        near(Basis::Naive, &[FollowUps::Three, FollowUps::Many], many);
        near(Basis::Naive, &[FollowUps::One], one);
        for follow_ups in FollowUps::ALL {
            near(Basis::Landmark, &[*follow_ups], landmark);
        }
    }
}
