//! A touchpoint as JSON.

use super::invalid::{Invalid, shown};
use super::plain;
use model::{Draft, Timestamp, Value as Money};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How large a touchpoint may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the record.
    pub record_bytes: usize,
    /// Bytes of the text.
    pub text_bytes: usize,
    /// Properties, unknown fields among them.
    pub properties_count: usize,
    /// Identifiers.
    pub identifiers_count: usize,
    /// Bytes of an id, a name, a kind or a channel, and of an identifier's value.
    pub id_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            record_bytes: 65_536,
            text_bytes: 8_192,
            properties_count: 32,
            identifiers_count: 8,
            id_bytes: 256,
        }
    }
}

/// Nesting of what an unknown field or a property may hold; serde_json itself stops at 128.
const DEPTH_MAX: usize = 16;

/// Reads a touchpoint from the bytes of a JSON object.
pub fn draft_from_bytes(bytes: &[u8], limits: &Limits) -> Result<Draft, Invalid> {
    if bytes.len() > limits.record_bytes {
        return Err(Invalid::limit("record", bytes.len(), limits.record_bytes, "bytes"));
    }
    if let Some(draft) = std::str::from_utf8(bytes).ok().and_then(|text| plain::draft(text, limits))
    {
        return Ok(draft);
    }
    let value = serde_json::from_slice(bytes).map_err(|error| Invalid::json(&error))?;
    draft_from_json(&value, limits)
}

/// As `draft_from_bytes`, of bytes that are known to be text.
pub fn draft_from_text(text: &str, limits: &Limits) -> Result<Draft, Invalid> {
    let is_short = text.len() <= limits.record_bytes;
    match is_short.then(|| plain::draft(text, limits)).flatten() {
        Some(draft) => Ok(draft),
        None => draft_from_bytes(text.as_bytes(), limits),
    }
}

/// Reads a touchpoint from a JSON object.
pub fn draft_from_json(value: &Value, limits: &Limits) -> Result<Draft, Invalid> {
    let Value::Object(object) = value else {
        return Err(Invalid::shape("record", name_of(value), "send one object per touchpoint"));
    };
    draft_from_object(object, limits).map_err(|invalid| {
        let source = object.get("source").unwrap_or(&Value::Null);
        let of_source = text("source", source, limits.id_bytes).unwrap_or_default();
        Invalid { of_source, ..invalid }
    })
}

fn draft_from_object(object: &Map<String, Value>, limits: &Limits) -> Result<Draft, Invalid> {
    let mut draft = Draft::default();
    for (name, value) in object {
        field(name, value, &mut draft, limits)?;
    }
    required(object, &draft)?;
    let size = size(&draft);
    if size > limits.record_bytes {
        return Err(Invalid::limit("record", size, limits.record_bytes, "bytes"));
    }
    for (field, count, limit) in [
        ("properties", draft.properties.len(), limits.properties_count),
        ("identifiers", draft.identifiers.len(), limits.identifiers_count),
    ] {
        if count > limit {
            return Err(Invalid::limit(field, count, limit, field));
        }
    }
    Ok(draft)
}

fn field(name: &str, value: &Value, draft: &mut Draft, limits: &Limits) -> Result<(), Invalid> {
    let id = |value| text(name, value, limits.id_bytes);
    match name {
        "event_id" => draft.event_id = id(value)?,
        "source" => draft.source = id(value)?,
        "time" => draft.time = time(value)?,
        "customer_id" => draft.customer_id = id(value)?,
        "identifiers" => draft.identifiers = identifiers(value, limits)?,
        "channel" => draft.channel = id(value)?,
        "kind" => draft.kind = id(value)?,
        "value" => draft.value = money(value, limits)?,
        "subject" => draft.subject = id(value)?,
        "text" => draft.text = text(name, value, limits.text_bytes)?,
        "properties" => match value {
            Value::Null => {}
            Value::Object(object) => {
                for (name, value) in object {
                    property(name, value, draft, limits)?;
                }
            }
            _ => {
                let fix = "write an object of names and values";
                return Err(Invalid::shape(name, name_of(value), fix));
            }
        },
        "revision" => draft.revision = revision(value)?,
        "history" => {
            draft.history = match value {
                Value::Null => false,
                Value::Bool(history) => *history,
                _ => return Err(Invalid::shape(name, name_of(value), "write true or false")),
            }
        }
        // What was said under properties counts before a field of the same name beside it.
        _ if !draft.properties.contains_key(name) => property(name, value, draft, limits)?,
        _ => {}
    }
    Ok(())
}

