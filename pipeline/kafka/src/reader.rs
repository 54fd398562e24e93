//! What a topic holds: committed records only, outside of any group.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::Record;
use model::Timestamp;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};
use rdkafka_sys::RDKafkaErrorCode as Code;

use crate::failure::Failure;
use crate::lone::Lone;
use crate::property::words;
use crate::{Error, Settings, topics};

/// Records given by one call, so that a caller who watches for a signal is not kept waiting.
const POLL_MAX: usize = 10_000;

/// Where reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the first record that is retained.
    First,
    /// At a position, in every partition that is read.
    At(u64),
    /// After the last record that is committed now.
    End,
}

/// Reads partitions of one topic.
pub struct Reader {
    consumer: BaseConsumer<Lone>,
    topic: String,
    unfinished: BTreeSet<u32>,
}

impl Reader {
    /// Reads some partitions of a topic, or all where none is named.
    pub fn open(
        settings: &Settings,
        topic: &str,
        partitions: &[u32],
        start: Start,
    ) -> Result<Reader, Error> {
        let refused = |e: KafkaError| Error::Setting { call: "open a reader", detail: words(e) };
        let consumer: BaseConsumer<Lone> =
            settings.lone_reader().create_with_context(Lone).map_err(refused)?;
        let count = topics::partitions(consumer.client(), topic, settings.deadlines.ask)?;
        let wanted: BTreeSet<u32> = match partitions {
            [] => (0..count).collect(),
            some => some.iter().copied().collect(),
        };
        if let Some(beyond) = wanted.iter().find(|partition| **partition >= count) {
            let detail = format!("partition {beyond} is asked for, there are {count}");
            return Err(Error::Topic { topic: topic.to_owned(), detail });
        }
        let offset = match start {
            Start::First => Offset::Beginning,
            Start::At(position) => Offset::Offset(position as i64),
            Start::End => Offset::End,
        };
        let mut list = TopicPartitionList::new();
        for partition in &wanted {
            list.add_partition_offset(topic, *partition as i32, offset).map_err(refused)?;
        }
        consumer.assign(&list).map_err(refused)?;
        Ok(Reader { consumer, topic: topic.to_owned(), unfinished: wanted })
    }

    /// Gives what is there, waiting for a first record. Returns whether every partition was once
    /// read to the end of its committed records.
    pub fn poll(
        &mut self,
        wait: Duration,
        visit: &mut dyn FnMut(u32, &Record<'_>),
    ) -> Result<bool, Error> {
        let mut wait = wait;
        for _ in 0..POLL_MAX {
            match self.consumer.poll(wait) {
                None => break,
                Some(Ok(message)) => visit(message.partition() as u32, &record(&message)),
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.unfinished.remove(&(partition as u32));
                    if self.unfinished.is_empty() {
                        break;
                    }
                }
                Some(Err(error)) => self.judge(&error)?,
            }
            wait = Duration::ZERO;
        }
        Ok(self.unfinished.is_empty())
    }

    /// Gives everything up to the end that the partitions have when it is reached.
    pub fn read_to_end(&mut self, visit: &mut dyn FnMut(u32, &Record<'_>)) -> Result<(), Error> {
        while !self.poll(Duration::from_millis(100), visit)? {}
        Ok(())
    }

    fn judge(&self, error: &KafkaError) -> Result<(), Error> {
        let code = error.rdkafka_error_code().unwrap_or(Code::Unknown);
        if matches!(code, Code::AutoOffsetReset | Code::OffsetOutOfRange) {
            let detail = "the position to begin at is not retained".to_owned();
            return Err(Error::Topic { topic: self.topic.clone(), detail });
        }
        let mut failure = Failure::of(code);
        failure.text = error.to_string();
        match failure.into_error("read a topic") {
            // librdkafka connects again by itself.
            error @ Error::Unreachable { .. } => {
                tracing::warn!(topic = self.topic, "{error}");
                Ok(())
            }
            error => Err(error),
        }
    }
}

fn record<'a>(message: &'a BorrowedMessage<'_>) -> Record<'a> {
    Record {
        position: message.offset().max(0) as u64,
        append_time: Timestamp::from_millis(message.timestamp().to_millis().unwrap_or(-1)),
        key: message.key().unwrap_or_default(),
        value: message.payload(),
    }
}
