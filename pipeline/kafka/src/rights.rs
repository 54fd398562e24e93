//! What the cluster says this user may do, for topics and for groups.
//!
//! Each call here is librdkafka's own, made safe: the crate above it does not have them.
#![allow(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CString, c_char};
use std::ptr;
use std::slice;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka_sys as rd;
use rdkafka_sys::RDKafkaErrorCode as Code;

use crate::connection::Connection;
use crate::failure::Failure;
use crate::queue::Queue;
use crate::txn::{Client, millis, name, read_text};
use crate::{Error, Producer, Settings};

/// How long after a group that nobody looks after yet it is asked for again.
const PAUSE: Duration = Duration::from_millis(100);

/// What may be done to a resource of the cluster; what we never need is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Reading records of a topic, or offsets of a group.
    Read,
    /// Writing records, or transactions of a name.
    Write,
    /// Making a topic.
    Create,
    /// Seeing that something is there.
    Describe,
    /// Seeing how a topic is set.
    DescribeConfigs,
}

impl Operation {
    /// Its name, as `kafka-acls --operation` has it.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Read => "Read",
            Operation::Write => "Write",
            Operation::Create => "Create",
            Operation::Describe => "Describe",
            Operation::DescribeConfigs => "DescribeConfigs",
        }
    }
}

/// What is known of a topic or of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It may be seen, and this may be done to it.
    May(BTreeSet<Operation>),
    /// It may not even be seen.
    Hidden,
    /// It is not there.
    Missing,
}

/// Asks the cluster what this user may do; changes nothing.
pub struct Rights {
    settings: Settings,
    client: Client,
}

impl Rights {
    /// Connects, and says why the cluster lets nobody in.
    pub fn open(settings: &Settings) -> Result<Rights, Error> {
        Connection::open(settings)?.topics(settings.deadlines.ask)?;
        let kind = rd::rd_kafka_type_t::RD_KAFKA_PRODUCER;
        let client = Client::start(kind, &settings.admin(), 0)?;
        Ok(Rights { settings: settings.clone(), client })
    }

