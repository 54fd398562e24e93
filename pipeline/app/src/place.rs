//! Where an installation's log is, and how a worker comes to it.

use crate::clock;
use crate::config::Config;
use crate::durable;
use crate::failure::Failure;
use crate::logs::{AnyLog, DoorLog, MeteredLog};
use crate::members::Members;
use crate::retention::Retention;
use crate::work::Tasks;
use codec::Partitioner;
use data_encoding::HEXLOWER;
use engine::{Node, Pace, Settings, TaskId, Topics, Verdict, Worker};
use kafka::KafkaLog;
use kafka::topics::{Cleanup, TopicSpec, absent, ensure};
use model::Span;
use rocks::{EmbeddedLog, Inputs, LogOptions, RocksStore, WorkerLog};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use telemetry::Metrics;

/// How long the group may take to give this instance its tasks.
const JOIN_WAIT: Duration = Duration::from_secs(60);

/// How long a cluster may take to answer for the first time; a wrong address is then known.
pub const FIRST_ANSWER: Duration = Duration::from_secs(10);

/// A log that is open.
pub enum Place {
    /// In the data folder.
    Embedded(Arc<EmbeddedLog>, Topics),
    /// On a cluster, whose topics stay as they were found.
    Kafka(kafka::Settings, Vec<TopicSpec>),
}

impl Place {
    /// Opens the log that is configured, with the topics that it needs.
    pub fn open(config: &Config, topics: &Topics) -> Result<Place, Failure> {
        if config.is_kafka() {
            return Place::open_kafka(config, topics);
        }
        let specs = topics.all().map(|(name, compacted)| rocks::TopicSpec {
            name: name.to_owned(),
            partitions: topics.partitions,
            compacted,
        });
        let options = LogOptions::default();
        let log = EmbeddedLog::open(&config.log.data, &specs, options, clock::now)?;
        Ok(Place::Embedded(log, topics.clone()))
    }

    fn open_kafka(config: &Config, topics: &Topics) -> Result<Place, Failure> {
        let section = &config.kafka;
        let instance = instance_name(&config.log.data)?;
        keep_partitioner(&config.log.data, topics.partitioner)?;
        keep_application(&config.log.data, &section.application_id)?;
        let mut settings = config.cluster(&instance)?;
        settings.inputs.insert(Node::Journey, topics.touchpoints.clone());
        settings.inputs.insert(Node::Insight, topics.frames.clone());
        for node in [Node::Journey, Node::Insight] {
            settings.changelogs.insert(node, topics.changelog(node).to_owned());
        }
        let mut specs: Vec<TopicSpec> = topics
            .all()
            .map(|(name, compacted)| {
                let cleanup = if compacted { Cleanup::Compact } else { Cleanup::Delete };
                let mut spec = TopicSpec::new(name, topics.partitions, cleanup);
                let is_input = name == topics.touchpoints;
                if name == topics.findings {
                    // A ledger of years: a few lines a month.
                    spec.creation.insert("retention.ms".to_owned(), "-1".to_owned());
                }
                spec.is_append_time = !(is_input && section.append_time == "create");
                spec
            })
            .into();
        specs.push(Members::spec(&topics.members));
        specs.extend(topics.changelogs().map(|name| {
            let mut spec = TopicSpec::new(name, topics.partitions, Cleanup::Compact);
            // The segment that is written is never compacted: at the default of 1 GiB a store that
            // is restored would read everything that was ever written to it.
            spec.creation.insert("segment.bytes".to_owned(), (64 << 20).to_string());
            spec
        }));
        let mut first = settings.clone();
        first.deadlines.ask = FIRST_ANSWER;
        let reached = |error: kafka::Error| match error {
            kafka::Error::Unreachable { .. } => {
                let brokers = &section.brokers;
                Failure::Unavailable(format!("no broker answers at {brokers}: {error}"))
            }
            error => Failure::from(error.verdict()),
        };
        let needed = [&*topics.touchpoints, &*topics.frames, &*topics.members];
        refuse_lost_input(&first, topics, &absent(&first, &needed).map_err(reached)?)?;
        ensure(&first, &specs).map_err(reached)?;
        Ok(Place::Kafka(settings, specs))
    }

    /// What deletes old records from the log in the folder, where something is configured to be
    /// deleted; a cluster does so itself.
    pub fn retention(&self, config: &Config) -> Option<Retention> {
        let Place::Embedded(log, topics) = self else { return None };
        let keep = config.keep();
        let is_all = keep.inputs == Span::NEVER && keep.outputs == Span::NEVER;
        (!is_all).then(|| Retention::new(Arc::clone(log), topics.clone(), keep))
    }

    /// The instances of the application, where there may be others.
    pub fn members(&self, topics: &Topics) -> Result<Option<Arc<Members>>, Failure> {
        match self {
            Place::Embedded(..) => Ok(None),
            Place::Kafka(settings, specs) => {
                let members = Members::open(settings, &topics.members, specs.clone())?;
                Ok(Some(Arc::new(members)))
            }
        }
    }

