//! A touchpoint as it lies in a message.

use super::program::Shape;
use crate::Fault;
use crate::cursor::Cursor;
use crate::identity;
use data_encoding::HEXLOWER;
use model::{Draft, Timestamp, Value};
use std::collections::BTreeMap;

/// A touchpoint whose text is still in the message, or in the writer's schema.
///
/// What the writer did not say is empty, 0 or false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TouchpointView<'a> {
    /// Id within the source; bytes, as some writers have no text there.
    pub event_id: &'a [u8],
    /// System that sent it.
    pub source: &'a str,
    /// When it happened.
    pub time: Timestamp,
    /// The customer, empty when only identifiers are known.
    pub customer_id: &'a str,
    /// Identifiers by name.
    pub identifiers: Pairs<'a>,
    /// Where it happened.
    pub channel: &'a str,
    /// What happened.
    pub kind: &'a str,
    /// What it is worth.
    pub value: Option<ValueView<'a>>,
    /// The deal, order or product.
    pub subject: &'a str,
    /// What was said.
    pub text: &'a str,
    /// What else is known.
    pub properties: Pairs<'a>,
    /// A greater one replaces.
    pub revision: u32,
    /// An import or a backfill.
    pub history: bool,
    /// Identifiers, text and properties, where they were written sealed.
    pub sealed: Option<Sealed<'a>>,
}

/// What a touchpoint is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValueView<'a> {
    /// Amount in minor units of the currency.
    pub amount_minor: i64,
    /// Currency code, empty where the writer has none.
    pub currency: &'a str,
}

/// Sealed content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealed<'a> {
    /// The sealed bytes.
    pub bytes: &'a [u8],
    /// The key that opens them.
    pub key_id: &'a str,
    /// How they were sealed.
    pub algorithm: &'a str,
}

impl TouchpointView<'_> {
    /// The identity of the touchpoint.
    #[inline]
    pub fn identity(&self) -> u64 {
        identity::identity(self.source.as_bytes(), self.event_id)
    }

    /// The touchpoint with text of its own. An event_id that is not UTF-8 is written in hex.
    pub fn to_draft(&self) -> Result<Draft, Fault> {
        Ok(Draft {
            event_id: readable(self.event_id),
            source: self.source.to_owned(),
            time: self.time,
            customer_id: self.customer_id.to_owned(),
            identifiers: collect(self.identifiers)?,
            channel: self.channel.to_owned(),
            kind: self.kind.to_owned(),
            value: self.value.map(|value| Value {
                amount_minor: value.amount_minor,
                currency: value.currency.to_owned(),
            }),
            subject: self.subject.to_owned(),
            text: self.text.to_owned(),
            properties: collect(self.properties)?,
            revision: self.revision,
            history: self.history,
        })
    }
}

fn readable(id: &[u8]) -> String {
    match std::str::from_utf8(id) {
        Ok(text) => text.to_owned(),
        Err(_) => HEXLOWER.encode(id),
    }
}

fn collect(pairs: Pairs<'_>) -> Result<BTreeMap<String, String>, Fault> {
    pairs.map(|pair| pair.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}

/// The pairs of a map, read when they are asked for; pairs whose value is null are left out.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'a> {
    cursor: Cursor<'a>,
    left: u64,
    shape: Shape,
    raw: &'a [u8],
}

impl Default for Pairs<'_> {
    fn default() -> Self {
        Pairs::new(&[], Shape::Text)
    }
}

impl PartialEq for Pairs<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw && self.shape == other.shape && self.left == other.left
    }
}

impl Eq for Pairs<'_> {}

impl<'a> Pairs<'a> {
    pub(crate) fn new(raw: &'a [u8], shape: Shape) -> Pairs<'a> {
        Pairs { cursor: Cursor::new(raw), left: 0, shape, raw }
    }

    /// The map's bytes, as they lie in the message.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The value of a name, the last one where it stands several times.
    pub fn get(self, name: &str) -> Option<&'a str> {
        self.filter_map(Result::ok).filter(|pair| pair.0 == name).last().map(|pair| pair.1)
    }

    fn step(&mut self) -> Result<Option<(&'a str, &'a str)>, Fault> {
        loop {
            while self.left == 0 {
                if self.cursor.left() == 0 {
                    return Ok(None);
                }
                self.left = self.cursor.block()?.0;
            }
            self.left -= 1;
            let name = self.cursor.text()?;
            match self.shape {
                Shape::Nullable(null) if self.cursor.branch(2)? == null => {}
                _ => return Ok(Some((name, self.cursor.text()?))),
            }
        }
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Result<(&'a str, &'a str), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            // Nothing behind a broken pair can be trusted.
            *self = Pairs::default();
        }
        step.transpose()
    }
}
