//! Words as dense ids: the append-only dictionary of a task.

use std::cmp::Ordering;
use std::collections::BTreeMap;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u16);
        impl From<u16> for $name {
            fn from(id: u16) -> Self { $name(id) }
        }
    };
}

id!(/// A kind, as the dictionary numbers it.
    KindId);
id!(/// A channel, as the dictionary numbers it.
    ChannelId);
id!(/// A currency, as the dictionary numbers it; 0 is no currency.
    CurrencyId);
id!(/// What a label says, as the dictionary numbers it; 0 is that nothing stops the customer.
    LabelId);
id!(/// A source, as the dictionary numbers it; 0 is the empty source.
    SourceId);

/// Words of one sort, numbered in the order of their first appearance and never forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    words: Vec<Box<str>>,
    ids: BTreeMap<Box<str>, u16>,
    limit: u16,
}

impl Words {
    /// No words yet, and room for so many.
    pub fn new(limit: u16) -> Words {
        Words { words: Vec::new(), ids: BTreeMap::new(), limit }
    }

    /// The id of a word, which is added where there is room; `None` beyond the limit.
    pub fn intern(&mut self, word: &str) -> Option<u16> {
        if let Some(id) = self.ids.get(word) {
            return Some(*id);
        }
        let id = u16::try_from(self.words.len()).ok().filter(|id| *id < self.limit)?;
        self.words.push(word.into());
        self.ids.insert(word.into(), id);
        Some(id)
    }

    /// The id of a word that is known already.
    pub fn id(&self, word: &str) -> Option<u16> {
        self.ids.get(word).copied()
    }

    /// The word of an id; the empty word where there is none.
    pub fn word(&self, id: u16) -> &str {
        self.words.get(usize::from(id)).map_or("", |word| word)
    }

    /// The words in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| &**word)
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How two ids compare by the bytes of their words.
    pub fn compare(&self, a: u16, b: u16) -> Ordering {
        if a == b { Ordering::Equal } else { self.word(a).as_bytes().cmp(self.word(b).as_bytes()) }
    }
}

/// The dictionary of a task: kinds, channels, currencies, sources and labels by dense ids.
///
/// Stored with the task's states, before any state that uses a new id. Ids never leave the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dictionary {
    /// Kinds.
    pub kinds: Words,
    /// Channels.
    pub channels: Words,
    /// Currencies; id 0 is the absent one.
    pub currencies: Words,
    /// Sources; id 0 is the empty one.
    pub sources: Words,
    /// Classes that labels name; id 0 is that of no objection.
    pub labels: Words,
}

impl Dictionary {
    /// How many different kinds, channels and currencies a task can tell apart.
    pub const WORDS_MAX: u16 = 65_000;
    /// How many different sources the family *admission* tells apart; those beyond are `other`.
    pub const SOURCES_MAX: u16 = 1_000;
    /// How many different classes labels name; those beyond are no objection.
    pub const LABELS_MAX: u16 = 1_000;

    /// A dictionary that has only the empty words.
    pub fn new() -> Dictionary {
        let mut dictionary = Dictionary {
            kinds: Words::new(Self::WORDS_MAX),
            channels: Words::new(Self::WORDS_MAX),
            currencies: Words::new(Self::WORDS_MAX),
            sources: Words::new(Self::SOURCES_MAX + 1),
            labels: Words::new(Self::LABELS_MAX + 1),
        };
        dictionary.currencies.intern("");
        dictionary.sources.intern("");
        dictionary.labels.intern("");
        dictionary
    }
}

impl Default for Dictionary {
    fn default() -> Self {
        Self::new()
    }
}