fn required(object: &Map<String, Value>, draft: &Draft) -> Result<(), Invalid> {
    if draft.event_id.is_empty() {
        let fix = "send an id that stays the same when the record is sent again";
        return Err(Invalid::missing("event_id", fix));
    }
    if !object.contains_key("time") {
        let fix = "write RFC 3339 with its offset or epoch milliseconds";
        return Err(Invalid::missing("time", fix));
    }
    if draft.channel.is_empty() {
        return Err(Invalid::missing("channel", "say where it happened, for instance chat"));
    }
    if draft.kind.is_empty() {
        return Err(Invalid::missing("kind", "say what happened, for instance page_viewed"));
    }
    if draft.customer_id.is_empty() && draft.identifiers.is_empty() {
        let fix = "send it, or at least one identifier such as email";
        return Err(Invalid::missing("customer_id", fix));
    }
    Ok(())
}

/// Whether a touchpoint has what every one has, but for its time.
pub(super) fn is_complete(draft: &Draft) -> bool {
    let Draft { event_id, channel, kind, customer_id, identifiers, .. } = draft;
    let has_somebody = !customer_id.is_empty() || !identifiers.is_empty();
    has_somebody && [event_id, channel, kind].iter().all(|text| !text.is_empty())
}

/// Whether a touchpoint is as large as it may be, and has as much.
pub(super) fn is_within(draft: &Draft, limits: &Limits) -> bool {
    size(draft) <= limits.record_bytes
        && draft.properties.len() <= limits.properties_count
        && draft.identifiers.len() <= limits.identifiers_count
}

/// Whether a text has the form of a currency.
pub(super) fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Text; null is empty, and a whole number is its digits, as many systems number their records.
fn text(field: &str, value: &Value, limit: usize) -> Result<String, Invalid> {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) if !number.is_f64() => number.to_string(),
        _ => return Err(Invalid::shape(field, name_of(value), "write it as text")),
    };
    if text.len() > limit {
        return Err(Invalid::limit(field, text.len(), limit, "bytes"));
    }
    Ok(text)
}

fn time(value: &Value) -> Result<Timestamp, Invalid> {
    let (time, found) = match value {
        Value::String(text) => (Timestamp::parse_rfc3339(text), shown(text)),
        Value::Number(number) => {
            (number.as_i64().map(Timestamp::from_millis), shown(&number.to_string()))
        }
        _ => return Err(Invalid::time(format!("is {}", name_of(value)))),
    };
    let Some(time) = time else { return Err(Invalid::time(format!("cannot be read: {found}"))) };
    if !time.is_admissible() {
        let hint = if value.is_number() { ", which would be seconds or a mistake" } else { "" };
        return Err(Invalid::time(format!("lies outside 1990 to 2199: {found}{hint}")));
    }
    Ok(time)
}

/// Identifiers; those that are empty say nothing and are dropped.
fn identifiers(value: &Value, limits: &Limits) -> Result<BTreeMap<String, String>, Invalid> {
    let mut identifiers = BTreeMap::new();
    let object = match value {
        Value::Null => return Ok(identifiers),
        Value::Object(object) => object,
        _ => {
            let fix = "write an object such as {\"email\": \"ann@example.org\"}";
            return Err(Invalid::shape("identifiers", name_of(value), fix));
        }
    };
    for (name, value) in object {
        let field = format!("identifiers.{}", shown(name));
        if name.len() > limits.id_bytes {
            return Err(Invalid::limit(&field, name.len(), limits.id_bytes, "bytes"));
        }
        let text = text(&field, value, limits.id_bytes)?;
        if !text.trim().is_empty() {
            identifiers.insert(name.clone(), text);
        }
    }
    Ok(identifiers)
}

