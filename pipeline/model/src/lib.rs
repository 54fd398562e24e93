//! The words of the trade: touchpoints, stages, maps, counters, windows, money, times, ids.
//!
//! Plain values and arithmetic on the standard library alone. Nothing here reads a clock, a file or
//! a socket, and nothing derives a serialisation: only `codec` knows bytes.

mod cost;
mod counter;
mod counter_hash;
mod dictionary;
mod draft;
mod finding;
mod funnel;
mod group;
mod map;
mod money;
mod passage;
mod path;
mod purchases;
mod series;
mod time;
mod touch_filter;
mod touchpoint;
mod transition;
mod window;
mod zone;

pub use cost::Cost;
pub use counter::{
    Basis, Bucket, Cell, CounterKey, CreditRule, Dim, Entry, Family, FollowUps, Measure, Outcome,
    Result, ends,
};
pub use dictionary::{ChannelId, CurrencyId, Dictionary, KindId, SourceId, Words};
pub use draft::{Draft, Value};
pub use finding::{FindingEvent, FindingType};
pub use funnel::{
    Exclusion, Funnel, FunnelCount, FunnelStep, Order, Pattern, Search, WindowFunnelModes,
};
pub use group::Group;
pub use map::{By, JourneyMap, Keep, Kind, Late, MoneyRole, Stage, defaults};
pub use money::{Amounts, minor_digits};
pub use passage::{Passage, PassageEnd};
pub use path::{ChannelSet, parted};
pub use purchases::Purchases;
pub use series::Series;
pub use time::{Civil, Span, Timestamp};
pub use touch_filter::TouchFilter;
pub use touchpoint::{Flags, Touchpoint};
pub use transition::{Transition, TransitionType};
pub use window::{Size, Window};
pub use zone::Zone;
