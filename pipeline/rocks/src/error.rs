//! What can go wrong when a database is opened or used, and the verdict on it.

use std::path::{Path, PathBuf};

use engine::Verdict;

/// What is wrong with the data folder or with a call on it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Stored bytes do not match their checksum, or a chunk is missing.
    #[error("stored data of {what} is not what was written: {detail} [D0301]")]
    Corrupted {
        /// Which data: topic, partition and position, or task and key.
        what: String,
        /// What was found.
        detail: String,
    },
    /// The log lacks its end.
    #[error(
        "the log in {folder} stands at {stands}, and {accepted} had been accepted: its end is \
         missing [D0312]"
    )]
    Shortened {
        /// The folder.
        folder: PathBuf,
        /// What the log holds, as its witness counts.
        stands: u64,
        /// What the witness says.
        accepted: u64,
    },
    /// The file that says how much was accepted holds something else.
    #[error("{path} is no count of what was accepted: it has {bytes} bytes [D0312]")]
    Witness {
        /// The file.
        path: PathBuf,
        /// How long it is.
        bytes: usize,
    },
    /// The folder is in use.
    #[error("data folder {folder} is held by another process: {detail} [D0302]")]
    Locked {
        /// The folder.
        folder: PathBuf,
        /// The words of RocksDB.
        detail: String,
    },
    /// The folder cannot be used.
    #[error("could not use data folder {folder}: {detail} [D0303]")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        detail: String,
    },
    /// A topic is asked for that is not there, or is there with another shape.
    #[error("topic {topic} {detail} [D0304]")]
    Topic {
        /// The topic.
        topic: String,
        /// The two values that differ.
        detail: String,
    },
    /// A position lies outside what is retained.
    #[error("position {position} of {topic}/{partition} lies outside {start} to {end} [D0305]")]
    OutOfRange {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// What was asked for.
        position: u64,
        /// First retained position.
        start: u64,
        /// End of the committed records.
        end: u64,
    },
    /// RocksDB failed; whether a write happened is not known.
    #[error("database failed: {0} [D0306]")]
    Database(String),
    /// A write has failed before: nothing is done any more until a restart.
    #[error("{0}")]
    Stopped(String),
    /// The disk is full; whether a write happened is not known.
    #[error("the disk is full: {0} [D0309]")]
    Full(String),
    /// The disk is nearly full: nothing was written.
    #[error("{free} bytes are free on the disk, {min} are kept for what was accepted [D0310]")]
    NearlyFull {
        /// What is free.
        free: u64,
        /// What is kept.
        min: u64,
    },
}

impl Error {
    /// What the caller must do.
    pub fn verdict(&self) -> Verdict {
        let text = self.to_string();
        match self {
            Error::Corrupted { .. }
            | Error::OutOfRange { .. }
            | Error::Shortened { .. }
            | Error::Witness { .. } => Verdict::Corrupted(text),
            Error::Locked { .. } | Error::Folder { .. } | Error::Topic { .. } => {
                Verdict::Refuse(text)
            }
            Error::Database(_) | Error::Full(_) | Error::Stopped(_) => Verdict::Fatal(text),
            Error::NearlyFull { .. } => Verdict::Retry(text),
        }
    }

    /// Sorts a failed open: a held lock, a damaged file, or a folder that cannot be written.
    pub(crate) fn opening(folder: &Path, error: &rocksdb::Error) -> Error {
        let detail = error.to_string();
        let folder = folder.to_path_buf();
        match detail.as_str() {
            // RocksDB says "IO error" of a file that its own list names and that is not there.
            _ if error.kind() == rocksdb::ErrorKind::Corruption
                || detail.contains("No such file") =>
            {
                Error::Corrupted { what: format!("database {}", folder.display()), detail }
            }
            _ if detail.contains("lock file") || detail.contains("lock hold") => {
                Error::Locked { folder, detail }
            }
            _ => Error::Folder { folder, detail },
        }
    }
}

impl From<rocksdb::Error> for Error {
    fn from(error: rocksdb::Error) -> Self {
        let detail = error.to_string();
        match error.kind() {
            rocksdb::ErrorKind::Corruption => {
                Error::Corrupted { what: "a database file".into(), detail }
            }
            _ if detail.contains("No space left") => Error::Full(detail),
            _ => Error::Database(detail),
        }
    }
}

impl From<Error> for Verdict {
    fn from(error: Error) -> Self {
        error.verdict()
    }
}
