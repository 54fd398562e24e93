//! A source that the tasks read as it lies: its decoder, and the thread that learns schemas for it
//! and says why it is held.

use super::breaker_words;
use super::registry::Registry;
use super::seen::Seen;
use super::{Trouble, mapping_of, schemas};
use crate::config::{Config, SourceSection};
use crate::failure::Failure;
use data_encoding::HEXLOWER;
use engine::{Direct, WINDOW};
use intake::{Learned, SchemaId};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use telemetry::{Metrics, SourceHold};

/// How often it is looked at whether a task waits for a schema or is held.
const LOOK: Duration = Duration::from_millis(50);

/// How long after an outage the registry is asked again, doubled up to the second.
const PAUSE: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// The decoder of the direct source, if there is one.
pub fn decoder(config: &Config) -> Result<Option<Arc<Direct>>, Failure> {
    let Some(source) = config.direct() else { return Ok(None) };
    let plain = mapping_of(source)?.plain().map_err(|not| {
        let (topic, file) = (&source.topic, source.mapping.display());
        Failure::Configuration(format!(
            "source {topic} is direct, and in {file} {not}: a direct source wants paths, constants \
             and tables alone, at most one touchpoint of a record, and its customer_id; mend the \
             mapping, or take `direct` out [D0489]"
        ))
    })?;
    let (schemas, percent) = (schemas(source)?, source.poison_percent_max);
    Ok(Some(Arc::new(Direct::new(&source.topic, plain, schemas, percent))))
}

/// What tells one decoder from others: whoever counts by another one counts something else.
pub fn fingerprint(source: &SourceSection) -> Result<String, Failure> {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(source.topic.as_bytes());
    mapping_of(source)?.content(&mut part);
    for path in [&source.schema, &source.reader_schema] {
        let text = path.as_ref().map(|path| crate::mapping_file::text(path)).transpose()?;
        // Spaces and the order of nothing matter.
        let text = text.map(|text| match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(schema) => schema.to_string(),
            Err(_) => text,
        });
        part(text.unwrap_or_default().as_bytes());
    }
    Ok(HEXLOWER.encode(&hash.finalize()[..16]))
}

/// Begins to learn schemas for the tasks, and to say why they are held. Where there is no direct
/// source, there is nothing to learn, and the trouble is that of others.
pub fn teach(
    config: &Config,
    direct: Option<&Arc<Direct>>,
    metrics: Option<&Arc<Metrics>>,
    is_ending: &Arc<AtomicBool>,
) -> Result<Arc<Trouble>, Failure> {
    let trouble = Arc::new(Trouble::default());
    let Some(direct) = direct else { return Ok(trouble) };
    let teacher = Teacher {
        direct: Arc::clone(direct),
        registry: Registry::of(config)?,
        seen: Seen::open(&config.log.data)?,
        metrics: metrics.cloned(),
        trouble: Arc::clone(&trouble),
    };
    let ending = Arc::clone(is_ending);
    let thread = std::thread::Builder::new().name("teacher".to_owned());
    let thread = thread.spawn(move || teacher.run(&ending));
    let no_thread = |error| Failure::Internal(format!("no thread: {error}"));
    thread.map(|_| trouble).map_err(no_thread)
}

/// Learns schemas for the tasks.
struct Teacher {
    direct: Arc<Direct>,
    registry: Option<Registry>,
    seen: Seen,
    metrics: Option<Arc<Metrics>>,
    trouble: Arc<Trouble>,
}

