//! One consumer of librdkafka: group events on one queue, records of all partitions on another.
//!
//! `rd_kafka_queue_poll` serves the group's queue; `rd_kafka_consume_batch_queue` may be used on
//! the records' queue only: an event of the group met there would be answered by an empty
//! assignment.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::Record;
use model::Timestamp;
use rdkafka::config::ClientConfig;
use rdkafka_sys as rd;
use rdkafka_sys::RDKafkaErrorCode as Code;

use crate::Error;
use crate::failure::Failure;
use crate::place::{Offset, Place};
use crate::txn::{Client, List, Membership, elements, headers, millis, name, read_text};

/// Records asked for at once: beyond this a batch no longer becomes cheaper by the record.
const BATCH_MAX: usize = 4_096;

/// How long a consumer that is dropped without being closed may take to leave.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// What the group says.
#[derive(Debug)]
pub(crate) enum Event {
    /// These partitions are added; must be answered by `assign`.
    Assigned(Vec<Place>),
    /// These are taken away; must be answered by `unassign`.
    Revoked(Vec<Place>),
    /// Something went wrong.
    Failed(Failure),
}

/// What the queue of records gives.
pub(crate) enum Delivery<'a> {
    /// Records of one partition, in order.
    Records(&'a [Record<'a>]),
    /// The partition cannot be read.
    Failed(Failure),
}

fn place(element: &rd::rd_kafka_topic_partition_t) -> Place {
    Place { topic: read_text(element.topic), partition: element.partition as u32 }
}

fn metadata(element: &rd::rd_kafka_topic_partition_t) -> String {
    if element.metadata.is_null() || element.metadata_size == 0 {
        return String::new();
    }
    // SAFETY: not null, and as long as the element says.
    let bytes = unsafe { slice::from_raw_parts(element.metadata.cast(), element.metadata_size) };
    String::from_utf8_lossy(bytes).into_owned()
}

/// A queue of a client that outlives it.
pub(crate) struct Queue(NonNull<rd::rd_kafka_queue_t>);

// SAFETY: queues may be used from any thread and from several at once.
unsafe impl Send for Queue {}
// SAFETY: as above.
unsafe impl Sync for Queue {}

impl Queue {
    /// Takes over a queue that librdkafka has just made or looked up.
    pub(crate) fn take(queue: *mut rd::rd_kafka_queue_t) -> Result<Queue, Error> {
        NonNull::new(queue).map(Queue).ok_or_else(|| Error::Fatal {
            call: "take a queue",
            detail: "librdkafka gave none".to_owned(),
        })
    }

    pub(crate) fn ptr(&self) -> *mut rd::rd_kafka_queue_t {
        self.0.as_ptr()
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: taken over in `take`, given back once.
        unsafe { rd::rd_kafka_queue_destroy(self.ptr()) }
    }
}

/// A member of a group whose records of all partitions come by one queue.
pub(crate) struct Consumer {
    // Queues go before the client that they belong to.
    records: Queue,
    group: Queue,
    client: Arc<Client>,
    record_bytes: usize,
    /// The group waits for an answer; a client that is destroyed before would wait for ever.
    is_asked: bool,
    is_closed: bool,
}

impl Consumer {
    /// Joins a group.
    pub(crate) fn join(config: &ClientConfig, topics: &[String]) -> Result<Consumer, Error> {
        let kind = rd::rd_kafka_type_t::RD_KAFKA_CONSUMER;
        let client = Arc::new(Client::start(kind, config, rd::RD_KAFKA_EVENT_REBALANCE)?);
        // SAFETY: the client lives, and outlives the queues.
        let (records, group) = unsafe {
            rd::rd_kafka_poll_set_consumer(client.ptr());
            (
                Queue::take(rd::rd_kafka_queue_new(client.ptr()))?,
                Queue::take(rd::rd_kafka_queue_get_consumer(client.ptr()))?,
            )
        };
        let consumer = Consumer {
            records,
            group,
            client,
            record_bytes: 128,
            is_asked: false,
            is_closed: false,
        };
        let mut list = List::new();
        for topic in topics {
            let any = Place { topic: topic.clone(), partition: u32::MAX };
            list.push(&any, i64::from(rd::RD_KAFKA_OFFSET_INVALID), "");
        }
        // SAFETY: client and list live; the list is copied.
        let code = unsafe { rd::rd_kafka_subscribe(consumer.client.ptr(), list.ptr()) };
        consumer.client.check_code(code).map_err(|f| f.into_error("subscribe"))?;
        Ok(consumer)
    }

