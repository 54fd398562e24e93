//! Configuration: defaults, the file, the environment, flags; the later wins.

mod classifier;
mod client;
mod read;
mod registry;
mod secret_source;
mod sending;
mod source;

pub use classifier::ClassifierSection;
pub use client::ClientSection;
pub use read::{Origins, leaves};
pub use registry::RegistrySection;
pub use secret_source::SecretSource;
pub use sending::{MailSection, NotifySection, WebhookSection};
pub use source::SourceSection;

use crate::classifier::mistake as classifier_mistake;
use crate::delivery;
use crate::failure::Failure;
use crate::retention::Keep;
use codec::{Format, Partitioner};
use engine::Topics;
use model::Span;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The least time that the log may keep records: replays and readers need some.
const RETENTION_MIN: Span = Span::from_hours(1);

/// The file that is read where none is named.
const FILE: &str = "desirepath.toml";

/// Everything that can be configured; every key has a default.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The log and the data folder.
    pub log: LogSection,
    /// The doors.
    pub http: HttpSection,
    /// The journey map.
    pub map: MapSection,
    /// Clocks.
    pub time: TimeSection,
    /// The cluster, where `log.kind` says so.
    pub kafka: KafkaSection,
    /// The mail server that a digest and notices go through.
    pub mail: MailSection,
    /// The webhook that they go to.
    pub webhook: WebhookSection,
    /// What a running instance says by itself.
    pub notify: NotifySection,
    /// Whoever else is asked what messages are about.
    pub classifier: ClassifierSection,
    /// Where the schemas of records in Avro are.
    pub registry: RegistrySection,
    /// Topics of other systems.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<SourceSection>,
}

/// `[log]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct LogSection {
    /// `embedded` or `kafka`.
    #[cfg_attr(test, schemars(extend("enum" = ["embedded", "kafka"])))]
    pub kind: String,
    /// The data folder: the log and the states, on Kafka the states alone.
    pub data: PathBuf,
    /// Partitions of every topic; fixed once the folder is made.
    #[cfg_attr(test, schemars(range(min = 1, max = 1024)))]
    pub partitions: u32,
    /// `avro` or `json`: the form of what we write to topics.
    #[cfg_attr(test, schemars(extend("enum" = ["avro", "json"])))]
    pub format: String,
    /// How long the log in the folder keeps touchpoints, and the frames between the tasks:
    /// `forever`, or `1h` at least. States hold what is deleted; they can then no longer be made
    /// anew from the log, and `audit` says what it cannot see.
    pub retention: String,
    /// How long it keeps transitions, and how counters came to stand as they do: `forever`, or `1h`
    /// at least. The latest of every counter stays.
    pub retention_outputs: String,
    /// Signs control records and hashes identifiers: a file, within the data folder unless its
    /// path is absolute, or a variable of the environment.
    pub secret: SecretSource,
}

/// `[http]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct HttpSection {
    /// Address and port.
    pub listen: String,
    /// Names under which browsers and programs may ask, without a port, beside those of loopback.
    pub hosts: Vec<String>,
    /// Where the other instances of an application on Kafka reach this one, such as
    /// `https://10.0.0.7:8080`; the address that it listens at without one.
    pub advertise: Option<String>,
    /// Whether a proxy stands before the doors and ends TLS.
    pub behind_proxy: bool,
    /// The certificate that is shown to browsers and programs.
    pub tls: TlsSection,
}

/// `[http.tls]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TlsSection {
    /// The chain of certificates, PEM.
    pub certificate: Option<PathBuf>,
    /// The key of the first one, PEM.
    pub key: Option<PathBuf>,
}

impl HttpSection {
    /// Where the certificate is, and its key.
    pub fn certificate(&self) -> Option<(&Path, &Path)> {
        Some((self.tls.certificate.as_deref()?, self.tls.key.as_deref()?))
    }

    /// The name by which other instances ask, without scheme and port.
    pub fn advertised_host(&self) -> Option<&str> {
        let url = self.advertise.as_deref()?;
        let (_, place) = url.split_once("://")?;
        let place = place.trim_end_matches('/');
        let has_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
        match place.rsplit_once(':') {
            Some((host, port)) if has_port(port) => Some(host),
            _ => Some(place),
        }
    }

