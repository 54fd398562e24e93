//! Why a command fails, and with which exit code.

use engine::Verdict;
use serve::Refusal;
use std::process::ExitCode;

/// Why a command fails. The code says what whoever called it should do.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An honest negative: an audit that differs, a check that found something. Exit 1.
    #[error("{0}")]
    Negative(String),
    /// The command line is wrong. Exit 64.
    #[error("{0}")]
    Usage(String),
    /// The data is wrong. Exit 65.
    #[error("{0}")]
    Data(String),
    /// A file is not there. Exit 66.
    #[error("{0}")]
    Input(String),
    /// What is asked for is not reachable. Exit 69.
    #[error("{0}")]
    Unavailable(String),
    /// A mistake of ours, or a log that is not trusted. Exit 70.
    #[error("{0}")]
    Internal(String),
    /// A file cannot be written. Exit 73.
    #[error("{0}")]
    Write(String),
    /// The disk failed. Exit 74.
    #[error("{0}")]
    Disk(String),
    /// The same again may work. Exit 75.
    #[error("{0}")]
    Again(String),
    /// Another process holds the folder. Exit 75.
    #[error("{0}")]
    Locked(String),
    /// It is not allowed. Exit 77.
    #[error("{0}")]
    Permission(String),
    /// Configuration, map or mapping. Exit 78.
    #[error("{0}")]
    Configuration(String),
    /// A signal ended it, as it should: 128 and its number.
    #[error("{1}")]
    Interrupted(u8, String),
}

impl Failure {
    /// What the page of its code says to do, where it ends with one.
    pub fn fix(&self) -> Option<String> {
        let text = self.to_string();
        let (_, code) = text.trim_end().strip_suffix(']')?.rsplit_once('[')?;
        let (_, fix) = serve::page(code)?.split_once("**What to do.**")?;
        let paragraph = fix.trim_start().split("\n\n").next()?;
        Some(paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Why a backup was not made, as the thread that made it says.
    pub fn of_backup(text: &str) -> Failure {
        let text = text.to_owned();
        if text.ends_with("[D0750]") { Failure::Usage(text) } else { Failure::Write(text) }
    }

    /// The exit code, as sysexits.h numbers them.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Negative(_) => 1,
            Failure::Usage(_) => 64,
            Failure::Data(_) => 65,
            Failure::Input(_) => 66,
            Failure::Unavailable(_) => 69,
            Failure::Internal(_) => 70,
            Failure::Write(_) => 73,
            Failure::Disk(_) => 74,
            Failure::Again(_) | Failure::Locked(_) => 75,
            Failure::Permission(_) => 77,
            Failure::Configuration(_) => 78,
            Failure::Interrupted(signal, _) => 128 + signal,
        })
    }
}

impl From<Verdict> for Failure {
    fn from(verdict: Verdict) -> Failure {
        match verdict {
            Verdict::Done => Failure::Internal("a call that was done was taken for a fault".into()),
            Verdict::Retry(text) | Verdict::Abort(text) => Failure::Again(text),
            Verdict::Refuse(text) => Failure::Configuration(text),
            // The pages of a full disk and of a failed one.
            Verdict::Fatal(text) if text.ends_with("[D0309]") => Failure::Write(text),
            Verdict::Fatal(text) if text.ends_with("[D0306]") => Failure::Disk(text),
            Verdict::Fenced(text) | Verdict::Corrupted(text) | Verdict::Fatal(text) => {
                Failure::Internal(text)
            }
        }
    }
}

impl From<rocks::Error> for Failure {
    fn from(error: rocks::Error) -> Failure {
        match error {
            rocks::Error::Folder { .. } => Failure::Write(error.to_string()),
            rocks::Error::Locked { .. } => Failure::Locked(error.to_string()),
            _ => Failure::from(error.verdict()),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        match refusal {
            Refusal::Invalid(text) => Failure::Usage(text),
            Refusal::Missing(text) => Failure::Input(text),
            Refusal::Busy(text) => Failure::Again(text),
            Refusal::Broken(text) => Failure::Internal(text),
        }
    }
}
