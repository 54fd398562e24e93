//! Lines of the ledger of findings, as the topic `findings` carries them.

use crate::Fault;
use crate::cursor::Cursor;
use crate::encode::{double, flag, int, long, text, time};
use crate::frame::{self, ids};
use model::{Civil, FindingEvent, FindingType, Timestamp};
use serde_json::{Value, json};

/// The key of a line: what withdraws it lies behind it in the same partition.
pub fn finding_key(event: &FindingEvent) -> Vec<u8> {
    event.id.clone().into_bytes()
}

/// Appends a line, framed under the id of its schema.
pub(crate) fn write_finding(event: &FindingEvent, id: u32, out: &mut Vec<u8>) {
    frame::begin(id, out);
    text(&event.id, out);
    text(&event.finding, out);
    long(event.event as i64, out);
    long(event.on.days(), out);
    text(&event.map, out);
    int(event.version, out);
    text(&event.stage, out);
    text(&event.about, out);
    flag(event.is_more, out);
    for (part, whole) in [event.these, event.others] {
        long(part, out);
        long(whole, out);
    }
    double(event.ln_evidence, out);
    double(event.ln_needed, out);
    match event.since {
        None => out.push(0),
        Some(since) => {
            out.push(2);
            long(since.days(), out);
        }
    }
    time(event.as_of, out);
    text(&event.plain, out);
    text(&event.plain_de, out);
}

/// A line as JSON, under the names of the schema; dates and times as people write them.
pub(crate) fn finding_to_json(event: &FindingEvent) -> Value {
    json!({
        "id": event.id,
        "finding": event.finding,
        "type": event.event.word(),
        "on": event.on.to_string(),
        "map": event.map,
        "version": event.version,
        "stage": event.stage,
        "about": event.about,
        "is_more": event.is_more,
        "these_part": event.these.0,
        "these_whole": event.these.1,
        "others_part": event.others.0,
        "others_whole": event.others.1,
        "evidence_ln": event.ln_evidence,
        "needed_ln": event.ln_needed,
        "since": event.since.map(|since| since.to_string()),
        "as_of": event.as_of.to_string(),
        "plain": event.plain,
        "plain_de": event.plain_de,
    })
}

/// Reads a line as the topic carries it, in Avro or in JSON; `None` where it is something else.
pub fn read_finding(message: &[u8]) -> Option<FindingEvent> {
    match frame::split(message) {
        Ok((id, datum)) => (id == ids::FINDING).then(|| read(datum).ok().flatten())?,
        Err(_) => read_json(&serde_json::from_slice(message).ok()?),
    }
}

/// `None` where a later release has added a type.
fn read(datum: &[u8]) -> Result<Option<FindingEvent>, Fault> {
    let mut cursor = Cursor::new(datum);
    let (id, finding) = (cursor.text()?.to_owned(), cursor.text()?.to_owned());
    let event = usize::try_from(cursor.int()?).ok();
    let on = date(&mut cursor)?;
    let map = cursor.text()?.to_owned();
    let version = u32::try_from(cursor.int()?).unwrap_or(0);
    let (stage, about) = (cursor.text()?.to_owned(), cursor.text()?.to_owned());
    let is_more = cursor.flag()?;
    let these = (cursor.long()?, cursor.long()?);
    let others = (cursor.long()?, cursor.long()?);
    let (ln_evidence, ln_needed) = (fraction(&mut cursor)?, fraction(&mut cursor)?);
    let since = match cursor.branch(2)? {
        0 => None,
        _ => Some(date(&mut cursor)?),
    };
    let as_of = Timestamp::from_millis(cursor.long()?);
    let (plain, plain_de) = (cursor.text()?.to_owned(), cursor.text()?.to_owned());
    cursor.end()?;
    let Some(event) = event.and_then(|event| FindingType::ALL.get(event)).copied() else {
        return Ok(None);
    };
    Ok(Some(FindingEvent {
        id,
        finding,
        event,
        on,
        map,
        version,
        stage,
        about,
        is_more,
        these,
        others,
        ln_evidence,
        ln_needed,
        since,
        as_of,
        plain,
        plain_de,
    }))
}

