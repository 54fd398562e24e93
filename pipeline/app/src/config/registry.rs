//! `[registry]`: where the schemas of records in Avro are.

use super::SecretSource;
use serde::{Deserialize, Serialize};

/// A registry of schemas that answers as Confluent's does, for sources in Avro.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RegistrySection {
    /// Its address, up to where `/schemas` begins: `https://registry.example.org`. With a password
    /// or a token it is `https://`, or `http://` on loopback alone.
    pub url: String,
    /// Who signs in; nobody without one.
    pub user: String,
    /// Where the password is: a file, within the data folder unless its path is absolute, or a
    /// variable of the environment.
    pub password: Option<SecretSource>,
    /// Where a token is that lets in without a password, likewise.
    pub token: Option<SecretSource>,
}
