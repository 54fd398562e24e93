//! The limits of a touchpoint, held against one that a mapping made.

use crate::{Invalid, Limits};
use model::Draft;

/// Cuts the text to its limit and refuses a touchpoint that is larger than others may be.
///
/// A text is cut and not refused: who maps a foreign system cannot make it write less.
pub fn admit(draft: &mut Draft, limits: &Limits) -> Result<(), Invalid> {
    cut(&mut draft.text, limits.text_bytes);
    let ids = [
        ("event_id", &draft.event_id),
        ("source", &draft.source),
        ("customer_id", &draft.customer_id),
        ("channel", &draft.channel),
        ("kind", &draft.kind),
        ("subject", &draft.subject),
    ];
    for (field, text) in ids {
        check(field, text.len(), limits.id_bytes, "bytes")?;
    }
    for (name, text) in &draft.identifiers {
        if text.len() > limits.id_bytes {
            let field = format!("identifiers.{name}");
            return Err(too_large(&field, text.len(), limits.id_bytes, "bytes"));
        }
    }
    check("identifiers", draft.identifiers.len(), limits.identifiers_count, "identifiers")?;
    check("properties", draft.properties.len(), limits.properties_count, "properties")?;
    let pairs = draft.identifiers.iter().chain(&draft.properties);
    let size = ids.iter().map(|(_, text)| text.len()).sum::<usize>()
        + draft.text.len()
        + pairs.map(|(name, text)| name.len() + text.len()).sum::<usize>();
    check("record", size, limits.record_bytes, "bytes")
}

/// Cuts a text to so many bytes, on a character.
fn cut(text: &mut String, bytes_max: usize) {
    text.truncate(text.floor_char_boundary(bytes_max));
}

fn check(field: &str, size: usize, limit: usize, unit: &str) -> Result<(), Invalid> {
    if size > limit { Err(too_large(field, size, limit, unit)) } else { Ok(()) }
}

/// The refusal of what is larger than it may be.
pub fn too_large(field: &str, size: usize, limit: usize, unit: &str) -> Invalid {
    Invalid {
        code: "D0124",
        field: field.to_owned(),
        problem: format!("has {size} {unit}"),
        fix: format!("send at most {limit} {unit}"),
        of_source: String::new(),
    }
}
