//! A counter's name without its window: `family|dim=value|…`.

use crate::{CounterKey, Dictionary, Family, JourneyMap};
use std::borrow::{Borrow, Cow};
use std::sync::Arc;

/// Family and dimensions as text, as delta frames and the keys of `insights` carry them.
///
/// `|`, `=` and `%` in values are percent-encoded. Decides the partition, so that a counter's
/// hours, days and weeks meet.
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