fn money(value: &Value, limits: &Limits) -> Result<Option<Money>, Invalid> {
    let object = match value {
        Value::Null => return Ok(None),
        Value::Object(object) => object,
        _ => {
            let fix = "write {\"amount_minor\": 4900, \"currency\": \"EUR\"} for 49 euros";
            return Err(Invalid::shape("value", name_of(value), fix));
        }
    };
    let field = "value.amount_minor";
    let fix = "write a whole number of cents or of the currency's least unit";
    let amount_minor = match object.get("amount_minor") {
        None | Some(Value::Null) => return Err(Invalid::missing(field, fix)),
        Some(Value::Number(number)) => {
            let amount = number.as_i64();
            amount.ok_or_else(|| Invalid::number(field, &number.to_string(), fix))?
        }
        Some(other) => return Err(Invalid::shape(field, name_of(other), fix)),
    };
    let currency = object.get("currency").unwrap_or(&Value::Null);
    let currency = text("value.currency", currency, limits.id_bytes)?;
    let fix = "write the three capital letters of ISO 4217, for instance EUR";
    if currency.is_empty() {
        return Err(Invalid::missing("value.currency", fix));
    }
    if !is_currency(&currency) {
        return Err(Invalid::number("value.currency", &currency, fix));
    }
    Ok(Some(Money { amount_minor, currency }))
}

fn revision(value: &Value) -> Result<u32, Invalid> {
    if value.is_null() {
        return Ok(0);
    }
    let revision = value.as_i64().and_then(|revision| i32::try_from(revision).ok());
    revision.and_then(|revision| u32::try_from(revision).ok()).ok_or_else(|| {
        let fix = "write a whole number from 0 to 2147483647";
        Invalid::number("revision", &value.to_string(), fix)
    })
}

/// Text as it is, everything else as JSON; null says nothing.
fn property(name: &str, value: &Value, draft: &mut Draft, limits: &Limits) -> Result<(), Invalid> {
    if name.len() > limits.id_bytes {
        return Err(Invalid::limit(name, name.len(), limits.id_bytes, "bytes"));
    }
    if is_deeper(value, DEPTH_MAX) {
        return Err(Invalid::shape(name, "nested too deeply", "nest at most 16 levels"));
    }
    let text = match value {
        Value::Null => return Ok(()),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    draft.properties.insert(name.to_owned(), text);
    Ok(())
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| is_deeper(item, levels - 1)),
        Value::Object(items) => {
            levels == 0 || items.values().any(|item| is_deeper(item, levels - 1))
        }
        _ => false,
    }
}

fn size(draft: &Draft) -> usize {
    let pairs = draft.identifiers.iter().chain(&draft.properties);
    let fields = [
        &draft.event_id,
        &draft.source,
        &draft.customer_id,
        &draft.channel,
        &draft.kind,
        &draft.subject,
        &draft.text,
    ];
    fields.iter().map(|field| field.len()).sum::<usize>()
        + pairs.map(|(name, value)| name.len() + value.len()).sum::<usize>()
}

/// Writes a touchpoint as JSON; what is empty is left out, revision and history are not.
pub fn draft_to_json(draft: &Draft) -> Value {
    let mut object = Map::new();
    for (name, text) in [
        ("event_id", &draft.event_id),
        ("source", &draft.source),
        ("customer_id", &draft.customer_id),
        ("channel", &draft.channel),
        ("kind", &draft.kind),
        ("subject", &draft.subject),
        ("text", &draft.text),
    ] {
        if !text.is_empty() {
            object.insert(name.to_owned(), json!(text));
        }
    }
    object.insert("time".to_owned(), json!(draft.time.to_string()));
    for (name, map) in [("identifiers", &draft.identifiers), ("properties", &draft.properties)] {
        if !map.is_empty() {
            object.insert(name.to_owned(), json!(map));
        }
    }
    if let Some(Money { amount_minor, currency }) = &draft.value {
        let money = json!({ "amount_minor": amount_minor, "currency": currency });
        object.insert("value".to_owned(), money);
    }
    object.insert("revision".to_owned(), json!(draft.revision));
    object.insert("history".to_owned(), json!(draft.history));
    Value::Object(object)
}