    /// The next thing that the group says.
    pub(crate) fn event(&mut self, wait: Duration) -> Option<Event> {
        let until = Instant::now() + wait;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            // SAFETY: the queue lives; what comes is ours until it is destroyed.
            let event = unsafe { rd::rd_kafka_queue_poll(self.group.ptr(), millis(left)) };
            if event.is_null() {
                return None;
            }
            // SAFETY: an event that lives; its list is read before it is destroyed, once.
            let heard = unsafe {
                let kind = rd::rd_kafka_event_type(event);
                let code = rd::rd_kafka_event_error(event);
                let list = rd::rd_kafka_event_topic_partition_list(event);
                let places = elements(list).iter().map(place).collect();
                let text = read_text(rd::rd_kafka_event_error_string(event));
                rd::rd_kafka_event_destroy(event);
                self.heard(kind, Code::from(code), places, text)
            };
            if heard.is_some() {
                return heard;
            }
        }
    }

    fn heard(&mut self, kind: i32, code: Code, places: Vec<Place>, text: String) -> Option<Event> {
        if kind == rd::RD_KAFKA_EVENT_REBALANCE {
            self.is_asked = true;
            return Some(match code {
                Code::AssignPartitions => Event::Assigned(places),
                _ => Event::Revoked(places),
            });
        }
        if code == Code::NoError {
            return None;
        }
        let failure = self.client.deepen(Failure { text, ..Failure::of(code) });
        Some(Event::Failed(failure))
    }

    /// Reads these too, each from a position, or from the first record where there is none.
    pub(crate) fn assign(&mut self, positions: &[(Place, Option<u64>)]) -> Result<(), Failure> {
        let mut list = List::new();
        for (place, position) in positions {
            // Before the assignment, so that no record comes by the group's queue.
            self.forward(place, self.records.ptr());
            let first = i64::from(rd::RD_KAFKA_OFFSET_BEGINNING);
            list.push(place, position.map_or(first, |p| p as i64), "");
        }
        // SAFETY: client and list live; the list is copied.
        let error = unsafe { rd::rd_kafka_incremental_assign(self.client.ptr(), list.ptr()) };
        self.is_asked = false;
        self.client.check(error)
    }

    /// Reads these no longer.
    pub(crate) fn unassign(&mut self, places: &[Place]) -> Result<(), Failure> {
        for place in places {
            self.forward(place, ptr::null_mut());
        }
        let list = List::of(places);
        // SAFETY: client and list live; the list is copied.
        let error = unsafe { rd::rd_kafka_incremental_unassign(self.client.ptr(), list.ptr()) };
        self.is_asked = false;
        self.client.check(error)
    }

    fn forward(&self, place: &Place, to: *mut rd::rd_kafka_queue_t) {
        let topic = name(&place.topic);
        // SAFETY: the client lives; the partition's queue is given back at once and lives on in the
        // client; `to` is null or our own queue, which is destroyed before the client only after
        // the client has stopped giving records to it.
        unsafe {
            let queue = rd::rd_kafka_queue_get_partition(
                self.client.ptr(),
                topic.as_ptr(),
                place.partition as i32,
            );
            if !queue.is_null() {
                rd::rd_kafka_queue_forward(queue, to);
                rd::rd_kafka_queue_destroy(queue);
            }
        }
    }

    /// The group as this member sees it now.
    pub(crate) fn membership(&self) -> Option<Membership> {
        // SAFETY: the client lives; the value is a copy of our own.
        let metadata = unsafe { rd::rd_kafka_consumer_group_metadata(self.client.ptr()) };
        Membership::take(metadata)
    }

    /// What the group has committed, once no transaction on it is undecided.
    pub(crate) fn committed(
        &self,
        places: &[Place],
        wait: Duration,
    ) -> Result<Vec<Offset>, Failure> {
        let list = List::of(places);
        // SAFETY: client and list live; the call fills the list and keeps nothing of it.
        let code = unsafe { rd::rd_kafka_committed(self.client.ptr(), list.ptr(), millis(wait)) };
        self.client.check_code(code)?;
        let mut offsets = Vec::with_capacity(places.len());
        for element in list.elements() {
            self.client.check_code(element.err)?;
            let position = u64::try_from(element.offset).ok();
            offsets.push(Offset { place: place(element), position, metadata: metadata(element) });
        }
        Ok(offsets)
    }

    /// The first retained offset, and the one after the last that is committed.
    pub(crate) fn bounds(&self, place: &Place, wait: Duration) -> Result<(u64, u64), Failure> {
        let (mut low, mut high) = (0_i64, 0_i64);
        let topic = name(&place.topic);
        // SAFETY: the client lives; both numbers are written during the call only.
        let code = unsafe {
            rd::rd_kafka_query_watermark_offsets(
                self.client.ptr(),
                topic.as_ptr(),
                place.partition as i32,
                &mut low,
                &mut high,
                millis(wait),
            )
        };
        self.client.check_code(code)?;
        Ok((low.max(0) as u64, high.max(0) as u64))
    }

    /// The offset after all that was consumed, markers of transactions included.
    pub(crate) fn position(&self, place: &Place) -> Result<Option<u64>, Failure> {
        let list = List::of([place]);
        // SAFETY: client and list live; the call fills the list and keeps nothing of it.
        let code = unsafe { rd::rd_kafka_position(self.client.ptr(), list.ptr()) };
        self.client.check_code(code)?;
        Ok(list.elements().first().and_then(|element| u64::try_from(element.offset).ok()))
    }

    /// Goes to a position of an assigned partition; what was fetched before is not given.
    pub(crate) fn seek(&self, to: &Place, position: u64, wait: Duration) -> Result<(), Failure> {
        let until = Instant::now() + wait;
        loop {
            let mut list = List::new();
            list.push(to, position as i64, "");
            let left = millis(until.saturating_duration_since(Instant::now()));
            // SAFETY: client and list live; the call fills the list's errors and keeps nothing.
            let error =
                unsafe { rd::rd_kafka_seek_partitions(self.client.ptr(), list.ptr(), left) };
            self.client.check(error)?;
            let result = list.elements().iter().try_for_each(|e| self.client.check_code(e.err));
            match result {
                // An assignment is carried out by another thread: it has not begun to fetch yet.
                Err(failure) if failure.is_retriable && Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                other => return other,
            }
        }
    }

    /// Fetches nothing of these for now, or something again.
    pub(crate) fn pause(&self, places: &[Place], is_paused: bool) -> Result<(), Failure> {
        let list = List::of(places);
        // SAFETY: client and list live; the call fills the list's errors and keeps nothing.
        let code = unsafe {
            match is_paused {
                true => rd::rd_kafka_pause_partitions(self.client.ptr(), list.ptr()),
                false => rd::rd_kafka_resume_partitions(self.client.ptr(), list.ptr()),
            }
        };
        self.client.check_code(code)?;
        list.elements().iter().try_for_each(|element| self.client.check_code(element.err))
    }

    /// Gives what has been fetched, at most about `bytes_max`; waits for a first record only.
    pub(crate) fn consume(
        &mut self,
        bytes_max: usize,
        wait: Duration,
        give: &mut dyn FnMut(&str, u32, Delivery<'_>),
    ) {
        self.consume_with(bytes_max, wait, &mut |topic, partition, delivery, _| {
            give(topic, partition, delivery);
        });
    }

    /// As `consume`, with the headers of each record at hand.
    pub(crate) fn consume_with(
        &mut self,
        bytes_max: usize,
        wait: Duration,
        give: &mut dyn FnMut(&str, u32, Delivery<'_>, &Run<'_>),
    ) {
        let mut left = bytes_max;
        let mut may_wait = !wait.is_zero();
        while left > 0 {
            let room = (left / self.record_bytes.max(1)).clamp(1, BATCH_MAX);
            let mut batch = Batch::fetch(&self.records, room);
            if batch.0.is_empty() && may_wait {
                // The call for batches waits until one is full; this one returns with the first.
                batch = Batch::wait(&self.records, wait);
            }
            may_wait = false;
            if batch.0.is_empty() {
                return;
            }
            let bytes = batch.give(give);
            self.record_bytes = (self.record_bytes + bytes / batch.0.len()) / 2 + 1;
            left = left.saturating_sub(bytes.max(batch.0.len()));
        }
    }

    /// Leaves the group, answering what it still asks.
    pub(crate) fn close(&mut self, wait: Duration) -> Result<(), Failure> {
        let until = Instant::now() + wait;
        if self.is_asked {
            self.assign(&[])?;
        }
        // SAFETY: client and queue live.
        let error =
            unsafe { rd::rd_kafka_consumer_close_queue(self.client.ptr(), self.group.ptr()) };
        self.client.check(error)?;
        // SAFETY: the client lives.
        while unsafe { rd::rd_kafka_consumer_closed(self.client.ptr()) } == 0 {
            if Instant::now() >= until {
                return Err(Failure::of(Code::OperationTimedOut));
            }
            match self.event(Duration::from_millis(10)) {
                Some(Event::Revoked(places)) => self.unassign(&places)?,
                Some(Event::Assigned(_)) => self.assign(&[])?,
                Some(Event::Failed(_)) | None => {}
            }
        }
        self.is_closed = true;
        Ok(())
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        if !self.is_closed
            && let Err(failure) = self.close(CLOSE_WAIT)
        {
            // Destroying it would wait for what cannot be had; kept alive it only costs memory, and
            // the group forgets a member that asks for nothing.
            tracing::warn!("left a consumer behind: {}", failure.text);
            let _left = ManuallyDrop::new(self.client.clone());
        }
    }
}

