//! How the cluster is reached, and what the clients are told.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use engine::Node;
use rdkafka::config::ClientConfig;

/// Settings of the client that nobody may change: marks, transactions and what is read of them
/// depend on them.
pub const OWN: [&str; 12] = [
    "acks",
    "auto.offset.reset",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "isolation.level",
    "partition.assignment.strategy",
    "transaction.timeout.ms",
    "transactional.id",
];

/// How long a call may take before its outcome counts as unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// A question to the cluster: offsets, bounds, topics.
    pub ask: Duration,
    /// Each step of a commit: flush, offsets, end.
    pub commit: Duration,
    /// Initialising a producer, which waits until an earlier one's transaction has ended.
    pub init: Duration,
    /// Leaving the group when a log is closed.
    pub close: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Deadlines {
            ask: Duration::from_secs(30),
            commit: Duration::from_secs(20),
            init: Duration::from_secs(60),
            close: Duration::from_secs(5),
        }
    }
}

/// The cluster and this instance's place in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// First brokers to ask: `host:port,host:port`.
    pub brokers: String,
    /// Name of the application: the consumer group, and the beginning of transactional ids.
    pub application: String,
    /// Name of this instance, which it keeps over restarts; no two may run at once.
    pub instance: String,
    /// Number of the worker in its instance.
    pub worker: u32,
    /// The topic that each node reads.
    pub inputs: BTreeMap<Node, String>,
    /// The topic that each node keeps its states in, should a store be lost.
    pub changelogs: BTreeMap<Node, String>,
    /// Further settings of librdkafka, such as security; they win over those that are set here.
    pub client: BTreeMap<String, String>,
    /// How long calls may take.
    pub deadlines: Deadlines,
}

// By hand, because passwords are among the settings of the client.
impl fmt::Debug for Settings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client: Vec<&String> = self.client.keys().collect();
        out.debug_struct("Settings")
            .field("brokers", &self.brokers)
            .field("application", &self.application)
            .field("instance", &self.instance)
            .field("worker", &self.worker)
            .field("inputs", &self.inputs)
            .field("client", &client)
            .field("deadlines", &self.deadlines)
            .finish()
    }
}

impl Settings {
    /// Settings with the usual deadlines, without inputs and changelogs.
    pub fn new(brokers: &str, application: &str, instance: &str) -> Settings {
        Settings {
            brokers: brokers.to_owned(),
            application: application.to_owned(),
            instance: instance.to_owned(),
            worker: 0,
            inputs: BTreeMap::new(),
            changelogs: BTreeMap::new(),
            client: BTreeMap::new(),
            deadlines: Deadlines::default(),
        }
    }

    /// The name under which this worker's transactions fence those of its former self.
    pub fn transactional_id(&self) -> String {
        format!("{}-{}-{}", self.application, self.instance, self.worker)
    }

    /// The member of the group: reads committed records only, stores no offsets itself.
    pub(crate) fn member(&self) -> ClientConfig {
        let mut config = self.reading();
        config.set("group.id", &self.application);
        // A restart within the session keeps its tasks: no rebalance, and states on disk are used.
        config.set("group.instance.id", format!("{}-{}", self.instance, self.worker));
        config.set("partition.assignment.strategy", "cooperative-sticky");
        config.set("session.timeout.ms", "30000");
        config.set("heartbeat.interval.ms", "3000");
        self.finish(config)
    }

    /// A consumer that belongs to no group and asks for what it wants.
    pub(crate) fn lone_reader(&self) -> ClientConfig {
        let mut config = self.reading();
        // librdkafka wants a name although nothing is ever committed under it.
        config.set("group.id", format!("{}-reader", self.application));
        // Only here: in a member these move the position that it goes on from after a rebalance.
        config.set("enable.partition.eof", "true");
        self.finish(config)
    }

    fn reading(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        // Reading committed offsets waits for undecided transactions only in this mode.
        config.set("isolation.level", "read_committed");
        config.set("enable.auto.commit", "false");
        config.set("enable.auto.offset.store", "false");
        // A position that is no longer retained is for the engine to judge, not to jump over.
        config.set("auto.offset.reset", "error");
        config.set("check.crcs", "true");
        config.set("queued.min.messages", "100000");
        config.set("queued.max.messages.kbytes", "32768");
        config.set("fetch.message.max.bytes", "1048576");
        // The default of a second stalls a partition whose queue was full for a moment.
        config.set("fetch.queue.backoff.ms", "2");
        config.set("fetch.wait.max.ms", "50");
        config
    }

    /// The producer whose transactions carry the marks.
    pub(crate) fn transactional(&self, id: &str) -> ClientConfig {
        let mut config = self.writing();
        config.set("transactional.id", id);
        config.set("transaction.timeout.ms", "30000");
        self.finish(config)
    }

    /// A producer without transactions; retries do not write twice.
    pub(crate) fn idempotent(&self) -> ClientConfig {
        let mut config = self.writing();
        config.set("enable.idempotence", "true");
        self.finish(config)
    }

    fn writing(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("acks", "all");
        config.set("linger.ms", "5");
        config.set("batch.size", "1000000");
        config.set("batch.num.messages", "100000");
        config.set("queue.buffering.max.messages", "1000000");
        config.set("delivery.report.only.error", "true");
        // Topics are created and shown before anything is written: one that is unknown stays so.
        config.set("topic.metadata.propagation.max.ms", "5000");
        // A transaction that begins while the markers of the last are being written is told to come
        // again; at the default of 100 ms that is the commit's latency.
        config.set("retry.backoff.ms", "2");
        config
    }

    /// A client for topics and their settings.
    pub(crate) fn admin(&self) -> ClientConfig {
        self.finish(ClientConfig::new())
    }

    fn finish(&self, mut config: ClientConfig) -> ClientConfig {
        config.set("bootstrap.servers", &self.brokers);
        config.set("client.id", format!("{}-{}-{}", self.application, self.instance, self.worker));
        for (key, value) in &self.client {
            config.set(key, value);
        }
        config
    }
}
