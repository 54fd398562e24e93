//! Where the secret is, never what it is.

use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::path::{Path, PathBuf};

/// Where the secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// In a file; made at the first start when it is not there.
    File(PathBuf),
    /// In a variable of the environment, by its name.
    Env(String),
}

/// Bytes of a secret at most.
const BYTES_MAX: u64 = 64 * 1_024;

impl SecretSource {
    /// The text of a password, without the end of its last line; of a relative path within the data
    /// folder. Or the place and why it cannot be used.
    pub fn read(&self, data: &Path) -> Result<String, String> {
        let text = match self {
            SecretSource::Env(name) => {
                std::env::var(name).map_err(|error| format!("variable {name}: {error}"))?
            }
            SecretSource::File(file) => {
                let path = data.join(file);
                let unusable = |why: &dyn fmt::Display| format!("{}: {why}", path.display());
                let size = std::fs::metadata(&path).map(|found| found.len());
                if size.is_ok_and(|bytes| bytes > BYTES_MAX) {
                    return Err(unusable(&"it is no secret but something large"));
                }
                std::fs::read_to_string(&path).map_err(|error| unusable(&error))?
            }
        };
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

const FIX: &str = "say where it is, { file = \"secret\" } or { env = \"NAME\" }";

impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Source)
    }
}

struct Source;

impl<'de> Visitor<'de> for Source {
    type Value = SecretSource;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the place of a secret: {FIX}")
    }

    // The words of serde would repeat the value, which may be the secret.
    fn visit_str<E: Error>(self, _: &str) -> Result<SecretSource, E> {
        Err(E::custom(format!("a secret itself does not belong here: {FIX}")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretSource, A::Error> {
        let refuse = || A::Error::custom(format!("the place of a secret is not clear: {FIX}"));
        let source = match map.next_key::<String>()?.as_deref() {
            Some("file") => SecretSource::File(map.next_value()?),
            Some("env") => SecretSource::Env(map.next_value()?),
            Some(_) | None => return Err(refuse()),
        };
        match map.next_key::<String>()? {
            None => Ok(source),
            Some(_) => Err(refuse()),
        }
    }
}

impl Serialize for SecretSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            SecretSource::File(path) => map.serialize_entry("file", path)?,
            SecretSource::Env(name) => map.serialize_entry("env", name)?,
        }
        map.end()
    }
}