impl Teacher {
    /// Looks after the source until it is to end.
    fn run(mut self, is_ending: &AtomicBool) {
        let topic = self.direct.topic().to_owned();
        for why in SourceHold::ALL {
            self.hold(why, false);
        }
        let (mut pause, mut asked) = (PAUSE, None::<Instant>);
        let mut poisoned = 0;
        while !is_ending.load(Ordering::Relaxed) {
            let wanted = self.direct.wanted();
            let is_due = asked.is_none_or(|asked| asked.elapsed() >= pause);
            if wanted.is_empty() {
                self.released();
                (pause, asked) = (PAUSE, None);
            } else if is_due {
                if asked.is_some() {
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                asked = Some(Instant::now());
                self.teach(wanted);
            }
            let partitions = self.direct.poisoned();
            if partitions.len() > poisoned {
                poisoned = partitions.len();
                let dead = partitions.values().max().copied().unwrap_or_default();
                let text = poison(dead, &partitions.into_keys().collect());
                tracing::error!("source {topic} is held: {text}");
                self.trouble.hold(&topic, text);
                self.hold(SourceHold::Poison, true);
            }
            std::thread::park_timeout(LOOK);
        }
    }

    fn released(&self) {
        let topic = self.direct.topic();
        if self.direct.poisoned().is_empty() && self.trouble.release(topic) {
            tracing::info!("source {topic} is read again");
        }
        self.hold(SourceHold::Registry, false);
    }

    fn hold(&self, why: SourceHold, is_held: bool) {
        if let Some(metrics) = &self.metrics {
            metrics.set_source_hold(self.direct.topic(), why, is_held);
        }
    }

    fn teach(&mut self, wanted: BTreeSet<SchemaId>) {
        for id in wanted {
            let learned = learn(self.registry.as_ref(), id, self.direct.knows(id));
            match learned.and_then(|learned| self.seen.keep(id, &learned).map(|()| learned)) {
                Ok(learned) => self.direct.learn(id, &learned),
                Err(text) => {
                    let topic = self.direct.topic();
                    self.hold(SourceHold::Registry, true);
                    if self.trouble.hold(topic, text.clone()) {
                        tracing::warn!("source {topic} is held: {text}");
                    }
                }
            }
        }
    }
}

/// What a registry says of a number, once it is a word that it will not take back: that it has none
/// of a number may be otherwise tomorrow, and a record that is read again must say the same.
fn learn(registry: Option<&Registry>, id: SchemaId, is_known: bool) -> Result<Learned, String> {
    let Some(registry) = registry else { return Ok(Learned::Unknown) };
    match registry.schema(id).map_err(|outage| outage.to_string())? {
        Learned::Unknown if !is_known => Err(format!(
            "a record names schema {id}, which the registry does not have: register it there, or \
             look at [registry] url [D0474]"
        )),
        learned => Ok(learned),
    }
}

fn poison(dead: usize, partitions: &BTreeSet<u32>) -> String {
    let partitions: Vec<String> = partitions.iter().map(u32::to_string).collect();
    let partitions = partitions.join(", ");
    format!("partition {partitions}: {}", breaker_words(dead, WINDOW))
}

#[cfg(test)]
mod tests {
    use super::{decoder, fingerprint};
    use crate::config::{Config, SourceSection};
    use std::path::Path;

    const SCHEMA: &str = r#"{"type": "record", "name": "A", "fields": [
        {"name": "who", "type": "string"}]}"#;
    const MAPPING: &str = "time = '.at'\nchannel = 'chat'\nkind = 'lost'\ncustomer_id = '.who'\n";

    /// A configuration with a direct source by this mapping and schema.
    fn config(folder: &Path, mapping: &str, schema: &str) -> Config {
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).expect("a file");
            path
        };
        let (mapping, schema) = (file("chat.toml", mapping), file("chat.avsc", schema));
        let text = format!("topic = \"chat\"\nmapping = {mapping:?}\nschema = {schema:?}\n");
        let text = format!("{text}format = \"avro\"\ndirect = true\n");
        let source: SourceSection = toml::from_str(&text).expect("a source");
        Config { source: vec![source], ..Config::default() }
    }

    #[test]
    fn a_mapping_that_says_more_than_paths_and_tables_is_refused_with_its_key() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(decoder(&config(folder.path(), MAPPING, SCHEMA)).expect("a decoder").is_some());
        assert!(decoder(&Config::default()).expect("none").is_none());
        for (line, words) in [
            ("text = '= body.text'", "`text` is an expression"),
            ("each = 'body.m[] as m'", "`each` is several touchpoints"),
        ] {
            let refused = decoder(&config(folder.path(), &format!("{MAPPING}{line}"), SCHEMA));
            let refused = refused.err().expect(line).to_string();
            assert!(refused.contains(words) && refused.contains("[D0489]"), "{refused}");
        }
    }

    #[test]
    fn a_decoder_is_known_by_what_it_says_and_not_by_how_it_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let print = |mapping: &str, schema: &str| {
            let config = config(folder.path(), mapping, schema);
            fingerprint(config.direct().expect("a source")).expect("a fingerprint")
        };
        let known = print(MAPPING, SCHEMA);
        let spaced = SCHEMA.replace(": ", " : ");
        assert_eq!(print(&format!("# ours\n{MAPPING}"), &spaced), known);
        assert_ne!(print(&MAPPING.replace("lost", "won"), SCHEMA), known);
        assert_ne!(print(MAPPING, &SCHEMA.replace("who", "whose")), known);
    }
}
