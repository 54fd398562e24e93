//! The instant that a backup holds: checkpoints of both databases, taken inside the data folder.
//!
//! Hard links need the same disk, and take no time; copying to where the backup goes may take long,
//! and the worker does not wait for that. What is staged is taken away afterwards, or by the next
//! start.

use crate::backup::files::free;
use crate::failure::Failure;
use crate::installation::Installation;
use crate::logs::DoorLog;
use rocks::{LogOptions, Standing};
use std::path::{Path, PathBuf};

const NAME: &str = "staged";

/// Checkpoints that lie in the data folder until this is dropped.
pub struct Stage {
    /// Where.
    pub folder: PathBuf,
    /// Where the log stands in it; `None` where it is on a cluster.
    pub standing: Option<Standing>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What stays takes room until the next start, and nothing else.
        let _ = clean(self.folder.parent().unwrap_or(&self.folder));
    }
}

/// Takes away what a backup that was cut off has left in a data folder.
pub fn clean(data: &Path) -> std::io::Result<()> {
    let folder = data.join(NAME);
    if folder.exists() { std::fs::remove_dir_all(folder) } else { Ok(()) }
}

impl Stage {
    /// Takes both checkpoints, the states first: what is in them was committed before it was
    /// written there, so that a log that is taken later has it. The other way round states would
    /// stand beyond the log, which a start refuses [D0401].
    pub fn take(installation: &Installation) -> Result<Stage, Failure> {
        let data = installation.data();
        let DoorLog::Embedded(log) = installation.log() else {
            return Ok(Stage { folder: data.join(NAME), standing: None });
        };
        check_room(data)?;
        clean(data).map_err(unusable)?;
        let mut stage = Stage { folder: data.join(NAME), standing: None };
        std::fs::create_dir(&stage.folder).map_err(unusable)?;
        let states = stage.folder.join("state");
        installation.ask(move |tasks| {
            tasks.flush()?;
            Ok(tasks.store().checkpoint(&states)?)
        })?;
        stage.standing = Some(log.checkpoint(&stage.folder.join("log"))?);
        Ok(stage)
    }
}

fn unusable(error: std::io::Error) -> Failure {
    Failure::Write(format!("the checkpoint could not be taken: {error}"))
}

/// States in memory become tables, and the newest write-ahead log is copied: neither may take the
/// room that is kept for what was accepted.
fn check_room(data: &Path) -> Result<(), Failure> {
    let files = std::fs::read_dir(data.join("log")).map_err(unusable)?.flatten();
    let logs = files.filter(|file| file.file_name().to_string_lossy().ends_with(".log"));
    let bytes: u64 = logs.filter_map(|file| Some(file.metadata().ok()?.len())).sum();
    let needed = LogOptions::default().free_bytes_min + bytes;
    match free(data) {
        free if free < needed => Err(Failure::Write(format!(
            "{free} bytes are free on the disk of the data folder, {needed} are needed to begin"
        ))),
        _ => Ok(()),
    }
}
