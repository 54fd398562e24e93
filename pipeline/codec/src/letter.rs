//! Letters that were set aside, read back.

use crate::Fault;
use crate::cursor::Cursor;
use crate::encode::{DeadClass, Letter};
use model::Timestamp;

/// Reads the value of a dead letter.
pub(crate) fn read_dead_letter(value: &[u8]) -> Result<(Letter<'_>, DeadClass), Fault> {
    let mut cursor = Cursor::new(value);
    let bytes = cursor.bytes()?;
    let key = match cursor.branch(2)? {
        0 => None,
        _ => Some(cursor.bytes()?),
    };
    let topic = cursor.text()?;
    let at = cursor.at();
    let partition = u32::try_from(cursor.int()?).map_err(|_| Fault::Number { at })?;
    let offset = u64::try_from(cursor.long()?).map_err(|_| Fault::Number { at })?;
    let class = DeadClass::ALL.get(cursor.branch(DeadClass::ALL.len())?).copied();
    let error = cursor.text()?;
    let time = Timestamp::from_millis(cursor.long()?);
    cursor.end()?;
    let letter = Letter { bytes, key, topic, partition, offset, error, time };
    Ok((letter, class.unwrap_or(DeadClass::Malformed)))
}
