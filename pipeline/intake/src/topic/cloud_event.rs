//! CloudEvents 1.0: the whole event in the value, or its attributes in headers and its data in the
//! value. A mapping is given the same of both: `{ id, source, type, time, …, data }`.

use super::ForeignRecord;
use super::payload::{Payload, fields, key, object, quoted, refused, word};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use codec::Invalid;
use data_encoding::HEXLOWER;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What stands before the name of an attribute in a header.
const PREFIX: &str = "ce_";
/// The type of the value.
const CONTENT_TYPE: &str = "content-type";
/// Attributes that every event has.
const REQUIRED: [&str; 4] = ["id", "source", "specversion", "type"];
/// Bytes of an id that is not hashed.
const ID_BYTES_MAX: usize = 200;

/// The event that a record is; `None` where it is a tombstone.
pub(super) fn payload<'a>(record: &ForeignRecord<'a>) -> Result<Option<Payload<'a>>, Invalid> {
    let header = |name: &str| {
        let found = record.headers.iter().rev().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| std::str::from_utf8(value).ok())
    };
    let content_type = header(CONTENT_TYPE).unwrap_or_default();
    let is_structured = content_type.starts_with("application/cloudevents");
    let is_binary = !is_structured && header("ce_specversion").is_some();
    let text = match record.value {
        _ if is_binary => Cow::Owned(gathered(record, content_type)),
        None => return Ok(None),
        Some(_) if content_type.starts_with("application/cloudevents-batch") => {
            let fix = "let the producer send one event a record";
            return Err(refused("D0227", "is a batch of events".to_owned(), fix));
        }
        Some(value) => with_data(object(value)?)?,
    };
    let attributes = fields(&text)?;
    for name in REQUIRED {
        if word(&attributes, name).is_none_or(|value| value.is_empty()) {
            let problem = format!("is no event: it has no {name}");
            let fix =
                "let the producer set the attributes of CloudEvents 1.0, or say another format";
            return Err(refused("D0227", problem, fix));
        }
    }
    let part = |name| word(&attributes, name).unwrap_or_default();
    // An id is unique within its source only.
    let id = format!("{}#{}", part("source"), part("id"));
    let id = match id.len() {
        0..=ID_BYTES_MAX => id,
        _ => HEXLOWER.encode(&Sha256::digest(id)),
    };
    drop(attributes);
    let key = key(record.key);
    Ok(Some(Payload { text, key, id: Some(id), is_history: false }))
}

/// The event whose attributes stand in headers, put together.
fn gathered(record: &ForeignRecord<'_>, content_type: &str) -> String {
    let mut parts: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in record.headers {
        let name = name.to_ascii_lowercase();
        if let (Some(name), Ok(value)) = (name.strip_prefix(PREFIX), std::str::from_utf8(value)) {
            parts.insert(name.to_owned(), quoted(value));
        }
    }
    if !content_type.is_empty() {
        parts.insert("datacontenttype".to_owned(), quoted(content_type));
    }
    if let Some(value) = record.value {
        let (name, data) = data(value, content_type);
        parts.insert(name.to_owned(), data);
    }
    let parts: Vec<String> =
        parts.iter().map(|(name, raw)| format!("{}:{raw}", quoted(name))).collect();
    format!("{{{}}}", parts.join(","))
}

/// Data as JSON, and the name that it has then.
fn data(value: &[u8], content_type: &str) -> (&'static str, String) {
    let Ok(text) = std::str::from_utf8(value) else {
        return ("data_base64", quoted(&BASE64_STANDARD.encode(value)));
    };
    let is_json = is_json(content_type) && serde_json::from_str::<&RawValue>(text).is_ok();
    ("data", if is_json { text.to_owned() } else { quoted(text) })
}

/// Whether a type says JSON; data without a type is JSON.
fn is_json(content_type: &str) -> bool {
    let name = content_type.split(';').next().unwrap_or_default().trim();
    name.is_empty() || name.ends_with("/json") || name.ends_with("+json")
}

/// An event whose data is JSON in base64 with that JSON in place of it.
fn with_data(text: Cow<'_, str>) -> Result<Cow<'_, str>, Invalid> {
    let mut parts = fields(&text)?;
    let Some(bytes) = word(&parts, "data_base64").and_then(|t| BASE64_STANDARD.decode(t).ok())
    else {
        return Ok(text);
    };
    let (name, data) = data(&bytes, &word(&parts, "datacontenttype").unwrap_or_default());
    let Ok(raw) = RawValue::from_string(data) else { return Ok(text) };
    if name == "data" {
        parts.remove("data_base64");
        parts.insert(name.to_owned(), &raw);
    }
    let joined: Vec<String> =
        parts.iter().map(|(name, raw)| format!("{}:{}", quoted(name), raw.get())).collect();
    Ok(Cow::Owned(format!("{{{}}}", joined.join(","))))
}