    fn check(&self) -> Result<(), String> {
        if let Some(url) = &self.advertise {
            let is_http = url.starts_with("http://") || url.starts_with("https://");
            let is_plain = |host: &str| !host.is_empty() && !host.contains(['/', '?', '#', '@']);
            if !is_http || !self.advertised_host().is_some_and(is_plain) {
                return Err(format!(
                    "http.advertise is {url:?}: say \"https://10.0.0.7:8080\", with no path"
                ));
            }
        }
        let TlsSection { certificate, key } = &self.tls;
        if certificate.is_some() != key.is_some() {
            return Err("http.tls names one file: certificate and key are two".to_owned());
        }
        let is_name = |host: &&String| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
            let has_port = !host.starts_with('[') && host.contains(':');
            !host.is_empty() && host.bytes().all(is_plain) && !has_port
        };
        match self.hosts.iter().find(|host| !is_name(host)) {
            Some(host) => Err(format!(
                "http.hosts has {host:?}: say a name alone, such as \"map.example.org\""
            )),
            None => Ok(()),
        }
    }
}

/// `[map]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MapSection {
    /// The file; the default map without one.
    pub file: Option<PathBuf>,
}

/// `[time]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TimeSection {
    /// How far a touchpoint may lie after its append.
    pub clock_skew_max: String,
    /// How far as_of stays behind the wall clock at the end of the log; `never`: it does not move
    /// it.
    pub idle_bound: String,
}

/// `[kafka]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct KafkaSection {
    /// First brokers to ask: `host:port,host:port`.
    pub brokers: String,
    /// Group, transactional ids, prefix of internal topics.
    pub application_id: String,
    /// Prefix of the public topics.
    pub topic_prefix: String,
    /// How the producers of touchpoints place them: `murmur2`, or `crc32` as librdkafka does.
    #[cfg_attr(test, schemars(extend("enum" = ["murmur2", "crc32"])))]
    pub partitioner: String,
    /// How long between two commits, up to 100 ms; under load they become rarer by themselves.
    pub commit_interval: String,
    /// `log`: the topic must have the log's own append time; `create`: the producers' will do.
    #[cfg_attr(test, schemars(extend("enum" = ["log", "create"])))]
    pub append_time: String,
    /// Further settings of the client by librdkafka's own names, such as `"security.protocol"`. A
    /// secret is named by its place: `"sasl.password" = { file = "path" }` or `{ env = "NAME" }`.
    pub client: ClientSection,
}

impl Default for KafkaSection {
    fn default() -> Self {
        KafkaSection {
            brokers: "localhost:9092".to_owned(),
            application_id: "desirepath".to_owned(),
            topic_prefix: String::new(),
            partitioner: "murmur2".to_owned(),
            commit_interval: "10ms".to_owned(),
            append_time: "log".to_owned(),
            client: ClientSection::default(),
        }
    }
}

impl Default for LogSection {
    fn default() -> Self {
        LogSection {
            kind: "embedded".to_owned(),
            data: PathBuf::from("./desirepath-data"),
            partitions: 4,
            format: "avro".to_owned(),
            retention: "forever".to_owned(),
            retention_outputs: "forever".to_owned(),
            secret: SecretSource::File(PathBuf::from("secret")),
        }
    }
}

impl Default for HttpSection {
    fn default() -> Self {
        HttpSection {
            listen: "127.0.0.1:8080".to_owned(),
            hosts: Vec::new(),
            advertise: None,
            behind_proxy: false,
            tls: TlsSection::default(),
        }
    }
}

impl Default for TimeSection {
    fn default() -> Self {
        TimeSection { clock_skew_max: "5m".to_owned(), idle_bound: "10s".to_owned() }
    }
}

