//! Either log, as a worker sees it and as the doors do.

use crate::failure::Failure;
use crate::installation::refusal;
use engine::{
    Append, Extent, Log, Mark, Record, RecordSink, TakeState, TaskId, Transaction, Verdict,
};
use kafka::{KafkaLog, Reader, Sender, Start};
use rocks::{EmbeddedLog, WorkerLog};
use serve::Refusal;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use telemetry::{Commit, Metrics};

/// The log of a worker.
pub enum AnyLog {
    /// In the data folder.
    Embedded(WorkerLog),
    /// On a cluster.
    Kafka(Box<KafkaLog>),
}

/// Calls the same method of whichever log it is.
macro_rules! each {
    ($self:ident, $log:ident => $call:expr) => {
        match $self {
            AnyLog::Embedded($log) => $call,
            AnyLog::Kafka($log) => $call,
        }
    };
}

impl Log for AnyLog {
    fn tasks(&mut self) -> Vec<TaskId> {
        each!(self, log => log.tasks())
    }

    fn assignment(&self) -> u64 {
        each!(self, log => log.assignment())
    }

    fn committed(&mut self, task: TaskId) -> Result<Mark, Verdict> {
        each!(self, log => log.committed(task))
    }

    fn bounds(&mut self, task: TaskId) -> Result<(u64, u64), Verdict> {
        each!(self, log => log.bounds(task))
    }

    fn seek(&mut self, task: TaskId, position: u64) -> Result<(), Verdict> {
        each!(self, log => log.seek(task, position))
    }

    fn hold(&mut self, task: TaskId, is_held: bool) -> Result<(), Verdict> {
        each!(self, log => log.hold(task, is_held))
    }

    fn poll(
        &mut self,
        bytes_max: usize,
        wait_millis: u32,
        sink: &mut dyn RecordSink,
    ) -> Result<(), Verdict> {
        each!(self, log => log.poll(bytes_max, wait_millis, sink))
    }

    fn commit(&mut self, transaction: &Transaction) -> Verdict {
        each!(self, log => log.commit(transaction))
    }

    fn has_changelog(&self) -> bool {
        each!(self, log => log.has_changelog())
    }

    fn open_changelog(&mut self, task: TaskId) -> Result<bool, Verdict> {
        each!(self, log => log.open_changelog(task))
    }

    fn read_changelog(
        &mut self,
        wait_millis: u32,
        give: &mut TakeState<'_>,
    ) -> Result<Extent, Verdict> {
        each!(self, log => log.read_changelog(wait_millis, give))
    }
}

/// A worker's log whose commits are timed.
pub struct MeteredLog {
    /// The log.
    pub log: AnyLog,
    /// Where commits are counted, if anywhere.
    pub metrics: Option<Arc<Metrics>>,
    /// What tasks append to this topic is forwarded.
    pub touchpoints: String,
    /// Whether somebody was told of what was forwarded.
    pub has_told: bool,
}

impl MeteredLog {
    /// Counts what a commit has forwarded, and says once what would mend it.
    fn note_forwarded(&mut self, transaction: &Transaction) {
        let forwards = transaction.appends.iter().filter(|a| a.topic == self.touchpoints);
        let count: usize = forwards.map(|append| append.records.len()).sum();
        if count == 0 {
            return;
        }
        if let Some(metrics) = &self.metrics {
            metrics.add_forwarded(count as u64);
        }
        if !self.has_told {
            self.has_told = true;
            tracing::warn!(
                "touchpoints lie on other partitions than their customers and are forwarded: let \
                 their producers place by murmur2 (partitioner=murmur2_random in librdkafka), or \
                 say in kafka.partitioner how they do [D0721]"
            );
        }
    }
}

impl Log for MeteredLog {
    fn tasks(&mut self) -> Vec<TaskId> {
        self.log.tasks()
    }

    fn assignment(&self) -> u64 {
        self.log.assignment()
    }

    fn committed(&mut self, task: TaskId) -> Result<Mark, Verdict> {
        self.log.committed(task)
    }

    fn bounds(&mut self, task: TaskId) -> Result<(u64, u64), Verdict> {
        self.log.bounds(task)
    }

    fn seek(&mut self, task: TaskId, position: u64) -> Result<(), Verdict> {
        self.log.seek(task, position)
    }

    fn hold(&mut self, task: TaskId, is_held: bool) -> Result<(), Verdict> {
        self.log.hold(task, is_held)
    }

    fn poll(
        &mut self,
        bytes_max: usize,
        wait_millis: u32,
        sink: &mut dyn RecordSink,
    ) -> Result<(), Verdict> {
        self.log.poll(bytes_max, wait_millis, sink)
    }

    fn commit(&mut self, transaction: &Transaction) -> Verdict {
        let begun = Instant::now();
        let verdict = self.log.commit(transaction);
        if let Some(metrics) = &self.metrics {
            let how = match verdict {
                Verdict::Done => Commit::Done,
                Verdict::Retry(_) => Commit::Retry,
                Verdict::Abort(_) => Commit::Abort,
                Verdict::Fenced(_) => Commit::Fenced,
                Verdict::Corrupted(_) => Commit::Corrupted,
                Verdict::Refuse(_) => Commit::Refuse,
                Verdict::Fatal(_) => Commit::Fatal,
            };
            metrics.add_commit(how, begun.elapsed());
        }
        if verdict == Verdict::Done {
            self.note_forwarded(transaction);
        }
        verdict
    }

