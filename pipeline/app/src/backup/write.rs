//! Copies what was staged to where the backup goes.

use crate::backup::files::{copy, free, make_empty, take_away};
use crate::backup::jobs::Progress;
use crate::backup::manifest::{DATABASES, Entry, FORMAT, Manifest, PLAIN, Position, seal};
use crate::backup::stage::Stage;
use crate::clock;
use crate::durable::sync_entries;
use crate::failure::Failure;
use crate::installation::Installation;
use engine::Node;
use rocks::{LogOptions, Standing};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Makes a backup in a folder that is not there yet, or empty; answers what is in it.
pub fn write(
    installation: &Installation,
    folder: &Path,
    progress: &Progress,
) -> Result<Value, Failure> {
    let place = folder.display();
    let not_completed = |why: &str| {
        Failure::Write(format!(
            "the backup in {place} was not completed and is taken away, the data folder is as it \
             was: {why} [D0751]"
        ))
    };
    let was_made = make_empty(folder).map_err(|error| match error.kind() {
        ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory => {
            Failure::Usage(format!("no backup can be made in {place}: {error} [D0750]"))
        }
        _ => not_completed(&error.to_string()),
    })?;
    let written =
        Stage::take(installation).and_then(|stage| fill(installation, &stage, folder, progress));
    written.map_err(|failure| {
        take_away(folder, was_made);
        not_completed(&failure.to_string())
    })
}

fn fill(
    installation: &Installation,
    stage: &Stage,
    folder: &Path,
    progress: &Progress,
) -> Result<Value, Failure> {
    let broken = |error: Error| Failure::Write(error.to_string());
    let sources = sources(installation, stage).map_err(broken)?;
    let total = sources.iter().map(|(_, _, bytes)| bytes).sum();
    let kept = if is_one_disk(installation.data(), folder).map_err(broken)? {
        LogOptions::default().free_bytes_min
    } else {
        0
    };
    let room = free(folder);
    if room < kept.saturating_add(total) {
        return Err(Failure::Write(format!(
            "it takes {total} bytes, and of the {room} that are free {kept} are kept for what is \
             accepted"
        )));
    }
    progress.begin(total);
    let mut goes_on = |next: u64| {
        if installation.is_closing() {
            return Err(Error::new(ErrorKind::Interrupted, "the instance was stopped"));
        }
        // Others write to the same disk: none of us takes the last of it.
        if free(folder) < kept.saturating_add(next) {
            return Err(Error::new(ErrorKind::StorageFull, "the disk is nearly full"));
        }
        progress.add(next);
        Ok(())
    };
    let (mut files, mut sums) = (Vec::new(), BTreeMap::new());
    for (path, from, _) in sources {
        let to = folder.join(&path);
        if let Some(parent) = to.parent().filter(|parent| !parent.is_dir()) {
            make_empty(parent).map_err(broken)?;
        }
        let (bytes, sum) = copy(&from, &to, &mut goes_on)
            .map_err(|error| Failure::Write(format!("{path}: {error}")))?;
        sums.insert(path.clone(), sum);
        files.push(Entry { path, bytes });
    }
    for name in DATABASES {
        let database = folder.join(name);
        if database.is_dir() {
            sync_entries(&database).map_err(broken)?;
        }
    }
    let manifest = manifest(installation, stage.standing.as_ref(), files);
    seal(folder, &manifest, sums).map_err(broken)?;
    sync_entries(folder.parent().unwrap_or(folder)).map_err(broken)?;
    Ok(told(folder, &manifest))
}

/// Every file of the backup: its path there, where it is now, its size.
fn sources(
    installation: &Installation,
    stage: &Stage,
) -> std::io::Result<Vec<(String, PathBuf, u64)>> {
    let mut found = Vec::new();
    let mut add = |path: String, from: PathBuf| {
        let bytes = from.metadata()?.len();
        found.push((path, from, bytes));
        Ok::<(), Error>(())
    };
    for name in DATABASES.iter().filter(|_| stage.standing.is_some()) {
        for entry in std::fs::read_dir(stage.folder.join(name))? {
            let entry = entry?;
            let file = entry.file_name().to_string_lossy().into_owned();
            add(format!("{name}/{file}"), entry.path())?;
        }
    }
    for name in PLAIN {
        // A secret that lies elsewhere, in a variable or another folder, is meant to stay there.
        let from = match name {
            "secret" => installation.secret_file().map(Path::to_path_buf),
            _ => Some(installation.data().join(name)),
        };
        if let Some(from) = from.filter(|from| from.is_file()) {
            add(name.to_owned(), from)?;
        }
    }
    found.sort();
    Ok(found)
}

fn is_one_disk(data: &Path, folder: &Path) -> std::io::Result<bool> {
    Ok(data.metadata()?.dev() == folder.metadata()?.dev())
}

fn manifest(
    installation: &Installation,
    standing: Option<&Standing>,
    files: Vec<Entry>,
) -> Manifest {
    let settings = installation.settings();
    let partitions = standing.into_iter().flat_map(|standing| &standing.partitions);
    let touchpoints = partitions.clone().filter(|at| at.topic == settings.topics.touchpoints);
    let marks = standing.into_iter().flat_map(|standing| &standing.marks);
    let insights = marks.filter(|(task, _)| task.node == Node::Insight);
    let position = |at: &rocks::Stand| {
        let (topic, partition) = (at.topic.clone(), at.partition);
        Position { topic, partition, start: at.start, end: at.end }
    };
    Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        time: clock::now().to_string(),
        log: if standing.is_some() { "embedded" } else { "kafka" }.to_owned(),
        partitions: settings.topics.partitions,
        map: (settings.map.name.clone(), settings.map.version),
        fingerprint: settings.secret.fingerprint(),
        as_of: insights.map(|(_, mark)| mark.as_of).min().map(|as_of| as_of.to_string()),
        records: touchpoints.map(|at| at.end - at.start).sum(),
        positions: partitions.map(position).collect(),
        files,
    }
}

/// What is in a backup, by part; the parts add up.
pub fn told(folder: &Path, manifest: &Manifest) -> Value {
    let part = |name: &str| {
        let of = manifest.files.iter().filter(|file| match file.path.split_once('/') {
            Some((folder, _)) => folder == name,
            None => name == "other",
        });
        json!({ "files": of.clone().count(), "bytes": of.map(|file| file.bytes).sum::<u64>() })
    };
    json!({
        "folder": folder.display().to_string(),
        "log": part("log"),
        "state": part("state"),
        "other": part("other"),
        "files": manifest.files.len(),
        "bytes": manifest.bytes(),
        "records": manifest.records,
        "as_of": manifest.as_of,
        "log_is": manifest.log,
    })
}
