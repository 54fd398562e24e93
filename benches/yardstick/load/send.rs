//! The load on its way to a broker, all at once or in real time.

use super::{Answers, Flags, Load, touchpoint};
use crate::broker;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long all that was sent may take to arrive.
const FLUSH: Duration = Duration::from_secs(120);

/// Sends the load where there are brokers, and writes the answers where there is a folder.
pub fn play(flags: &Flags) {
    let mut answers = flags.expected.as_ref().map(|_| Answers::new(flags.shape.customers));
    let sender = flags.brokers.as_ref().map(|brokers| {
        broker::make_topics(brokers, &[&flags.topic], flags.shape.partitions);
        Sender::open(brokers, &flags.topic)
    });
    let (mut begun, mut wall) = (Instant::now(), wall_millis());
    let mut late = Duration::ZERO;
    let (mut key, mut value) = (String::new(), Vec::new());
    for (number, touchpoint) in (0_u64..).zip(Load::new(&flags.shape)) {
        if let Some(answers) = &mut answers {
            answers.add(&touchpoint);
        }
        let Some(sent) = number.checked_sub(flags.shape.skip) else { continue };
        let Some(sender) = &sender else { continue };
        if sent == 0 {
            (begun, wall) = (Instant::now(), wall_millis());
        }
        touchpoint::key(touchpoint.customer, &mut key);
        touchpoint::encode(&touchpoint, &key, &mut value);
        let due = (sent * 1_000_000_000).checked_div(flags.rate).map(|nanos| {
            let due = Duration::from_nanos(nanos);
            late = late.max(wait_until(due, begun));
            wall + due.as_millis() as i64
        });
        sender.send(touchpoint.partition, &key, &value, due);
    }
    if let Some(sender) = &sender {
        sender.producer.flush(FLUSH).expect("the broker to take all records");
        let (seconds, late) = (begun.elapsed().as_secs_f64(), late.as_millis());
        let sent = flags.shape.records - flags.shape.skip;
        let rate = sent as f64 / seconds;
        crate::say(&format!(
            "sent {sent} records in {seconds:.1} s, {rate:.0} a second; \
             the generator was late by {late} ms at most"
        ));
    }
    if let (Some(answers), Some(folder)) = (answers, &flags.expected) {
        answers.write(folder, flags.due).expect("the answers to be written");
    }
}

/// Waits until something is due; by how much it is late already.
fn wait_until(due: Duration, begun: Instant) -> Duration {
    let elapsed = begun.elapsed();
    // Less than half a millisecond is sent ahead of its time: a sleep would take longer.
    if elapsed + Duration::from_micros(500) < due {
        std::thread::sleep(due - elapsed);
    }
    elapsed.saturating_sub(due)
}

/// Milliseconds since 1970 by this machine's clock.
fn wall_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    since.as_millis() as i64
}

struct Sender {
    producer: BaseProducer,
    topic: String,
}

impl Sender {
    fn open(brokers: &str, topic: &str) -> Sender {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", brokers)
            .set("queue.buffering.max.messages", "1000000")
            .set("queue.buffering.max.kbytes", "1048576")
            .set("batch.size", "1000000")
            .set("linger.ms", "5")
            .set("acks", "all")
            .set("delivery.report.only.error", "true");
        Sender { producer: config.create().expect("a producer"), topic: topic.to_owned() }
    }

    fn send(&self, partition: u32, key: &str, value: &[u8], due: Option<i64>) {
        let mut record = BaseRecord::to(&self.topic).partition(partition as i32);
        record = record.key(key).payload(value);
        let due = due.map(|millis| millis.to_string());
        if let Some(due) = &due {
            let header = Header { key: "due", value: Some(due.as_str()) };
            record = record.headers(OwnedHeaders::new().insert(header));
        }
        loop {
            match self.producer.send(record) {
                Ok(()) => return,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    self.producer.poll(Duration::from_millis(10));
                }
                Err((error, _)) => panic!("could not send: {error}"),
            }
        }
    }
}
