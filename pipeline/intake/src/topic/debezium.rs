//! Changes of rows, as Debezium tells them: `{ before, after, op, source, … }`.

use super::ForeignRecord;
use super::connect::{unwrap, unwrapped_key};
use super::payload::{Fields, Payload, fields, refused, word};
use super::shape::Shapes;
use codec::Invalid;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// What stands in the place of a large value that a change left as it was.
const UNCHANGED: &str = "\"__debezium_unavailable_value\"";

/// Where in the log of its database a change stands, by the names that connectors have for it.
const POSITIONS: [&str; 11] = [
    "lsn",
    "file",
    "pos",
    "row",
    "scn",
    "commit_scn",
    "change_lsn",
    "commit_lsn",
    "event_serial_no",
    "ord",
    "sequence",
];

/// The change that a record tells; `None` where it tells none.
pub(super) fn payload<'a>(
    record: &ForeignRecord<'a>,
    value: &'a [u8],
    shapes: &mut Shapes,
) -> Result<Option<Payload<'a>>, Invalid> {
    let Some(text) = unwrap(value, shapes)? else { return Ok(None) };
    let key = unwrapped_key(record.key, shapes);
    change(record, text, key, "connect-json")
}

/// The change that an object tells; `flattened` is the form of rows that are none.
pub(super) fn change<'a>(
    record: &ForeignRecord<'_>,
    text: Cow<'a, str>,
    key: Option<String>,
    flattened: &str,
) -> Result<Option<Payload<'a>>, Invalid> {
    let change = fields(&text)?;
    let Some(op) = word(&change, "op") else {
        let fix =
            format!("rows that a connector has flattened are read by format = \"{flattened}\"");
        return Err(refused("D0228", "is no change: it has no op".to_owned(), &fix));
    };
    match &*op {
        "c" | "u" | "d" | "r" => {}
        // A table that was emptied, and words of the application: of no row.
        "t" | "m" => return Ok(None),
        _ => {
            let problem = "has an op that is not known".to_owned();
            return Err(refused("D0228", problem, "c, u, d, r, t and m are"));
        }
    }
    let id = id(record, &change, key.as_deref(), &op);
    let is_history = op == "r";
    drop(change);
    let text = match text.contains(UNCHANGED) {
        true => Cow::Owned(text.replace(UNCHANGED, "null")),
        false => text,
    };
    Ok(Some(Payload { text, key, id, is_history }))
}

/// A name by where the change stands in its database: a connector that was killed sends its last
/// changes once more, at other offsets. `None` where it does not say.
fn id(
    record: &ForeignRecord<'_>,
    change: &Fields<'_>,
    key: Option<&str>,
    op: &str,
) -> Option<String> {
    let source = fields(change.get("source")?.get()).ok()?;
    let mut hash = Sha256::new();
    let mut is_placed = false;
    for name in POSITIONS {
        let position = source.get(name).map(|raw| raw.get()).filter(|raw| *raw != "null");
        is_placed |= position.is_some();
        let part = position.unwrap_or_default();
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    for part in [key.unwrap_or_default(), op] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let hash: [u8; 32] = hash.finalize().into();
    is_placed.then(|| format!("{}:{}", record.topic, HEXLOWER.encode(&hash[..16])))
}