    /// The log as the doors see it.
    pub fn door(&self) -> Result<DoorLog, Failure> {
        match self {
            Place::Embedded(log, _) => Ok(DoorLog::Embedded(Arc::clone(log))),
            Place::Kafka(settings, _) => DoorLog::kafka(settings.clone()),
        }
    }

    /// A worker that owns every task, begun anew from the store.
    pub fn worker(
        &self,
        store: RocksStore,
        settings: &Arc<Settings>,
        metrics: Option<Arc<Metrics>>,
    ) -> Result<Tasks, Verdict> {
        let log = match self {
            Place::Embedded(log, topics) => {
                let inputs =
                    Inputs { journey: topics.touchpoints.clone(), insight: topics.frames.clone() };
                let nodes = [Node::Journey, Node::Insight];
                let tasks = (0..topics.partitions)
                    .flat_map(|partition| nodes.map(|node| TaskId { node, partition }));
                let tasks: Vec<TaskId> = tasks.collect();
                AnyLog::Embedded(WorkerLog::new(Arc::clone(log), inputs, &tasks))
            }
            Place::Kafka(settings, _) => {
                let mut log = KafkaLog::open(settings.clone())?;
                if !log.join(JOIN_WAIT)? {
                    let seconds = JOIN_WAIT.as_secs();
                    return Err(Verdict::Fatal(format!(
                        "the group gave no tasks within {seconds} s [D0715]"
                    )));
                }
                AnyLog::Kafka(Box::new(log))
            }
        };
        let instance = std::process::id() ^ clock::now().millis() as u32;
        let touchpoints = settings.topics.touchpoints.clone();
        let log = MeteredLog { log, metrics, touchpoints, has_told: false };
        Worker::new(log, store, Arc::clone(settings), Pace::default(), instance)
    }
}

/// Refuses to make an input anew that an application has counted from: its sums would stay, and
/// what is written to the new topic would be added to them.
fn refuse_lost_input(
    settings: &kafka::Settings,
    topics: &Topics,
    absent: &[String],
) -> Result<(), Failure> {
    // Without the topic in which the application is written down there is none yet.
    let Some(lost) = absent.first().filter(|_| !absent.contains(&topics.members)) else {
        return Ok(());
    };
    if Members::open(settings, &topics.members, Vec::new())?.directory().application().is_none() {
        return Ok(());
    }
    Err(Failure::Configuration(format!(
        "topic {lost} is gone, and application {} has counted from it: to begin anew, choose \
         another kafka.application_id, kafka.topic_prefix and folder [D0488]",
        settings.application
    )))
}

/// The name of this instance, which it keeps over restarts: made once and kept in its folder.
fn instance_name(data: &Path) -> Result<String, Failure> {
    let path = data.join("instance");
    let unusable = |error: std::io::Error| {
        Failure::Write(format!("could not use {}: {error} [D0701]", path.display()))
    };
    match std::fs::read_to_string(&path) {
        Ok(name) => Ok(name.trim().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut bytes = [0_u8; 6];
            getrandom::fill(&mut bytes)
                .map_err(|error| Failure::Internal(format!("no random bytes: {error}")))?;
            let name = HEXLOWER.encode(&bytes);
            durable::write(&path, name.as_bytes()).map_err(unusable)?;
            Ok(name)
        }
        Err(error) => Err(unusable(error)),
    }
}

/// Refuses another partitioner than the one that the folder's states were counted under: the same
/// customers would be looked for on other partitions.
fn keep_partitioner(data: &Path, partitioner: Partitioner) -> Result<(), Failure> {
    let path = data.join("partitioner");
    let unusable = |error: std::io::Error| {
        Failure::Write(format!("could not use {}: {error} [D0701]", path.display()))
    };
    match std::fs::read_to_string(&path) {
        Ok(known) if known.trim() == partitioner.name() => Ok(()),
        Ok(known) => Err(Failure::Configuration(format!(
            "this folder counts touchpoints that are placed by {}, kafka.partitioner says {}: to \
             count them anew, choose another kafka.application_id and another folder [D0722]",
            known.trim(),
            partitioner.name()
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::write(&path, partitioner.name()).map_err(unusable)
        }
        Err(error) => Err(unusable(error)),
    }
}

/// Refuses a folder whose states are another application's: they are counted under other offsets.
fn keep_application(data: &Path, application: &str) -> Result<(), Failure> {
    let path = data.join("application");
    let unusable = |error: std::io::Error| {
        Failure::Write(format!("could not use {}: {error} [D0701]", path.display()))
    };
    match std::fs::read_to_string(&path) {
        Ok(known) if known.trim() == application => Ok(()),
        Ok(known) => Err(Failure::Configuration(format!(
            "this folder holds the states of application {}, kafka.application_id says \
             {application}: choose another folder, or take the change back [D0313]",
            known.trim()
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            durable::write(&path, application.as_bytes()).map_err(unusable)
        }
        Err(error) => Err(unusable(error)),
    }
}
