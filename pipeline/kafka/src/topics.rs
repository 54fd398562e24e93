//! Creates topics, or says what is wrong with those that are there and how to mend it.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::{Client, ClientContext, DefaultClientContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use crate::connection::Connection;
use crate::property::words;
use crate::{Error, Settings};

/// What becomes of old records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// They go by age or size.
    Delete,
    /// The last of each key stays.
    Compact,
}

impl Cleanup {
    fn policy(self) -> &'static str {
        match self {
            Cleanup::Delete => "delete",
            Cleanup::Compact => "compact",
        }
    }
}

/// How a topic must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name.
    pub name: String,
    /// How many partitions it has.
    pub partitions: u32,
    /// What becomes of old records.
    pub cleanup: Cleanup,
    /// Whether the log's own time is needed, not the producers'.
    pub is_append_time: bool,
    /// Copies of each record; what the cluster's default says where none is given.
    pub replication: Option<u16>,
    /// Further settings for a topic that is created, such as `retention.ms`; not checked later.
    pub creation: BTreeMap<String, String>,
}

impl TopicSpec {
    /// A topic with the log's own time and the cluster's replication.
    pub fn new(name: &str, partitions: u32, cleanup: Cleanup) -> TopicSpec {
        TopicSpec {
            name: name.to_owned(),
            partitions,
            cleanup,
            is_append_time: true,
            replication: None,
            creation: BTreeMap::new(),
        }
    }
}

/// Creates the topics that are missing and checks those that are there.
pub fn ensure(settings: &Settings, specs: &[TopicSpec]) -> Result<(), Error> {
    let connection = Connection::open(settings)?;
    let there = connection.topics(settings.deadlines.ask)?;
    let admin = connect(settings)?;
    let is_missing = |spec: &&TopicSpec| !there.contains_key(&spec.name);
    let missing: Vec<&TopicSpec> = specs.iter().filter(is_missing).collect();
    if !missing.is_empty() {
        create(&admin, settings, &missing)?;
        await_topics(&connection, settings, &missing)?;
    }
    check(&connection, &admin, settings, specs)
}

/// Checks topics that must be there.
pub fn verify(settings: &Settings, specs: &[TopicSpec]) -> Result<(), Error> {
    check(&Connection::open(settings)?, &connect(settings)?, settings, specs)
}

/// Whether a topic that is not there might be made; it is not.
pub fn may_create(settings: &Settings, spec: &TopicSpec) -> Result<bool, Error> {
    let topic = NewTopic::new(&spec.name, spec.partitions as i32, TopicReplication::Fixed(-1));
    let asking = options(settings).validate_only(true);
    let answered = block_on(connect(settings)?.create_topics(&[topic], &asking));
    let answered = answered
        .map_err(|e| Error::Unreachable { call: "ask for a topic", detail: e.to_string() })?;
    match answered.into_iter().next() {
        Some(Err((_, Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed))) => {
            Ok(false)
        }
        Some(Err((topic, code))) if code != Code::TopicAlreadyExists => {
            Err(Error::Topic { topic, detail: code.to_string() })
        }
        _ => Ok(true),
    }
}

/// Which of some topics are not there.
pub fn absent(settings: &Settings, names: &[&str]) -> Result<Vec<String>, Error> {
    let there = Connection::open(settings)?.topics(settings.deadlines.ask)?;
    let absent = names.iter().filter(|name| !there.contains_key(**name));
    Ok(absent.map(|name| (*name).to_owned()).collect())
}

/// How many partitions a topic has.
pub fn partition_count(settings: &Settings, topic: &str) -> Result<u32, Error> {
    let there = Connection::open(settings)?.topics(settings.deadlines.ask)?;
    there.get(topic).copied().ok_or_else(|| missing(topic))
}

/// The first retained position of a partition, and the position of the next record.
pub fn bounds(settings: &Settings, topic: &str, partition: u32) -> Result<(u64, u64), Error> {
    let unreachable =
        |e: KafkaError| Error::Unreachable { call: "ask for positions", detail: e.to_string() };
    let admin = connect(settings)?;
    let wait = settings.deadlines.ask;
    let (start, end) =
        admin.inner().fetch_watermarks(topic, partition as i32, wait).map_err(unreachable)?;
    Ok((start.max(0) as u64, end.max(0) as u64))
}

