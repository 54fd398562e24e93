//! `[kafka.client]`: what librdkafka knows besides, by its own names; of secrets the place.

use super::{Config, SecretSource};
use crate::failure::Failure;
use kafka::property::{self, Refused};
use serde::de::{Error, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Further settings of the client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientSection(pub BTreeMap<String, ClientValue>);

/// The value of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ClientValue {
    /// As it stands.
    Text(String),
    /// In a file or in a variable of the environment.
    Place(SecretSource),
}

impl ClientSection {
    /// What keeps it from being used: the key, and the fix.
    pub fn mistake(&self) -> Option<String> {
        self.0.iter().find_map(|(name, value)| mistake(name, value))
    }

    /// All of them, with what lies in files and variables.
    fn read(&self, data: &Path) -> Result<BTreeMap<String, String>, Failure> {
        let read = |(name, value): (&String, &ClientValue)| {
            let value = match value {
                ClientValue::Text(text) => text.clone(),
                ClientValue::Place(place) => place.read(data).map_err(|why| {
                    let name = format!("kafka.client {name:?}");
                    Failure::Configuration(format!("could not use {name} of {why} [D0782]"))
                })?,
            };
            Ok((name.clone(), value))
        };
        self.0.iter().map(read).collect()
    }
}

fn mistake(name: &str, value: &ClientValue) -> Option<String> {
    if kafka::OWN.contains(&name) {
        let why = "exactly-once delivery stands on how we set it: take it out";
        return Some(format!("kafka.client has {name:?}: {why}"));
    }
    let is_secret = property::is_secret(name);
    let value = match value {
        ClientValue::Text(_) if is_secret => {
            let fix = "say where it is, { file = \"path\" } or { env = \"NAME\" }";
            return Some(format!(
                "kafka.client {name:?}: a secret itself does not belong here: {fix}"
            ));
        }
        ClientValue::Text(text) => text,
        // Whether librdkafka knows the name is seen without the value as well.
        ClientValue::Place(_) => "",
    };
    match property::refused(name, value)? {
        Refused::Unknown => {
            let fix = rules::suggestion(name, &property::USUAL, "usual are");
            Some(format!("kafka.client {name:?} is not known to librdkafka: {fix}"))
        }
        Refused::Value(words) if !is_secret && !value.is_empty() => {
            Some(format!("kafka.client {name:?} is {value:?}: {words}"))
        }
        Refused::Value(_) => None,
    }
}

impl Config {
    /// The cluster as one instance sees it, with the secrets that it is entered by.
    pub fn cluster(&self, instance: &str) -> Result<kafka::Settings, Failure> {
        let section = &self.kafka;
        let mut settings =
            kafka::Settings::new(&section.brokers, &section.application_id, instance);
        settings.client = section.client.read(&self.log.data)?;
        Ok(settings)
    }
}

impl Serialize for ClientSection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ClientSection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(ClientSection)
    }
}

impl<'de> Deserialize<'de> for ClientValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Value)
    }
}

struct Value;

impl<'de> Visitor<'de> for Value {
    type Value = ClientValue;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text, a number, true or false, { file = \"path\" } or { env = \"NAME\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ClientValue, E> {
        Ok(ClientValue::Text(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, is: bool) -> Result<ClientValue, E> {
        Ok(ClientValue::Text(is.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<ClientValue, E> {
        Ok(ClientValue::Text(number.to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ClientValue, A::Error> {
        // Dots outside of quotes make tables of a name, and what is in them may be a secret.
        let place = SecretSource::deserialize(MapAccessDeserializer::new(map));
        place.map(ClientValue::Place).map_err(|_| {
            A::Error::custom(
                "write the whole name in quotes, \"sasl.mechanism\" = \"PLAIN\", and the place of \
                 a value as { file = \"path\" } or { env = \"NAME\" }",
            )
        })
    }
}
