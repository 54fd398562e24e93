//! A connection for questions, which hears why the cluster lets nobody in.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka_sys::RDKafkaErrorCode as Code;

use crate::property::words;
use crate::{Error, Settings};

/// How long a first answer may take before the ear is lent to what went wrong.
const FIRST_STEP: Duration = Duration::from_millis(250);

/// How long to listen after each try: a broker that hangs up would be asked without a pause.
const PAUSE: Duration = Duration::from_millis(100);

/// A client of its own that asks and reads nothing.
pub(crate) struct Connection {
    consumer: BaseConsumer<Ear>,
}

impl Connection {
    /// A client; whether anybody answers is known after the first question.
    pub(crate) fn open(settings: &Settings) -> Result<Connection, Error> {
        let refused = |e: KafkaError| Error::Setting { call: "open a client", detail: words(e) };
        let config = settings.admin();
        let consumer = BaseConsumer::from_config_and_context(&config, Ear::default());
        Ok(Connection { consumer: consumer.map_err(refused)? })
    }

    /// All topics with their numbers of partitions. To ask for one by name might create it.
    pub(crate) fn topics(&self, wait: Duration) -> Result<BTreeMap<String, u32>, Error> {
        let until = Instant::now() + wait;
        let mut step = FIRST_STEP;
        loop {
            self.listen(Duration::ZERO)?;
            let left = until.saturating_duration_since(Instant::now());
            match self.consumer.client().fetch_metadata(None, left.min(step)) {
                Ok(metadata) => {
                    let topics = metadata.topics().iter().filter(|topic| topic.error().is_none());
                    let counts = topics.map(|t| (t.name().to_owned(), t.partitions().len() as u32));
                    return Ok(counts.collect());
                }
                Err(error) if left.is_zero() => {
                    self.listen(PAUSE)?;
                    let ear = self.consumer.client().context();
                    let detail = match ear.last() {
                        Some((_, reason)) => format!("{error}: {reason}"),
                        None => error.to_string(),
                    };
                    return Err(Error::Unreachable { call: "list topics", detail });
                }
                // Longer each time: a cluster that is slow must be able to answer too.
                Err(_) => {
                    self.listen(PAUSE)?;
                    step = (step * 2).min(wait);
                }
            }
        }
    }

    /// Hears what came meanwhile; what no patience mends is an error.
    fn listen(&self, mut wait: Duration) -> Result<(), Error> {
        // Each error is told to the ear; nothing else comes, since nothing is read.
        while self.consumer.poll(wait).is_some() {
            wait = Duration::ZERO;
        }
        match self.consumer.client().context().last() {
            Some((code, reason)) => verdict(code, reason),
            None => Ok(()),
        }
    }
}

/// What no patience mends.
fn verdict(code: Code, reason: String) -> Result<(), Error> {
    // A connection that breaks off while TLS is agreed upon is a network's fault, not a setting's.
    let is_certificate = !reason.contains("Disconnected") && !reason.contains("timed out");
    match code {
        Code::Authentication | Code::SaslAuthenticationFailed | Code::UnsupportedSASLMechanism => {
            Err(Error::Credentials { detail: reason })
        }
        Code::SSL if is_certificate => Err(Error::Tls { detail: reason }),
        _ => Ok(()),
    }
}

/// Keeps the last reason why a connection was not made.
#[derive(Default)]
struct Ear {
    last: Mutex<Option<(Code, String)>>,
}

impl Ear {
    fn last(&self) -> Option<(Code, String)> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientContext for Ear {
    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code().unwrap_or(Code::Unknown);
        // It only sums up what was said of each broker before.
        if code == Code::AllBrokersDown {
            return;
        }
        tracing::debug!(target: "librdkafka", "{reason}");
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((code, reason.to_owned()));
    }
}

impl ConsumerContext for Ear {}
