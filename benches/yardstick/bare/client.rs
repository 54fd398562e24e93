//! librdkafka's own calls, as few as the controls need, made safe.
//!
//! The product's clients are not used here: a control that shared them would move with what it is
//! to measure. Batches of messages are taken from one queue that every partition is forwarded to.
#![allow(unsafe_code)]

use rdkafka::config::ClientConfig;
use rdkafka_sys as rd;
use rdkafka_sys::RDKafkaErrorCode as Code;
use std::ffi::{CStr, CString, c_char};
use std::ptr;
use std::slice;

/// Messages of a batch at most.
const BATCH: usize = 4_096;

/// How long a step of a transaction may take, in milliseconds.
const STEP: i32 = 60_000;

/// A client; it lives as long as the process.
#[derive(Clone, Copy)]
struct Client(*mut rd::rd_kafka_t);

// SAFETY: librdkafka's handle may be used from any thread and from several at once.
unsafe impl Send for Client {}

impl Client {
    fn start(kind: rd::rd_kafka_type_t, config: &ClientConfig, events: i32) -> Client {
        let native = config.create_native_config().expect("settings that librdkafka knows");
        let mut text = [0 as c_char; 512];
        // SAFETY: the copy of the settings belongs to the client from here on; the text is as long
        // as it says.
        let handle = unsafe {
            let conf = rd::rd_kafka_conf_dup(native.ptr());
            rd::rd_kafka_conf_set_events(conf, events);
            rd::rd_kafka_new(kind, conf, text.as_mut_ptr(), text.len())
        };
        // SAFETY: the text ends with a zero, whether or not something was written.
        let text = unsafe { CStr::from_ptr(text.as_ptr()) };
        assert!(!handle.is_null(), "no client: {}", text.to_string_lossy());
        Client(handle)
    }

    /// Ends the process where a call has failed: a control that was disturbed says nothing.
    fn check(call: &str, error: *mut rd::rd_kafka_error_t) {
        if error.is_null() {
            return;
        }
        // SAFETY: an error that was handed to us, whose text ends with a zero.
        let text = unsafe { CStr::from_ptr(rd::rd_kafka_error_string(error)) };
        panic!("{call}: {}", text.to_string_lossy());
    }
}

/// One record as it was fetched.
pub struct Fetched<'a> {
    pub partition: u32,
    pub offset: i64,
    pub key: &'a [u8],
    pub value: &'a [u8],
}

/// Reads every partition of a topic from its first record.
pub struct Consumer {
    client: Client,
    queue: *mut rd::rd_kafka_queue_t,
    messages: Vec<*mut rd::rd_kafka_message_t>,
}

impl Consumer {
    /// Assigned by itself, so that no rebalance stands in the clock.
    pub fn open(brokers: &str, group: &str, topic: &str, partitions: u32) -> Consumer {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", brokers)
            .set("group.id", group)
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("queued.min.messages", "100000")
            .set("queued.max.messages.kbytes", "32768")
            .set("fetch.message.max.bytes", "1048576")
            .set("fetch.queue.backoff.ms", "2")
            .set("fetch.wait.max.ms", "50");
        let client = Client::start(rd::rd_kafka_type_t::RD_KAFKA_CONSUMER, &config, 0);
        let name = CString::new(topic).expect("a name without a zero");
        // SAFETY: client, queue, list and name live; what is ours is given back once.
        let (queue, code) = unsafe {
            rd::rd_kafka_poll_set_consumer(client.0);
            let queue = rd::rd_kafka_queue_new(client.0);
            let list = rd::rd_kafka_topic_partition_list_new(partitions as i32);
            for partition in 0..partitions as i32 {
                let own = rd::rd_kafka_queue_get_partition(client.0, name.as_ptr(), partition);
                rd::rd_kafka_queue_forward(own, queue);
                rd::rd_kafka_queue_destroy(own);
                let place = rd::rd_kafka_topic_partition_list_add(list, name.as_ptr(), partition);
                (*place).offset = 0;
            }
            let code = rd::rd_kafka_assign(client.0, list);
            rd::rd_kafka_topic_partition_list_destroy(list);
            (queue, code)
        };
        assert_eq!(Code::from(code), Code::NoError, "no partitions");
        Consumer { client, queue, messages: vec![ptr::null_mut(); BATCH] }
    }

