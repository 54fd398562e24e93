//! The calls of a transaction, one by one, and the values that both clients are spoken to with.
//!
//! Each call here is librdkafka's own, made safe; `producer` says which follows which.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka_sys as rd;
use rdkafka_sys::RDKafkaErrorCode as Code;

use crate::Error;
use crate::failure::Failure;
use crate::place::Place;
use crate::property::words;
use crate::queue::Queue;

/// A client of librdkafka, destroyed with its last owner.
pub(crate) struct Client {
    handle: NonNull<rd::rd_kafka_t>,
}

// SAFETY: librdkafka's handle may be used from any thread and from several at once.
unsafe impl Send for Client {}
// SAFETY: as above.
unsafe impl Sync for Client {}

impl Client {
    /// Starts a client that reports `events` on its queues.
    pub(crate) fn start(
        kind: rd::rd_kafka_type_t,
        config: &ClientConfig,
        events: i32,
    ) -> Result<Client, Error> {
        let refused = |detail: String| Error::Setting { call: "start a client", detail };
        let native = config.create_native_config().map_err(|e| refused(words(e)))?;
        let mut text = [0 as c_char; 512];
        // SAFETY: `native` lives until the end; its copy belongs to the new client, or is destroyed
        // here when there is none. `text` is as long as it says.
        let handle = unsafe {
            let conf = rd::rd_kafka_conf_dup(native.ptr());
            rd::rd_kafka_conf_set_events(conf, events);
            rd::rd_kafka_conf_set_log_cb(conf, Some(log));
            let handle = rd::rd_kafka_new(kind, conf, text.as_mut_ptr(), text.len());
            if handle.is_null() {
                rd::rd_kafka_conf_destroy(conf);
            }
            handle
        };
        let handle = NonNull::new(handle).ok_or_else(|| refused(read_text(text.as_ptr())))?;
        Ok(Client { handle })
    }

    pub(crate) fn ptr(&self) -> *mut rd::rd_kafka_t {
        self.handle.as_ptr()
    }

    /// Takes the error that a call returned, if it is one.
    pub(crate) fn check(&self, error: *mut rd::rd_kafka_error_t) -> Result<(), Failure> {
        if error.is_null() {
            return Ok(());
        }
        // SAFETY: `error` is an error object that was handed to us; it is destroyed once, last.
        let failure = unsafe {
            let failure = Failure {
                code: Code::from(rd::rd_kafka_error_code(error)),
                is_fatal: rd::rd_kafka_error_is_fatal(error) != 0,
                is_retriable: rd::rd_kafka_error_is_retriable(error) != 0,
                wants_abort: rd::rd_kafka_error_txn_requires_abort(error) != 0,
                text: read_text(rd::rd_kafka_error_string(error)),
            };
            rd::rd_kafka_error_destroy(error);
            failure
        };
        Err(self.deepen(failure))
    }

    /// The failure behind a bare code.
    pub(crate) fn check_code(&self, code: rd::rd_kafka_resp_err_t) -> Result<(), Failure> {
        match Code::from(code) {
            Code::NoError => Ok(()),
            code => Err(self.deepen(Failure::of(code))),
        }
    }

    /// Puts the underlying code in the place of "fatal".
    pub(crate) fn deepen(&self, mut failure: Failure) -> Failure {
        if failure.code == Code::Fatal {
            let mut text = [0 as c_char; 512];
            // SAFETY: the client lives; `text` is as long as it says.
            let code =
                unsafe { rd::rd_kafka_fatal_error(self.ptr(), text.as_mut_ptr(), text.len()) };
            failure.is_fatal = true;
            if Code::from(code) != Code::NoError {
                failure.code = Code::from(code);
                failure.text = read_text(text.as_ptr());
            }
        }
        failure
    }

    /// What has made the client unusable, if anything has.
    pub(crate) fn fatal(&self) -> Option<Failure> {
        // SAFETY: the client lives; without a buffer only the code is returned.
        let code = unsafe { rd::rd_kafka_fatal_error(self.ptr(), ptr::null_mut(), 0) };
        (Code::from(code) != Code::NoError).then(|| self.deepen(Failure::of(Code::Fatal)))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: the last owner; queues and topics of the client are gone. A consumer that was not
        // closed must not wait here for its group.
        unsafe {
            rd::rd_kafka_destroy_flags(self.ptr(), rd::RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        }
    }
}

/// Passes on what librdkafka logs.
unsafe extern "C" fn log(
    _: *const rd::rd_kafka_t,
    level: c_int,
    facility: *const c_char,
    text: *const c_char,
) {
    let (facility, text) = (read_text(facility), read_text(text));
    match level {
        0..=3 => tracing::error!(target: "librdkafka", facility, "{text}"),
        4 => tracing::warn!(target: "librdkafka", facility, "{text}"),
        5..=6 => tracing::info!(target: "librdkafka", facility, "{text}"),
        _ => tracing::debug!(target: "librdkafka", facility, "{text}"),
    }
}

/// A copy of a text of librdkafka, which ends with a zero.
pub(crate) fn read_text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: not null, ends with a zero, and lives during this call.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// A name for librdkafka; one with a zero in it names nothing.
pub(crate) fn name(text: &str) -> CString {
    CString::new(text).unwrap_or_default()
}

/// Whole milliseconds for librdkafka.
pub(crate) fn millis(duration: Duration) -> c_int {
    c_int::try_from(duration.as_millis()).unwrap_or(c_int::MAX)
}

/// The member of a group as it was when its tasks were given to it.
pub(crate) struct Membership(NonNull<rd::rd_kafka_consumer_group_metadata_t>);

// SAFETY: a value of its own that nobody changes.
unsafe impl Send for Membership {}
// SAFETY: as above.
unsafe impl Sync for Membership {}

impl Membership {
    /// Takes over what librdkafka has just copied.
    pub(crate) fn take(ptr: *mut rd::rd_kafka_consumer_group_metadata_t) -> Option<Membership> {
        NonNull::new(ptr).map(Membership)
    }

