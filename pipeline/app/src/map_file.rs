//! The journey map of a data folder: the one it was made with, until its version changes.

use crate::durable;
use crate::failure::Failure;
use crate::members::Application;
use model::JourneyMap;
use objection::{Addition, Taxonomy};
use std::path::Path;

const STORED: &str = "journey.toml";

/// Whether a folder has a map, as every one has after its first start.
pub fn is_there(data: &Path) -> bool {
    data.join(STORED).exists()
}

/// The map that a folder counts by, as it was written.
pub fn text(data: &Path) -> Result<String, Failure> {
    let stored = data.join(STORED);
    std::fs::read_to_string(&stored).map_err(|error| unreadable(&stored, &error))
}

/// The map that is asked for, held against the one that the folder's counters were made with, and
/// against the one that the other instances of an application count by.
pub fn read(
    data: &Path,
    file: Option<&Path>,
    application: Option<(&str, &Application)>,
) -> Result<JourneyMap, Failure> {
    let stored = data.join(STORED);
    let known = match std::fs::read_to_string(&stored) {
        Ok(text) => Some((parse(&text, &stored)?, text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(unreadable(&stored, &error)),
    };
    let text = match (file, &known) {
        (Some(path), _) => {
            std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?
        }
        (None, Some((_, text))) => text.clone(),
        (None, None) => match application {
            Some((_, application)) => application.map.clone(),
            None => rules::DEFAULT_MAP.to_owned(),
        },
    };
    let map = parse(&text, file.unwrap_or(&stored))?;
    if let Some((name, application)) = application {
        application.check_map(name, &map)?;
    }
    match known {
        Some((known, _)) if known == map => {}
        Some((known, _)) => return Err(changed(&known, &map)),
        None => durable::write(&stored, text.as_bytes()).map_err(|error| {
            Failure::Write(format!("could not write {}: {error} [D0704]", stored.display()))
        })?,
    }
    Ok(map)
}

/// The classes of objections: of the map that is asked for, else of the one that the folder counts
/// by, else those that ship.
pub fn taxonomy(data: &Path, file: Option<&Path>) -> Result<Taxonomy, Failure> {
    let stored = data.join(STORED);
    let path = file.unwrap_or(&stored);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Taxonomy::default());
        }
        Err(error) => return Err(unreadable(path, &error)),
    };
    parse(&text, path)?;
    let name = path.display().to_string();
    let added =
        rules::parse_objections(&text, &name).map_err(|error| configuration(error.into()))?;
    let addition = |rules::Objection { name, phrases }| Addition { name, phrases };
    let taxonomy = Taxonomy::new(added.into_iter().map(addition).collect());
    Ok(taxonomy.expect("invariant: rules refuse what a taxonomy refuses"))
}

/// A journey map of a text; a mistake names its place in the file.
pub fn parse(text: &str, path: &Path) -> Result<JourneyMap, Failure> {
    let name = path.display().to_string();
    rules::parse_map(text, &name).map_err(|error| configuration(error.into()))
}

fn configuration(report: miette::Report) -> Failure {
    Failure::Configuration(format!("{report:?}"))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Input(format!("could not read {}: {error} [D0701]", path.display()))
}

fn changed(known: &JourneyMap, map: &JourneyMap) -> Failure {
    let (old, new) = ((&known.name, known.version), (&map.name, map.version));
    let why = if old == new {
        format!("map {} version {} is not the one that this folder counts with", old.0, old.1)
    } else {
        format!("this folder counts with map {} version {}", old.0, old.1)
    };
    Failure::Configuration(format!(
        "{why}, and {} version {} cannot be folded beside it yet: use another data folder [D0705]",
        new.0, new.1
    ))
}
