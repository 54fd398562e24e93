//! A counter's name without its window: `family|dim=value|…`.

use crate::{CounterKey, Dictionary, Family, JourneyMap};
use std::borrow::{Borrow, Cow};
use std::sync::Arc;

/// Family and dimensions as text, as delta frames and the keys of `insights` carry them.
///
/// `|`, `=` and `%` in values are percent-encoded. Its `home` decides the partition, so that a
/// counter's hours, days and weeks meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series(pub Arc<str>);

/// A series is looked up by its text.
impl Borrow<str> for Series {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Series {
    /// The series of a counter.
    pub fn of(key: &CounterKey, map: &JourneyMap, dictionary: &Dictionary) -> Series {
        let mut text = String::from(key.family.name());
        for (at, (name, _)) in key.family.dims().iter().enumerate() {
            text.push('|');
            text.push_str(name);
            text.push('=');
            escape(key.word(at, map, dictionary), &mut text);
        }
        Series(text.into())
    }

    /// The family; `None` where the text is not a series.
    pub fn family(&self) -> Option<Family> {
        Family::parse(self.0.split('|').next()?)
    }

    /// What decides the partition.
    ///
    /// Of what is counted by cohorts stage and entry channel alone, so that all outcomes of an
    /// entry meet in one task, which can say of each of them whether anything in it is open.
    pub fn home(&self) -> Cow<'_, str> {
        match self.cohort() {
            Some([stage, channel, _]) => Cow::Owned(format!("cohort|{stage}|{channel}")),
            None => Cow::Borrowed(&self.0),
        }
    }

    /// The series of the open entries that a counter of a cohort waits for: of *flow* those of its
    /// own stage, channel and entry, twice; of *duration*, which does not tell them apart, those
    /// entered first and again. `None` for what is not counted by cohorts.
    pub fn open_entries(&self) -> Option<[String; 2]> {
        let [stage, channel, third] = self.cohort()?;
        let open = |entry: &str| format!("flow|{stage}|{channel}|{entry}|outcome=open");
        match third.starts_with("entry=") {
            true => Some([open(third), open(third)]),
            false => Some([open("entry=first"), open("entry=again")]),
        }
    }

    /// The first three dimensions of a family that is counted by cohorts, as they are written.
    fn cohort(&self) -> Option<[&str; 3]> {
        let mut parts = self.0.split('|');
        let family = Family::parse(parts.next()?)?;
        if !family.is_cohort() {
            return None;
        }
        Some([parts.next()?, parts.next()?, parts.next()?])
    }

    /// The dimensions by name, in their order, with values as they are.
    pub fn dims(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let pairs = self.0.split('|').skip(1);
        pairs.filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name, unescape(value)))
    }
}

fn escape(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '|' => out.push_str("%7C"),
            '=' => out.push_str("%3D"),
            '%' => out.push_str("%25"),
            _ => out.push(c),
        }
    }
}

fn unescape(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    let plain = value.replace("%7C", "|").replace("%3D", "=").replace("%25", "%");
    Cow::Owned(plain)
}