    fn has_changelog(&self) -> bool {
        self.log.has_changelog()
    }

    fn open_changelog(&mut self, task: TaskId) -> Result<bool, Verdict> {
        self.log.open_changelog(task)
    }

    fn read_changelog(
        &mut self,
        wait_millis: u32,
        give: &mut TakeState<'_>,
    ) -> Result<Extent, Verdict> {
        self.log.read_changelog(wait_millis, give)
    }
}

/// The log of the doors: appends outside of transactions, and reads.
pub enum DoorLog {
    /// In the data folder.
    Embedded(Arc<EmbeddedLog>),
    /// On a cluster.
    Kafka(Box<kafka::Settings>, Mutex<Sender>),
}

impl DoorLog {
    /// Doors on a cluster.
    pub fn kafka(settings: kafka::Settings) -> Result<DoorLog, Failure> {
        let sender = Sender::open(&settings).map_err(|error| Failure::from(error.verdict()))?;
        Ok(DoorLog::Kafka(Box::new(settings), Mutex::new(sender)))
    }

    /// Appends records; once it returns they are durable.
    pub fn append(&self, appends: &[Append]) -> Result<(), Refusal> {
        match self {
            DoorLog::Embedded(log) => match log.append(appends) {
                Verdict::Done => Ok(()),
                // The process ends, and is started again: by then the same may be sent again.
                Verdict::Fatal(text) => Err(Refusal::Busy(text)),
                verdict => Err(refusal(&verdict)),
            },
            DoorLog::Kafka(_, sender) => {
                let mut sender = sender
                    .lock()
                    .map_err(|_| Refusal::Broken("the sender has panicked [D0710]".to_owned()))?;
                send(&mut sender, appends).map_err(|error| refusal(&error.verdict()))
            }
        }
    }

    /// Why nothing more is taken until a restart, once that is so.
    pub fn failure(&self) -> Option<Failure> {
        match self {
            DoorLog::Embedded(log) => Some(Failure::from(Verdict::Fatal(log.failure()?))),
            DoorLog::Kafka(..) => None,
        }
    }

    /// Gives the committed records of a partition from a position on, or from the first retained,
    /// until its end or until `visit` has seen enough.
    pub fn read(
        &self,
        topic: &str,
        partition: u32,
        from: Option<u64>,
        visit: &mut dyn FnMut(&Record<'_>) -> bool,
    ) -> Result<(), Refusal> {
        match self {
            DoorLog::Embedded(log) => {
                let broken = |error: rocks::Error| Refusal::Broken(error.to_string());
                let start = log.start(topic, partition).map_err(broken)?;
                let end = log.end(topic, partition).map_err(broken)?;
                let mut position = from.unwrap_or(start).max(start);
                let mut goes_on = true;
                while goes_on && position < end {
                    let mut sink = |batch: &[Record<'_>]| {
                        goes_on = goes_on && batch.iter().all(&mut *visit);
                    };
                    position =
                        log.read(topic, partition, position, 1 << 20, &mut sink).map_err(broken)?;
                }
                Ok(())
            }
            DoorLog::Kafka(settings, _) => {
                let broken = |error: kafka::Error| Refusal::Broken(error.to_string());
                let start = from.map_or(Start::First, Start::At);
                let reader = Reader::open(settings, topic, &[partition], start);
                let mut reader = reader.map_err(broken)?;
                let mut goes_on = true;
                let mut is_done = false;
                while goes_on && !is_done {
                    let wait = std::time::Duration::from_millis(100);
                    is_done = reader
                        .poll(wait, &mut |_, record| goes_on = goes_on && visit(record))
                        .map_err(broken)?;
                }
                Ok(())
            }
        }
    }

    /// The first retained position of a partition, and the position of the next record.
    pub fn bounds(&self, topic: &str, partition: u32) -> Result<(u64, u64), Refusal> {
        match self {
            DoorLog::Embedded(log) => {
                let broken = |error: rocks::Error| Refusal::Broken(error.to_string());
                let start = log.start(topic, partition).map_err(broken)?;
                Ok((start, log.end(topic, partition).map_err(broken)?))
            }
            DoorLog::Kafka(settings, _) => kafka::topics::bounds(settings, topic, partition)
                .map_err(|error| refusal(&error.verdict())),
        }
    }

    /// The first retained position of a partition.
    pub fn start(&self, topic: &str, partition: u32) -> Result<u64, Refusal> {
        if let DoorLog::Embedded(log) = self {
            return log.start(topic, partition).map_err(|error| Refusal::Broken(error.to_string()));
        }
        let mut first = 0;
        self.read(topic, partition, None, &mut |record| {
            first = record.position;
            false
        })?;
        Ok(first)
    }
}

fn send(sender: &mut Sender, appends: &[Append]) -> Result<(), kafka::Error> {
    for append in appends {
        for record in &append.records {
            let value = record.value.as_deref();
            sender.append(&append.topic, append.partition, &record.key, value)?;
        }
    }
    sender.flush()
}
