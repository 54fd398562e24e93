//! Counters: what an insight is a sum of, as dense keys and as names.

use crate::{Amounts, Bucket, CurrencyId, Dictionary, Group, JourneyMap, Size, Timestamp};
use std::borrow::Cow;

/// A family of counters. `semantics.md` of the documentation says what each dimension is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Family {
    /// What became of every record.
    Admission = 0,
    /// Cohorts by time of entry.
    Flow = 1,
    /// Moves by when they happened.
    Move = 2,
    /// Touchpoints by stage, channel and kind.
    Activity = 3,
    /// The map's arrows.
    Edge = 4,
    /// How long a stage takes.
    Duration = 5,
    /// Whom a conversion is credited to, by ten rules.
    Credit = 6,
    /// From channel to channel, up to a conversion or an end.
    Markov = 7,
    /// The steps that an entry begins with, in their order, and what became of it.
    Sequence = 8,
    /// Follow-ups in the first days of an entry, and what became of it.
    Cadence = 9,
    /// Who buys again, when, for how much: `Purchases`.
    Value = 11,
    /// Which channels a path touched, up to a conversion or an end.
    Coalition = 12,
    /// As *markov*, by the last three channels, a run of one channel counted once.
    Chain = 13,
    /// As *cadence* at the landmark, by how much the customer did at the beginning.
    Intensity = 14,
}

/// What the values of a dimension are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dim {
    /// A stage or an end.
    Stage,
    /// A channel of the map, or `other`.
    Channel,
    /// A kind of the map, `other`, or an end.
    Kind,
    /// `Entry`.
    Entry,
    /// `Outcome`, or an end.
    Outcome,
    /// `Bucket`.
    Bucket,
    /// A source by the task's dictionary.
    Source,
    /// `Result`.
    Result,
    /// `CreditRule`.
    Rule,
    /// `Group`.
    Group,
    /// A set of channels, in *coalition* alone.
    Channels,
    /// Up to three channels, the last one last, in *chain* alone.
    Trail,
    /// `Basis`.
    Basis,
    /// `FollowUps`.
    FollowUps,
    /// `Steps`.
    Steps,
    /// `Paid`.
    Paid,
    /// A whole number, in *value* alone.
    Number,
    /// A local date, in *value* alone.
    Date,
    /// A currency, in *value* alone.
    Currency,
}

impl Family {
    /// The families that are built, in the order of their tags.
    pub const ALL: [Family; 14] = [
        Self::Admission,
        Self::Flow,
        Self::Move,
        Self::Activity,
        Self::Edge,
        Self::Duration,
        Self::Credit,
        Self::Markov,
        Self::Sequence,
        Self::Cadence,
        Self::Value,
        Self::Coalition,
        Self::Chain,
        Self::Intensity,
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Family::Admission => "admission",
            Family::Flow => "flow",
            Family::Move => "move",
            Family::Activity => "activity",
            Family::Edge => "edge",
            Family::Duration => "duration",
            Family::Credit => "credit",
            Family::Markov => "markov",
            Family::Sequence => "sequence",
            Family::Cadence => "cadence",
            Family::Value => "value",
            Family::Coalition => "coalition",
            Family::Chain => "chain",
            Family::Intensity => "intensity",
        }
    }

    /// The family of a name.
    pub fn parse(name: &str) -> Option<Family> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }

    /// The dimensions, in the order in which they are printed.
    pub fn dims(self) -> &'static [(&'static str, Dim)] {
        use Dim::{Basis, Bucket, Channel, Channels, Currency, Date, Entry, FollowUps, Group};
        use Dim::{Kind, Number, Outcome, Paid, Result, Rule, Source, Stage, Steps, Trail};
        match self {
            Family::Admission => &[("source", Source), ("result", Result)],
            Family::Flow => {
                &[("stage", Stage), ("channel", Channel), ("entry", Entry), ("outcome", Outcome)]
            }
            Family::Move => &[("from", Stage), ("to", Stage), ("channel", Channel)],
            Family::Activity => &[("stage", Stage), ("channel", Channel), ("kind", Kind)],
            Family::Edge => &[
                ("from_stage", Stage),
                ("from_kind", Kind),
                ("to_stage", Stage),
                ("to_kind", Kind),
                ("bucket", Bucket),
            ],
            Family::Duration => {
                &[("stage", Stage), ("channel", Channel), ("outcome", Outcome), ("bucket", Bucket)]
            }
            Family::Credit => {
                &[("model", Rule), ("channel", Channel), ("entry", Entry), ("group", Group)]
            }
            Family::Markov => {
                &[("from", Channel), ("to", Channel), ("entry", Entry), ("group", Group)]
            }
            Family::Sequence => &[
                ("stage", Stage),
                ("steps", Steps),
                ("outcome", Outcome),
                ("channel", Channel),
                ("paid", Paid),
            ],
            Family::Coalition => {
                &[("channels", Channels), ("to", Channel), ("entry", Entry), ("group", Group)]
            }
            Family::Chain => {
                &[("from", Trail), ("to", Channel), ("entry", Entry), ("group", Group)]
            }
            Family::Cadence => &[
                ("basis", Basis),
                ("stage", Stage),
                ("follow_ups", FollowUps),
                ("outcome", Outcome),
                ("channel", Channel),
            ],
            Family::Intensity => &[
                ("stage", Stage),
                ("follow_ups", FollowUps),
                ("early", FollowUps),
                ("outcome", Outcome),
                ("channel", Channel),
            ],
            Family::Value => &[
                ("channel", Channel),
                ("repeats", Number),
                ("first", Date),
                ("last", Date),
                ("currency", Currency),
                ("spend", Number),
            ],
        }
    }

    /// Whether the family has windows besides the running total.
    pub fn is_windowed(self) -> bool {
        use Family::{Admission, Cadence, Chain, Edge, Intensity, Sequence, Value};
        !matches!(self, Admission | Edge | Cadence | Intensity | Chain | Sequence | Value)
    }

    /// Whether its counters are kept by groups of customers, but for windows of less than a day.
    pub fn is_grouped(self) -> bool {
        matches!(self, Family::Credit | Family::Markov | Family::Coalition | Family::Chain)
    }

    /// Whether its windows are cohorts, final only when nothing in them is open.
    pub fn is_cohort(self) -> bool {
        matches!(self, Family::Flow | Family::Duration)
    }
}

