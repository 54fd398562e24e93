//! Records about records: what did not count and why, and what is sent to where it counts.

use crate::direct::LETTER_BYTES;
use crate::{Produced, Record, Settings};
use codec::control::write_forwarded;
use codec::encode::{Forwarded, Letter};
use codec::{DeadClass, LateClass};

/// A record that could not be read.
pub(crate) fn dead(
    settings: &Settings,
    partition: u32,
    record: &Record<'_>,
    class: DeadClass,
    error: &str,
) -> Produced {
    let letter = letter(settings, partition, record, error);
    let bytes = settings.topics.format.dead_letter(&letter, class);
    Produced { key: record.key.to_vec(), value: Some(bytes) }
}

/// A touchpoint that came too late.
pub(crate) fn late(
    settings: &Settings,
    partition: u32,
    record: &Record<'_>,
    class: LateClass,
    error: &str,
) -> Produced {
    let letter = letter(settings, partition, record, error);
    let bytes = settings.topics.format.late(&letter, class);
    Produced { key: record.key.to_vec(), value: Some(bytes) }
}

/// A touchpoint for the partition of its customer's others.
pub(crate) fn wrapped(
    settings: &Settings,
    partition: u32,
    record: &Record<'_>,
    customer: &str,
) -> Produced {
    let forwarded = Forwarded {
        partition,
        offset: record.position,
        append_time: record.append_time,
        bytes: record.value.unwrap_or_default(),
    };
    let mut value = Vec::new();
    write_forwarded(&forwarded, &settings.secret, &mut value);
    Produced { key: customer.as_bytes().to_vec(), value: Some(value) }
}

fn letter<'a>(
    settings: &'a Settings,
    partition: u32,
    record: &Record<'a>,
    error: &'a str,
) -> Letter<'a> {
    let bytes = record.value.unwrap_or_default();
    // Of another system's record, which may be as large as any, the beginning.
    let most = settings.direct.as_ref().and_then(|_| bytes.get(..LETTER_BYTES));
    Letter {
        bytes: most.unwrap_or(bytes),
        key: Some(record.key).filter(|key| !key.is_empty()),
        topic: &settings.topics.touchpoints,
        partition,
        offset: record.position,
        error,
        time: record.append_time,
    }
}
