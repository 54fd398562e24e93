//! A classifier elsewhere: an endpoint that answers as OpenAI's chat completions do. It is asked at
//! the door, never in the fold, and only where the configuration names one.
//!
//! ```text
//! ready ──a question fails──► silent, for 5 s, 10 s, … 5 min ──the time is over──► ready
//! ```
//! Whatever it does not answer in time is judged by the model that ships, which says so.

mod budget;
mod masked;
mod question;

use crate::config::{Config, SecretSource};
use crate::delivery::Address;
use crate::failure::Failure;
use crate::tls;
use budget::{Budget, Turn};
use objection::Taxonomy;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of an answer at most: it is a word with some JSON around it.
const ANSWER_BYTES_MAX: u64 = 65_536;

/// The endpoint, ready to be asked.
pub struct Classifier {
    agent: ureq::Agent,
    url: String,
    /// The endpoint without its path.
    host: String,
    model: String,
    secret: Option<String>,
    classes: Vec<String>,
    timeout: Duration,
    budget: Mutex<Budget>,
}

/// What is wrong with `[classifier]`: the key, and the fix.
pub fn mistake(config: &Config) -> Option<String> {
    checked(config).err()
}

fn checked(config: &Config) -> Result<Option<Address>, String> {
    let section = &config.classifier;
    if section.url.0.is_empty() {
        return Ok(None);
    }
    let address = Address::read(&section.url.0, &["https", "http"]);
    let address = address.map_err(|why| format!("classifier.url {why}"))?;
    if address.scheme == "http" && !address.is_loopback() {
        return Err(
            "classifier.url is http:// and leads to another machine: everybody on the way \
                    could read the messages, so say https://"
                .to_owned(),
        );
    }
    if section.model.is_empty() {
        return Err("classifier.model is not set: say the model's name at that endpoint".to_owned());
    }
    if !(Duration::from_millis(100)..=Duration::from_secs(30)).contains(&section.timeout()) {
        let value = &section.timeout;
        return Err(format!("classifier.timeout is {value:?}: say \"100ms\" to \"30s\""));
    }
    match section.questions_per_minute {
        1..=100_000 => Ok(Some(address)),
        count => Err(format!("classifier.questions_per_minute is {count}: 1 to 100000")),
    }
}

impl Classifier {
    /// The endpoint that is configured; `None` where there is none.
    pub fn of(config: &Config, taxonomy: &Taxonomy) -> Result<Option<Classifier>, Failure> {
        let refuse = |why: String| Failure::Configuration(format!("{why} [D0702]"));
        let Some(address) = checked(config).map_err(refuse)? else { return Ok(None) };
        let section = &config.classifier;
        let read = |source: &SecretSource| {
            source.read(&config.log.data).map_err(|why| {
                let text = format!("could not use classifier.secret of {why} [D0775]");
                Failure::Configuration(text)
            })
        };
        let mut settings = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would take messages and the secret to somebody else.
            .max_redirects(0)
            .user_agent(concat!("desirepath/", env!("CARGO_PKG_VERSION")));
        settings = match &*address.scheme {
            "https" => settings.tls_config(tls::config()),
            _ => settings.proxy(None),
        };
        let port = address.port.map_or(String::new(), |port| format!(":{port}"));
        Ok(Some(Classifier {
            agent: settings.build().into(),
            url: section.url.0.trim_end_matches('/').to_owned(),
            host: format!("{}://{}{port}", address.scheme, address.host),
            model: section.model.clone(),
            secret: section.secret.as_ref().map(read).transpose()?,
            classes: taxonomy.names().to_vec(),
            timeout: section.timeout(),
            budget: Mutex::new(Budget::new(section.questions_per_minute)),
        }))
    }

    /// How its answers are called in labels.
    pub fn name(&self) -> &str {
        &self.model
    }

    /// How long a write may wait for all answers to what is in it.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The class that it gives a text, or `none`; `None` where it gives no answer until then, or is
    /// not to be asked now.
    pub fn judge(&self, text: &str, until: Instant) -> Option<String> {
        let now = Instant::now();
        let left = until.checked_duration_since(now).filter(|left| !left.is_zero())?;
        if self.budget().take(now) == Turn::Not {
            return None;
        }
        let answer = self.ask(text, left);
        match answer {
            Ok(class) => {
                if self.budget().answered() {
                    tracing::info!("the classifier at {} answers again", self.host);
                }
                Some(class)
            }
            Err(why) => {
                let pause = self.budget().failed(Instant::now());
                tracing::warn!(
                    "could not use the classifier at {}: {why}; for {} s messages are judged \
                     offline [D0825]",
                    self.host,
                    pause.as_secs()
                );
                None
            }
        }
    }

    fn ask(&self, text: &str, left: Duration) -> Result<String, String> {
        let body = question::asked(&self.model, &self.classes, &masked::masked(text)).to_string();
        let mut request = self
            .agent
            .post(format!("{}/chat/completions", self.url))
            .config()
            .timeout_global(Some(left))
            .build()
            .header("content-type", "application/json");
        if let Some(secret) = &self.secret {
            request = request.header("authorization", format!("Bearer {secret}"));
        }
        // The words of an error name the host, and neither the secret nor the text.
        let mut answer = request.send(&body).map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(format!("it answers {status}"));
        }
        let read = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        let read = read.map_err(|error| format!("its answer cannot be read: {error}"))?;
        question::answered(&read, &self.classes)
            .ok_or_else(|| "its answer is none of the classes".to_owned())
    }

    /// Asks whether it is there and lets us in; shows it no message.
    pub fn probe(&self) -> Result<String, String> {
        let mut request = self.agent.get(format!("{}/models", self.url));
        if let Some(secret) = &self.secret {
            request = request.header("authorization", format!("Bearer {secret}"));
        }
        let asked = request.config().timeout_global(Some(self.timeout)).build().call();
        let host = &self.host;
        match asked.map(|answer| answer.status().as_u16()) {
            Ok(status @ (401 | 403)) => Err(format!(
                "the classifier at {host} answers {status}: set classifier.secret [D0825]"
            )),
            Ok(_) => Ok(format!("{host} is there")),
            Err(error) => Err(format!("could not reach the classifier at {host}: {error} [D0825]")),
        }
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
