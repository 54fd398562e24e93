//! `[[source]]`: topics of other systems, and how their records become touchpoints.

use super::Config;
use crate::sources;
use intake::TopicForm;
use kafka::Begin;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A topic of another system and the mapping that makes touchpoints of its records.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSection {
    /// The topic, as it is called on the cluster.
    pub topic: String,
    /// `json`, `connect-json`, `debezium`, `cloudevents`, `avro` or `debezium-avro`.
    #[serde(default = "format")]
    pub format: String,
    /// The mapping: a file.
    pub mapping: PathBuf,
    /// The schema of every record in Avro: a file, of bare data or of data with the schema's
    /// fingerprint. Without one each record names its schema in the registry.
    pub schema: Option<PathBuf>,
    /// The schema that records in Avro are read as: a file. So fields that were renamed, added or
    /// widened are one to the mapping. Without one each is read as it was written.
    pub reader_schema: Option<PathBuf>,
    /// `earliest`, `latest` or a time: where a topic begins that was never read.
    #[serde(default = "start")]
    pub start: String,
    /// Whether it tells of the past: it does not move as_of until it has been read to its end.
    #[serde(default)]
    pub history: bool,
    /// How many of a hundred records may be dead letters, of the last 1,000: beyond that the source
    /// is held with an error, for the rest would be as well. At 100 it never is.
    #[serde(default = "poison_percent_max")]
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    pub poison_percent_max: u8,
    /// Whether it takes the place of `touchpoints`: the tasks read it as it lies, without a copy.
    /// Of Avro alone, keyed by the customer that its mapping names by paths and tables; then it is
    /// the only source, and nobody else may send touchpoints.
    #[serde(default)]
    pub direct: bool,
}

fn poison_percent_max() -> u8 {
    50
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

    /// Whether the schemas of its records are in a registry.
    pub fn needs_registry(&self) -> bool {
        self.form().has_schema() && self.schema.is_none()
    }

    /// What is wrong with the schemas of its records, if something is.
    fn schema_mistake(&self, has_registry: bool) -> Option<String> {
        let SourceSection { topic, format, schema, reader_schema, .. } = self;
        let has_file = schema.is_some() || reader_schema.is_some();
        match self.form().has_schema() {
            false if has_file => {
                let fix = "take it out, or say format = \"avro\"";
                Some(format!("source {topic} is {format} and has a schema of Avro: {fix}"))
            }
            true if self.needs_registry() && !has_registry => {
                let fix = "say [registry] url, or of bare data its schema = \"file.avsc\"";
                Some(format!("source {topic} is {format} and its schemas are nowhere: {fix}"))
            }
            true | false => None,
        }
    }

    /// What does not go with `direct`, if something does not.
    fn direct_mistake(&self, sources: usize) -> Option<String> {
        let SourceSection { topic, format, start, .. } = self;
        let (what, fix) = if self.form() != TopicForm::Avro {
            (format!("its format is {format:?}"), "only \"avro\" can be read as it lies")
        } else if self.history {
            let fix = "nothing would tell the tasks how late it is once it is read";
            ("history = true".to_owned(), fix)
        } else if start != "earliest" {
            let fix = "it is counted from its first record that is kept: say \"earliest\"";
            (format!("it begins at {start:?}"), fix)
        } else if sources > 1 {
            let fix = "others write to `touchpoints`, which nobody reads then";
            ("it is not the only [[source]]".to_owned(), fix)
        } else {
            return None;
        };
        Some(format!("source {topic} is direct and {what}: {fix}, or take `direct` out"))
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
    if let Some(mistake) = sources::registry_mistake(&config.registry) {
        return Some(mistake);
    }
    let sources = &config.source;
    if !sources.is_empty() && !config.is_kafka() {
        let fix = "set log.kind to \"kafka\", or import a file of the topic's records";
        return Some(format!("[[source]] reads topics of a cluster, and the log is none: {fix}"));
    }
    let topics = config.own_topics();
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
        if let Some(mistake) = source.schema_mistake(!config.registry.url.is_empty()) {
            return Some(mistake);
        }
        if !(1..=100).contains(&source.poison_percent_max) {
            let percent = source.poison_percent_max;
            return Some(format!("source.poison_percent_max of {topic} is {percent}: 1 to 100"));
        }
        if source.direct
            && let Some(mistake) = source.direct_mistake(sources.len())
        {
            return Some(mistake);
        }
        if source.begin_or_none().is_none() {
            let fix = "say \"earliest\", \"latest\" or a time like \"2026-03-25T00:00:00Z\"";
            return Some(format!("source.start of {topic} is {start:?}: {fix}"));
        }
    }
    None
}
