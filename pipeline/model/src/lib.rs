//! The words of the trade: touchpoints, stages, maps, counters, windows, money, times, ids.
//!
//! Plain values and arithmetic on the standard library alone. Nothing here reads a clock, a file or
//! a socket, and nothing derives a serialisation: only `codec` knows bytes.

mod counter;
mod dictionary;
mod draft;
mod funnel;
mod map;
mod money;
mod passage;
mod series;
mod time;
mod touchpoint;
mod transition;
mod window;
mod zone;

pub use counter::{Bucket, Cell, CounterKey, Dim, Entry, Family, Measure, Outcome, Result, ends};
pub use dictionary::{ChannelId, CurrencyId, Dictionary, KindId, SourceId, Words};
pub use draft::{Draft, Value};
pub use funnel::{
    Exclusion, Funnel, FunnelCount, FunnelStep, Order, Pattern, Search, WindowFunnelModes,
};
pub use map::{By, JourneyMap, Keep, Kind, Late, MoneyRole, Stage, defaults};
pub use money::Amounts;
pub use passage::{Passage, PassageEnd};
pub use series::Series;
pub use time::{Civil, Span, Timestamp};
pub use touchpoint::{Flags, Touchpoint};
pub use transition::{Transition, TransitionType};
pub use window::{Size, Window};
pub use zone::Zone;
