//! One line of JSON, field after field, in the order in which they are written.

use std::fmt::{Display, Write};

/// A name and its colon, after a comma where something stands before it.
pub(super) fn name(name: &str, out: &mut String) {
    if !out.ends_with('{') {
        out.push_str(", ");
    }
    quoted(name, out);
    out.push_str(": ");
}

/// A field of text.
pub(super) fn text(key: &str, value: &str, out: &mut String) {
    name(key, out);
    quoted(value, out);
}

/// A field whose value is written as it is printed.
pub(super) fn plain(key: &str, value: impl Display, out: &mut String) {
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