    /// Gives a batch: what there is within so many milliseconds, or as much as fits.
    pub fn batch(&mut self, wait: i32, give: &mut dyn FnMut(&[Fetched<'_>])) -> usize {
        // SAFETY: the array has as many places as it says.
        let count = unsafe {
            rd::rd_kafka_consumer_poll(self.client.0, 0);
            rd::rd_kafka_consume_batch_queue(
                self.queue,
                wait,
                self.messages.as_mut_ptr(),
                self.messages.len(),
            )
        };
        let count = usize::try_from(count).expect("a queue that gives messages");
        // SAFETY: each is a message that lives until it is destroyed below, and with it its bytes.
        let fetched: Vec<Fetched<'_>> = (self.messages[..count].iter())
            .map(|message| unsafe { &**message })
            .filter(|message| Code::from(message.err) == Code::NoError)
            .map(|message| Fetched {
                partition: message.partition as u32,
                offset: message.offset,
                // SAFETY: as above; the load has neither empty keys nor tombstones.
                key: unsafe { slice::from_raw_parts(message.key.cast(), message.key_len) },
                // SAFETY: as above.
                value: unsafe { slice::from_raw_parts(message.payload.cast(), message.len) },
            })
            .collect();
        give(&fetched);
        drop(fetched);
        for message in &self.messages[..count] {
            // SAFETY: taken from the queue, destroyed once; nothing of it is borrowed any more.
            unsafe { rd::rd_kafka_message_destroy(*message) }
        }
        count
    }

    /// The group as offsets are committed for it.
    pub fn membership(&self) -> Membership {
        // SAFETY: the client lives; what comes back is ours.
        Membership(unsafe { rd::rd_kafka_consumer_group_metadata(self.client.0) })
    }
}

/// What a transaction says of the group whose offsets it commits; lives as long as the process.
pub struct Membership(*mut rd::rd_kafka_consumer_group_metadata_t);

// SAFETY: a value of its own that nobody changes.
unsafe impl Send for Membership {}

/// A topic that a producer writes to.
#[derive(Clone, Copy)]
pub struct Topic(*mut rd::rd_kafka_topic_t);

// SAFETY: topic handles may be used from any thread and from several at once.
unsafe impl Send for Topic {}

/// Writes in transactions.
pub struct Producer(Client);

impl Producer {
    /// Settings as `limit` recommends them: event mode, 5 ms linger, no compression.
    pub fn open(brokers: &str, id: &str) -> Producer {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", brokers)
            .set("transactional.id", id)
            .set("transaction.timeout.ms", "30000")
            .set("linger.ms", "5")
            .set("batch.size", "1000000")
            .set("batch.num.messages", "100000")
            .set("queue.buffering.max.messages", "1000000")
            .set("queue.buffering.max.kbytes", "1048576")
            .set("delivery.report.only.error", "true")
            .set("retry.backoff.ms", "2");
        // With callbacks a flush would sleep ten milliseconds at a time.
        let events = rd::RD_KAFKA_EVENT_DR;
        let client = Client::start(rd::rd_kafka_type_t::RD_KAFKA_PRODUCER, &config, events);
        // SAFETY: the client lives.
        Client::check("init_transactions", unsafe {
            rd::rd_kafka_init_transactions(client.0, STEP)
        });
        Producer(client)
    }

    /// A topic by its name.
    pub fn topic(&self, name: &str) -> Topic {
        let name = CString::new(name).expect("a name without a zero");
        // SAFETY: the client lives; the name is copied.
        Topic(unsafe { rd::rd_kafka_topic_new(self.0.0, name.as_ptr(), ptr::null_mut()) })
    }

    /// Begins a transaction.
    pub fn begin(&self) {
        // SAFETY: the client lives.
        Client::check("begin_transaction", unsafe { rd::rd_kafka_begin_transaction(self.0.0) });
    }

    /// Hands over one record; waits for room.
    pub fn produce(&self, topic: Topic, partition: u32, key: &[u8], value: &[u8]) {
        loop {
            // SAFETY: the topic lives; key and value are copied and not written to. The error is
            // read on the thread of the call.
            let (result, code) = unsafe {
                let result = rd::rd_kafka_produce(
                    topic.0,
                    partition as i32,
                    rd::RD_KAFKA_MSG_F_COPY,
                    value.as_ptr().cast_mut().cast(),
                    value.len(),
                    key.as_ptr().cast(),
                    key.len(),
                    ptr::null_mut(),
                );
                (result, Code::from(rd::rd_kafka_last_error()))
            };
            match (result, code) {
                (0, _) => return,
                (_, Code::QueueFull) => std::thread::sleep(std::time::Duration::from_millis(1)),
                (_, code) => panic!("could not produce: {code}"),
            }
        }
    }

    /// Commits what was produced, and the positions of the input beside it.
    pub fn commit(&self, input: &str, positions: &[i64], membership: &Membership) {
        let name = CString::new(input).expect("a name without a zero");
        // SAFETY: client, list, name and membership live; the calls copy what they need.
        unsafe {
            let list = rd::rd_kafka_topic_partition_list_new(positions.len() as i32);
            for (partition, position) in positions.iter().enumerate() {
                let place =
                    rd::rd_kafka_topic_partition_list_add(list, name.as_ptr(), partition as i32);
                (*place).offset = *position;
            }
            let sent = rd::rd_kafka_send_offsets_to_transaction(self.0.0, list, membership.0, STEP);
            rd::rd_kafka_topic_partition_list_destroy(list);
            Client::check("send_offsets", sent);
            Client::check("commit_transaction", rd::rd_kafka_commit_transaction(self.0.0, STEP));
        }
    }
}
