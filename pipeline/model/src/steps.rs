//! The steps that an entry begins with, each where it came first.
//!
//! A step is a kind on a channel. Ten bits say which, so that five of them, what they led to and
//! what was paid fit into the five numbers that a `CounterKey` has.

use crate::{CounterKey, Family, JourneyMap, Outcome, ends};

/// A kind on a channel, by a number of the map's, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(pub u16);

impl Step {
    const BITS: u32 = 10;
    /// The greatest number.
    const MAX: u16 = (1 << Self::BITS) - 1;

    /// The step of a kind and a channel, by their values in counters.
    ///
    /// Where the map has more pairs than there are numbers, a step is a kind on whatever channel.
    pub fn of(map: &JourneyMap, kind: u16, channel: u16) -> Step {
        // What the map does not know comes last.
        let index = |value: u16, known: usize| usize::from(value).min(known);
        let (kind, channels) = (index(kind, map.kinds.len()), map.channels.len());
        let number = match has_channels(map) {
            true => kind * (channels + 1) + index(channel, channels),
            false => kind,
        };
        Step((number + 1).min(usize::from(Self::MAX)) as u16)
    }

    /// Its word: `call_made/phone`, or the kind alone.
    fn word(self, map: &JourneyMap) -> String {
        let index = usize::from(self.0 - 1);
        let other = ends::word(ends::OTHER);
        let kind = |at: usize| encoded(map.kinds.get(at).map_or(other, |kind| &kind.name));
        if !has_channels(map) {
            return kind(index);
        }
        let channels = map.channels.len() + 1;
        let channel = map.channels.get(index % channels).map_or(other, |name| name);
        format!("{}/{}", kind(index / channels), encoded(channel))
    }
}

/// Whether each kind on each channel has a number of its own.
fn has_channels(map: &JourneyMap) -> bool {
    (map.kinds.len() + 1) * (map.channels.len() + 1) <= usize::from(Step::MAX)
}

/// A name, without what stands between names.
fn encoded(name: &str) -> String {
    name.replace('%', "%25").replace('>', "%3E").replace('/', "%2F")
}

/// The steps of a word of *sequence*: kind and channel; of a map with too many pairs, the kind
/// alone.
pub fn parted_steps(word: &str) -> Vec<(String, Option<String>)> {
    let decoded = |name: &str| name.replace("%2F", "/").replace("%3E", ">").replace("%25", "%");
    let parted = |step: &str| match step.split_once('/') {
        Some((kind, channel)) => (decoded(kind), Some(decoded(channel))),
        None => (decoded(step), None),
    };
    word.split('>').map(parted).collect()
}

/// Different steps, in the order in which each came first; at most [`Steps::MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps(u64);

impl Steps {
    /// So many are told; what comes first later is not.
    pub const MAX: usize = 5;

    /// With one more, if it is new and there is room.
    #[must_use]
    pub fn with(self, step: Step) -> Steps {
        let mut shift = 0;
        for known in self.iter() {
            if known == step {
                return self;
            }
            shift += Step::BITS;
        }
        let has_room = shift < Self::MAX as u32 * Step::BITS;
        if has_room { Steps(self.0 | u64::from(step.0) << shift) } else { self }
    }

    /// The steps, in their order.
    pub fn iter(self) -> impl Iterator<Item = Step> {
        let at = move |at: usize| Step((self.0 >> (at as u32 * Step::BITS)) as u16 & Step::MAX);
        (0..Self::MAX).map(at).take_while(|step| step.0 != 0)
    }

    /// As one number, to be kept.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The steps of such a number; `None` where it is none.
    pub fn of_number(number: u64) -> Option<Steps> {
        let steps = Steps(number).iter().fold(Steps::default(), Steps::with);
        (steps.0 == number).then_some(steps)
    }
}

/// Of which size the purchase was that converted an entry, if one did.
///
/// Sizes are powers of two in minor units: with them the sums say how far amounts are spread, which
/// no sum of amounts alone would.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paid(u8);

impl Paid {
    /// The greatest that is told apart.
    const MAX: u8 = 63;

    /// The size of a purchase, in minor units; 0 where it has no value or gives money back.
    pub fn of(amount: i64) -> Paid {
        let size = amount.max(0).checked_ilog2().map_or(0, |power| power as u8 + 1);
        Paid((size + 1).min(Self::MAX))
    }

    /// The word: the least amount of the size, or `none`.
    fn word(self) -> String {
        match self.0 {
            0 => ends::word(ends::NONE).to_owned(),
            1 => "0".to_owned(),
            size => (1_u64 << (size - 2)).to_string(),
        }
    }
}

// Steps, then what besides fits into the same number; the channel has one of its own.
const STAGE: u32 = Steps::MAX as u32 * Step::BITS;
const OUTCOME: u32 = STAGE + 5;
const PAID: u32 = OUTCOME + 2;

impl CounterKey {
    /// An entry of a stage that was open at its landmark: what it began with and what became of it.
    pub fn sequence(
        (stage, channel): (u8, u16),
        steps: Steps,
        (outcome, paid): (Outcome, Paid),
    ) -> CounterKey {
        let all = steps.0
            | u64::from(stage & 31) << STAGE
            | (outcome as u64) << OUTCOME
            | u64::from(paid.0) << PAID;
        let part = |shift: u32| (all >> shift) as u16;
        CounterKey::total(Family::Sequence, [part(0), part(16), part(32), part(48), channel])
    }

    /// The word of a dimension of *sequence*, in the order of `Family::dims`.
    pub(crate) fn sequence_word(&self, at: usize, map: &JourneyMap) -> String {
        let part = |at: usize| u64::from(self.dims[at]) << (16 * at);
        let all = part(0) | part(1) | part(2) | part(3);
        let bits = |from: u32, count: u32| (all >> from & ((1 << count) - 1)) as usize;
        match at {
            0 => map.stages.get(bits(STAGE, 5)).map_or("", |stage| &stage.name).to_owned(),
            1 => {
                let steps = Steps(all & ((1 << STAGE) - 1));
                steps.iter().map(|step| step.word(map)).collect::<Vec<String>>().join(">")
            }
            2 => Outcome::ALL.get(bits(OUTCOME, 2)).map_or("", |outcome| outcome.word()).to_owned(),
            3 => match self.dims[4] {
                end if end >= ends::FIRST => ends::word(end).to_owned(),
                index => map.channels.get(usize::from(index)).cloned().unwrap_or_default(),
            },
            _ => Paid(bits(PAID, 6) as u8).word(),
        }
    }
}
