//! A producer of records, in transactions or without.
//!
//! ```text
//! transactional ─► begin ─► append … ─► send_marks ─► commit ─► begin …
//!                    └──────────┴────────────┴─► abort ─► begin …
//! ```
//!
//! A producer whose outcome is not known is dropped: a new one under the same id ends what its
//! former self had begun.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use engine::Mark;
use rdkafka::config::ClientConfig;
use rdkafka_sys as rd;
use rdkafka_sys::RDKafkaErrorCode as Code;

use crate::failure::{Failure, retrying};
use crate::place::Place;
use crate::txn::{Client, List, Membership, Reports, Topic};
use crate::{Deadlines, Error, Settings, mark};

/// How much longer than its own deadline a call may take before it counts as stuck.
const STUCK_AFTER: Duration = Duration::from_millis(500);

/// A producer of records, in transactions or without.
pub struct Producer {
    topics: BTreeMap<String, Topic>,
    reporter: Reporter,
    client: Arc<Client>,
    deadlines: Deadlines,
}

impl Producer {
    /// A producer of transactions. Under one id there is one: its former self is fenced, and what
    /// that had begun is committed or aborted when this returns.
    pub fn transactional(settings: &Settings, id: &str) -> Result<Producer, Error> {
        let producer = Producer::start(&settings.transactional(id), settings.deadlines)?;
        retrying(settings.deadlines.init, |left| producer.client.init_transactions(left))
            .map_err(|failure| failure.into_error("initialise transactions"))?;
        Ok(producer)
    }

    /// A producer without transactions.
    pub(crate) fn idempotent(settings: &Settings) -> Result<Producer, Error> {
        Producer::start(&settings.idempotent(), settings.deadlines)
    }

    fn start(config: &ClientConfig, deadlines: Deadlines) -> Result<Producer, Error> {
        let kind = rd::rd_kafka_type_t::RD_KAFKA_PRODUCER;
        let client = Arc::new(Client::start(kind, config, rd::RD_KAFKA_EVENT_DR)?);
        let reporter = Reporter::start(&client)?;
        Ok(Producer { topics: BTreeMap::new(), reporter, client, deadlines })
    }

    /// Begins a transaction.
    pub fn begin(&mut self) -> Result<(), Error> {
        // What failed belongs to the last transaction.
        self.reporter.take();
        self.client.begin_transaction().map_err(|f| f.into_error("begin a transaction"))
    }

    /// Hands over one record; whether it was written is known after `flush` or `commit`.
    pub fn append(
        &mut self,
        topic: &str,
        partition: u32,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), Error> {
        let unwritable = |detail: String| Error::Unwritable { topic: topic.to_owned(), detail };
        if !self.topics.contains_key(topic) {
            let handle = Topic::open(&self.client, topic);
            let handle = handle.ok_or_else(|| unwritable("no topic can have this name".into()))?;
            self.topics.insert(topic.to_owned(), handle);
        }
        let until = Instant::now() + self.deadlines.commit;
        loop {
            match self.topics[topic].produce(partition, key, value) {
                Ok(()) => return Ok(()),
                Err(failure) if failure.code == Code::QueueFull && Instant::now() < until => {
                    thread::sleep(Duration::from_millis(1));
                }
                Err(failure) => return Err(self.refused(topic, failure)),
            }
        }
    }

    /// Why a record was not taken.
    fn refused(&self, topic: &str, failure: Failure) -> Error {
        if let Some(fatal) = self.client.fatal() {
            return fatal.into_error("append a record");
        }
        if failure.is_of_record() {
            return Error::Unwritable { topic: topic.to_owned(), detail: failure.text };
        }
        // The queue stays full, or an earlier record has already failed the transaction.
        let aborted = Error::Aborted { call: "append a record", detail: failure.text };
        self.unwritten().unwrap_or(aborted)
    }

    /// The error of a record that could not be written, if there is one.
    fn unwritten(&self) -> Option<Error> {
        let (topic, failure) = self.reporter.take()?;
        let detail = failure.text.clone();
        Some(if failure.is_of_record() {
            Error::Unwritable { topic, detail }
        } else {
            Error::Aborted { call: "write a record", detail: format!("{topic}: {detail}") }
        })
    }

    /// Waits until every record handed over is written.
    pub fn flush(&mut self) -> Result<(), Error> {
        let flushed = self.client.flush(self.deadlines.commit);
        if let Some(error) = self.unwritten() {
            return Err(error);
        }
        flushed.map_err(|f| Error::Undecided { call: "write records", detail: f.text })
    }

