//! Dead letters as they lie in their topic, of either log and in either form.

use crate::answers::readable;
use crate::failure::Failure;
use crate::target::Target;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use codec::frame;
use model::Timestamp;
use serde_json::{Value, json};
use serve::Question;

/// Letters that are asked for at once.
const PAGE: usize = 500;

/// A dead letter.
pub struct Kept {
    /// The source that it counted for.
    pub source: String,
    /// The file or the topic that it came from.
    pub from: String,
    /// Its row in the file, or its offset in the topic.
    pub row: u64,
    /// How many bad rows alike stood before it in the file.
    pub alike: u32,
    /// The header of its file, or the key of its record.
    pub header: Option<Vec<u8>>,
    pub bytes: Vec<u8>,
    pub class: String,
    pub error: String,
    pub time: String,
}

impl Kept {
    /// As `dead-letters list --json` prints it.
    pub fn to_json(&self) -> Value {
        json!({
            "source": self.source, "from": self.from, "row": self.row, "class": self.class,
            "error": self.error, "time": self.time, "bytes": self.bytes.len(),
            "text": std::str::from_utf8(&self.bytes).ok(),
        })
    }

    /// Source and time of a touchpoint in Avro, where it is one.
    pub fn touchpoint(&self) -> Option<(String, Timestamp)> {
        let (id, datum) = frame::split(&self.bytes).ok()?;
        let value = readable(id, datum).filter(|_| id == frame::ids::TOUCHPOINT)?;
        let source = value["source"].as_str().unwrap_or_default().to_owned();
        Some((source, Timestamp::from_millis(value["time"].as_i64()?)))
    }

    fn of(row: &Value) -> Option<Kept> {
        let value = &row["value"];
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let time = match &value["time"] {
            Value::Number(millis) => Timestamp::from_millis(millis.as_i64()?).to_string(),
            time => time.as_str()?.to_owned(),
        };
        Some(Kept {
            source: row["key"].as_str().unwrap_or_default().to_owned(),
            from: text("topic")?,
            row: value["offset"].as_u64()?,
            alike: u32::try_from(value["partition"].as_u64()?).ok()?,
            header: bytes(&value["key"]),
            bytes: bytes(&value["bytes"])?,
            class: text("class")?,
            error: text("error")?,
            time,
        })
    }
}

/// Bytes: a list of numbers where the letter is Avro, base64 where it is JSON.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Array(items) => items.iter().map(|item| u8::try_from(item.as_u64()?).ok()).collect(),
        Value::String(text) => BASE64_STANDARD.decode(text).ok(),
        _ => None,
    }
}

/// Every letter in the order of its partition, as long as `take` wants more.
pub fn letters(
    target: &Target,
    topic: &str,
    take: &mut dyn FnMut(Kept) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let topics = target.ask(&Question::Topics)?;
    let found = topics.as_array().into_iter().flatten().find(|row| row["topic"] == topic);
    for bounds in
        found.map_or(&Value::Null, |row| &row["partitions"]).as_array().into_iter().flatten()
    {
        let number = |name: &str| bounds[name].as_u64().unwrap_or(0);
        let (partition, mut next, end) = (number("partition"), number("start"), number("end"));
        while next < end {
            let question = Question::Topic {
                name: topic.to_owned(),
                partition: u32::try_from(partition).ok(),
                offset: Some(next),
                limit: PAGE,
            };
            let page = target.ask(&question)?;
            let rows = page.as_array().map_or(&[] as &[Value], Vec::as_slice);
            let Some(last) = rows.last() else { break };
            next = last["offset"].as_u64().unwrap_or(end) + 1;
            for row in rows {
                if let Some(letter) = Kept::of(row)
                    && !take(letter)?
                {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}
