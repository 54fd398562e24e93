//! What can go wrong between here and the cluster, and the verdict on it.

use engine::Verdict;

/// What is wrong with the cluster, a topic on it, or a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A topic is there with another number of partitions.
    #[error(
        "topic {topic} has {found} partitions, {wanted} are configured; mend it by: {mend} [D0451]"
    )]
    Partitions {
        /// The topic.
        topic: String,
        /// What the cluster says.
        found: u32,
        /// What is configured.
        wanted: u32,
        /// A command for the shell, or what to change where no command can help.
        mend: String,
    },
    /// A topic is there with another cleanup policy.
    #[error(
        "topic {topic} has cleanup.policy={found}, {wanted} is needed; mend it by: {mend} [D0452]"
    )]
    Cleanup {
        /// The topic.
        topic: String,
        /// What the cluster says.
        found: String,
        /// What is needed.
        wanted: String,
        /// A command for the shell.
        mend: String,
    },
    /// A topic keeps its producers' times, where the log's own are needed.
    #[error(
        "topic {topic} has message.timestamp.type={found}, {wanted} is needed; \
         mend it by: {mend} [D0453]"
    )]
    AppendTime {
        /// The topic.
        topic: String,
        /// What the cluster says.
        found: String,
        /// What is needed.
        wanted: String,
        /// A command for the shell.
        mend: String,
    },
    /// The cluster refused to create or to show a topic.
    #[error("could not create or describe topic {topic}: {detail} [D0454]")]
    Topic {
        /// The topic.
        topic: String,
        /// The words of the cluster.
        detail: String,
    },
    /// The cluster did not answer, or asked to come again; nothing happened.
    #[error("could not {call}, to be tried again: {detail} [D0455]")]
    Unreachable {
        /// What was tried.
        call: &'static str,
        /// The words of librdkafka.
        detail: String,
    },
    /// The cluster, or librdkafka, does not accept how it is used: a setting or a permission.
    #[error("could not {call} with these settings: {detail} [D0456]")]
    Setting {
        /// What was tried.
        call: &'static str,
        /// The words of librdkafka.
        detail: String,
    },
    /// The cluster does not let in who signs in.
    #[error("the cluster does not accept who signs in: {detail} [D0780]")]
    Credentials {
        /// The words of librdkafka.
        detail: String,
    },
    /// The cluster and this program do not agree on TLS.
    #[error("no TLS with the cluster: {detail} [D0781]")]
    Tls {
        /// The words of librdkafka.
        detail: String,
    },
    /// The transaction must be rolled back, or was.
    #[error("could not {call}, the transaction is rolled back: {detail} [D0457]")]
    Aborted {
        /// What was tried.
        call: &'static str,
        /// The words of librdkafka.
        detail: String,
    },
    /// Another process runs under this name.
    #[error("could not {call}: another process runs under this name: {detail} [D0458]")]
    Fenced {
        /// What was tried.
        call: &'static str,
        /// The words of librdkafka.
        detail: String,
    },
    /// librdkafka cannot go on.
    #[error("could not {call}, and the client cannot go on: {detail} [D0459]")]
    Fatal {
        /// What was tried.
        call: &'static str,
        /// The words of librdkafka.
        detail: String,
    },
    /// Whether it happened is not known.
    #[error("could not {call} in time, and its outcome is not known: {detail} [D0460]")]
    Undecided {
        /// What was tried.
        call: &'static str,
        /// The words of librdkafka.
        detail: String,
    },
    /// A position lies outside what is retained.
    #[error("position {position} of {topic}/{partition} is not retained: {detail} [D0461]")]
    NotRetained {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// What was asked for.
        position: u64,
        /// The words of librdkafka.
        detail: String,
    },
    /// The group's offset was not committed by this program.
    #[error(
        "offset {position} of {topic}/{partition} in group {group} was not committed by this \
         program: its metadata is {metadata:?} [D0462]"
    )]
    ForeignOffset {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// The group.
        group: String,
        /// The offset.
        position: u64,
        /// What stands beside it.
        metadata: String,
    },
    /// The group has given a task to somebody else.
    #[error("task {topic}/{partition} is not owned here [D0463]")]
    NotOwned {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
    },
    /// A record can never be written as it is.
    #[error("could not write a record to {topic}: {detail} [D0464]")]
    Unwritable {
        /// The topic.
        topic: String,
        /// The words of librdkafka.
        detail: String,
    },
}

impl Error {
    /// What the caller must do.
    pub fn verdict(&self) -> Verdict {
        let text = self.to_string();
        match self {
            Error::Unreachable { .. } => Verdict::Retry(text),
            Error::Aborted { .. } => Verdict::Abort(text),
            Error::Fenced { .. } | Error::NotOwned { .. } => Verdict::Fenced(text),
            Error::NotRetained { .. } => Verdict::Corrupted(text),
            Error::Fatal { .. } | Error::Undecided { .. } => Verdict::Fatal(text),
            Error::Partitions { .. }
            | Error::Cleanup { .. }
            | Error::AppendTime { .. }
            | Error::Topic { .. }
            | Error::Setting { .. }
            | Error::Credentials { .. }
            | Error::Tls { .. }
            | Error::ForeignOffset { .. }
            | Error::Unwritable { .. } => Verdict::Refuse(text),
        }
    }
}

impl From<Error> for Verdict {
    fn from(error: Error) -> Self {
        error.verdict()
    }
}
