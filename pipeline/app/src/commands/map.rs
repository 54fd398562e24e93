//! `map`: journey maps and mappings, looked at before they are used.

use super::check::fixtures;
use super::print;
use crate::cli::{MapCommand, Place};
use crate::failure::Failure;
use crate::map_file;
use crate::mapping_file::{self, opening};
use crate::trial::{self, Count};
use intake::{Import, Tried};
use model::JourneyMap;
use rules::Mapping;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Rows of a sample that are compared at most.
const COMPARED_MAX: usize = 100_000;

/// What a file holds.
enum Kind {
    Journey(Box<JourneyMap>),
    Mapping(Box<Mapping>),
}

/// Checks, tries or compares.
pub fn map(place: &Place, command: MapCommand) -> Result<(), Failure> {
    match command {
        MapCommand::Check { files } => files.iter().try_for_each(|file| check(file, place.json)),
        MapCommand::Test { mapping, sample: Some(sample), limit } => {
            test(&mapping, &sample, limit, place.json)
        }
        MapCommand::Test { mapping, sample: None, .. } => {
            let found = fixtures::run(&mapping)?;
            if found.is_empty() {
                let name = mapping.display();
                return Err(Failure::Usage(format!(
                    "{name} has no fixture beside it: name a sample [D0745]"
                )));
            }
            print(|out| found.iter().try_for_each(|found| writeln!(out, "{}", found.said())))?;
            match found.iter().find(|found| found.difference.is_some()) {
                Some(_) => {
                    Err(Failure::Negative("the mapping makes other touchpoints [D0747]".into()))
                }
                None => Ok(()),
            }
        }
        MapCommand::Diff { old, new, sample } => diff(&old, &new, sample.as_deref(), place.json),
    }
}

/// What a file is: a journey map has `[map]` or stages.
fn read(path: &Path) -> Result<Kind, Failure> {
    let text = mapping_file::text(path)?;
    let table: toml::Table = text.parse().unwrap_or_default();
    if table.contains_key("map") || table.contains_key("stage") {
        return map_file::parse(&text, path).map(|map| Kind::Journey(Box::new(map)));
    }
    mapping_file::read(path).map(|mapping| Kind::Mapping(Box::new(mapping)))
}

fn check(path: &Path, is_json: bool) -> Result<(), Failure> {
    let name = path.display().to_string();
    let (sort, said) = match read(path)? {
        Kind::Journey(map) => {
            let stages: Vec<&str> = map.stages.iter().map(|stage| &*stage.name).collect();
            ("journey map", format!("{} version {}: {}", map.name, map.version, stages.join(", ")))
        }
        Kind::Mapping(mapping) => {
            let source = mapping.constant_source().unwrap_or("of each row");
            let source = if source.is_empty() { "not said" } else { source };
            ("mapping", format!("source {source}, {}", mapping.file().format))
        }
    };
    print(|out| match is_json {
        true => writeln!(out, "{}", json!({ "file": name, "is": sort, "good": true })),
        false => writeln!(out, "{name}: a {sort}, {said}"),
    })
}

/// Shows what the first rows of a sample become; an honest negative where one is not read.
fn test(mapping: &Path, sample: &Path, limit: usize, is_json: bool) -> Result<(), Failure> {
    let rows = tried(mapping_file::read(mapping)?, sample, limit)?;
    let mut count = Count::default();
    rows.iter().for_each(|row| count.add(row));
    print(|out| {
        if is_json {
            let mut objects = rows.iter().flat_map(trial::objects);
            return objects.try_for_each(|object| writeln!(out, "{object}"));
        }
        trial::table(&rows, out)?;
        writeln!(out, "{}", count.said())
    })?;
    match count.bad {
        0 => Ok(()),
        bad => Err(Failure::Negative(format!("{bad} rows are not read [D0748]"))),
    }
}

/// The first rows of a sample.
pub fn tried(mapping: Mapping, sample: &Path, limit: usize) -> Result<Vec<Tried>, Failure> {
    let mut import = Import::open(sample, Some(mapping), None).map_err(opening)?;
    let mut rows = Vec::new();
    while rows.len() < limit {
        match import.next_row() {
            Some(row) => rows.push(row.map_err(opening)?),
            None => break,
        }
    }
    Ok(rows)
}

