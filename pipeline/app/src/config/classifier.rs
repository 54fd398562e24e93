//! `[classifier]`: whoever else is asked what messages are about. Nobody is unless it is said here.

use super::SecretSource;
use super::sending::Url;
use model::Span;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// `[classifier]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ClassifierSection {
    /// An endpoint that answers as OpenAI's chat completions do, up to `/v1`: `https://`, or
    /// `http://` on loopback alone. Messages leave this machine for it, without addresses and long
    /// numbers. Nobody is asked without one: the model that ships judges alone.
    pub url: Url,
    /// The model's name there.
    pub model: String,
    /// Where the secret is that is sent as `Authorization: Bearer`; none is sent without one.
    pub secret: Option<SecretSource>,
    /// How long a write may wait for all answers to what is in it, `100ms` to `30s`; what is not
    /// answered by then is judged offline.
    pub timeout: String,
    /// How many messages a minute it is asked about at most; the others are judged offline.
    #[cfg_attr(test, schemars(range(min = 1, max = 100_000)))]
    pub questions_per_minute: u32,
}

impl Default for ClassifierSection {
    fn default() -> Self {
        ClassifierSection {
            url: Url::default(),
            model: String::new(),
            secret: None,
            timeout: "2s".to_owned(),
            questions_per_minute: 60,
        }
    }
}

impl ClassifierSection {
    /// How long a write may wait; nothing where it is no length of time.
    pub fn timeout(&self) -> Duration {
        let span = Span::parse(&self.timeout).filter(|span| *span != Span::NEVER);
        Duration::from_millis(u64::try_from(span.map_or(0, Span::millis)).unwrap_or(0))
    }
}
