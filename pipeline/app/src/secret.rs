//! The installation's secret: made at the first start, readable by its owner alone.

use crate::durable;
use crate::failure::Failure;
use codec::control::Secret;
use std::path::Path;

/// Reads the secret of a data folder, or makes one.
pub fn read_or_make(data: &Path, file: &Path) -> Result<Secret, Failure> {
    let path = data.join(file);
    let unusable = |why: String| {
        Failure::Configuration(format!("could not use secret {}: {why} [D0703]", path.display()))
    };
    match std::fs::read(&path) {
        Ok(bytes) => Secret::new(&bytes)
            .ok_or_else(|| unusable(format!("it has fewer than {} bytes", Secret::BYTES_MIN))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut bytes = [0_u8; 32];
            getrandom::fill(&mut bytes).map_err(|error| unusable(error.to_string()))?;
            durable::write(&path, &bytes).map_err(|error| unusable(error.to_string()))?;
            Secret::new(&bytes).ok_or_else(|| unusable("it is too short".to_owned()))
        }
        Err(error) => Err(unusable(error.to_string())),
    }
}