    pub(crate) fn ptr(&self) -> *const rd::rd_kafka_consumer_group_metadata_t {
        self.0.as_ptr()
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        // SAFETY: taken over in `take`, given back once.
        unsafe { rd::rd_kafka_consumer_group_metadata_destroy(self.0.as_ptr()) }
    }
}

/// A list of partitions in librdkafka's form.
pub(crate) struct List(NonNull<rd::rd_kafka_topic_partition_list_t>);

// SAFETY: a value of its own, used by one thread at a time.
unsafe impl Send for List {}

impl List {
    /// An empty list.
    pub(crate) fn new() -> List {
        // SAFETY: has no condition; librdkafka ends the process when memory is at an end.
        let list = unsafe { rd::rd_kafka_topic_partition_list_new(8) };
        List(NonNull::new(list).expect("invariant: librdkafka allocates or ends the process"))
    }

    /// A list of partitions without offsets.
    pub(crate) fn of<'a>(places: impl IntoIterator<Item = &'a Place>) -> List {
        let mut list = List::new();
        for place in places {
            list.push(place, i64::from(rd::RD_KAFKA_OFFSET_INVALID), "");
        }
        list
    }

    /// Adds a partition.
    pub(crate) fn push(&mut self, place: &Place, offset: i64, metadata: &str) {
        let topic = name(&place.topic);
        // SAFETY: the list lives; it copies the name; its element is valid until the next is added.
        // The metadata is allocated by librdkafka, which frees it with the list.
        unsafe {
            let element = rd::rd_kafka_topic_partition_list_add(
                self.ptr(),
                topic.as_ptr(),
                place.partition as i32,
            );
            (*element).offset = offset;
            if !metadata.is_empty() {
                let copy = rd::rd_kafka_mem_malloc(ptr::null_mut(), metadata.len());
                ptr::copy_nonoverlapping(metadata.as_ptr(), copy.cast(), metadata.len());
                (*element).metadata = copy;
                (*element).metadata_size = metadata.len();
            }
        }
    }

    pub(crate) fn ptr(&self) -> *mut rd::rd_kafka_topic_partition_list_t {
        self.0.as_ptr()
    }

    pub(crate) fn elements(&self) -> &[rd::rd_kafka_topic_partition_t] {
        // SAFETY: the list lives and says how many elements it has; nobody else changes it.
        unsafe { elements(self.ptr()) }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: made in `new`, destroyed once.
        unsafe { rd::rd_kafka_topic_partition_list_destroy(self.ptr()) }
    }
}

/// The elements of a list.
///
/// # Safety
/// The list must live and stay unchanged as long as what is returned.
pub(crate) unsafe fn elements<'a>(
    list: *const rd::rd_kafka_topic_partition_list_t,
) -> &'a [rd::rd_kafka_topic_partition_t] {
    // SAFETY: by the condition above; an empty list may have no array.
    unsafe {
        match list.as_ref() {
            Some(list) if list.cnt > 0 => slice::from_raw_parts(list.elems, list.cnt as usize),
            _ => &[],
        }
    }
}

/// The headers of a message; a name that is not UTF-8 is empty.
pub(crate) fn headers(message: &rd::rd_kafka_message_t) -> Vec<(&str, &[u8])> {
    let mut headers = Vec::new();
    let mut all = ptr::null_mut();
    // SAFETY: the message lives, and what it holds as long; each call writes what it has found, or
    // says that there is no more. A name ends with a zero.
    unsafe {
        if Code::from(rd::rd_kafka_message_headers(message, &mut all)) != Code::NoError {
            return headers;
        }
        loop {
            let (mut name, mut value, mut length) = (ptr::null(), ptr::null(), 0);
            let at = headers.len();
            let code = rd::rd_kafka_header_get_all(all, at, &mut name, &mut value, &mut length);
            if Code::from(code) != Code::NoError {
                return headers;
            }
            let bytes: &[u8] = match value.is_null() {
                true => &[],
                false => slice::from_raw_parts(value.cast(), length),
            };
            headers.push((CStr::from_ptr(name).to_str().unwrap_or_default(), bytes));
        }
    }
}

