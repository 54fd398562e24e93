//! Records outside of transactions, for the doors in.

use crate::{Error, Producer, Settings};

/// Writes records that are durable once `flush` says so.
///
/// A record is written at least once: after an error it may be there, and is sent again.
pub struct Sender {
    producer: Producer,
}

impl Sender {
    /// Connects lazily: a cluster that is not there is noticed by `flush`.
    pub fn open(settings: &Settings) -> Result<Sender, Error> {
        Ok(Sender { producer: Producer::idempotent(settings)? })
    }

    /// Hands over one record; an empty key is none, a missing value is a tombstone.
    pub fn append(
        &mut self,
        topic: &str,
        partition: u32,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), Error> {
        self.producer.append(topic, partition, key, value)
    }

    /// Waits until all that was handed over is durable.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.producer.flush()
    }
}
