//! What a reader that belongs to no group says of itself.

use rdkafka::ClientContext;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

/// It asks to be told where a partition ends, so that is no fault to anybody.
pub(crate) struct Lone;

impl ClientContext for Lone {
    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() != Some(Code::PartitionEOF) {
            tracing::error!(target: "librdkafka", "{reason}");
        }
    }
}

impl ConsumerContext for Lone {}