/// A topic to produce to.
pub(crate) struct Topic {
    handle: NonNull<rd::rd_kafka_topic_t>,
    // The handle is given back before its client can go.
    client: Arc<Client>,
}

// SAFETY: topic handles may be used from any thread and from several at once.
unsafe impl Send for Topic {}

impl Topic {
    /// The handle of a topic, `None` if it cannot be the name of one.
    pub(crate) fn open(client: &Arc<Client>, topic: &str) -> Option<Topic> {
        let text = name(topic);
        // SAFETY: the client lives; the name is copied.
        let handle =
            unsafe { rd::rd_kafka_topic_new(client.ptr(), text.as_ptr(), ptr::null_mut()) };
        Some(Topic { handle: NonNull::new(handle)?, client: client.clone() })
    }

    /// Hands over one record; an empty key is none.
    pub(crate) fn produce(
        &self,
        partition: u32,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), Failure> {
        let (start, bytes) = value.map_or((ptr::null(), 0), |v| (v.as_ptr(), v.len()));
        let key_start = if key.is_empty() { ptr::null() } else { key.as_ptr() };
        // SAFETY: the handle lives; key and value are copied and not written to. A missing value is
        // a null, not an empty one. The error is read on the thread of the call.
        let (result, code) = unsafe {
            let result = rd::rd_kafka_produce(
                self.handle.as_ptr(),
                partition as i32,
                rd::RD_KAFKA_MSG_F_COPY,
                start.cast_mut().cast(),
                bytes,
                key_start.cast(),
                key.len(),
                ptr::null_mut(),
            );
            (result, rd::rd_kafka_last_error())
        };
        if result == 0 { Ok(()) } else { self.client.check_code(code) }
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        // SAFETY: made by `rd_kafka_topic_new`, given back once.
        unsafe { rd::rd_kafka_topic_destroy(self.handle.as_ptr()) }
    }
}

/// The calls of a transaction. Each gives up after `wait`, but for `send_offsets`.
impl Client {
    pub(crate) fn init_transactions(&self, wait: Duration) -> Result<(), Failure> {
        // SAFETY: the client lives.
        self.check(unsafe { rd::rd_kafka_init_transactions(self.ptr(), millis(wait)) })
    }

    pub(crate) fn begin_transaction(&self) -> Result<(), Failure> {
        // SAFETY: the client lives.
        self.check(unsafe { rd::rd_kafka_begin_transaction(self.ptr()) })
    }

    /// May not return at all: librdkafka does not heed the time (its issue 5456).
    pub(crate) fn send_offsets(
        &self,
        offsets: &List,
        membership: &Membership,
        wait: Duration,
    ) -> Result<(), Failure> {
        // SAFETY: client, list and membership live; the call copies what it needs.
        self.check(unsafe {
            rd::rd_kafka_send_offsets_to_transaction(
                self.ptr(),
                offsets.ptr(),
                membership.ptr(),
                millis(wait),
            )
        })
    }

    pub(crate) fn commit_transaction(&self, wait: Duration) -> Result<(), Failure> {
        // SAFETY: the client lives.
        self.check(unsafe { rd::rd_kafka_commit_transaction(self.ptr(), millis(wait)) })
    }

    pub(crate) fn abort_transaction(&self, wait: Duration) -> Result<(), Failure> {
        // SAFETY: the client lives.
        self.check(unsafe { rd::rd_kafka_abort_transaction(self.ptr(), millis(wait)) })
    }

    pub(crate) fn flush(&self, wait: Duration) -> Result<(), Failure> {
        // SAFETY: the client lives.
        self.check_code(unsafe { rd::rd_kafka_flush(self.ptr(), millis(wait)) })
    }
}

/// Where a producer is told of records that could not be written.
pub(crate) struct Reports {
    // Goes before the client that it belongs to.
    queue: Queue,
    _client: Arc<Client>,
}

impl Reports {
    pub(crate) fn of(client: &Arc<Client>) -> Result<Reports, Error> {
        // SAFETY: the client lives, and outlives the queue.
        let queue = Queue::take(unsafe { rd::rd_kafka_queue_get_main(client.ptr()) })?;
        Ok(Reports { queue, _client: client.clone() })
    }

    /// Waits for a report; the topics and failures in it.
    pub(crate) fn next(&self, wait: Duration) -> Vec<(String, Failure)> {
        let mut failures = Vec::new();
        // SAFETY: the queue lives; event and messages live until the event is destroyed, once.
        unsafe {
            let event = rd::rd_kafka_queue_poll(self.queue.ptr(), millis(wait));
            if event.is_null() {
                return failures;
            }
            while let Some(message) = rd::rd_kafka_event_message_next(event).as_ref() {
                let topic = read_text(rd::rd_kafka_topic_name(message.rkt));
                failures.push((topic, Failure::of(Code::from(message.err))));
            }
            rd::rd_kafka_event_destroy(event);
        }
        failures
    }

    /// Lets `next` return now.
    pub(crate) fn wake(&self) {
        // SAFETY: the queue lives.
        unsafe { rd::rd_kafka_queue_yield(self.queue.ptr()) }
    }
}
