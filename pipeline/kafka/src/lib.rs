//! The log on Apache Kafka. Nothing stands here yet.
