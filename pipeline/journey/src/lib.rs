//! One customer over time: history, stages, drop-off, and what the customer adds to the counters.
//!
//! The law: for every sequence of arrivals and every sequence of as_of, all diffs add up to
//! `contributions` of the final history. `contributions` is the specification, written attempt by
//! attempt; `advance` and `elapse` are the incremental form, written touchpoint by touchpoint.
//! Neither knows the other, and a property test holds them together.

mod advance;
mod behind;
mod change;
mod chapter;
mod contributions;
mod end;
mod entries;
mod funnel;
mod older;
mod order;
mod pack;
mod reading;
mod refold;
mod seal;
mod sealed;
mod selection;
mod sink;
mod state;
mod timeline;
mod told;
mod walk;

pub use advance::{advance, elapse};
pub use behind::{Behind, Echo, Touch};
pub use change::{Erasure, absorb, erase, refit, withdraw};
pub use chapter::{Chapter, Packed};
pub use contributions::{admission, contributions, cut};
pub use end::End;
pub use entries::{
    ActivityRow, EntryRow, MoveRow, StepRow, activities, entries, moves_of, steps_of,
};
pub use funnel::{Lens, Period, passages};
pub use older::{Chapters, Filter, Heading, InMemory, Older, Page};
pub use order::{is_alike, precedes, sort};
pub use reading::{KindReading, Reading};
pub use seal::{Seal, retire};
pub use sealed::{Logged, Sealed, sealed};
pub use selection::{Mistake, Row, Selection, filters, select};
pub use sink::{Diff, Sink};
pub use state::{Changes, JourneyState};
pub use timeline::{Change, TimelineRow, timeline};
pub use told::Told;
pub use walk::{Attempt, Credited, EntryState, Node, Walk};

/// Version of the fold: part of the identity of every counter (`design` 3, rule 10). Whatever
/// changes what a history adds, be it only by a further family, has to change it, and the version
/// of stored states with it: 1 knew no family behind *duration*, 2 no
/// *intensity*, 3 no *sequence*.
pub const FOLD_VERSION: u32 = 4;
