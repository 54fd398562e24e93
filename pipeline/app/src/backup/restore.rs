//! The way back: a backup becomes a data folder, which is audited before it may be used.

use crate::answers;
use crate::backup::files::{copy, free, make_empty, take_away};
use crate::backup::manifest::{DATABASES, Manifest, read};
use crate::config::{Config, SecretSource};
use crate::durable::{self, sync_entries};
use crate::failure::Failure;
use crate::installation::Installation;
use crate::secret;
use model::Span;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// In a data folder until a restore is complete.
const UNFINISHED: &str = "restoring";

/// Refuses a folder whose restore was cut off: some of its files may be missing.
pub fn check_whole(data: &Path) -> Result<(), Failure> {
    if !data.join(UNFINISHED).exists() {
        return Ok(());
    }
    let data = data.display();
    Err(Failure::Data(format!("a backup was being restored into {data} and is not whole [D0758]")))
}

/// Makes a data folder of a backup, where there is none or an empty one, and audits it. Answers
/// what the backup is, and the outcome of the audit: none where the log is on a cluster, or no
/// longer has everything that was counted. `tell` hears of every piece that is copied, and how much
/// there is in all.
pub fn restore(
    folder: &Path,
    config: &Config,
    tell: &mut dyn FnMut(u64, u64),
) -> Result<(Manifest, Option<Value>), Failure> {
    let (manifest, sums) = read(folder)?;
    check_fit(&manifest, config)?;
    let data = &config.log.data;
    let cannot = |why: &str| {
        Failure::Write(format!("{} cannot be restored into: {why} [D0756]", data.display()))
    };
    let was_made = make_empty(data).map_err(|error| cannot(&error.to_string()))?;
    let restored = fill(folder, (&manifest, &sums), config, tell, &cannot)
        .and_then(|()| prove(&manifest, config));
    match restored {
        Ok(audit) => Ok((manifest, audit)),
        Err(failure) => {
            take_away(data, was_made);
            Err(failure)
        }
    }
}

/// Refuses a configuration under which the folder would not open.
fn check_fit(manifest: &Manifest, config: &Config) -> Result<(), Failure> {
    let (kind, partitions) = (&config.log.kind, config.log.partitions);
    for (key, in_backup, configured) in [
        ("log.kind", &manifest.log, kind),
        ("log.partitions", &manifest.partitions.to_string(), &partitions.to_string()),
    ] {
        if in_backup != configured {
            return Err(Failure::Configuration(format!(
                "the backup was made with {key} = {in_backup}, the configuration says {configured} \
                 [D0759]"
            )));
        }
    }
    Ok(())
}

fn fill(
    folder: &Path,
    (manifest, sums): (&Manifest, &BTreeMap<String, String>),
    config: &Config,
    tell: &mut dyn FnMut(u64, u64),
    cannot: &dyn Fn(&str) -> Failure,
) -> Result<(), Failure> {
    let data = &config.log.data;
    let broken = |error: std::io::Error| cannot(&error.to_string());
    let (needed, room) = (manifest.bytes(), free(data));
    if room < needed {
        return Err(cannot(&format!("it takes {needed} bytes, {room} are free")));
    }
    durable::write(&data.join(UNFINISHED), b"").map_err(broken)?;
    for file in &manifest.files {
        let from = folder.join(&file.path);
        // Its size says first what is cut off, before anything of it is copied.
        match from.metadata().map(|data| data.len()) {
            Ok(bytes) if bytes == file.bytes => {}
            Ok(bytes) if bytes > file.bytes => return Err(altered(folder, &file.path)),
            Ok(bytes) => {
                return Err(Failure::Data(format!(
                    "{}: {} has {bytes} of {} bytes [D0753]",
                    folder.display(),
                    file.path,
                    file.bytes
                )));
            }
            Err(error) => {
                let (folder, path) = (folder.display(), &file.path);
                return Err(Failure::Data(format!("{folder}: {path}: {error} [D0753]")));
            }
        }
        let Some(to) = destination(config, &file.path) else { continue };
        if let Some(parent) = to.parent().filter(|parent| !parent.is_dir()) {
            make_empty(parent).map_err(broken)?;
        }
        let mut goes_on = |next: u64| {
            tell(next, needed);
            Ok(())
        };
        let (_, sum) = copy(&from, &to, &mut goes_on)
            .map_err(|error| cannot(&format!("{}: {error}", file.path)))?;
        if sums.get(&file.path) != Some(&sum) {
            return Err(altered(folder, &file.path));
        }
    }
    for name in DATABASES.iter().filter(|name| data.join(name).is_dir()) {
        sync_entries(&data.join(name)).map_err(broken)?;
    }
    sync_entries(data).map_err(broken)
}

fn altered(folder: &Path, path: &str) -> Failure {
    let folder = folder.display();
    Failure::Data(format!("{folder}: {path} is not what was written [D0754]"))
}

/// Where a file of the backup goes; the secret to where it is looked for, unless that is outside of
/// the data folder.
fn destination(config: &Config, path: &str) -> Option<PathBuf> {
    let data = &config.log.data;
    match (path, &config.log.secret) {
        ("secret", SecretSource::File(file)) if file.is_relative() => Some(data.join(file)),
        ("secret", SecretSource::File(_) | SecretSource::Env(_)) => None,
        _ => Some(data.join(path)),
    }
}

/// Opens what was restored, as the start will, and holds its counters against its log.
fn prove(manifest: &Manifest, config: &Config) -> Result<Option<Value>, Failure> {
    let data = &config.log.data;
    let known = secret::read_or_make(data, &config.log.secret, false)?.fingerprint();
    if known != manifest.fingerprint {
        return Err(Failure::Configuration(
            "the backup was made under another secret than log.secret names [D0759]".to_owned(),
        ));
    }
    let audit = if config.is_kafka() { None } else { audit(manifest, config)? };
    let done = std::fs::remove_file(data.join(UNFINISHED)).and_then(|()| sync_entries(data));
    done.map_err(|error| Failure::Write(format!("{}: {error} [D0756]", data.display())))?;
    Ok(audit)
}

fn audit(manifest: &Manifest, config: &Config) -> Result<Option<Value>, Failure> {
    let installation = Installation::open_unproved(config, Span::NEVER, None)?;
    let proved = installation.catch_up().and_then(|()| {
        for at in &manifest.positions {
            let end = installation.log().bounds(&at.topic, at.partition)?.1;
            if end < at.end {
                let (topic, partition) = (&at.topic, at.partition);
                return Err(serve::Refusal::Broken(format!(
                    "{topic}/{partition} ends at {end}, backup.json says {} [D0754]",
                    at.end
                )));
            }
        }
        let is_whole = manifest.begins_at_zero(&installation.settings().topics.touchpoints);
        is_whole.then(|| answers::audit(&installation)).transpose()
    });
    let closed = installation.close();
    let proved = proved?;
    closed?;
    let Some(outcome) = proved else { return Ok(None) };
    match outcome["differences"].as_u64() {
        Some(0) => Ok(Some(outcome)),
        _ => Err(Failure::Negative(format!(
            "{} counters of the backup are not what the specification says [D0714]",
            outcome["differences"]
        ))),
    }
}
