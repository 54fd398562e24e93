//! A counter's name without its window: `family|dim=value|…`.

use crate::{Civil, CounterKey, Dictionary, Family, Group, JourneyMap, Purchases, ends};
use std::borrow::{Borrow, Cow};
use std::sync::Arc;

/// Family and dimensions as text, as delta frames and the keys of `insights` carry them.
///
/// `|`, `=` and `%` in values are percent-encoded. Its `home` decides the partition, so that a
/// counter's hours, days and weeks meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series(pub Arc<str>);

/// The dimension that says the group; the last of those families that have one.
const GROUP: &str = "group";

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
            escape(&key.word(at, map, dictionary), &mut text);
        }
        Series(text.into())
    }

    /// The series of a customer's purchases.
    pub fn of_purchases(key: &Purchases, map: &JourneyMap, dictionary: &Dictionary) -> Series {
        let date = |days: i32| Civil::from_days(i64::from(days)).to_string();
        let currency = match key.currency.0 {
            0 => ends::word(ends::NONE),
            id => dictionary.currencies.word(id),
        };
        let values = [
            key.channel(map),
            &key.repeats.to_string(),
            &date(key.first),
            &date(key.last),
            currency,
            &key.spend.to_string(),
        ];
        let mut text = String::from(Family::Value.name());
        for ((name, _), value) in Family::Value.dims().iter().zip(values) {
            text.push('|');
            text.push_str(name);
            text.push('=');
            escape(value, &mut text);
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
    /// entry meet in one task, which can say of each of them whether anything in it is open. Of
    /// what is kept by groups all but the group, as small windows have all groups in one counter.
    pub fn home(&self) -> Cow<'_, str> {
        match self.cohort() {
            Some([stage, channel, _]) => Cow::Owned(format!("cohort|{stage}|{channel}")),
            None => Cow::Borrowed(self.ungrouped().unwrap_or(&self.0)),
        }
    }

    /// The series of all groups together, where there are groups.
    pub fn of_all_groups(&self) -> Option<String> {
        Some(format!("{}|{GROUP}={}", self.ungrouped()?, Group::ALL))
    }

    /// A series of a family that is kept by groups, without the group.
    fn ungrouped(&self) -> Option<&str> {
        self.family().filter(|family| family.is_grouped())?;
        let (rest, last) = self.0.rsplit_once('|')?;
        last.starts_with(GROUP).then_some(rest)
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
