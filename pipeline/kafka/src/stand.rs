//! How far a partition of another system's topic is read, as an offset with metadata:
//! `1;until;latest`.

use model::Timestamp;

/// Version of the form; a retired one is never used again.
const VERSION: &str = "1";

/// What is known of a partition beside its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// Everything that the log had taken up to this time is read; `NEVER` before its end was first
    /// reached.
    pub until: Timestamp,
    /// The greatest time of a touchpoint that was read.
    pub latest: Timestamp,
}

impl Note {
    /// Nothing is known.
    pub const NONE: Note = Note { until: Timestamp::NEVER, latest: Timestamp::NEVER };
}

/// How far a partition is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The first position that is not read.
    pub position: u64,
    /// What is known beside it.
    pub note: Note,
}

/// What stands beside the position.
pub(crate) fn write(note: &Note) -> String {
    format!("{VERSION};{};{}", note.until.millis(), note.latest.millis())
}

/// The note of an offset's metadata; of what this program did not write, nothing is known.
pub(crate) fn read(metadata: &str) -> Note {
    let time = |text: &str| text.parse().ok().map(Timestamp::from_millis);
    let mut fields = metadata.split(';');
    let note = (fields.next() == Some(VERSION)).then(|| {
        let (until, latest) = (time(fields.next()?)?, time(fields.next()?)?);
        fields.next().is_none().then_some(Note { until, latest })
    });
    note.flatten().unwrap_or(Note::NONE)
}

#[cfg(test)]
mod tests {
    use super::{Note, read, write};
    use model::Timestamp;

    #[test]
    fn a_note_is_read_as_it_was_written_and_of_anything_else_nothing_is_known() {
        let until = Timestamp::from_millis(1_774_430_043_120);
        for note in [Note::NONE, Note { until, latest: Timestamp::END }] {
            assert_eq!(read(&write(&note)), note);
        }
        for text in ["", "1", "1;2", "1;2;3;4", "2;2;3", "1;x;3", "1;2;3;0"] {
            assert_eq!(read(text), Note::NONE, "{text}");
        }
    }
}
