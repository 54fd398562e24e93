//! Records of a topic, readable where their schema is ours.

use crate::answers::readable;
use crate::installation::Installation;
use codec::frame;
use data_encoding::HEXLOWER;
use engine::Topics;
use serde_json::{Value, json};
use serve::Refusal;

/// Every topic, and where its partitions begin and end.
pub fn topics(installation: &Installation) -> Result<Value, Refusal> {
    let topics = &installation.settings().topics;
    let rows = topics.all().into_iter().map(|(name, is_compacted)| {
        let bounds = (0..topics.partitions).map(|partition| {
            let (start, end) = installation.log().bounds(name, partition)?;
            Ok(json!({ "partition": partition, "start": start, "end": end }))
        });
        Ok(json!({
            "topic": name,
            "kind": if is_compacted { "compacted" } else { "append" },
            "partitions": bounds.collect::<Result<Vec<_>, Refusal>>()?,
        }))
    });
    rows.collect()
}

/// Refuses a topic or a partition that is not there.
pub fn check_topic(topics: &Topics, name: &str, partition: Option<u32>) -> Result<(), Refusal> {
    if !topics.all().iter().any(|(known, _)| *known == name) {
        let names: Vec<&str> = topics.all().iter().map(|(known, _)| *known).collect();
        return Err(Refusal::Missing(format!(
            "there is no topic {name:?}: say one of {} [D0712]",
            names.join(", ")
        )));
    }
    match partition.filter(|partition| *partition >= topics.partitions) {
        Some(beyond) => {
            let most = topics.partitions - 1;
            Err(Refusal::Missing(format!(
                "topic {name} has no partition {beyond}: 0 to {most} [D0712]"
            )))
        }
        None => Ok(()),
    }
}

/// Records of a topic from a position on.
pub fn topic(
    installation: &Installation,
    name: &str,
    partition: Option<u32>,
    offset: Option<u64>,
    limit: usize,
) -> Result<Value, Refusal> {
    let topics = &installation.settings().topics;
    check_topic(topics, name, partition)?;
    let partitions = partition.map_or(0..topics.partitions, |partition| partition..partition + 1);
    let mut rows = Vec::new();
    for partition in partitions {
        read(installation, name, partition, offset, limit, &mut rows)?;
    }
    Ok(Value::Array(rows))
}

fn read(
    installation: &Installation,
    name: &str,
    partition: u32,
    offset: Option<u64>,
    limit: usize,
    rows: &mut Vec<Value>,
) -> Result<(), Refusal> {
    let is_frames = name == installation.settings().topics.frames;
    let mut left = limit.saturating_sub(rows.len());
    installation.log().read(name, partition, offset, &mut |record| {
        if left == 0 {
            return false;
        }
        left -= 1;
        rows.push(row(name, partition, is_frames, record));
        left > 0
    })
}

fn row(topic: &str, partition: u32, is_frames: bool, record: &engine::Record<'_>) -> Value {
    json!({
        "topic": topic,
        "partition": partition,
        "offset": record.position,
        "append_time": record.append_time.to_string(),
        "key": String::from_utf8_lossy(record.key),
        "value": record.value.map_or(Value::Null, |bytes| value(bytes, is_frames)),
    })
}

/// A value by its schema; bytes that are not ours as hexadecimal digits.
fn value(bytes: &[u8], is_frames: bool) -> Value {
    let read = match frame::split(bytes) {
        _ if is_frames => readable::delta(bytes),
        Ok((id, datum)) => readable::readable(id, datum),
        Err(_) => serde_json::from_slice(bytes).ok(),
    };
    read.unwrap_or_else(|| {
        let first = &bytes[..bytes.len().min(256)];
        json!({ "bytes": bytes.len(), "hex": HEXLOWER.encode(first) })
    })
}
