//! Topics of other systems that a running instance makes touchpoints of.
//!
//! A thread reads them in a group of its own and writes touchpoints, dead letters and how far it
//! is in one transaction: `copier` is the thread, `batch` what one transaction holds, `clocks` says
//! when the tasks may be told how late it is, `trouble` why nothing comes at the moment. `inquiry`
//! asks the `registry` for schemas beside it. `direct` is for a source that the tasks read
//! themselves, and `seen` remembers what the registry has said for it.

mod batch;
mod clocks;
mod copier;
mod direct;
mod inquiry;
mod registry;
mod seen;
mod trouble;

pub use direct::{decoder, fingerprint, teach};
pub use registry::{Outage, Registry, mistake as registry_mistake};
pub use trouble::Trouble;

use crate::config::{Config, SourceSection};
use crate::failure::Failure;
use crate::installation::Installation;
use crate::mapping_file;
use copier::Copier;
use intake::{Schemas, Topic};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use telemetry::Metrics;

/// How long an end waits for a transaction that is under way. One that is not done by then is
/// rolled back, and what it held is read again by the next start.
const END_WAIT: Duration = Duration::from_secs(10);

/// The thread; it ends with this.
pub struct Sources {
    is_ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sources {
    /// Begins to read the topics that are configured, if any are.
    pub fn start(
        config: &Config,
        installation: &Arc<Installation>,
        metrics: &Arc<Metrics>,
        trouble: &Arc<Trouble>,
    ) -> Result<Sources, Failure> {
        let is_ending = Arc::new(AtomicBool::new(false));
        // A direct one is read by the tasks.
        if config.source.is_empty() || config.direct().is_some() {
            return Ok(Sources { is_ending, thread: None });
        }
        let topics = topics(config)?;
        let copier = Copier::new(config, topics, installation, metrics, trouble)?;
        let ending = Arc::clone(&is_ending);
        let thread = std::thread::Builder::new().name("sources".to_owned());
        let thread = thread.spawn(move || copier.run(&ending));
        let thread = thread.map_err(|e| Failure::Internal(format!("no thread: {e}")))?;
        Ok(Sources { is_ending, thread: Some(thread) })
    }
}

impl Drop for Sources {
    fn drop(&mut self) {
        self.is_ending.store(true, Ordering::Relaxed);
        let Some(thread) = &self.thread else { return };
        thread.thread().unpark();
        let begun = Instant::now();
        while !thread.is_finished() && begun.elapsed() < END_WAIT {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The topics with their mappings, by name.
pub fn topics(config: &Config) -> Result<BTreeMap<String, Topic>, Failure> {
    let mut topics = BTreeMap::new();
    for source in &config.source {
        let mapping = mapping_of(source)?;
        let topic = Topic::new(source.form(), mapping, source.history);
        let topic = match source.form().has_schema() {
            true => topic.with_schemas(schemas(source)?),
            false => topic,
        };
        topics.insert(source.topic.clone(), topic);
    }
    Ok(topics)
}

/// The mapping of a source. Ids are unique within one, and a topic is one where nothing else is
/// said.
fn mapping_of(source: &SourceSection) -> Result<rules::Mapping, Failure> {
    Ok(match mapping(&source.mapping)? {
        mapping if mapping.constant_source() == Some("") => mapping.with_source(&source.topic),
        mapping => mapping,
    })
}

/// Why nothing more of a topic is read.
fn breaker_words(dead: usize, window: usize) -> String {
    format!(
        "{dead} of its last {window} records could not be read, which is more than \
         poison_percent_max: look at the dead letters, mend format, schema or mapping and \
         start again; it goes on with the next record [D0468]"
    )
}

/// What the records of a topic in Avro are written by, and read as.
fn schemas(source: &SourceSection) -> Result<Schemas, Failure> {
    let text = |path: &PathBuf| mapping_file::text(path);
    let reader = source.reader_schema.as_ref().map(text).transpose()?;
    let schemas = match &source.schema {
        Some(path) => Schemas::of_file(&text(path)?, reader.as_deref()),
        None => Schemas::of_registry(reader.as_deref()),
    };
    schemas.map_err(|error| {
        let topic = &source.topic;
        Failure::Configuration(format!("could not use the schemas of source {topic}: {error}"))
    })
}

/// A mapping that can read records of a topic.
pub fn mapping(path: &Path) -> Result<rules::Mapping, Failure> {
    let mapping = mapping_file::read(path)?;
    if mapping.file().is_columns() {
        return Err(Failure::Configuration(format!(
            "{} reads columns of a file, and records of a topic are objects: take [file] out, or \
             name another mapping [D0224]",
            path.display()
        )));
    }
    Ok(mapping)
}
