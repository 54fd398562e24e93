//! What channels have cost: as people and scripts send it, and as the topic `costs` carries it.

use crate::Fault;
use crate::cursor::Cursor;
use crate::encode::{long, text};
use crate::frame::{self, ids};
use model::{Civil, Cost};
use serde_json::{Value, json};

/// Bytes of a channel's name at most, as of a touchpoint's.
const CHANNEL_BYTES_MAX: usize = 255;

/// What a cost looks like.
const FORM: &str = "{\"date\": \"2026-03-25\", \"channel\": \"ads\", \
                    \"value\": {\"amount_minor\": 12050, \"currency\": \"EUR\"}}";

/// Why something is no cost: what is wrong, and the fix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: write {FORM}")]
pub struct InvalidCost {
    what: String,
}

fn invalid(what: impl Into<String>) -> InvalidCost {
    InvalidCost { what: what.into() }
}

/// Reads a cost from the form in which it is sent.
pub fn cost_from_json(value: &Value) -> Result<Cost, InvalidCost> {
    let object = value.as_object().ok_or_else(|| invalid("a cost is an object"))?;
    known(object, &["date", "channel", "value"])?;
    let date = object.get("date").and_then(Value::as_str).and_then(Civil::parse);
    let date = date.filter(|date| (1990..=2199).contains(&date.year));
    let date = date.ok_or_else(|| invalid("date is missing or no date from 1990 to 2199"))?;
    let channel = object.get("channel").and_then(Value::as_str).unwrap_or_default();
    if channel.is_empty() || channel.len() > CHANNEL_BYTES_MAX {
        return Err(invalid(format!("channel is no text of 1 to {CHANNEL_BYTES_MAX} bytes")));
    }
    let money = object.get("value").and_then(Value::as_object);
    let money = money.ok_or_else(|| invalid("value is missing or no object"))?;
    known(money, &["amount_minor", "currency"])?;
    let amount_minor = money.get("amount_minor").and_then(Value::as_i64);
    let amount_minor =
        amount_minor.ok_or_else(|| invalid("amount_minor is missing or no whole number"))?;
    let currency = money.get("currency").and_then(Value::as_str).unwrap_or_default();
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(invalid("currency is no three capital letters"));
    }
    let (channel, currency) = (channel.to_owned(), currency.to_owned());
    Ok(Cost { date, channel, currency, amount_minor })
}

fn known(object: &serde_json::Map<String, Value>, names: &[&str]) -> Result<(), InvalidCost> {
    match object.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let name: String = name.chars().take(60).collect();
            Err(invalid(format!("{name:?} is not known")))
        }
    }
}

/// A cost in the form in which it is sent.
pub fn cost_to_json(cost: &Cost) -> Value {
    json!({
        "date": cost.date.to_string(),
        "channel": cost.channel,
        "value": { "amount_minor": cost.amount_minor, "currency": cost.currency },
    })
}

/// The key of a cost: what a later one of the same takes the place of.
pub fn cost_key(cost: &Cost) -> Vec<u8> {
    format!("{}|{}|{}", cost.date, cost.currency, cost.channel).into_bytes()
}

/// Appends a cost, framed under the id of its schema.
pub(crate) fn write_cost(cost: &Cost, id: u32, out: &mut Vec<u8>) {
    frame::begin(id, out);
    long(cost.date.days(), out);
    text(&cost.channel, out);
    long(cost.amount_minor, out);
    text(&cost.currency, out);
}

/// Reads a cost as the topic carries it, in Avro or in JSON; `None` where it is something else.
pub fn read_cost(message: &[u8]) -> Option<Cost> {
    match frame::split(message) {
        Ok((id, datum)) => (id == ids::COST).then(|| read(datum).ok())?,
        Err(_) => cost_from_json(&serde_json::from_slice(message).ok()?).ok(),
    }
}

fn read(datum: &[u8]) -> Result<Cost, Fault> {
    let mut cursor = Cursor::new(datum);
    let date = Civil::from_days(i64::from(cursor.int()?));
    let channel = cursor.text()?.to_owned();
    let amount_minor = cursor.long()?;
    let currency = cursor.text()?.to_owned();
    cursor.end()?;
    Ok(Cost { date, channel, currency, amount_minor })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    fn cost(amount_minor: i64) -> Cost {
        let date = Civil::parse("2026-03-25").expect("a date");
        Cost { date, channel: "ads".to_owned(), currency: "EUR".to_owned(), amount_minor }
    }

    #[test]
    fn a_cost_is_read_as_it_was_written_in_either_form() {
        for cost in [cost(12_050), cost(0), cost(-7)] {
            for format in [Format::Avro, Format::Json] {
                assert_eq!(read_cost(&format.cost(&cost)), Some(cost.clone()), "{format:?}");
            }
        }
        let whole = Format::Avro.cost(&cost(12_050));
        for end in 0..whole.len() {
            assert_eq!(read_cost(&whole[..end]), None, "cut at {end}");
        }
        assert_eq!(read_cost(&[&whole[..], b"x"].concat()), None);
    }

    #[test]
    fn what_is_no_cost_says_what_is_wrong_and_what_to_write() {
        let table = [
            ("[]", "a cost is an object"),
            (r#"{"dated": 1}"#, "\"dated\" is not known"),
            (r#"{"channel": "ads"}"#, "date is missing"),
            (r#"{"date": "2026-02-30"}"#, "date is missing or no date"),
            (r#"{"date": "1889-02-03"}"#, "from 1990 to 2199"),
            (r#"{"date": "2026-03-25"}"#, "channel is no text"),
            (r#"{"date": "2026-03-25", "channel": "ads"}"#, "value is missing"),
            (
                r#"{"date": "2026-03-25", "channel": "ads", "value": {"amount_minor": 1.5}}"#,
                "amount_minor is missing or no whole number",
            ),
            (
                r#"{"date": "2026-03-25", "channel": "ads",
                    "value": {"amount_minor": 1, "currency": "eur"}}"#,
                "currency is no three capital letters",
            ),
            (
                r#"{"date": "2026-03-25", "channel": "ads",
                    "value": {"amount_minor": 1, "currency": "EUR", "tax": 1}}"#,
                "\"tax\" is not known",
            ),
        ];
        for (text, expected) in table {
            let value = serde_json::from_str(text).expect("JSON");
            let told = cost_from_json(&value).expect_err(text).to_string();
            assert!(told.contains(expected) && told.contains("write {\"date\""), "{told}");
        }
    }
}
