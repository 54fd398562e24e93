//! A counter as one line of JSON, its names in the order in which the interface prints them.

use crate::encode::Counter;
use model::{Timestamp, Zone};
use std::fmt::{Display, Write};

/// Appends a counter without a line's end; windows are written with the zone's offset.
pub fn counter_to_json(counter: &Counter<'_>, zone: &Zone, out: &mut String) {
    out.push('{');
    text("family", counter.family, out);
    text("map", counter.map, out);
    plain("version", counter.version, out);
    plain("fold", counter.fold, out);
    name("window", out);
    match &counter.window {
        None => out.push_str("null"),
        Some(window) => {
            out.push('{');
            text("size", &window.size.to_string(), out);
            text("start", &zone.format(window.start), out);
            text("end", &zone.format(window.end), out);
            out.push('}');
        }
    }
    name("dims", out);
    out.push('{');
    for (dim, value) in &counter.dims {
        text(dim, value, out);
    }
    out.push('}');
    plain("count", counter.count, out);
    name("amounts", out);
    out.push('{');
    for (currency, amount) in &counter.amounts {
        plain(currency, amount, out);
    }
    out.push('}');
    plain("revision", counter.revision, out);
    plain("is_final", counter.is_final, out);
    if counter.as_of == Timestamp::NEVER {
        plain("as_of", "null", out);
    } else {
        text("as_of", &counter.as_of.to_string(), out);
    }
    out.push('}');
}

/// A name and its colon, after a comma where something stands before it.
fn name(name: &str, out: &mut String) {
    if !out.ends_with('{') {
        out.push_str(", ");
    }
    quoted(name, out);
    out.push_str(": ");
}

fn text(key: &str, value: &str, out: &mut String) {
    name(key, out);
    quoted(value, out);
}

fn plain(key: &str, value: impl Display, out: &mut String) {
    name(key, out);
    // Writing to a String does not fail.
    let _ = write!(out, "{value}");
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
