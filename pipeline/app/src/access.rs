//! Who may come in: keys, sessions and links, kept in `access.json` of the data folder.
//!
//! The file is the truth. Whoever changes it, an instance or a command beside it, holds a lock and
//! writes it whole; an instance looks at every request whether it is another one, so that a key
//! that is revoked opens nothing from then on. Of keys, sessions and links only hashes are kept.

mod ledger;
mod token;

pub use ledger::Ledger;
pub use token::Token;

use crate::failure::Failure;
use crate::{clock, durable};
use model::Timestamp;
use serve::{Gate, Right};
use std::fs::{File, Metadata, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use token::Digest;

/// The file in the data folder.
pub const FILE: &str = "access.json";

/// What is locked while the file is changed: the file itself is replaced.
pub const LOCK: &str = "access.lock";

/// Bytes that the file may have: a thousand of everything are far fewer.
const BYTES_MAX: u64 = 4 * 1_024 * 1_024;

/// The keys of a data folder.
pub struct Access {
    data: PathBuf,
    /// What opens every door to whoever can read the data folder; another one at each start.
    own: Option<Digest>,
    read: Mutex<Read>,
}

/// What was read last, and of which file.
#[derive(Default)]
struct Read {
    stamp: Option<Stamp>,
    ledger: Ledger,
}

/// Tells one file from the next: each is written anew and renamed.
type Stamp = (u64, u64, i64, i64);

fn stamp(of: &Metadata) -> Stamp {
    (of.ino(), of.size(), of.mtime(), of.mtime_nsec())
}

impl Access {
    /// Of a data folder, which need not be there yet.
    pub fn of(data: &Path) -> Access {
        Access { data: data.to_owned(), own: None, read: Mutex::default() }
    }

    /// Likewise, with what a running instance opens every door to.
    pub fn with_own(data: &Path, own: &Token) -> Access {
        Access { own: Some(own.digest()), ..Access::of(data) }
    }

    /// What is known now.
    pub fn ledger(&self) -> Result<Ledger, Failure> {
        Ok(self.current()?.ledger.clone())
    }

    /// Changes what is known, durably. Nothing else changes it meanwhile.
    pub fn change<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> Result<T, Failure> {
        durable::make_folder(&self.data).map_err(|error| unwritten(&self.data, &error))?;
        let lock = self.data.join(LOCK);
        let _locked = hold(&lock)?;
        let mut read = self.current()?;
        let changed = change(&mut read.ledger);
        // What is written is read again, with its stamp: where writing fails nothing has changed.
        read.stamp = None;
        let path = self.data.join(FILE);
        durable::write(&path, read.ledger.text().as_bytes())
            .and_then(|()| give_to_owner(&self.data, &path))
            .and_then(|()| give_to_owner(&self.data, &lock))
            .map_err(|error| unwritten(&path, &error))?;
        Ok(changed)
    }

    /// The ledger as the file has it; read again where that is another one than before.
    fn current(&self) -> Result<MutexGuard<'_, Read>, Failure> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.data.join(FILE);
        let found = match std::fs::metadata(&path) {
            Ok(found) => found,
            Err(error) if is_not_there(&error) => {
                *read = Read::default();
                return Ok(read);
            }
            Err(error) => return Err(unreadable(&path, &error.to_string())),
        };
        if read.stamp == Some(stamp(&found)) {
            return Ok(read);
        }
        // Until it is read, nothing that it said before is still true.
        *read = Read::default();
        if found.size() > BYTES_MAX {
            return Err(unreadable(&path, "it is too large"));
        }
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(|error| unreadable(&path, &error.to_string()))?;
        let ledger = Ledger::parse(&text).map_err(|error| unreadable(&path, &error))?;
        *read = Read { stamp: Some(stamp(&found)), ledger };
        Ok(read)
    }

    /// The ledger, or an empty one where it cannot be read: then nobody comes in by it.
    fn known<T>(&self, ask: impl FnOnce(&Ledger) -> T) -> T {
        match self.current() {
            Ok(read) => ask(&read.ledger),
            Err(error) => {
                tracing::error!(%error, "keys cannot be read");
                ask(&Ledger::default())
            }
        }
    }

    /// Remembers that a key was used today; once a day, as it is written.
    fn remember(&self, digest: Digest, now: Timestamp) {
        let noted = self.change(|ledger| ledger.used(&digest, now));
        if let Err(error) = noted {
            tracing::warn!(%error, "when a key was used could not be written");
        }
    }
}

impl Gate for Access {
    fn right(&self, key: &str) -> Option<Right> {
        let digest = Digest::of(key);
        if self.own.is_some_and(|own| own.is(&digest)) {
            return Some(Right::Admin);
        }
        let now = clock::wall();
        let (right, is_of_today) = self.known(|ledger| ledger.right(&digest, now))?;
        if !is_of_today {
            self.remember(digest, now);
        }
        Some(right)
    }

    fn has_session(&self, session: &str) -> bool {
        let (digest, now) = (Digest::of(session), clock::wall());
        self.known(|ledger| ledger.has_session(&digest, now))
    }

    fn redeem(&self, link: &str) -> Option<serve::Session> {
        let (digest, now) = (Digest::of(link), clock::wall());
        // What no link can be is not worth the disk.
        self.known(|ledger| ledger.has_link(&digest, now)).then_some(())?;
        let opened = Token::new().and_then(|token| {
            let opened = self.change(|ledger| ledger.redeem(&digest, token.digest(), now))?;
            Ok(opened.then_some(token))
        });
        match opened {
            Ok(token) => {
                let (text, lasts) = (token?.text().to_owned(), ledger::SESSION_LASTS);
                tracing::info!("a session was opened by a link");
                Some(serve::Session { text, lasts })
            }
            Err(error) => {
                tracing::error!(%error, "a session could not be opened");
                None
            }
        }
    }
}

/// Also where the data folder is a file: whoever opens it says so better.
fn is_not_there(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Waits until nobody else changes the file.
fn hold(path: &Path) -> Result<File, Failure> {
    let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    let locked = opened.and_then(|file| file.lock().map(|()| file));
    locked.map_err(|error| unwritten(path, &error))
}

/// What root writes here by a command is for the user whose folder it is: the instance could not
/// read it else, and would let nobody in.
fn give_to_owner(data: &Path, path: &Path) -> std::io::Result<()> {
    let (owner, own) = (std::fs::metadata(data)?, std::fs::metadata(path)?);
    match (owner.uid(), owner.gid()) == (own.uid(), own.gid()) || own.uid() != 0 {
        true => Ok(()),
        false => std::os::unix::fs::chown(path, Some(owner.uid()), Some(owner.gid())),
    }
}

fn unreadable(path: &Path, why: &str) -> Failure {
    Failure::Configuration(format!("could not read keys {}: {why} [D0760]", path.display()))
}

fn unwritten(path: &Path, why: &std::io::Error) -> Failure {
    Failure::Write(format!("could not write {}: {why} [D0704]", path.display()))
}

#[cfg(test)]
mod tests;
