//! A journey map, read with the dictionary of a task: what each dense id means.

use model::{
    ChannelId, CurrencyId, Dictionary, Family, JourneyMap, KindId, MoneyRole, SourceId, Step, ends,
};

/// What a kind is to the fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindReading {
    /// Its value in counters: an index of the map's kinds, or `ends::OTHER`.
    pub dim: u16,
    /// Index of the stage that it enters, if any.
    pub stage: Option<u8>,
    /// Whether it keeps a lead warm.
    pub keeps_warm: bool,
    /// Whether it gives the lead up.
    pub is_lost: bool,
    /// Whether *cadence* counts it as a follow-up; what gives the lead up is none.
    pub is_follow_up: bool,
    /// Whether *value* calls it a purchase.
    pub is_purchase: bool,
}

/// A journey map and a task's dictionary, with a dense table of each kind and channel.
#[derive(Clone, Debug)]
pub struct Reading {
    map: JourneyMap,
    dictionary: Dictionary,
    kinds: Vec<KindReading>,
    channels: Vec<u16>,
    /// Values of the channels that last_non_direct passes over.
    direct: Vec<u16>,
    families: u16,
}

impl Reading {
    /// Reads a map with a dictionary.
    pub fn new(map: JourneyMap, dictionary: Dictionary) -> Reading {
        let families = Family::ALL.into_iter().filter(|family| map.counts(*family));
        let families = families.fold(0, |mask, family| mask | 1 << family as u16);
        let direct = map.credit_direct.iter().filter_map(|name| map.channel(name)).collect();
        let (kinds, channels) = (Vec::new(), Vec::new());
        let mut reading = Reading { kinds, channels, direct, map, dictionary, families };
        reading.extend();
        reading
    }

    /// Reads the words that have been added to the dictionary since.
    fn extend(&mut self) {
        for id in self.kinds.len()..self.dictionary.kinds.len() {
            let word = self.dictionary.kinds.word(id as u16);
            let index = self.map.kind(word);
            let known = index.and_then(|index| self.map.kinds.get(usize::from(index)));
            self.kinds.push(KindReading {
                dim: index.unwrap_or(ends::OTHER),
                stage: known.and_then(|kind| kind.stage),
                keeps_warm: known.is_none_or(|kind| kind.keeps_warm),
                is_lost: known.is_some_and(|kind| kind.is_lost),
                is_follow_up: self.map.cadence_follow_ups.iter().any(|name| name == word)
                    && known.is_none_or(|kind| !kind.is_lost),
                is_purchase: known.is_some_and(|kind| kind.money == MoneyRole::Revenue),
            });
        }
        for id in self.channels.len()..self.dictionary.channels.len() {
            let word = self.dictionary.channels.word(id as u16);
            self.channels.push(self.map.channel(word).unwrap_or(ends::OTHER));
        }
    }

    /// The map.
    pub fn map(&self) -> &JourneyMap {
        &self.map
    }

    /// The dictionary.
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// The id of a kind, given to it now if it is new.
    pub fn kind_id(&mut self, word: &str) -> KindId {
        let id = self.dictionary.kinds.intern(word).unwrap_or(u16::MAX);
        self.extend();
        KindId(id)
    }

    /// The id of a channel, given to it now if it is new.
    pub fn channel_id(&mut self, word: &str) -> ChannelId {
        let id = self.dictionary.channels.intern(word).unwrap_or(u16::MAX);
        self.extend();
        ChannelId(id)
    }

    /// The id of a currency, given to it now if it is new; 0 for the empty word.
    pub fn currency_id(&mut self, word: &str) -> CurrencyId {
        CurrencyId(self.dictionary.currencies.intern(word).unwrap_or(u16::MAX))
    }

    /// The id of a source; beyond the limit `ends::OTHER`.
    pub fn source_id(&mut self, word: &str) -> SourceId {
        SourceId(self.dictionary.sources.intern(word).unwrap_or(ends::OTHER))
    }

    /// What a kind means.
    pub fn kind(&self, id: KindId) -> KindReading {
        const UNKNOWN: KindReading = KindReading {
            dim: ends::OTHER,
            stage: None,
            keeps_warm: true,
            is_lost: false,
            is_follow_up: false,
            is_purchase: false,
        };
        self.kinds.get(usize::from(id.0)).copied().unwrap_or(UNKNOWN)
    }

    /// The value of a channel in counters.
    pub fn channel(&self, id: ChannelId) -> u16 {
        self.channels.get(usize::from(id.0)).copied().unwrap_or(ends::OTHER)
    }

    /// The step that a kind on a channel is.
    pub fn step(&self, kind: KindId, channel: ChannelId) -> Step {
        Step::of(&self.map, self.kind(kind).dim, self.channel(channel))
    }

    /// Whether last_non_direct passes over a channel, by its value in counters.
    pub fn is_direct(&self, channel: u16) -> bool {
        self.direct.contains(&channel)
    }

    /// Whether a family is counted.
    pub fn counts(&self, family: Family) -> bool {
        self.families & 1 << family as u16 != 0
    }

    /// Whether anything asks for the follow-ups of an entry.
    pub fn counts_follow_ups(&self) -> bool {
        self.counts(Family::Cadence) || self.counts(Family::Intensity)
    }

    /// Whether anything asks which entries are open at their landmark.
    pub fn counts_landmark(&self) -> bool {
        self.counts_follow_ups() || self.counts(Family::Sequence)
    }

    /// Whether anything asks which touchpoints led to a conversion or to an end.
    pub fn counts_paths(&self) -> bool {
        self.counts(Family::Credit) || self.counts_steps()
    }

    /// Whether anything asks for the channels of a path, whether it converted or not.
    pub fn counts_steps(&self) -> bool {
        let asking = [Family::Markov, Family::Coalition, Family::Chain];
        asking.into_iter().any(|family| self.counts(family))
    }
}
