//! How far the notices of one way have come: a small file in the data folder, replaced whole; with
//! several instances a record that whoever tells them next goes on from.

use crate::durable;
use crate::members::Members;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{Error, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;

/// The last moves that were told and are remembered: what comes again is not told again.
const REMEMBERED_MAX: usize = 4_096;

/// By partition of the topic of moves.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// What lies before was told, or is not to be.
    pub told: Vec<u64>,
    /// What lies before is in the message that is being sent; written before it is sent, so that
    /// the same message has the same id after a crash.
    pub sending: Option<Vec<u64>>,
    /// The moves that were told last, by id.
    pub ids: Vec<String>,
}

impl Position {
    /// At an end.
    pub fn at(told: Vec<u64>) -> Position {
        Position { told, sending: None, ids: Vec::new() }
    }

    /// What is being sent was taken by the other side.
    pub fn acknowledge(&mut self, ids: impl Iterator<Item = String>) {
        if let Some(sending) = self.sending.take() {
            self.told = sending;
        }
        self.ids.extend(ids);
        let surplus = self.ids.len().saturating_sub(REMEMBERED_MAX);
        self.ids.drain(..surplus);
    }
}

/// Where it is kept.
pub enum Place {
    /// A file of this instance.
    File(PathBuf),
    /// A record under a key, for all instances.
    Shared(Arc<Members>, String),
}

impl Place {
    /// Reads it; `None` where there is none yet.
    pub fn read(&self, partitions: usize) -> Result<Option<Position>, Error> {
        let text = match self {
            Place::File(path) => match std::fs::read(path) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                text => text?,
            },
            Place::Shared(members, key) => match members.note(key).map_err(Error::other)? {
                None => return Ok(None),
                Some(text) => text,
            },
        };
        let position: Position = serde_json::from_slice(&text)?;
        let fits = |positions: &Vec<u64>| positions.len() == partitions;
        match fits(&position.told) && position.sending.as_ref().is_none_or(fits) {
            true => Ok(Some(position)),
            false => Err(Error::new(ErrorKind::InvalidData, "it is of other partitions")),
        }
    }

    /// Replaces it; once this returns it is durable.
    pub fn write(&self, position: &Position) -> Result<(), Error> {
        match self {
            Place::File(path) => durable::write(path, &serde_json::to_vec(position)?),
            Place::Shared(members, key) => members.keep(key, position).map_err(Error::other),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(path) => path.display().fmt(out),
            Place::Shared(members, key) => write!(out, "{key} of {}", members.application()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_was_written_and_nothing_else_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notices");
        let file = Place::File(path.clone());
        assert_eq!(file.read(2).expect("none"), None);
        let mut position = Position::at(vec![3, 4]);
        position.sending = Some(vec![5, 4]);
        file.write(&position).expect("written");
        assert_eq!(file.read(2).expect("read"), Some(position.clone()));
        position.acknowledge(["a".to_owned(), "b".to_owned()].into_iter());
        assert_eq!((&position.told, &position.sending), (&vec![5, 4], &None));
        file.write(&position).expect("written");
        assert_eq!(file.read(2).expect("read"), Some(position));
        assert!(file.read(3).is_err(), "of other partitions");
        for text in ["", "{}", "{\"told\": [1, 2]}", "{\"told\": [-1, 2], \"ids\": []}"] {
            std::fs::write(&path, text).expect("a file");
            assert!(file.read(2).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_last_moves_are_remembered() {
        let mut position = Position::at(vec![0]);
        for round in 0..3 {
            position.acknowledge((0..2_000).map(|n| format!("{round}-{n}")));
        }
        assert_eq!(position.ids.len(), REMEMBERED_MAX);
        assert_eq!(position.ids.last().map(String::as_str), Some("2-1999"));
    }
}