type Admin = AdminClient<DefaultClientContext>;

fn connect(settings: &Settings) -> Result<Admin, Error> {
    let refused = |e: KafkaError| Error::Setting { call: "open a client", detail: words(e) };
    settings.admin().create().map_err(refused)
}

/// The partitions of one topic.
pub(crate) fn partitions<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    wait: Duration,
) -> Result<u32, Error> {
    let unreachable =
        |e: KafkaError| Error::Unreachable { call: "list topics", detail: e.to_string() };
    // Of all topics: to ask for one by name might create it.
    let metadata = client.fetch_metadata(None, wait).map_err(unreachable)?;
    let found = metadata.topics().iter().find(|found| found.name() == topic);
    let found = found.filter(|found| found.error().is_none()).ok_or_else(|| missing(topic))?;
    Ok(found.partitions().len() as u32)
}

fn missing(topic: &str) -> Error {
    Error::Topic { topic: topic.to_owned(), detail: "it is not there".to_owned() }
}

fn options(settings: &Settings) -> AdminOptions {
    let wait = Some(settings.deadlines.ask);
    AdminOptions::new().request_timeout(wait).operation_timeout(wait)
}

fn create(admin: &Admin, settings: &Settings, specs: &[&TopicSpec]) -> Result<(), Error> {
    let mut wanted = Vec::with_capacity(specs.len());
    for spec in specs {
        let copies = spec.replication.map_or(-1, i32::from);
        let copies = TopicReplication::Fixed(copies);
        let mut topic = NewTopic::new(&spec.name, spec.partitions as i32, copies)
            .set("cleanup.policy", spec.cleanup.policy());
        if spec.is_append_time {
            topic = topic.set("message.timestamp.type", "LogAppendTime");
        }
        for (key, value) in &spec.creation {
            topic = topic.set(key, value);
        }
        wanted.push(topic);
    }
    let created = block_on(admin.create_topics(&wanted, &options(settings)));
    for result in
        created.map_err(|e| Error::Unreachable { call: "create topics", detail: e.to_string() })?
    {
        match result {
            // Another instance may have been faster; what it made is checked like any other.
            Ok(_) | Err((_, Code::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(Error::Topic { topic, detail: code.to_string() }),
        }
    }
    Ok(())
}

/// Waits until the cluster shows what it has created.
fn await_topics(
    connection: &Connection,
    settings: &Settings,
    specs: &[&TopicSpec],
) -> Result<(), Error> {
    let until = Instant::now() + settings.deadlines.ask;
    loop {
        let there = connection.topics(settings.deadlines.ask)?;
        let Some(missing) = specs.iter().find(|spec| !there.contains_key(&spec.name)) else {
            return Ok(());
        };
        if Instant::now() >= until {
            let detail = format!("topic {} was created but is not shown", missing.name);
            return Err(Error::Unreachable { call: "create topics", detail });
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn check(
    connection: &Connection,
    admin: &Admin,
    settings: &Settings,
    specs: &[TopicSpec],
) -> Result<(), Error> {
    let there = connection.topics(settings.deadlines.ask)?;
    for spec in specs {
        let found = there.get(&spec.name).ok_or_else(|| missing(&spec.name))?;
        check_partitions(settings, spec, *found)?;
    }
    if specs.is_empty() {
        return Ok(());
    }
    let until = Instant::now() + settings.deadlines.ask;
    loop {
        let described = describe(admin, settings, specs)?;
        let unknown = specs.iter().zip(&described).find(|(_, told)| told.is_none());
        let Some((spec, _)) = unknown else {
            let mut told = specs.iter().zip(described.into_iter().flatten());
            return told.try_for_each(|(spec, told)| check_configs(settings, spec, told));
        };
        if Instant::now() >= until {
            let detail = format!("the settings of topic {} are not shown", spec.name);
            return Err(Error::Unreachable { call: "describe topics", detail });
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// What the cluster says of settings that are checked.
struct Told {
    cleanup: String,
    time: String,
}

/// What the cluster says of each topic; `None` where the broker that was asked has not heard of its
/// settings yet, for another one has just made it.
fn describe(
    admin: &Admin,
    settings: &Settings,
    specs: &[TopicSpec],
) -> Result<Vec<Option<Told>>, Error> {
    let named: Vec<_> = specs.iter().map(|spec| ResourceSpecifier::Topic(&spec.name)).collect();
    let described = block_on(admin.describe_configs(&named, &options(settings)));
    let described = described
        .map_err(|e| Error::Unreachable { call: "describe topics", detail: e.to_string() })?;
    let told = specs.iter().zip(described).map(|(spec, resource)| match resource {
        Ok(resource) => Ok(told_of(&resource)),
        Err(Code::UnknownTopicOrPartition) => Ok(None),
        Err(code) => Err(Error::Topic { topic: spec.name.clone(), detail: code.to_string() }),
    });
    told.collect()
}

fn told_of(resource: &ConfigResource) -> Option<Told> {
    let value = |key: &str| resource.get(key).and_then(|entry| entry.value.clone());
    Some(Told { cleanup: value("cleanup.policy")?, time: value("message.timestamp.type")? })
}

fn check_partitions(settings: &Settings, spec: &TopicSpec, found: u32) -> Result<(), Error> {
    let TopicSpec { name, partitions, .. } = spec;
    let wanted = *partitions;
    if found == wanted {
        return Ok(());
    }
    let mend = if found < wanted {
        format!(
            "kafka-topics --bootstrap-server {} --alter --topic {name} --partitions {wanted}",
            settings.brokers
        )
    } else {
        format!("configuring {found} partitions, since a topic cannot lose any")
    };
    Err(Error::Partitions { topic: name.clone(), found, wanted, mend })
}

fn check_configs(
    settings: &Settings,
    spec: &TopicSpec,
    Told { cleanup, time }: Told,
) -> Result<(), Error> {
    let mend = |setting: &str| {
        format!(
            "kafka-configs --bootstrap-server {} --alter --entity-type topics --entity-name {} \
             --add-config {setting}",
            settings.brokers, spec.name
        )
    };
    let topic = spec.name.clone();
    let wanted = spec.cleanup.policy();
    if cleanup != wanted {
        let mend = mend(&format!("cleanup.policy={wanted}"));
        return Err(Error::Cleanup { topic, found: cleanup, wanted: wanted.to_owned(), mend });
    }
    let wanted = "LogAppendTime";
    if spec.is_append_time && time != wanted {
        let mend = mend(&format!("message.timestamp.type={wanted}"));
        return Err(Error::AppendTime { topic, found: time, wanted: wanted.to_owned(), mend });
    }
    Ok(())
}

/// Wakes the thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for an answer of the admin client, which a thread of its own will bring.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::admin::{ConfigEntry, ConfigSource, OwnedResourceSpecifier};

    fn resource(settings: &[(&str, Option<&str>)]) -> ConfigResource {
        let entry = |(name, value): &(&str, Option<&str>)| ConfigEntry {
            name: (*name).to_owned(),
            value: value.map(str::to_owned),
            source: ConfigSource::DynamicTopic,
            is_read_only: false,
            is_default: false,
            is_sensitive: false,
        };
        let specifier = OwnedResourceSpecifier::Topic("touchpoints".to_owned());
        ConfigResource { specifier, entries: settings.iter().map(entry).collect() }
    }

    #[test]
    fn settings_that_a_broker_has_not_heard_of_are_not_taken_for_wrong_ones() {
        let (cleanup, time) = ("cleanup.policy", "message.timestamp.type");
        for (settings, is_told) in [
            (&[][..], false),
            (&[(cleanup, Some("delete"))], false),
            (&[(cleanup, None), (time, Some("LogAppendTime"))], false),
            (&[(cleanup, Some("delete")), (time, Some("LogAppendTime"))], true),
        ] {
            assert_eq!(told_of(&resource(settings)).is_some(), is_told, "{settings:?}");
        }
    }
}
