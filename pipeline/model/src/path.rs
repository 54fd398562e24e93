//! Counters of whole paths: which channels they touch, and in which order the last ones.
//!
//! A `CounterKey` has five numbers. Here they are not a dimension each: a set of channels takes
//! four of them, and what a path is (its end, entry and group) fits into one.

use crate::{CounterKey, Entry, Family, Group, JourneyMap, Timestamp, ends};

/// Channels by the bits of a number, by their values in counters.
///
/// The map's first 63 channels have a bit each; what comes after them, and what the map does not
/// know, has the last one together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelSet(pub u64);

/// The bit of every channel that has none of its own.
const REST: u16 = 63;

impl ChannelSet {
    /// With one channel more.
    pub fn with(self, channel: u16) -> ChannelSet {
        ChannelSet(self.0 | 1 << channel.min(REST))
    }

    /// The names of its channels as one word, ascending: `ads+chat`; `none` where it is empty.
    fn word(self, map: &JourneyMap) -> String {
        let places = (0..=REST).filter(|bit| self.0 >> bit & 1 == 1);
        let names = places.map(|bit| if bit == REST { ends::OTHER } else { bit });
        joined(names.map(|channel| channel_word(channel, map)), '+', ends::NONE)
    }
}

/// A set or an order of channels as one word; its names are percent-encoded where they hold what
/// stands between them.
fn joined<'a>(names: impl Iterator<Item = &'a str>, between: char, empty: u16) -> String {
    let mut text = String::new();
    for name in names {
        if !text.is_empty() {
            text.push(between);
        }
        let encoded = name.replace('%', "%25").replace('+', "%2B").replace('>', "%3E");
        text.push_str(&encoded);
    }
    if text.is_empty() { ends::word(empty).to_owned() } else { text }
}

/// The names of a set (`+`) or an order (`>`) of channels; none of one that is empty.
pub fn parted(word: &str, between: char) -> Vec<String> {
    if matches!(word, "none" | "start") {
        return Vec::new();
    }
    let decoded = |name: &str| name.replace("%3E", ">").replace("%2B", "+").replace("%25", "%");
    word.split(between).map(decoded).collect()
}

fn channel_word(value: u16, map: &JourneyMap) -> &str {
    match value {
        value if value >= ends::FIRST => ends::word(value),
        index => map.channels.get(usize::from(index)).map_or("", |name| name),
    }
}

/// What a path is besides its channels, in one number: group, entry, whether it converted.
fn packed(entry: Entry, group: Group, converts: bool) -> u16 {
    u16::from(group.0) | (entry as u16) << 5 | u16::from(converts) << 6
}

impl CounterKey {
    /// How many channels *chain* looks back.
    pub const TRAIL_MAX: usize = 3;

    /// A path that touched these channels and no other, in the pane in which it ended.
    pub fn coalition(
        map: &JourneyMap,
        (at, end): (Timestamp, u16),
        set: ChannelSet,
        (entry, group): (Entry, Group),
    ) -> CounterKey {
        let part = |shift: u32| (set.0 >> shift) as u16;
        let path = packed(entry, group, end == ends::CONVERSION);
        let dims = [part(0), part(16), part(32), part(48), path];
        CounterKey::pane(Family::Coalition, map, at, dims)
    }

    /// A step of a path to a channel or an end, after these channels: the last three, the last one
    /// last; fewer near the beginning.
    pub fn chain(trail: &[u16], to: u16, (entry, group): (Entry, Group)) -> CounterKey {
        let mut dims = [ends::NONE, ends::NONE, ends::NONE, to, packed(entry, group, false)];
        let trail = &trail[trail.len().saturating_sub(Self::TRAIL_MAX)..];
        dims[..trail.len()].copy_from_slice(trail);
        CounterKey::total(Family::Chain, dims)
    }

    /// The word of a dimension of *coalition* or *chain*, in the order of `Family::dims`.
    pub(crate) fn path_word(&self, at: usize, map: &JourneyMap) -> String {
        let path = self.dims[4];
        match (at, self.family) {
            (0, Family::Coalition) => self.set().word(map),
            (0, _) => {
                let trail = self.dims[..Self::TRAIL_MAX].iter();
                let trail = trail.take_while(|channel| **channel != ends::NONE);
                joined(trail.map(|channel| channel_word(*channel, map)), '>', ends::START)
            }
            (1, Family::Coalition) => {
                let end = if path >> 6 & 1 == 1 { ends::CONVERSION } else { ends::NULL };
                ends::word(end).to_owned()
            }
            (1, _) => channel_word(self.dims[3], map).to_owned(),
            (2, _) => Entry::ALL[usize::from(path >> 5 & 1)].word().to_owned(),
            (_, _) => Group((path & 31) as u8).word().to_owned(),
        }
    }

    fn set(&self) -> ChannelSet {
        let part = |at: usize| u64::from(self.dims[at]) << (16 * at);
        ChannelSet(part(0) | part(1) | part(2) | part(3))
    }
}