/// Values of dimensions that every map has, above every index of a stage, kind or channel.
pub mod ends {
    /// The least of them.
    pub const FIRST: u16 = 0xFFF0;
    /// The end of a path without a conversion.
    pub const NULL: u16 = 0xFFF7;
    /// The end of a path that led to a conversion.
    pub const CONVERSION: u16 = 0xFFF8;
    /// What the map does not know.
    pub const OTHER: u16 = 0xFFF9;
    /// Given up.
    pub const LOST: u16 = 0xFFFA;
    /// Not heard of for too long.
    pub const COLD: u16 = 0xFFFB;
    /// The end of an attempt.
    pub const EXPIRED: u16 = 0xFFFC;
    /// A conversion; or an entry that was followed by a later one.
    pub const CONVERTED: u16 = 0xFFFD;
    /// The beginning of an attempt.
    pub const START: u16 = 0xFFFE;
    /// Outside every attempt.
    pub const NONE: u16 = 0xFFFF;

    /// The word of such a value.
    pub fn word(value: u16) -> &'static str {
        match value {
            NULL => "null",
            CONVERSION => "conversion",
            OTHER => "other",
            LOST => "lost",
            COLD => "cold",
            EXPIRED => "expired",
            CONVERTED => "converted",
            START => "start",
            NONE => "none",
            _ => "",
        }
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }
        impl $name {
            /// Every value, in the order of the ids.
            pub const ALL: &[$name] = &[$($name::$variant,)+];
            /// The word that counters carry.
            pub fn word(self) -> &'static str { match self { $($name::$variant => $word,)+ } }
        }
    };
}

words! {
    /// Whether a customer had entered the stage before.
    Entry {
        /// Never before, in any attempt.
        First = "first",
        /// Before.
        Again = "again",
    }
}

words! {
    /// What became of an entry.
    Outcome {
        /// A later stage was entered, or the last one again.
        Converted = "converted",
        /// The attempt ended there.
        Expired = "expired",
        /// Neither, yet.
        Open = "open",
    }
}

words! {
    /// What became of a record.
    Result {
        /// It is the touchpoint of its identity.
        Counted = "counted",
        /// Another record of its identity was there, or counts in its stead.
        Duplicate = "duplicate",
        /// Too late; it is on the topic `late`.
        Late = "late",
        /// Could not be read; it is on the topic `dead-letters`.
        Dead = "dead",
        /// Beside the sum: identities whose records of the greatest revision differ.
        Conflict = "conflict",
    }
}

words! {
    /// How the credit of a conversion is shared among the touches that led to it.
    CreditRule {
        /// All to the first touch.
        First = "first",
        /// All to the last one.
        Last = "last",
        /// All to the last one whose channel the map does not call direct, else to the last.
        LastNonDirect = "last_non_direct",
        /// The same to each.
        Linear = "linear",
        /// 40, 20, 40 of a hundred to the first, those between, the last.
        UShaped = "u_shaped",
        /// 20, 20, 60.
        JShaped = "j_shaped",
        /// 60, 20, 20.
        InverseJ = "inverse_j",
        /// Half as much for every seven days before the conversion.
        TimeDecay = "time_decay",
        /// All to each channel that took part: what adds up to more than there is.
        Participation = "participation",
        /// All to the channel of the touchpoint that converts.
        SameTouch = "same_touch",
        /// As the map says: so much to the first, those between, the last.
        Custom = "custom",
    }
}

