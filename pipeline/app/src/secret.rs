//! The installation's secret: made at the first start, readable by its owner alone.

use crate::config::SecretSource;
use crate::durable;
use crate::failure::Failure;
use codec::control::Secret;
use std::path::Path;

/// Reads the secret of a data folder from where it is, or makes one where that is a file and the
/// folder is new: with another one, records that are signed would be dead letters at a replay, and
/// customers who are known by an identifier alone would be others.
pub fn read_or_make(data: &Path, source: &SecretSource, is_new: bool) -> Result<Secret, Failure> {
    match source {
        SecretSource::File(file) => of_file(&data.join(file), is_new),
        SecretSource::Env(name) => {
            let unusable = |why: &str| unusable(&format!("of variable {name}"), why);
            let value = std::env::var(name).map_err(|error| unusable(&error.to_string()))?;
            Secret::new(value.as_bytes()).ok_or_else(|| unusable(&too_short()))
        }
    }
}

fn unusable(secret: &str, why: &str) -> Failure {
    Failure::Configuration(format!("could not use secret {secret}: {why} [D0703]"))
}

fn too_short() -> String {
    format!("it has fewer than {} bytes", Secret::BYTES_MIN)
}

fn of_file(path: &Path, is_new: bool) -> Result<Secret, Failure> {
    let unusable = |why: String| unusable(&path.display().to_string(), &why);
    match std::fs::read(path) {
        Ok(bytes) => Secret::new(&bytes).ok_or_else(|| unusable(too_short())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_new => {
            Err(Failure::Configuration(format!(
                "secret {} is gone, and what the log holds was signed with it [D0744]",
                path.display()
            )))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut bytes = [0_u8; 32];
            getrandom::fill(&mut bytes).map_err(|error| unusable(error.to_string()))?;
            durable::write(path, &bytes).map_err(|error| unusable(error.to_string()))?;
            Secret::new(&bytes).ok_or_else(|| unusable(too_short()))
        }
        Err(error) => Err(unusable(error.to_string())),
    }
}
