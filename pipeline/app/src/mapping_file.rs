//! A mapping as it stands in a file, with the files that it looks words up in.

use crate::failure::Failure;
use intake::{ImportError, with_lookups};
use rules::Mapping;
use std::path::Path;

/// Reads a mapping and its lookups.
pub fn read(path: &Path) -> Result<Mapping, Failure> {
    let mapping = parse(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    with_lookups(mapping, folder).map_err(opening)
}

/// Reads a mapping, and none of its lookups.
pub fn parse(path: &Path) -> Result<Mapping, Failure> {
    let name = path.display().to_string();
    rules::parse_mapping(&text(path)?, &name).map_err(|error| opening(ImportError::Mapping(error)))
}

/// The text of a file.
pub fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::Input(format!("could not read {}: {error} [D0701]", path.display()))
    })
}

/// Why a file is not read, or no further.
pub fn opening(error: ImportError) -> Failure {
    match error {
        ImportError::Mapping(error) => {
            Failure::Configuration(format!("{:?}", miette::Report::new(error)))
        }
        error if error.is_missing() => Failure::Input(error.to_string()),
        error => Failure::Data(error.to_string()),
    }
}
