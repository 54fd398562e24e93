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

/// How many bytes the record has that a dead letter keeps, and why it was set aside; a fault where
/// it is no dead letter.
///
/// Whoever may write touchpoints may write what only looks like one.
pub fn letter_head(value: &[u8]) -> Result<(usize, DeadClass), Fault> {
    read_dead_letter(value).map(|(letter, class)| (letter.bytes.len(), class))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{encode, frame};

    fn written(class: DeadClass) -> Vec<u8> {
        let letter = Letter {
            bytes: b"four",
            key: Some(b"key"),
            topic: "file.csv",
            partition: 3,
            offset: 7,
            error: "why [D0121]",
            time: Timestamp::from_millis(1_774_430_043_000),
        };
        let mut value = Vec::new();
        encode::dead_letter(&letter, class, frame::ids::DEAD_LETTER, &mut value);
        value.split_off(5)
    }

    #[test]
    fn a_letter_is_one_as_it_was_written_and_not_otherwise() {
        for class in [DeadClass::Malformed, DeadClass::Oversize] {
            assert_eq!(letter_head(&written(class)), Ok((4, class)));
        }
        let whole = written(DeadClass::Malformed);
        for end in 0..whole.len() {
            assert!(letter_head(&whole[..end]).is_err(), "{end}");
        }
        assert!(letter_head(&[&whole[..], b"x"].concat()).is_err());
        let class = whole.iter().rposition(|byte| *byte == 0).expect("the class");
        for other in [1, 10] {
            let mut changed = whole.clone();
            changed[class] = other;
            assert!(letter_head(&changed).is_err(), "class {other}");
        }
    }
}