    /// What may be done to topics.
    pub fn topics(&self, topics: &[&str]) -> Result<BTreeMap<String, Found>, Error> {
        let names: Vec<CString> = topics.iter().map(|topic| name(topic)).collect();
        let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
        let operation = rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        let mut found = BTreeMap::new();
        let call = |options, queue| {
            // SAFETY: the client, the names and the options live; the collection is copied, and
            // destroyed once.
            unsafe {
                let list = pointers.as_mut_ptr();
                let list = rd::rd_kafka_TopicCollection_of_topic_names(list, pointers.len());
                rd::rd_kafka_DescribeTopics(self.client.ptr(), list, options, queue);
                rd::rd_kafka_TopicCollection_destroy(list);
            }
        };
        self.ask("describe topics", operation, call, |event| {
            // SAFETY: the event lives during this call, and with it all that it lends.
            unsafe {
                let result = rd::rd_kafka_event_DescribeTopics_result(event);
                let mut count = 0;
                let list = rd::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
                for topic in elements(list.cast_const(), count) {
                    let error = rd::rd_kafka_TopicDescription_error(*topic);
                    let mut count = 0;
                    let may =
                        rd::rd_kafka_TopicDescription_authorized_operations(*topic, &raw mut count);
                    let name = read_text(rd::rd_kafka_TopicDescription_name(*topic));
                    found.insert(name, judged(error, elements(may, count))?);
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// What may be done to a group; one that nobody has joined yet counts as any other.
    pub fn group(&self, group: &str) -> Result<Found, Error> {
        // On a new cluster who looks after groups is found out while it is asked for.
        let until = Instant::now() + self.settings.deadlines.ask;
        loop {
            match self.group_as_known(group) {
                Err(Error::Unreachable { .. }) if Instant::now() < until => thread::sleep(PAUSE),
                told => return told,
            }
        }
    }

    fn group_as_known(&self, group: &str) -> Result<Found, Error> {
        let group = name(group);
        let operation = rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS;
        let mut found = Found::Hidden;
        let call = |options, queue| {
            let mut pointer = group.as_ptr();
            // SAFETY: the client, the name and the options live; the list is copied.
            unsafe {
                let list = &raw mut pointer;
                rd::rd_kafka_DescribeConsumerGroups(self.client.ptr(), list, 1, options, queue);
            }
        };
        self.ask("describe a group", operation, call, |event| {
            // SAFETY: the event lives during this call, and with it all that it lends.
            unsafe {
                let result = rd::rd_kafka_event_DescribeConsumerGroups_result(event);
                let mut count = 0;
                let list =
                    rd::rd_kafka_DescribeConsumerGroups_result_groups(result, &raw mut count);
                for group in elements(list.cast_const(), count) {
                    let error = rd::rd_kafka_ConsumerGroupDescription_error(*group);
                    let mut count = 0;
                    let may = rd::rd_kafka_ConsumerGroupDescription_authorized_operations(
                        *group,
                        &raw mut count,
                    );
                    found = judged(error, elements(may, count))?;
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Whether transactions may be written under a name; the only way to know is to begin one. The
    /// cluster forgets the name by itself after a week.
    pub fn may_write_transactions(&self, id: &str) -> Result<bool, Error> {
        match Producer::transactional(&self.settings, id) {
            Ok(_) => Ok(true),
            Err(Error::Setting { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// One question and its answer, with what is authorised.
    fn ask(
        &self,
        call: &'static str,
        operation: rd::rd_kafka_admin_op_t,
        mut send: impl FnMut(*const rd::rd_kafka_AdminOptions_t, *mut rd::rd_kafka_queue_t),
        mut read: impl FnMut(*mut rd::rd_kafka_event_t) -> Result<(), Failure>,
    ) -> Result<(), Error> {
        let wait = self.settings.deadlines.ask;
        // SAFETY: the client outlives queue, options and event, each of which is destroyed once.
        let answered = unsafe {
            let queue = Queue::take(rd::rd_kafka_queue_new(self.client.ptr()))?;
            let options = rd::rd_kafka_AdminOptions_new(self.client.ptr(), operation);
            let wait_millis = millis(wait);
            let (text, bytes) = (ptr::null_mut(), 0);
            rd::rd_kafka_AdminOptions_set_request_timeout(options, wait_millis, text, bytes);
            let error = rd::rd_kafka_AdminOptions_set_include_authorized_operations(options, 1);
            let set = self.client.check(error);
            send(options, queue.ptr());
            rd::rd_kafka_AdminOptions_destroy(options);
            let event = rd::rd_kafka_queue_poll(queue.ptr(), millis(wait + Duration::from_secs(1)));
            let answered = match event.is_null() {
                true => Err(Failure::of(Code::OperationTimedOut)),
                false => {
                    let code = Code::from(rd::rd_kafka_event_error(event));
                    let answered = match code {
                        Code::NoError => read(event),
                        code => Err(Failure::of(code)),
                    };
                    rd::rd_kafka_event_destroy(event);
                    answered
                }
            };
            set.and(answered)
        };
        answered.map_err(|failure| failure.into_error(call))
    }
}

/// What an answer about one resource means.
///
/// # Safety
/// The error must be null or live.
unsafe fn judged(
    error: *const rd::rd_kafka_error_t,
    may: &[rd::rd_kafka_AclOperation_t],
) -> Result<Found, Failure> {
    use rd::rd_kafka_AclOperation_t as Acl;
    // SAFETY: by the condition above; of none the code is that of success.
    match Code::from(unsafe { rd::rd_kafka_error_code(error) }) {
        Code::NoError => Ok(Found::May(
            may.iter()
                .filter_map(|operation| match operation {
                    Acl::RD_KAFKA_ACL_OPERATION_READ => Some(Operation::Read),
                    Acl::RD_KAFKA_ACL_OPERATION_WRITE => Some(Operation::Write),
                    Acl::RD_KAFKA_ACL_OPERATION_CREATE => Some(Operation::Create),
                    Acl::RD_KAFKA_ACL_OPERATION_DESCRIBE => Some(Operation::Describe),
                    Acl::RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS => {
                        Some(Operation::DescribeConfigs)
                    }
                    _ => None,
                })
                .collect(),
        )),
        Code::UnknownTopicOrPartition | Code::UnknownTopic => Ok(Found::Missing),
        Code::TopicAuthorizationFailed | Code::GroupAuthorizationFailed => Ok(Found::Hidden),
        code => Err(Failure::of(code)),
    }
}

/// The elements of an array that librdkafka lends.
///
/// # Safety
/// The array must be null or have as many elements, and live as long as what is returned.
unsafe fn elements<'a, T>(list: *const T, count: usize) -> &'a [T] {
    // SAFETY: by the condition above.
    if list.is_null() { &[] } else { unsafe { slice::from_raw_parts(list, count) } }
}
