//! A registry of schemas that is asked as Confluent's is, over HTTP.
//!
//! Only its own word that it has no schema of a number says something of a record. Whatever else
//! goes wrong is an outage, which says nothing of anything.

use crate::config::{Config, RegistrySection};
use crate::delivery::Address;
use crate::failure::Failure;
use crate::tls;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use intake::{Learned, Registered, SchemaId};
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a connection may take, and an answer.
const CONNECT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of an answer at most: the schemas of the largest systems have a few hundred thousand.
const BODY_BYTES_MAX: u64 = 4 * 1_024 * 1_024;

/// Schemas that one names, with those that they name.
const REFERENCES_MAX: usize = 256;

/// What a registry says of a number that it does not know, beside the status 404.
const UNKNOWN: u64 = 40_403;

/// A registry that is asked.
pub struct Registry {
    agent: ureq::Agent,
    url: String,
    /// Its address without a path, for messages.
    host: String,
    authorization: Option<String>,
}

/// Why a registry has not answered what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} [D0466]")]
pub struct Outage(String);

/// What is wrong with `[registry]`, if something is.
pub fn mistake(section: &RegistrySection) -> Option<String> {
    let RegistrySection { url, user, password, token } = section;
    let has_secret = password.is_some() || token.is_some();
    if url.is_empty() {
        let is_said = !user.is_empty() || has_secret;
        return is_said
            .then(|| "registry.url is not set, and user or token are: set it".to_owned());
    }
    let address = match Address::read(url, &["https", "http"]) {
        Ok(address) => address,
        Err(why) => return Some(format!("registry.url {why}")),
    };
    if url.contains(['?', '#']) {
        return Some("registry.url has a query: say the address up to /schemas".to_owned());
    }
    if user.is_empty() != password.is_none() {
        return Some("registry.user and registry.password go together: set both".to_owned());
    }
    if password.is_some() && token.is_some() {
        return Some("registry has a password and a token: one lets you in, say one".to_owned());
    }
    if has_secret && address.scheme == "http" && !address.is_loopback() {
        return Some(
            "registry.url is http:// and leads to another machine: everybody on the way could \
             read the password, so say https://"
                .to_owned(),
        );
    }
    None
}

