//! `backup`: the installation as it is now, into a folder, also while it runs.

use super::print;
use crate::bar::Bar;
use crate::cli::Place;
use crate::config::Config;
use crate::failure::Failure;
use crate::target::{Target, with_existing};
use serde_json::Value;
use serve::Question;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// How often it is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// Makes a backup and waits for it.
pub fn backup(place: &Place, config: &Config, folder: &Path) -> Result<(), Failure> {
    let folder = std::path::absolute(folder)
        .map_err(|error| Failure::Usage(format!("{}: {error} [D0750]", folder.display())))?;
    let folder = folder.display().to_string();
    let outcome = with_existing(place, config, |target| {
        target.ask(&Question::Backup { folder: folder.clone() })?;
        wait(target, &folder)
    })?;
    print(|out| match place.json {
        true => writeln!(out, "{outcome}"),
        false => tell(out, &outcome),
    })
}

fn wait(target: &Target, folder: &str) -> Result<Value, Failure> {
    let bar = Bar::new(Path::new(folder), None);
    loop {
        let mut told = target.ask(&Question::BackupProgress)?;
        if told["state"] == "running" {
            let number = |name: &str| told[name].as_u64().unwrap_or(0);
            bar.show_bytes(number("bytes"), number("bytes_total"));
            std::thread::sleep(ASK_EVERY);
            continue;
        }
        bar.clear();
        return match told["error"].as_str() {
            None => Ok(told["outcome"].take()),
            Some(error) => Err(Failure::of_backup(error)),
        };
    }
}

/// What is in a backup: its parts, and a last line that adds up.
pub fn tell(out: &mut dyn Write, outcome: &Value) -> std::io::Result<()> {
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    for name in ["log", "state", "other"] {
        let (files, bytes) = (number(&outcome[name]["files"]), number(&outcome[name]["bytes"]));
        writeln!(out, "{name:<6} {files:>6} files {bytes:>15} bytes")?;
    }
    let (files, bytes) = (number(&outcome["files"]), number(&outcome["bytes"]));
    let folder = outcome["folder"].as_str().unwrap_or_default();
    write!(out, "backup {files:>6} files {bytes:>15} bytes in {folder}: ")?;
    if outcome["log_is"] == "kafka" {
        return writeln!(out, "the log stays on the cluster");
    }
    let as_of = outcome["as_of"].as_str().unwrap_or("never");
    writeln!(out, "{} records of touchpoints, as of {as_of}", number(&outcome["records"]))
}
