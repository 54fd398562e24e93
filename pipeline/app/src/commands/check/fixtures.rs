//! Fixtures: samples beside a mapping, and what it has to make of them.
//!
//! Beside `shop.toml` stand `shop.fixture.csv` and `shop.expected.jsonl`, or with a word between,
//! `shop.refunds.fixture.csv` and `shop.refunds.expected.jsonl`. The second is what
//! `map test shop.toml shop.fixture.csv --json` prints.

use crate::commands::map::{essence, tried};
use crate::failure::Failure;
use crate::mapping_file;
use crate::trial;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Rows of a fixture at most.
const ROWS_MAX: usize = 10_000;

/// A fixture, and how the mapping differs from it.
pub struct Found {
    pub name: String,
    pub rows: usize,
    /// The first line that is another.
    pub difference: Option<String>,
}

impl Found {
    /// What was found, in words.
    pub fn said(&self) -> String {
        match &self.difference {
            None => format!("{}: {} lines as expected", self.name, self.rows),
            Some(difference) => format!("{}: {difference} [D0747]", self.name),
        }
    }
}

/// Runs every fixture of a mapping.
pub fn run(mapping: &Path) -> Result<Vec<Found>, Failure> {
    let parsed = mapping_file::read(mapping)?;
    let mut all = Vec::new();
    for (sample, expected) in pairs(mapping)? {
        let rows = tried(parsed.clone(), &sample, ROWS_MAX)?;
        let is: Vec<Value> = rows.iter().flat_map(trial::objects).map(essence).collect();
        let text = mapping_file::text(&expected)?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let wanted: Result<Vec<Value>, _> = lines.map(serde_json::from_str).collect();
        let wanted = wanted.map_err(|error| {
            let name = expected.display();
            Failure::Data(format!("{name} is no JSON a line: {error} [D0747]"))
        })?;
        let wanted: Vec<Value> = wanted.into_iter().map(essence).collect();
        let name = sample.display().to_string();
        all.push(Found { name, rows: is.len(), difference: difference(&wanted, &is) });
    }
    Ok(all)
}

/// Fixtures of a mapping with what is expected of them, by name.
fn pairs(mapping: &Path) -> Result<Vec<(PathBuf, PathBuf)>, Failure> {
    let folder = match mapping.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let stem = mapping.file_stem().map_or(String::new(), |stem| stem.to_string_lossy().into());
    let unreadable = |error: std::io::Error| {
        Failure::Input(format!("could not read {}: {error} [D0701]", folder.display()))
    };
    let mut pairs = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().map_or(String::new(), |name| name.to_string_lossy().into());
        let Some((before, _)) = name.split_once(".fixture.") else { continue };
        let is_of = before == stem || before.starts_with(&format!("{stem}."));
        let expected = folder.join(format!("{before}.expected.jsonl"));
        if is_of && !expected.is_file() {
            return Err(Failure::Input(format!(
                "{} has no {}: write it by `map test --json` and look at it [D0747]",
                path.display(),
                expected.display()
            )));
        }
        if is_of {
            pairs.push((path, expected));
        }
    }
    pairs.sort();
    Ok(pairs)
}

fn difference(wanted: &[Value], is: &[Value]) -> Option<String> {
    for (index, wanted) in wanted.iter().enumerate() {
        match is.get(index) {
            Some(is) if is == wanted => {}
            Some(is) => {
                return Some(format!("line {} is {is}, expected was {wanted}", index + 1));
            }
            None => return Some(format!("line {} is missing: {wanted}", index + 1)),
        }
    }
    let more = is.get(wanted.len())?;
    Some(format!("line {} is too many: {more}", wanted.len() + 1))
}

/// The mappings beside a configuration: every file of the folder `mappings`.
pub fn beside(config: Option<&Path>) -> Vec<PathBuf> {
    let folder = config.and_then(Path::parent).unwrap_or(Path::new("")).join("mappings");
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut mappings: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    mappings.sort();
    mappings
}