impl Registry {
    /// The registry that is configured; `None` where there is none.
    pub fn of(config: &Config) -> Result<Option<Registry>, Failure> {
        let RegistrySection { url, user, password, token } = &config.registry;
        if url.is_empty() {
            return Ok(None);
        }
        let refuse = |why: String| Failure::Configuration(format!("registry.url {why} [D0702]"));
        let address = Address::read(url, &["https", "http"]).map_err(refuse)?;
        let secret = |name: &str, place: &crate::config::SecretSource| {
            place.read(&config.log.data).map_err(|why| {
                Failure::Configuration(format!("could not use registry.{name} of {why} [D0467]"))
            })
        };
        let authorization = match (password, token) {
            (Some(password), _) => {
                let both = format!("{user}:{}", secret("password", password)?);
                Some(format!("Basic {}", BASE64_STANDARD.encode(both)))
            }
            (None, Some(token)) => Some(format!("Bearer {}", secret("token", token)?)),
            (None, None) => None,
        };
        let mut settings = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would take the password to somebody else.
            .max_redirects(0)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("desirepath/", env!("CARGO_PKG_VERSION")));
        settings = match &*address.scheme {
            "https" => settings.tls_config(tls::config()),
            _ => settings.proxy(None),
        };
        let port = address.port.map_or(String::new(), |port| format!(":{port}"));
        Ok(Some(Registry {
            agent: settings.build().into(),
            url: url.trim_end_matches('/').to_owned(),
            host: format!("{}://{}{port}", address.scheme, address.host),
            authorization,
        }))
    }

    /// The schema of a number, with those that it names.
    pub fn schema(&self, id: SchemaId) -> Result<Learned, Outage> {
        let (status, answer) = self.get(&format!("/schemas/ids/{id}"))?;
        if status == 404 && answer["error_code"].as_u64() == Some(UNKNOWN) {
            return Ok(Learned::Unknown);
        }
        let (schema, answer) = self.read(status, answer)?;
        if !is_avro(&answer) {
            let kind = answer["schemaType"].as_str().unwrap_or_default();
            return Ok(Learned::Other(format!("it is of {kind}")));
        }
        let (mut named, mut seen) = (Vec::new(), BTreeSet::new());
        self.references(&answer, &mut named, &mut seen)?;
        Ok(Learned::Schema(Registered { schema, named }))
    }

    /// Schemas that one names, each behind those that it names itself.
    fn references(
        &self,
        answer: &Value,
        named: &mut Vec<String>,
        seen: &mut BTreeSet<(String, u64)>,
    ) -> Result<(), Outage> {
        for reference in answer["references"].as_array().into_iter().flatten() {
            let (subject, version) = (reference["subject"].as_str(), reference["version"].as_u64());
            let (Some(subject), Some(version)) = (subject, version) else {
                return Err(self.outage("answers with a reference that names no schema"));
            };
            if !seen.insert((subject.to_owned(), version)) {
                continue;
            }
            if seen.len() > REFERENCES_MAX {
                return Err(self.outage(&format!("has a schema of {REFERENCES_MAX} and more")));
            }
            let path = format!("/subjects/{}/versions/{version}", encoded(subject));
            let (status, answer) = self.get(&path)?;
            let (schema, answer) = self.read(status, answer)?;
            self.references(&answer, named, seen)?;
            named.push(schema);
        }
        Ok(())
    }

    /// The schema in an answer.
    fn read(&self, status: u16, answer: Value) -> Result<(String, Value), Outage> {
        match (status, answer["schema"].as_str()) {
            // Whatever is registered as Avro is JSON.
            (200, Some(schema)) if is_avro(&answer) && !is_json(schema) => {
                Err(self.outage("answers with a schema that is no json"))
            }
            (200, Some(schema)) => Ok((schema.to_owned(), answer)),
            (200, None) => Err(self.outage("answers, but with no schema: is it a registry?")),
            (401 | 403, _) => {
                let fix = "look at user and password, or token, under [registry]";
                Err(self.outage(&format!("answers {status}: {fix}")))
            }
            (404, _) if answer["error_code"].is_null() => {
                Err(self.outage("answers 404: is the path of registry.url right?"))
            }
            (status, _) => Err(self.outage(&format!("answers {status}"))),
        }
    }

    fn get(&self, path: &str) -> Result<(u16, Value), Outage> {
        let mut answer = self.call(path)?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(BODY_BYTES_MAX).read_to_string();
        let body = body.map_err(|error| self.unreachable(&error))?;
        Ok((status, serde_json::from_str(&body).unwrap_or(Value::Null)))
    }

    fn call(&self, path: &str) -> Result<ureq::http::Response<ureq::Body>, Outage> {
        let mut request = self.agent.get(format!("{}{path}", self.url));
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let accept = "application/vnd.schemaregistry.v1+json, application/json";
        let answer = request.header("accept", accept).call();
        answer.map_err(|error| self.unreachable(&error))
    }

    fn unreachable(&self, error: &ureq::Error) -> Outage {
        self.outage(&format!("does not answer: {error}"))
    }

    fn outage(&self, why: &str) -> Outage {
        Outage(format!("registry at {} {why}", self.host))
    }

    /// Asks whether it is there and lets us in.
    pub fn probe(&self) -> Result<String, Outage> {
        // How many subjects there are does not matter, so the body is left.
        match self.call("/subjects")?.status().as_u16() {
            200 => Ok(format!("{} answers", self.host)),
            status => self.read(status, Value::Null).map(|(answer, _)| answer),
        }
    }
}

/// Whether a schema is one of Avro, which need not be said.
fn is_avro(answer: &Value) -> bool {
    answer["schemaType"].as_str().is_none_or(|kind| kind == "AVRO")
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// A subject as part of a path.
fn encoded(subject: &str) -> String {
    let mut out = String::with_capacity(subject.len());
    for byte in subject.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests;
