//! Moves and letters as one line of JSON each, with the fields of their schemas in that order.

use super::line::{plain, text};
use crate::encode::{Letter, Move};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// Appends a move without a line's end.
pub(crate) fn move_to_json(moved: &Move<'_>, out: &mut String) {
    out.push('{');
    text("id", &format!("{:016x}", moved.id), out);
    text("customer_id", moved.customer_id, out);
    text("attempt", &format!("{:016x}", moved.attempt), out);
    text("type", moved.move_type.word(), out);
    text("from", moved.from, out);
    text("to", moved.to, out);
    text("at", &moved.at.to_string(), out);
    text("channel", moved.channel, out);
    text("kind", moved.kind, out);
    match moved.withdraws {
        Some(withdrawn) => text("withdraws", &format!("{withdrawn:016x}"), out),
        None => plain("withdraws", "null", out),
    }
    plain("correction", moved.correction, out);
    out.push('}');
}

/// Appends a dead or a late letter without a line's end; bytes that may be anything as base64.
pub(crate) fn letter_to_json(letter: &Letter<'_>, class: &str, out: &mut String) {
    out.push('{');
    text("bytes", &BASE64_STANDARD.encode(letter.bytes), out);
    match letter.key {
        Some(key) => text("key", &BASE64_STANDARD.encode(key), out),
        None => plain("key", "null", out),
    }
    text("topic", letter.topic, out);
    plain("partition", letter.partition, out);
    plain("offset", letter.offset, out);
    text("class", class, out);
    text("error", letter.error, out);
    text("time", &letter.time.to_string(), out);
    out.push('}');
}
