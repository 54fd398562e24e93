//! What the cluster must allow, where the log is on one, and whether it does.

use crate::config::Config;
use kafka::rights::{Found, Operation, Rights};
use kafka::topics::{Cleanup, TopicSpec, may_create};
use std::collections::BTreeSet;
use std::fmt;

/// What may be done to every topic of ours: each is read as well, by commands and by the page.
const OF_TOPIC: [Operation; 3] = [Operation::Read, Operation::Write, Operation::DescribeConfigs];

/// What is done to a topic of another system.
const OF_SOURCE: [Operation; 1] = [Operation::Read];

/// What is done to one that is the tasks' input as it lies: how it keeps records is looked at.
const OF_INPUT: [Operation; 2] = [Operation::Read, Operation::DescribeConfigs];

/// Operations on one resource, all of which are needed.
pub struct Right {
    operations: Vec<Operation>,
    resource: Resource,
}

enum Resource {
    Topic(String),
    Group(String),
    /// Transactional ids by how they begin.
    Transactions(String),
}

impl Right {
    fn of_topic(topic: &str, operations: &[Operation]) -> Right {
        Right { operations: operations.to_vec(), resource: Resource::Topic(topic.to_owned()) }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.operations.iter().map(|operation| operation.name()).collect();
        write!(out, "{} on ", names.join(", "))?;
        match &self.resource {
            Resource::Topic(topic) => write!(out, "topic {topic}"),
            Resource::Group(group) => write!(out, "group {group}"),
            Resource::Transactions(prefix) => {
                write!(out, "transactional ids that begin with {prefix}")
            }
        }
    }
}

/// Everything that is needed, and nothing else; none on the embedded log.
pub fn needed(config: &Config) -> Vec<Right> {
    if !config.is_kafka() {
        return Vec::new();
    }
    let application = &config.kafka.application_id;
    let of_topic =
        |topic: &str| Right::of_topic(topic, &[&OF_TOPIC[..], &[Operation::Create]].concat());
    let topics = config.topics();
    let direct = config.direct().map(|source| &*source.topic);
    let of_own = |topic: &str| match direct.is_some_and(|direct| direct == topic) {
        true => Right::of_topic(topic, &OF_INPUT),
        false => of_topic(topic),
    };
    let mut rights: Vec<Right> = topics.all().iter().map(|(topic, _)| of_own(topic)).collect();
    rights.push(of_topic(&topics.members));
    rights.extend(topics.changelogs().map(of_topic));
    let mut one =
        |operation, resource| rights.push(Right { operations: vec![operation], resource });
    one(Operation::Read, Resource::Group(application.clone()));
    if config.source.iter().any(|source| !source.direct) {
        one(Operation::Read, Resource::Group(format!("{application}-sources")));
    }
    // Readers outside of the group commit nothing; librdkafka asks after the name that they have.
    one(Operation::Describe, Resource::Group(format!("{application}-reader")));
    one(Operation::Write, Resource::Transactions(format!("{application}-")));
    let sources = config.source.iter().filter(|source| !source.direct);
    rights.extend(sources.map(|source| Right::of_topic(&source.topic, &OF_SOURCE)));
    rights
}

/// Asks the cluster for each; says how many there are, or which are missing.
pub fn granted(config: &Config, settings: &kafka::Settings) -> Result<String, String> {
    let needed = needed(config);
    let count = needed.len();
    match missing(config, settings, needed) {
        Ok(missing) if missing.is_empty() => Ok(format!("all of the {count} ACLs are granted")),
        Ok(missing) => {
            let missing: Vec<String> = missing.iter().map(Right::to_string).collect();
            Err(format!("missing: {} [D0783]", missing.join("; ")))
        }
        Err(error) => Err(error.to_string()),
    }
}

fn missing(
    config: &Config,
    settings: &kafka::Settings,
    needed: Vec<Right>,
) -> Result<Vec<Right>, kafka::Error> {
    let rights = Rights::open(settings)?;
    let named: Vec<&str> = needed.iter().filter_map(Right::topic).collect();
    let topics = rights.topics(&named)?;
    let mut missing = Vec::new();
    for Right { operations, resource } in needed {
        let lacks = match &resource {
            Resource::Topic(topic) => match topics.get(topic) {
                Some(Found::May(granted)) => {
                    // It is there, and is not made again.
                    let granted = &(granted | &BTreeSet::from([Operation::Create]));
                    lacking(&operations, granted)
                }
                Some(Found::Hidden) | None => operations,
                // Whoever publishes to a topic of another system makes it.
                Some(Found::Missing) if !operations.contains(&Operation::Create) => Vec::new(),
                Some(Found::Missing) => {
                    let spec = TopicSpec::new(topic, config.log.partitions, Cleanup::Delete);
                    match may_create(settings, &spec)? {
                        true => Vec::new(),
                        false => vec![Operation::Create],
                    }
                }
            },
            Resource::Group(group) => match rights.group(group)? {
                Found::May(granted) => lacking(&operations, &granted),
                Found::Hidden | Found::Missing => operations,
            },
            Resource::Transactions(_) => {
                match rights.may_write_transactions(&settings.transactional_id())? {
                    true => Vec::new(),
                    false => operations,
                }
            }
        };
        if !lacks.is_empty() {
            missing.push(Right { operations: lacks, resource });
        }
    }
    Ok(missing)
}

impl Right {
    fn topic(&self) -> Option<&str> {
        match &self.resource {
            Resource::Topic(topic) => Some(topic),
            Resource::Group(_) | Resource::Transactions(_) => None,
        }
    }
}

fn lacking(needed: &[Operation], granted: &BTreeSet<Operation>) -> Vec<Operation> {
    needed.iter().copied().filter(|operation| !granted.contains(operation)).collect()
}
