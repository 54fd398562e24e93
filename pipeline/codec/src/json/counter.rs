//! A counter as one line of JSON, its names in the order in which the interface prints them.

use super::line::{name, plain, text};
use crate::encode::Counter;
use model::{Timestamp, Zone};

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