    /// Puts marks into the transaction, as offsets of the group that was worked under.
    pub(crate) fn send_marks(
        &mut self,
        marks: &[(Place, Mark)],
        membership: &Arc<Membership>,
    ) -> Result<(), Error> {
        let mut list = List::new();
        for (place, mark) in marks {
            list.push(place, mark.position as i64, &mark::write(mark));
        }
        self.send_offsets(list, membership)
    }

    /// Puts offsets of a group into the transaction.
    pub(crate) fn send_offsets(
        &mut self,
        list: List,
        membership: &Arc<Membership>,
    ) -> Result<(), Error> {
        let call = "send offsets";
        let (client, membership) = (self.client.clone(), membership.clone());
        let wait = self.deadlines.commit;
        let (answer, answered) = mpsc::sync_channel(1);
        // On a thread of its own, because librdkafka may stay in this call for ever. A thread that
        // does is left behind with its client, which the next producer fences.
        let send = move || {
            let sent = retrying(wait, |left| client.send_offsets(&list, &membership, left));
            // Nobody listens any more when the deadline is over.
            let _ = answer.send(sent);
        };
        let spawned = thread::Builder::new().name("kafka-offsets".to_owned()).spawn(send);
        spawned.map_err(|e| Error::Aborted { call, detail: e.to_string() })?;
        match answered.recv_timeout(wait + STUCK_AFTER) {
            Ok(Ok(())) => Ok(()),
            // Nothing is committed without the end of the transaction, so a missing answer aborts.
            Ok(Err(failure)) => Err(match failure.into_error(call) {
                Error::Unreachable { call, detail } => Error::Aborted { call, detail },
                other => other,
            }),
            Err(_) => Err(Error::Aborted { call, detail: format!("no answer in {wait:?}") }),
        }
    }

    /// Ends the transaction. After `Undecided` only a new producer under the same id can say what
    /// became of it.
    pub fn commit(&mut self) -> Result<(), Error> {
        let wait = self.deadlines.commit;
        let ended = retrying(wait, |left| self.client.commit_transaction(left));
        let Err(failure) = ended else { return Ok(()) };
        let wants_abort = failure.wants_abort;
        match failure.into_error("commit a transaction") {
            Error::Fenced { call, detail } => Err(Error::Fenced { call, detail }),
            error if wants_abort => Err(self.unwritten().unwrap_or(error)),
            // Even where librdkafka says that it failed for good: an answer may have been lost.
            error => {
                Err(Error::Undecided { call: "commit a transaction", detail: error.to_string() })
            }
        }
    }

    /// Rolls the transaction back.
    pub fn abort(&mut self) -> Result<(), Error> {
        retrying(self.deadlines.commit, |left| self.client.abort_transaction(left))
            .map_err(|failure| failure.into_error("abort a transaction"))
    }
}

/// Hears which records could not be written.
///
/// A thread, because librdkafka counts a failed record as under way until its report is taken: a
/// flush or an abort would wait for itself.
struct Reporter {
    failure: Arc<Mutex<Option<(String, Failure)>>>,
    is_over: Arc<AtomicBool>,
    reports: Arc<Reports>,
    thread: Option<JoinHandle<()>>,
}

impl Reporter {
    fn start(client: &Arc<Client>) -> Result<Reporter, Error> {
        let reports = Arc::new(Reports::of(client)?);
        let failure = Arc::new(Mutex::new(None));
        let is_over = Arc::new(AtomicBool::new(false));
        let listen = {
            let (reports, failure) = (reports.clone(), failure.clone());
            let is_over = is_over.clone();
            move || {
                while !is_over.load(Ordering::Acquire) {
                    for report in reports.next(Duration::from_secs(1)) {
                        keep_first(&failure, report);
                    }
                }
            }
        };
        let thread = thread::Builder::new().name("kafka-reports".to_owned()).spawn(listen);
        let thread =
            thread.map_err(|e| Error::Fatal { call: "start a thread", detail: e.to_string() })?;
        Ok(Reporter { failure, is_over, reports, thread: Some(thread) })
    }

    /// The first failure since the last call, with its topic.
    fn take(&self) -> Option<(String, Failure)> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Keeps a report unless there is one; what an abort throws away was not at fault.
fn keep_first(kept: &Mutex<Option<(String, Failure)>>, report: (String, Failure)) {
    if !matches!(report.1.code, Code::NoError | Code::PurgeQueue | Code::PurgeInflight) {
        kept.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(report);
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        self.reports.wake();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was already printed, and there is nothing left to undo.
            let _ = thread.join();
        }
    }
}
