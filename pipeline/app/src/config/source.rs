//! `[[source]]`: topics of other systems, and how their records become touchpoints.

use super::Config;
use intake::TopicForm;
use kafka::Begin;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[[source]]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSection {
    /// The topic, as it is called on the cluster.
    pub topic: String,
    /// `json`, `connect-json`, `debezium` or `cloudevents`.
    #[serde(default = "format")]
    pub format: String,
    /// The mapping: a file.
    pub mapping: PathBuf,
    /// `earliest`, `latest` or a time: where a topic begins that was never read.
    #[serde(default = "start")]
    pub start: String,
    /// Whether it tells of the past: it does not move as_of until it has been read to its end.
    #[serde(default)]
    pub history: bool,
}

fn format() -> String {
    "json".to_owned()
}

fn start() -> String {
    "earliest".to_owned()
}

impl SourceSection {
    /// How its records are written.
    pub fn form(&self) -> TopicForm {
        TopicForm::parse(&self.format).unwrap_or(TopicForm::Json)
    }

    /// Where it begins; `None` where `start` is none of the three.
    fn begin_or_none(&self) -> Option<Begin> {
        match &*self.start {
            "earliest" => Some(Begin::Earliest),
            "latest" => Some(Begin::Latest),
            time => Timestamp::parse_rfc3339(time).map(Begin::At),
        }
    }

    /// Where it begins.
    pub fn begin(&self) -> Begin {
        self.begin_or_none().unwrap_or(Begin::Earliest)
    }
}

/// What is wrong with the sources, if something is.
pub fn mistake(config: &Config) -> Option<String> {
    let sources = &config.source;
    if !sources.is_empty() && !config.is_kafka() {
        let fix = "set log.kind to \"kafka\", or import a file of the topic's records";
        return Some(format!("[[source]] reads topics of a cluster, and the log is none: {fix}"));
    }
    let topics = config.topics();
    for (index, source) in sources.iter().enumerate() {
        let SourceSection { topic, format, start, .. } = source;
        if topic.is_empty() {
            return Some("source.topic is empty: name a topic of the cluster".to_owned());
        }
        if topics.all().iter().any(|(own, _)| own == topic) {
            return Some(format!("source.topic is {topic:?}, which this program itself writes"));
        }
        if sources.iter().take(index).any(|other| other.topic == *topic) {
            let fix = "one mapping has several rules, and match = \"all\"";
            return Some(format!("source.topic {topic:?} stands twice: {fix}"));
        }
        if TopicForm::parse(format).is_none() {
            let known = TopicForm::ALL.map(|(name, _)| name);
            let fix = rules::suggestion(format, &known, "there are");
            return Some(format!("source.format of {topic} is {format:?}: {fix}"));
        }
        if source.begin_or_none().is_none() {
            let fix = "say \"earliest\", \"latest\" or a time like \"2026-03-25T00:00:00Z\"";
            return Some(format!("source.start of {topic} is {start:?}: {fix}"));
        }
    }
    None
}
