//! What a mapping is given of a record: an object of JSON, and what the form says beside it.

use codec::Invalid;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a mapping is given of a record.
pub(super) struct Payload<'a> {
    /// The object that it reads.
    pub(super) text: Cow<'a, str>,
    /// The key, as JSON.
    pub(super) key: Option<String>,
    /// What names the record, where the form has a better name than its place.
    pub(super) id: Option<String>,
    /// Whether it tells what was before, and not what is new.
    pub(super) is_history: bool,
}

/// Fields of an object, as they are written.
pub(super) type Fields<'a> = BTreeMap<String, &'a RawValue>;

/// The object that a value is; one that is written into a text of JSON is read out of it.
pub(super) fn object(value: &[u8]) -> Result<Cow<'_, str>, Invalid> {
    let text = text(value)?;
    match text.as_bytes().first() {
        Some(b'{') => Ok(Cow::Borrowed(text)),
        // An outbox that does not expand its payload writes JSON into a text of JSON.
        Some(b'"') => match serde_json::from_str::<String>(text) {
            Ok(inner) if inner.trim_ascii_start().starts_with('{') => Ok(Cow::Owned(inner)),
            _ => Err(no_object("it is a text")),
        },
        Some(0) => Err(no_object("it begins as Avro, Protobuf or JSON Schema of a registry does")),
        _ => Err(no_object("it begins otherwise")),
    }
}

/// The text that a value is, without spaces around it.
pub(super) fn text(value: &[u8]) -> Result<&str, Invalid> {
    if value.first() == Some(&0) {
        return Err(no_object("it begins as Avro, Protobuf or JSON Schema of a registry does"));
    }
    let text = std::str::from_utf8(value)
        .map_err(|error| no_object(&format!("it is not UTF-8 at byte {}", error.valid_up_to())))?;
    Ok(text.trim_ascii())
}

/// The fields of an object.
pub(super) fn fields(text: &str) -> Result<Fields<'_>, Invalid> {
    // What a parser says of another value repeats the value, which may be anybody's.
    match text.trim_ascii_start().starts_with('{') {
        true => serde_json::from_str(text).map_err(|error| no_object(&error.to_string())),
        false => Err(no_object("it begins otherwise")),
    }
}

/// The text that a field holds, if it holds one.
pub(super) fn word(fields: &Fields<'_>, name: &str) -> Option<String> {
    serde_json::from_str(fields.get(name)?.get()).ok()
}

/// A key as JSON: the object that it is, or its text; bytes that are no text are nothing.
pub(super) fn key(key: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(key).ok().filter(|text| !text.is_empty())?;
    let is_object = text.starts_with('{') && serde_json::from_str::<&RawValue>(text).is_ok();
    Some(if is_object { text.to_owned() } else { quoted(text) })
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The refusal of a value that is no object.
pub(super) fn no_object(problem: &str) -> Invalid {
    refused("D0225", format!("is no json object: {problem}"), "see `format` of the [[source]]")
}

/// A refusal of a whole record.
pub(super) fn refused(code: &'static str, problem: String, fix: &str) -> Invalid {
    let (field, fix) = ("record".to_owned(), fix.to_owned());
    Invalid { code, field, problem, fix, of_source: String::new() }
}
