//! What the cluster must allow, where the log is on one.

use crate::config::Config;

/// One line for each right; none on the embedded log.
pub fn acls(config: &Config) -> Vec<String> {
    if !config.is_kafka() {
        return Vec::new();
    }
    let topics = config.topics();
    let application = &config.kafka.application_id;
    let mut acls: Vec<String> = topics
        .all()
        .iter()
        .map(|(topic, _)| format!("Read, Write, Describe, DescribeConfigs on topic {topic}"))
        .collect();
    let sources = config.source.iter().map(|source| &source.topic);
    acls.extend(sources.map(|topic| format!("Read, Describe on topic {topic}")));
    if !config.source.is_empty() {
        acls.push(format!("Read on group {application}-sources"));
    }
    acls.push("Create on the cluster, or the topics made beforehand".to_owned());
    acls.push(format!("Read on group {application}"));
    acls.push(format!("Write, Describe on transactional ids that begin with {application}-"));
    acls
}