/// Messages taken from a queue, destroyed with the batch.
struct Batch(Vec<*mut rd::rd_kafka_message_t>);

impl Batch {
    /// What is there now, at most `room`.
    fn fetch(queue: &Queue, room: usize) -> Batch {
        let mut messages = vec![ptr::null_mut(); room];
        // SAFETY: the queue lives; the array has `room` places.
        let count = unsafe {
            rd::rd_kafka_consume_batch_queue(queue.ptr(), 0, messages.as_mut_ptr(), room)
        };
        messages.truncate(usize::try_from(count).unwrap_or(0));
        Batch(messages)
    }

    /// The first message within a time.
    fn wait(queue: &Queue, wait: Duration) -> Batch {
        // SAFETY: the queue lives; what comes is ours.
        let message = unsafe { rd::rd_kafka_consume_queue(queue.ptr(), millis(wait)) };
        Batch(if message.is_null() { Vec::new() } else { vec![message] })
    }

    /// Gives runs of one partition each; returns their bytes.
    fn give(&self, give: &mut dyn FnMut(&str, u32, Delivery<'_>, &Run<'_>)) -> usize {
        // SAFETY: each pointer is a message that lives until the batch is dropped.
        let messages: Vec<&rd::rd_kafka_message_t> =
            self.0.iter().map(|message| unsafe { &**message }).collect();
        let mut bytes = 0;
        let mut topics: BTreeMap<usize, String> = BTreeMap::new();
        let mut records = Vec::with_capacity(messages.len());
        let is_same = |a: &&rd::rd_kafka_message_t, b: &&rd::rd_kafka_message_t| {
            a.rkt == b.rkt
                && a.partition == b.partition
                && Code::from(b.err) == Code::NoError
                && Code::from(a.err) == Code::NoError
        };
        for run in messages.chunk_by(is_same) {
            let first = run[0];
            if first.rkt.is_null() {
                tracing::warn!("failure without a topic: {}", Code::from(first.err));
                continue;
            }
            // SAFETY: a message holds its topic; the topic's name lives as long.
            let name = || read_text(unsafe { rd::rd_kafka_topic_name(first.rkt) });
            let topic = topics.entry(first.rkt as usize).or_insert_with(name);
            let partition = first.partition as u32;
            match Code::from(first.err) {
                Code::NoError => {
                    records.clear();
                    records.extend(run.iter().map(|message| record(message)));
                    bytes += run.iter().map(|m| m.len + m.key_len).sum::<usize>();
                    give(topic, partition, Delivery::Records(&records), &Run(run));
                }
                code => {
                    // SAFETY: a message that lives; so does its text, which is copied.
                    let text = read_text(unsafe { rd::rd_kafka_message_errstr(first) });
                    let failure = Failure { text, ..Failure::of(code) };
                    give(topic, partition, Delivery::Failed(failure), &Run(run));
                }
            }
        }
        bytes
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        for message in &self.0 {
            // SAFETY: taken from the queue, destroyed once; nothing borrowed from it is left.
            unsafe { rd::rd_kafka_message_destroy(*message) }
        }
    }
}

/// The messages of a delivery, for whoever asks for more than a record holds.
pub(crate) struct Run<'a>(&'a [&'a rd::rd_kafka_message_t]);

impl<'a> Run<'a> {
    /// The headers of the record at an index.
    pub(crate) fn headers(&self, index: usize) -> Vec<(&'a str, &'a [u8])> {
        self.0.get(index).map_or(Vec::new(), |message| headers(message))
    }
}

fn record<'a>(message: &'a rd::rd_kafka_message_t) -> Record<'a> {
    let bytes = |start: *mut c_void, length: usize| -> Option<&'a [u8]> {
        // SAFETY: null, or so many bytes that live as long as the message.
        (!start.is_null()).then(|| unsafe { slice::from_raw_parts(start.cast(), length) })
    };
    // SAFETY: the message lives; the kind of time is not asked for.
    let time = unsafe { rd::rd_kafka_message_timestamp(message, ptr::null_mut()) };
    Record {
        position: message.offset.max(0) as u64,
        append_time: Timestamp::from_millis(time),
        key: bytes(message.key, message.key_len).unwrap_or_default(),
        value: bytes(message.payload, message.len),
    }
}
