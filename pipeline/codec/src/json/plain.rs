//! Touchpoints as nearly all are written, read in one pass and without a tree of values.
//!
//! What is odd in any way is not read here: a field that nobody knows or that stands twice, a value
//! of another sort, a limit that is passed. `touchpoint.rs` reads that, and says what is wrong.

use super::touchpoint::{Limits, is_complete, is_currency, is_within};
use model::{Draft, Timestamp, Value as Money};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// The touchpoint of an object that is plain and right.
pub(super) fn draft(text: &str, limits: &Limits) -> Option<Draft> {
    let mut json = serde_json::Deserializer::from_str(text);
    let draft = json.deserialize_map(Fields(limits)).ok()?;
    json.end().ok()?;
    is_within(&draft, limits).then_some(draft)
}

/// What is not plain; nobody reads the text.
fn odd<E: Error>() -> E {
    E::custom("")
}

/// The fields of a touchpoint, each with its bit among those that have come.
#[derive(Clone, Copy)]
enum Field {
    EventId,
    Source,
    Time,
    CustomerId,
    Identifiers,
    Channel,
    Kind,
    Value,
    Subject,
    Text,
    Properties,
    Revision,
    History,
}

impl Field {
    fn bit(self) -> u16 {
        1 << self as u16
    }
}

struct Fields<'a>(&'a Limits);

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Draft;

    fn expecting(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Draft, A::Error> {
        let Limits { text_bytes, id_bytes, .. } = *self.0;
        let (id, long, pairs) = (Text(id_bytes), Text(text_bytes), Pairs(id_bytes));
        let (mut draft, mut come) = (Draft::default(), 0_u16);
        while let Some(field) = map.next_key_seed(Name)? {
            if come & field.bit() != 0 {
                return Err(odd());
            }
            come |= field.bit();
            match field {
                Field::EventId => draft.event_id = map.next_value_seed(id)?,
                Field::Source => draft.source = map.next_value_seed(id)?,
                Field::Time => draft.time = map.next_value_seed(Time)?,
                Field::CustomerId => draft.customer_id = map.next_value_seed(id)?,
                Field::Identifiers => draft.identifiers = map.next_value_seed(pairs)?,
                Field::Channel => draft.channel = map.next_value_seed(id)?,
                Field::Kind => draft.kind = map.next_value_seed(id)?,
                Field::Value => draft.value = Some(map.next_value_seed(Amount)?),
                Field::Subject => draft.subject = map.next_value_seed(id)?,
                Field::Text => draft.text = map.next_value_seed(long)?,
                Field::Properties => draft.properties = map.next_value_seed(Pairs(usize::MAX))?,
                Field::Revision => draft.revision = map.next_value_seed(Revision)?,
                Field::History => draft.history = map.next_value()?,
            }
        }
        let is_whole = come & Field::Time.bit() != 0 && is_complete(&draft);
        // The names of properties have the limit that their values have not.
        let is_short = draft.properties.keys().all(|name| name.len() <= id_bytes);
        if is_whole && is_short { Ok(draft) } else { Err(odd()) }
    }
}

/// Writes a seed that reads a value by the methods of its visitor.
macro_rules! reads {
    ($name:ident, $value:ty, $how:ident, { $($methods:tt)* }) => {
        impl<'de> DeserializeSeed<'de> for $name {
            type Value = $value;

            fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<$value, D::Error> {
                json.$how(self)
            }
        }

        impl<'de> Visitor<'de> for $name {
            type Value = $value;

            fn expecting(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                Ok(())
            }

            $($methods)*
        }
    };
}

/// The name of a field.
struct Name;

reads!(Name, Field, deserialize_identifier, {
    fn visit_str<E: Error>(self, text: &str) -> Result<Field, E> {
        Ok(match text {
            "event_id" => Field::EventId,
            "source" => Field::Source,
            "time" => Field::Time,
            "customer_id" => Field::CustomerId,
            "identifiers" => Field::Identifiers,
            "channel" => Field::Channel,
            "kind" => Field::Kind,
            "value" => Field::Value,
            "subject" => Field::Subject,
            "text" => Field::Text,
            "properties" => Field::Properties,
            "revision" => Field::Revision,
            "history" => Field::History,
            _ => return Err(odd()),
        })
    }
});

/// Whether the name in an amount is its currency.
struct IsCurrency;

reads!(IsCurrency, bool, deserialize_identifier, {
    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        match text {
            "amount_minor" => Ok(false),
            "currency" => Ok(true),
            _ => Err(odd()),
        }
    }
});

/// Text of so many bytes; a whole number is its digits.
#[derive(Clone, Copy)]
struct Text(usize);

impl Text {
    fn within<E: Error>(self, text: String) -> Result<String, E> {
        if text.len() <= self.0 { Ok(text) } else { Err(odd()) }
    }
}

reads!(Text, String, deserialize_any, {
    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        self.within(text.to_owned())
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<String, E> {
        self.within(number.to_string())
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<String, E> {
        self.within(number.to_string())
    }
});

struct Time;

reads!(Time, Timestamp, deserialize_any, {
    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        let time = Timestamp::parse_rfc3339(text);
        time.filter(|time| time.is_admissible()).ok_or_else(odd)
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<Timestamp, E> {
        let time = i64::try_from(number).ok().map(Timestamp::from_millis);
        time.filter(|time| time.is_admissible()).ok_or_else(odd)
    }
});

/// Names and texts, none of them twice and none empty.
#[derive(Clone, Copy)]
struct Pairs(usize);

type Texts = BTreeMap<String, String>;

reads!(Pairs, Texts, deserialize_map, {
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
        let mut pairs = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            let text = map.next_value_seed(Text(self.0))?;
            let is_odd = name.len() > self.0 || text.trim().is_empty();
            if is_odd || pairs.insert(name, text).is_some() {
                return Err(odd());
            }
        }
        Ok(pairs)
    }
});

struct Amount;

reads!(Amount, Money, deserialize_map, {
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Money, A::Error> {
        let (mut amount, mut currency) = (None, None);
        while let Some(is_currency) = map.next_key_seed(IsCurrency)? {
            let is_first = match is_currency {
                false => amount.replace(map.next_value::<i64>()?).is_none(),
                true => currency.replace(map.next_value_seed(Currency)?).is_none(),
            };
            if !is_first {
                return Err(odd());
            }
        }
        match (amount, currency) {
            (Some(amount_minor), Some(currency)) => Ok(Money { amount_minor, currency }),
            _ => Err(odd()),
        }
    }
});

struct Currency;

reads!(Currency, String, deserialize_str, {
    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        if is_currency(text) { Ok(text.to_owned()) } else { Err(odd()) }
    }
});

struct Revision;

reads!(Revision, u32, deserialize_u64, {
    fn visit_u64<E: Error>(self, number: u64) -> Result<u32, E> {
        let revision = i32::try_from(number).ok().and_then(|number| u32::try_from(number).ok());
        revision.ok_or_else(odd)
    }
});
