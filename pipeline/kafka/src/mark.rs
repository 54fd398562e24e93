//! A task's mark as an offset with metadata: `1;as_of;sequence;attempt`.

use engine::Mark;
use model::Timestamp;

/// Version of the form; a retired one is never used again.
const VERSION: &str = "1";

/// What stands beside the position.
pub(crate) fn write(mark: &Mark) -> String {
    format!("{VERSION};{};{};{}", mark.as_of.millis(), mark.sequence, mark.attempt)
}

/// The mark of an offset and its metadata, `None` if this program did not write it.
pub(crate) fn read(position: u64, metadata: &str) -> Option<Mark> {
    let mut fields = metadata.split(';');
    fields.next().filter(|version| *version == VERSION)?;
    let as_of = Timestamp::from_millis(fields.next()?.parse().ok()?);
    let sequence = fields.next()?.parse().ok()?;
    let attempt = fields.next()?.parse().ok()?;
    fields.next().is_none().then_some(Mark { position, as_of, sequence, attempt })
}

#[cfg(test)]
mod tests {
    use engine::Mark;
    use model::Timestamp;

    use super::{read, write};

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let most = Mark {
            position: u64::MAX >> 1,
            as_of: Timestamp::END,
            sequence: u64::MAX,
            attempt: u64::MAX,
        };
        for mark in [Mark::NONE, most] {
            assert_eq!(read(mark.position, &write(&mark)), Some(mark));
        }
    }

    #[test]
    fn metadata_of_others_is_no_mark() {
        for text in ["", "1", "1;2;3", "1;2;3;4;5", "2;0;0;0", "1;x;0;0", "1;0;-1;0", " 1;0;0;0"] {
            assert_eq!(read(7, text), None, "{text}");
        }
    }
}