words! {
    /// Whose follow-ups *cadence* counts.
    Basis {
        /// Every entry's, until it is decided: who converts soon cannot collect many.
        Naive = "naive",
        /// Those of entries that were still open at the landmark.
        Landmark = "landmark",
    }
}

words! {
    /// How many follow-ups there were, or how often the customer was heard of.
    FollowUps {
        /// None.
        None = "0",
        /// One.
        One = "1",
        /// Two.
        Two = "2",
        /// Three.
        Three = "3",
        /// Four or more.
        Many = "4+",
    }
}

/// What a counter measures: a number of things, or money of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// How many.
    Count,
    /// How much, in minor units.
    Money(CurrencyId),
}

/// A counter by dense ids: indices of the map, `ends`, and sources of the dictionary.
///
/// The journey node knows two sizes only: the running total and the pane, an hour of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CounterKey {
    /// The family.
    pub family: Family,
    /// Start of the pane in minutes since the epoch; `TOTAL` for a family without windows.
    pub pane: i32,
    /// Values of the dimensions; those that the family lacks are 0.
    pub dims: [u16; 5],
}

impl CounterKey {
    /// The pane of a family that has none.
    pub const TOTAL: i32 = i32::MIN;

    /// The counter of a family that has no windows.
    pub fn total(family: Family, dims: [u16; 5]) -> CounterKey {
        CounterKey { family, pane: Self::TOTAL, dims }
    }

    /// The counter of the pane that an instant lies in.
    pub fn pane(family: Family, map: &JourneyMap, at: Timestamp, dims: [u16; 5]) -> CounterKey {
        let start = map.zone.hour_start(at).millis();
        CounterKey { family, pane: start.div_euclid(60_000) as i32, dims }
    }

    /// The first instant of the pane; `None` for a family without windows.
    pub fn start(&self) -> Option<Timestamp> {
        (self.pane != Self::TOTAL).then(|| Timestamp::from_millis(i64::from(self.pane) * 60_000))
    }

    /// The pane's size: an hour, or the running total.
    pub fn size(&self) -> Size {
        if self.pane == Self::TOTAL { Size::Total } else { Size::Hours(1) }
    }

    /// The word of a dimension's value.
    pub fn word<'a>(
        &self,
        at: usize,
        map: &'a JourneyMap,
        dictionary: &'a Dictionary,
    ) -> Cow<'a, str> {
        match self.family {
            Family::Coalition | Family::Chain => Cow::Owned(self.path_word(at, map)),
            Family::Sequence => Cow::Owned(self.sequence_word(at, map)),
            _ => Cow::Borrowed(self.plain_word(at, map, dictionary)),
        }
    }

    fn plain_word<'a>(
        &self,
        at: usize,
        map: &'a JourneyMap,
        dictionary: &'a Dictionary,
    ) -> &'a str {
        let value = self.dims[at];
        if value >= ends::FIRST {
            return ends::word(value);
        }
        let index = usize::from(value);
        match self.family.dims()[at].1 {
            Dim::Stage => map.stages.get(index).map_or("", |stage| &stage.name),
            Dim::Channel => map.channels.get(index).map_or("", |name| name),
            Dim::Kind => map.kinds.get(index).map_or("", |kind| &kind.name),
            Dim::Entry => Entry::ALL.get(index).map_or("", |entry| entry.word()),
            Dim::Outcome => Outcome::ALL.get(index).map_or("", |outcome| outcome.word()),
            Dim::Bucket => Bucket(value).word(),
            Dim::Source => dictionary.sources.word(value),
            Dim::Result => Result::ALL.get(index).map_or("", |result| result.word()),
            Dim::Rule => CreditRule::ALL.get(index).map_or("", |rule| rule.word()),
            Dim::Group => Group(value as u8).word(),
            Dim::Basis => Basis::ALL.get(index).map_or("", |basis| basis.word()),
            Dim::FollowUps => FollowUps::ALL.get(index).map_or("", |number| number.word()),
            // *value* has a key of its own, and the others are words of `path` and `steps`.
            Dim::Number | Dim::Date | Dim::Currency | Dim::Channels | Dim::Trail => "",
            Dim::Steps | Dim::Paid => "",
        }
    }
}

/// What a counter holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many.
    pub count: i64,
    /// Money by currency.
    pub amounts: Amounts,
}