/// Compares two journey maps by what they say, or two mappings by what they make of a sample.
fn diff(old: &Path, new: &Path, sample: Option<&Path>, is_json: bool) -> Result<(), Failure> {
    let usage = |text: &str| Failure::Usage(format!("{text} [D0745]"));
    let (before, after) = match (read(old)?, read(new)?) {
        (Kind::Journey(old), Kind::Journey(new)) => (lines_of(&old), lines_of(&new)),
        (Kind::Mapping(old), Kind::Mapping(new)) => {
            let sample = sample.ok_or_else(|| {
                usage("two mappings are compared by what they make of a sample: name one")
            })?;
            let lines = |mapping: Mapping| {
                let rows = tried(mapping, sample, COMPARED_MAX)?;
                let objects = rows.iter().flat_map(trial::objects);
                Ok::<_, Failure>(objects.map(|object| object.to_string()).collect::<Vec<_>>())
            };
            (lines(*old)?, lines(*new)?)
        }
        _ => return Err(usage("a journey map and a mapping cannot be compared")),
    };
    let (had, has): (BTreeSet<_>, BTreeSet<_>) = (before.iter().collect(), after.iter().collect());
    let gone: Vec<&String> = before.iter().filter(|line| !has.contains(line)).collect();
    let come: Vec<&String> = after.iter().filter(|line| !had.contains(line)).collect();
    print(|out| {
        if is_json {
            return writeln!(out, "{}", json!({ "removed": gone, "added": come }));
        }
        gone.iter().try_for_each(|line| writeln!(out, "- {line}"))?;
        come.iter().try_for_each(|line| writeln!(out, "+ {line}"))
    })?;
    match gone.len() + come.len() {
        0 => Ok(()),
        count => Err(Failure::Negative(format!("{count} lines differ [D0747]"))),
    }
}

/// What a journey map says, a line each, so that equal maps have equal lines.
fn lines_of(map: &JourneyMap) -> Vec<String> {
    let stage = |index: u8| map.stages.get(usize::from(index)).map_or("none", |s| &*s.name);
    let mut lines = vec![
        format!("map {} version {}", map.name, map.version),
        format!("zone {}", map.zone.name()),
        format!("conversion {}", stage(map.conversion)),
        format!("repeat after {}", map.repeat_after),
        format!("grace {}, late {:?}", map.grace, map.late),
        format!("retention {}, touchpoints at most {}", map.retention, map.touchpoints_max),
        format!("last_non_direct passes over {}", map.credit_direct.join(", ")),
        format!("lookback {}", map.credit_lookback),
        format!(
            "path {}",
            map.credit_path.iter().map(|filter| filter.word()).collect::<Vec<_>>().join(", ")
        ),
        format!("custom {}", map.credit_custom.map_or("none".to_owned(), |of| format!("{of:?}"))),
        format!("follow-ups {}", map.cadence_follow_ups.join(", ")),
        format!("landmark {}", map.cadence_landmark),
        format!("intensity {}", map.cadence_intensity),
    ];
    for (index, stage) in map.stages.iter().enumerate() {
        lines.push(format!("stage {} {}, cold after {}", index + 1, stage.name, stage.cold_after));
    }
    for kind in &map.kinds {
        let enters = kind.stage.map_or("nothing", stage);
        let (name, by, money) = (&kind.name, kind.by, kind.money);
        lines.push(format!("kind {name} by {by:?}, enters {enters}, money {money:?}"));
    }
    lines.extend(map.channels.iter().map(|channel| format!("channel {channel}")));
    lines.extend(map.objections.iter().map(|objection| format!("objection {objection}")));
    lines.extend(map.sizes.iter().map(|size| format!("window {size:?}")));
    lines.extend(map.keep.iter().map(|keep| format!("keep {:?} {}", keep.size, keep.span)));
    lines.extend(map.families.iter().map(|family| format!("family {family:?}")));
    lines
}

/// A row as it is compared with what is expected: without lines and wordings, which may change.
pub fn essence(mut object: Value) -> Value {
    if let Some(object) = object.as_object_mut() {
        object.remove("line");
        object.remove("error");
    }
    object
}
