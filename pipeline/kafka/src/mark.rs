//! A task's mark as an offset with metadata: `2;as_of;sequence;attempt;generation;slice;low`.
//!
//! Version 1 ended behind the attempt: there was no changelog.

use engine::{Mark, Sliced};
use model::Timestamp;

/// Version of the form; a retired one is never used again.
const VERSION: &str = "2";

/// The version before.
const WITHOUT_CHANGELOG: &str = "1";

/// What stands beside the position.
pub(crate) fn write(mark: &Mark) -> String {
    let Mark { as_of, sequence, attempt, sliced, .. } = mark;
    let Sliced { generation, slice, low } = sliced;
    let as_of = as_of.millis();
    format!("{VERSION};{as_of};{sequence};{attempt};{generation};{slice};{low}")
}

/// The mark of an offset and its metadata, `None` if this program did not write it.
pub(crate) fn read(position: u64, metadata: &str) -> Option<Mark> {
    let mut fields = metadata.split(';');
    let version = fields.next()?;
    let as_of = Timestamp::from_millis(fields.next()?.parse().ok()?);
    let sequence = fields.next()?.parse().ok()?;
    let attempt = fields.next()?.parse().ok()?;
    let sliced = match version {
        VERSION => Sliced {
            generation: fields.next()?.parse().ok()?,
            slice: fields.next()?.parse().ok()?,
            low: fields.next()?.parse().ok()?,
        },
        WITHOUT_CHANGELOG => Sliced::NONE,
        _ => return None,
    };
    fields.next().is_none().then_some(Mark { position, as_of, sequence, attempt, sliced })
}

#[cfg(test)]
mod tests {
    use engine::{Mark, Sliced};
    use model::Timestamp;

    use super::{read, write};

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let most = Mark {
            position: u64::MAX >> 1,
            as_of: Timestamp::END,
            sequence: u64::MAX,
            attempt: u64::MAX,
            sliced: Sliced { generation: u32::MAX, slice: u64::MAX, low: u64::MAX },
        };
        for mark in [Mark::NONE, most] {
            assert_eq!(read(mark.position, &write(&mark)), Some(mark));
        }
    }

    #[test]
    fn a_mark_of_the_release_before_is_one_without_a_changelog() {
        let mark = Mark { position: 7, sequence: 3, attempt: 4, ..Mark::NONE };
        let as_of = mark.as_of.millis();
        assert_eq!(read(7, &format!("1;{as_of};3;4")), Some(mark));
    }

    #[test]
    fn metadata_of_others_is_no_mark() {
        for text in [
            "",
            "1",
            "1;2;3",
            "1;2;3;4;5",
            "1;x;0;0",
            "1;0;-1;0",
            " 1;0;0;0",
            "2",
            "2;0;0;0",
            "2;0;0;0;0;0",
            "2;0;0;0;0;0;0;0",
            "2;0;0;0;-1;0;0",
            "2;0;0;0;0;0;x",
            "3;0;0;0;0;0;0",
        ] {
            assert_eq!(read(7, text), None, "{text}");
        }
    }
}
