//! To a webhook, signed as the Standard Webhooks specification has it: HMAC-SHA-256 over id, time
//! and body, so that its receiver knows whose it is, when it was sent, and whether it was before.

use super::address::Address;
use super::{Message, Undelivered, Why, secret};
use crate::clock;
use crate::config::Config;
use crate::failure::Failure;
use crate::tls;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use std::time::Duration;

/// How long a connection may take, and everything together.
const CONNECT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(20);

/// Bytes of a secret, by the specification.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A receiver over HTTP.
pub struct Webhook {
    agent: ureq::Agent,
    url: String,
    /// The receiver without its path, which may be a secret.
    host: String,
    secret: Vec<u8>,
}

/// Reads `[webhook]`; `None` where nothing is sent.
pub(super) fn checked(config: &Config) -> Result<Option<Address>, String> {
    let section = &config.webhook;
    if section.url.0.is_empty() {
        return Ok(None);
    }
    let address = Address::read(&section.url.0, &["https", "http"]);
    let address = address.map_err(|why| format!("webhook.url {why}"))?;
    if address.scheme == "http" && !address.is_loopback() {
        return Err("webhook.url is http:// and leads to another machine: everybody on the way \
                    could read it, so say https://"
            .to_owned());
    }
    if section.secret.is_none() {
        let fix = "say where it is, { file = \"webhook-secret\" } or { env = \"NAME\" }";
        return Err(format!("webhook.secret is not set, and nothing is sent unsigned: {fix}"));
    }
    Ok(Some(address))
}

impl Webhook {
    /// The webhook that is configured; `None` where there is none.
    pub fn of(config: &Config) -> Result<Option<Webhook>, Failure> {
        let refuse = |why: String| Failure::Configuration(format!("{why} [D0702]"));
        let Some(address) = checked(config).map_err(refuse)? else { return Ok(None) };
        let Some(source) = &config.webhook.secret else { return Ok(None) };
        let text = secret(&config.log.data, "webhook.secret", source)?;
        let secret = key(&text).ok_or_else(|| {
            let fix = "it is whsec_ and the base64 of 24 to 64 bytes";
            Failure::Configuration(format!("could not use webhook.secret: {fix} [D0775]"))
        })?;
        let mut settings = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would take what is signed to somebody else.
            .max_redirects(0)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("desirepath/", env!("CARGO_PKG_VERSION")));
        settings = match &*address.scheme {
            "https" => settings.tls_config(tls::config()),
            _ => settings.proxy(None),
        };
        let port = address.port.map_or(String::new(), |port| format!(":{port}"));
        Ok(Some(Webhook {
            agent: settings.build().into(),
            url: config.webhook.url.0.clone(),
            host: format!("{}://{}{port}", address.scheme, address.host),
            secret,
        }))
    }

    /// Where it leads.
    pub fn place(&self) -> String {
        format!("the webhook at {}", self.host)
    }

    /// Sends it once.
    pub fn send(&self, message: &Message) -> Result<(), Undelivered> {
        let now = clock::wall();
        let body = json!({
            "type": message.kind, "timestamp": now.to_string(), "data": message.data,
        });
        let (body, seconds) = (body.to_string(), now.millis().div_euclid(1_000));
        let answer = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", signature(&self.secret, &message.id, seconds, &body))
            .send(&body);
        let status = answer.map_err(|error| self.unreachable(&error))?.status().as_u16();
        match status {
            200..=299 => Ok(()),
            status => Err(self.refused(status)),
        }
    }

    /// Asks whether the receiver is there, and whether its certificate is to be trusted. What it
    /// answers does not matter: it is asked for nothing.
    pub fn probe(&self) -> Result<String, Undelivered> {
        match self.agent.head(&self.url).call() {
            Ok(_) => Ok(format!("{} is there", self.host)),
            Err(error) => Err(self.unreachable(&error)),
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> Undelivered {
        let host = &self.host;
        let text = format!("could not reach the webhook at {host}: {error} [D0773]");
        Undelivered { why: Why::Unreachable, text }
    }

    fn refused(&self, status: u16) -> Undelivered {
        let (why, words) = match status {
            300..=399 => (Why::Place, ", which leads elsewhere and is not followed"),
            401 | 403 | 407 => (Why::Denied, ""),
            404 | 405 | 410 => (Why::Place, ""),
            408 | 425 | 429 | 500.. => (Why::Later, ""),
            _ => (Why::Refused, ""),
        };
        let host = &self.host;
        let text = format!("the webhook at {host} answers {status}{words} [D0773]");
        Undelivered { why, text }
    }
}

/// The bytes of a secret as it is written; `None` where it is none.
fn key(text: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(text.trim().strip_prefix("whsec_")?).ok()?;
    SECRET_BYTES.contains(&bytes.len()).then_some(bytes)
}

fn signature(secret: &[u8], id: &str, seconds: i64, body: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret).expect("invariant: HMAC takes keys of every length");
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the libraries of Standard Webhooks are tested with.
    #[test]
    fn the_signature_is_the_one_of_the_specification() {
        let secret = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = signature(&secret, id, 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_has_its_prefix_and_24_to_64_bytes() {
        for (bytes, expected) in [(23, false), (24, true), (64, true), (65, false)] {
            let text = format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
            assert_eq!(key(&text).is_some(), expected, "{bytes}");
            assert_eq!(key(&text["whsec_".len()..]), None, "{bytes} without a prefix");
        }
        assert_eq!(key("whsec_not base64"), None);
    }
}
