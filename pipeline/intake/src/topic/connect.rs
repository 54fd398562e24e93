//! JSON of Kafka Connect's converter: taken out of the envelope, with what its schema says made
//! plain.

use super::ForeignRecord;
use super::payload::{Fields, Payload, fields, key, object, text};
use super::shape::Shapes;
use codec::Invalid;
use std::borrow::Cow;

/// The payload of a record, `None` where the envelope holds nothing.
pub(super) fn payload<'a>(
    record: &ForeignRecord<'a>,
    value: &'a [u8],
    shapes: &mut Shapes,
) -> Result<Option<Payload<'a>>, Invalid> {
    let Some(text) = unwrap(value, shapes)? else { return Ok(None) };
    let key = unwrapped_key(record.key, shapes);
    Ok(Some(Payload { text, key, id: None, is_history: false }))
}

/// The object in an envelope, or the object that has none; `None` where it is null.
pub(super) fn unwrap<'a>(
    value: &'a [u8],
    shapes: &mut Shapes,
) -> Result<Option<Cow<'a, str>>, Invalid> {
    let whole = text(value)?;
    if whole == "null" {
        return Ok(None);
    }
    let Some((schema, payload)) = envelope(&fields(whole)?) else {
        return Ok(Some(Cow::Borrowed(whole)));
    };
    if payload == "null" {
        return Ok(None);
    }
    let plain = match schema {
        None => Cow::Borrowed(payload),
        Some(schema) => shapes.plain(schema, payload)?,
    };
    match plain {
        Cow::Borrowed(text) => object(text.as_bytes()).map(Some),
        Cow::Owned(text) => Ok(Some(Cow::Owned(text))),
    }
}

/// The key in its envelope, or as it is.
pub(super) fn unwrapped_key(bytes: &[u8], shapes: &mut Shapes) -> Option<String> {
    let unwrapped = text(bytes).ok().and_then(|whole| {
        let parts = fields(whole).ok()?;
        let (schema, payload) = envelope(&parts)?;
        match schema {
            None => Some(payload.to_owned()),
            Some(schema) => shapes.plain(schema, payload).ok().map(Cow::into_owned),
        }
    });
    unwrapped.or_else(|| key(bytes))
}

/// Schema and payload, where these two and nothing else stand there.
fn envelope<'a>(fields: &Fields<'a>) -> Option<(Option<&'a str>, &'a str)> {
    let (schema, payload) = (fields.get("schema")?.get(), fields.get("payload")?.get());
    let is_schema = schema == "null" || schema.starts_with('{');
    let is_envelope = fields.len() == 2 && is_schema;
    is_envelope.then(|| (Some(schema).filter(|schema| *schema != "null"), payload))
}