fn date(cursor: &mut Cursor<'_>) -> Result<Civil, Fault> {
    Ok(Civil::from_days(i64::from(cursor.int()?)))
}

fn fraction(cursor: &mut Cursor<'_>) -> Result<f64, Fault> {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(cursor.take(8)?);
    Ok(f64::from_le_bytes(bytes))
}

fn read_json(row: &Value) -> Option<FindingEvent> {
    let text = |name: &str| Some(row.get(name)?.as_str()?.to_owned());
    let number = |name: &str| row.get(name)?.as_i64();
    let fraction = |name: &str| row.get(name)?.as_f64();
    let word = text("type")?;
    Some(FindingEvent {
        id: text("id")?,
        finding: text("finding")?,
        event: FindingType::ALL.into_iter().find(|event| event.word() == word)?,
        on: Civil::parse(&text("on")?)?,
        map: text("map")?,
        version: u32::try_from(number("version")?).ok()?,
        stage: text("stage")?,
        about: text("about")?,
        is_more: row.get("is_more")?.as_bool()?,
        these: (number("these_part")?, number("these_whole")?),
        others: (number("others_part")?, number("others_whole")?),
        ln_evidence: fraction("evidence_ln")?,
        ln_needed: fraction("needed_ln")?,
        since: text("since").and_then(|since| Civil::parse(&since)),
        as_of: Timestamp::parse_rfc3339(&text("as_of")?)?,
        plain: text("plain")?,
        plain_de: text("plain_de")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    fn event() -> FindingEvent {
        FindingEvent {
            id: "default|1|decision|channel=chat|changed|2026-03-25".to_owned(),
            finding: "default|1|decision|channel=chat".to_owned(),
            event: FindingType::Changed,
            on: Civil::from_days(20_537),
            map: "default".to_owned(),
            version: 1,
            stage: "decision".to_owned(),
            about: "chat".to_owned(),
            is_more: true,
            these: (1, 2),
            others: (3, 4),
            ln_evidence: 0.5,
            ln_needed: -2.5,
            since: None,
            as_of: Timestamp::from_millis(1_774_430_043_120),
            plain: "50 %".to_owned(),
            plain_de: "50 %".to_owned(),
        }
    }

    #[test]
    fn a_line_is_read_as_it_was_written_in_either_form() {
        for event_type in FindingType::ALL {
            for since in [None, Some(Civil::from_days(20_500))] {
                let event = FindingEvent { event: event_type, since, ..event() };
                for format in [Format::Avro, Format::Json] {
                    let read = read_finding(&format.finding(&event));
                    assert_eq!(read.as_ref(), Some(&event), "{format:?}");
                }
            }
        }
        let whole = Format::Avro.finding(&event());
        for end in 0..whole.len() {
            assert_eq!(read_finding(&whole[..end]), None, "cut at {end}");
        }
        assert_eq!(read_finding(&[&whole[..], b"x"].concat()), None);
        assert_eq!(read_finding(b"{}"), None);
    }

    #[test]
    fn a_line_as_json_has_the_names_of_the_schema() {
        let schema = crate::schemas::of(crate::frame::ids::FINDING).expect("a schema").json;
        let schema: Value = serde_json::from_str(schema).expect("JSON");
        let fields = schema["fields"].as_array().expect("fields").iter();
        let names: Vec<&str> = fields.filter_map(|field| field["name"].as_str()).collect();
        let told = finding_to_json(&event());
        let object = told.as_object().expect("an object");
        let mut known: Vec<&str> = object.keys().map(|key| &**key).collect();
        let mut wanted = names.clone();
        known.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(known, wanted);
        assert_eq!(told["on"], "2026-03-25");
        let symbols = schema["fields"][1]["type"]["symbols"].as_array().expect("symbols");
        let words = FindingType::ALL.map(|event| Value::from(event.word()));
        assert_eq!(symbols, &words);
    }
}
