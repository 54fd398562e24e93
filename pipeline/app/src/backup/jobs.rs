//! Backups beside a running instance: one at a time, on a thread of their own.

use crate::backup::write::write;
use crate::installation::Installation;
use serde_json::{Value, json};
use serve::Refusal;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

/// The last backup that was begun.
#[derive(Default)]
pub struct Backups {
    last: Mutex<Option<(Arc<Progress>, JoinHandle<()>)>>,
}

/// How far a backup is.
pub struct Progress {
    folder: PathBuf,
    bytes: AtomicU64,
    bytes_total: AtomicU64,
    outcome: Mutex<Option<Result<Value, String>>>,
}

impl Progress {
    fn new(folder: PathBuf) -> Progress {
        let (bytes, bytes_total) = (AtomicU64::new(0), AtomicU64::new(0));
        Progress { folder, bytes, bytes_total, outcome: Mutex::new(None) }
    }

    /// So many bytes are to be copied.
    pub fn begin(&self, bytes: u64) {
        self.bytes_total.store(bytes, Ordering::Relaxed);
    }

    /// So many more have been.
    pub fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn end(&self, outcome: Result<Value, String>) {
        *self.outcome.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(outcome);
    }

    fn told(&self) -> Value {
        let outcome = self.outcome.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut told = json!({
            "folder": self.folder.display().to_string(),
            "state": match &*outcome {
                None => "running",
                Some(Ok(_)) => "done",
                Some(Err(_)) => "failed",
            },
            "bytes": self.bytes.load(Ordering::Relaxed),
            "bytes_total": self.bytes_total.load(Ordering::Relaxed),
        });
        match &*outcome {
            None => {}
            Some(Ok(outcome)) => told["outcome"] = outcome.clone(),
            Some(Err(error)) => told["error"] = error.as_str().into(),
        }
        told
    }
}

impl Backups {
    /// Begins one, and does not wait for it.
    pub fn begin(&self, installation: &Arc<Installation>, folder: &str) -> Result<Value, Refusal> {
        let folder = check_place(installation.data(), Path::new(folder))?;
        let mut last = self.last();
        if let Some((progress, handle)) = &*last
            && !handle.is_finished()
        {
            let folder = progress.folder.display();
            return Err(Refusal::Busy(format!("a backup is being made in {folder} [D0752]")));
        }
        let progress = Arc::new(Progress::new(folder.clone()));
        let (installation, done) = (Arc::clone(installation), Arc::clone(&progress));
        let handle = std::thread::Builder::new().name("backup".into()).spawn(move || {
            let written = write(&installation, &folder, &done);
            match &written {
                Ok(_) => tracing::info!(folder = %folder.display(), "a backup was made"),
                Err(why) => tracing::error!("{why}"),
            }
            done.end(written.map_err(|failure| failure.to_string()));
        });
        let handle = handle.map_err(|error| Refusal::Broken(format!("no thread: {error}")))?;
        *last = Some((Arc::clone(&progress), handle));
        Ok(progress.told())
    }

    /// How far the last one is.
    pub fn progress(&self) -> Result<Value, Refusal> {
        match &*self.last() {
            Some((progress, handle)) => {
                let mut told = progress.told();
                // It has ended without an outcome: nobody will ever say one.
                if handle.is_finished() && told["state"] == "running" {
                    told = progress.told();
                    if told["state"] == "running" {
                        return Err(Refusal::Broken("the backup has panicked [D0710]".to_owned()));
                    }
                }
                Ok(told)
            }
            None => Err(Refusal::Missing("no backup has been begun [D0611]".to_owned())),
        }
    }

    /// Waits for one that is being made: whoever closes has told it to end.
    pub fn end(&self) {
        if let Some((_, handle)) = self.last().take() {
            // What it says has been logged.
            let _ = handle.join();
        }
    }

    fn last(&self) -> MutexGuard<'_, Option<(Arc<Progress>, JoinHandle<()>)>> {
        self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Where a backup may go: an absolute path, so that it means the same to whoever asks and to the
/// instance, and not into the data folder, which it would copy for ever.
fn check_place(data: &Path, folder: &Path) -> Result<PathBuf, Refusal> {
    let refuse = |why: &str| {
        let folder = folder.display();
        Err(Refusal::Invalid(format!("no backup can be made in {folder}: {why} [D0750]")))
    };
    if !folder.is_absolute() {
        return refuse("the path is not absolute");
    }
    let is_up = |part| matches!(part, std::path::Component::ParentDir);
    if folder.components().any(is_up) {
        return refuse("the path has .. in it");
    }
    // The part that is there may lead elsewhere by symbolic links.
    let there = folder.ancestors().find_map(|above| above.canonicalize().ok());
    match (there, data.canonicalize()) {
        (Some(there), Ok(data)) if there.starts_with(&data) => {
            refuse("it lies in the data folder itself")
        }
        _ => Ok(folder.to_path_buf()),
    }
}
