//! The specification of seals: what of one customer's records, in the order of the log, is sealed.
//!
//! Written to be read, and without a line of the incremental form. It looks at the whole history
//! only where a seal may be due, so that an audit does not take hours.

use crate::contributions::admission;
use crate::seal::share;
use crate::{Diff, Reading, Sink};
use model::{
    CounterKey, Family, Flags, Label, Measure, Result, SourceId, Span, Timestamp, Touchpoint,
};
use std::collections::BTreeMap;

/// A record as the log has it: what it says, of whom it is, when it was appended.
pub type Logged = (Touchpoint, SourceId, Timestamp);

/// A label as the log has it: how many records come before it, of which touchpoint, what it says.
pub type LoggedLabel = (usize, u64, Label);

/// What one customer's records come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    /// What they add to *admission*.
    pub admission: Diff,
    /// The touchpoints that are sealed, in order; all lie before those that are not.
    pub sealed: Vec<Touchpoint>,
    /// The others, in order.
    pub open: Vec<Touchpoint>,
}

impl Sealed {
    /// All touchpoints that count, in order: what `contributions` is asked about.
    pub fn history(&self) -> Vec<Touchpoint> {
        [&self.sealed[..], &self.open[..]].concat()
    }

    /// The time of the last sealed touchpoint.
    pub fn until(&self) -> Option<Timestamp> {
        self.sealed.last().map(|last| last.time)
    }
}

/// The records of each identity that is not sealed.
type Open = BTreeMap<u64, Vec<(Touchpoint, SourceId)>>;

/// What one customer's records come to, applied one by one.
///
/// 1. A live record seals what is older than the retention at its append. One of history does not.
/// 2. A record whose time is that of the last sealed touchpoint or before is late, whatever its
///    identity. The identity of a sealed touchpoint is forgotten: a record of it with a later time
///    is a new touchpoint.
/// 3. Any other counts as if there were no seal.
/// 4. Where there are more touchpoints than the map allows, the oldest thirty-second of that number
///    is sealed, one at least, and whatever has the time of the last of them.
/// 5. A label speaks of the touchpoint of its identity that is open, or of the next one there is.
pub fn sealed(reading: &Reading, records: &[Logged], labels: &[LoggedLabel]) -> Sealed {
    let (retention, most) = (reading.map().retention, reading.map().touchpoints_max as usize);
    let mut is = Sealed::default();
    let mut open = Open::new();
    let (mut said, mut labels) = (Said::new(), labels.iter().peekable());
    // No touchpoint that is open is older.
    let mut oldest = Timestamp::END;
    for (index, (touchpoint, source, appended)) in records.iter().enumerate() {
        while let Some((_, identity, label)) = labels.next_if(|(before, ..)| *before <= index) {
            say(reading, &mut said, *identity, *label);
        }
        let is_live = !touchpoint.flags.has(Flags::HISTORY);
        let is_old = |time: Timestamp| retention != Span::NEVER && *appended > time.plus(retention);
        if is_live && is_old(oldest) {
            seal(reading, (&mut open, &mut said), &mut is, is_old);
            oldest = history(reading, &open).first().map_or(Timestamp::END, |first| first.time);
        }
        if is.until().is_some_and(|until| touchpoint.time <= until) {
            let dims = [source.0, Result::Late as u16, 0, 0, 0];
            is.admission.add(CounterKey::total(Family::Admission, dims), Measure::Count, 1);
            continue;
        }
        oldest = oldest.min(touchpoint.time);
        open.entry(touchpoint.identity).or_default().push((*touchpoint, *source));
        if open.len() > most {
            let until = history(reading, &open)[share(reading.map().touchpoints_max) - 1].time;
            seal(reading, (&mut open, &mut said), &mut is, |time| time <= until);
        }
    }
    labels.for_each(|(_, identity, label)| say(reading, &mut said, *identity, *label));
    let (admitted, mut history) =
        admission(reading, &open.into_values().flatten().collect::<Vec<_>>());
    is.admission.merge(&admitted);
    history.iter_mut().for_each(|touchpoint| labelled(&said, touchpoint));
    is.open = history;
    is
}

/// The label that counts of each identity, whether its touchpoint is there or not.
type Said = BTreeMap<u64, Label>;

fn say(reading: &Reading, said: &mut Said, identity: u64, label: Label) {
    let known = said.entry(identity).or_default();
    *known = Label::one_of(*known, label, reading.dictionary());
}

fn labelled(said: &Said, touchpoint: &mut Touchpoint) {
    touchpoint.label = said.get(&touchpoint.identity).copied().unwrap_or_default();
}

fn history(reading: &Reading, open: &Open) -> Vec<Touchpoint> {
    let records: Vec<_> = open.values().flatten().copied().collect();
    admission(reading, &records).1
}

/// Seals the touchpoints whose time is old: their records are counted for good.
fn seal(
    reading: &Reading,
    (open, said): (&mut Open, &mut Said),
    is: &mut Sealed,
    is_old: impl Fn(Timestamp) -> bool,
) {
    for mut touchpoint in history(reading, open).into_iter().filter(|t| is_old(t.time)) {
        let records = open.remove(&touchpoint.identity).unwrap_or_default();
        is.admission.merge(&admission(reading, &records).0);
        labelled(said, &mut touchpoint);
        said.remove(&touchpoint.identity);
        is.sealed.push(touchpoint);
    }
}