impl Config {
    /// Reads the file, by default `desirepath.toml` where it is there, and the environment. Says
    /// where each key was set that is not the default.
    pub fn read(file: Option<&Path>) -> Result<(Config, Origins), Failure> {
        let path = file.unwrap_or(Path::new(FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if file.is_none() && error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => {
                let path = path.display();
                return Err(Failure::Input(format!("could not read {path}: {error} [D0701]")));
            }
        };
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        read::merged(&path.display().to_string(), &text, environment)
    }

    fn checked(self) -> Result<Config, Failure> {
        let refuse = |text: String| Err(read::refuse(&text));
        for (key, value, allowed) in [
            ("log.kind", &self.log.kind, ["embedded", "kafka"]),
            ("log.format", &self.log.format, ["avro", "json"]),
            ("kafka.partitioner", &self.kafka.partitioner, ["murmur2", "crc32"]),
            ("kafka.append_time", &self.kafka.append_time, ["log", "create"]),
        ] {
            if !allowed.contains(&&**value) {
                let [one, other] = allowed;
                return refuse(format!("{key} is {value:?}: say {one:?} or {other:?}"));
            }
        }
        if !(1..=1_024).contains(&self.log.partitions) {
            return refuse(format!("log.partitions is {}: 1 to 1024", self.log.partitions));
        }
        for (key, value) in [
            ("time.clock_skew_max", &self.time.clock_skew_max),
            ("time.idle_bound", &self.time.idle_bound),
        ] {
            if Span::parse(value).is_none() {
                return refuse(format!("{key} is {value:?}: say \"10s\", \"5m\" or \"never\""));
            }
        }
        for (key, value) in [
            ("log.retention", &self.log.retention),
            ("log.retention_outputs", &self.log.retention_outputs),
        ] {
            if Span::parse(value).is_none_or(|span| span < RETENTION_MIN) {
                return refuse(format!("{key} is {value:?}: say \"forever\" or \"1h\" and more"));
            }
            if self.is_kafka() && value != "forever" {
                let fix = "set retention.ms of the topic there";
                return refuse(format!("{key} is {value:?}, but the log is a cluster: {fix}"));
            }
        }
        self.http.check().map_err(|text| read::refuse(&text))?;
        if let Some(mistake) = self.kafka.client.mistake() {
            return refuse(mistake);
        }
        let interval = Span::parse(&self.kafka.commit_interval).map(Span::millis);
        if !interval.is_some_and(|millis| (1..=100).contains(&millis)) {
            let value = &self.kafka.commit_interval;
            return refuse(format!("kafka.commit_interval is {value:?}: say \"1ms\" to \"100ms\""));
        }
        let mistake = delivery::mistake(&self).or_else(|| classifier_mistake(&self));
        match mistake.or_else(|| source::mistake(&self)) {
            Some(mistake) => refuse(mistake),
            None => Ok(self),
        }
    }

    /// How long between two commits; in a folder each turn commits, which costs little there.
    pub fn commit_interval(&self) -> Duration {
        let interval = Span::parse(&self.kafka.commit_interval).filter(|_| self.is_kafka());
        let millis = interval.map_or(0, Span::millis);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// For how long the log in the folder keeps what it was given.
    pub fn keep(&self) -> Keep {
        let span = |text: &str| Span::parse(text).unwrap_or(Span::NEVER);
        Keep { inputs: span(&self.log.retention), outputs: span(&self.log.retention_outputs) }
    }

    /// How far a touchpoint may lie after its append.
    pub fn clock_skew_max(&self) -> Span {
        Span::parse(&self.time.clock_skew_max).unwrap_or(Span::NEVER)
    }

    /// The topics of this installation.
    pub fn topics(&self) -> Topics {
        let mut topics = Topics::new("desirepath", "", self.log.partitions);
        if self.is_kafka() {
            let section = &self.kafka;
            topics =
                Topics::new(&section.application_id, &section.topic_prefix, self.log.partitions);
            topics.partitioner = Partitioner::parse(&section.partitioner).unwrap_or_default();
        }
        topics.format = Format::parse(&self.log.format).unwrap_or_default();
        topics
    }

    /// Whether the log is a cluster.
    pub fn is_kafka(&self) -> bool {
        self.log.kind == "kafka"
    }

    /// How far as_of stays behind the wall clock of this instance; never, where the topics of
    /// others say how late it is.
    pub fn idle_bound_of_tasks(&self) -> Span {
        match self.source.iter().any(|source| !source.history) {
            true => Span::NEVER,
            false => self.idle_bound(),
        }
    }

    /// How far as_of stays behind the wall clock.
    pub fn idle_bound(&self) -> Span {
        Span::parse(&self.time.idle_bound).unwrap_or(Span::NEVER)
    }
}

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;
