//! Topics of a broker: made, deleted, read to their end.

use kafka::topics::{Cleanup, TopicSpec};
use kafka::{Reader, Start};
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// How the broker is reached, under a name that owns nothing.
pub fn settings(brokers: &str) -> kafka::Settings {
    kafka::Settings::new(brokers, "yardstick", "yardstick")
}

/// Makes the topics that are missing. They keep everything and are not compacted: what a cleaner
/// takes of the machine would be in some rounds and not in others.
pub fn make_topics(brokers: &str, names: &[&str], partitions: u32) {
    let specs: Vec<TopicSpec> = (names.iter())
        .map(|name| {
            let mut spec = TopicSpec::new(name, partitions, Cleanup::Delete);
            spec.is_append_time = false;
            spec.creation.insert("retention.ms".to_owned(), "-1".to_owned());
            spec
        })
        .collect();
    kafka::topics::ensure(&settings(brokers), &specs).expect("topics");
}

/// Deletes topics; one that is not there is no mistake.
pub fn delete_topics(brokers: &str, names: &[&str]) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers);
    let admin: AdminClient<DefaultClientContext> = config.create().expect("a client");
    let deleted = admin.delete_topics(names, &AdminOptions::new());
    wait_for(deleted).expect("an answer of the broker");
}

/// Every topic whose name begins so.
pub fn topics_of(brokers: &str, beginning: &str) -> Vec<String> {
    use rdkafka::consumer::{BaseConsumer, Consumer};
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers);
    let client: BaseConsumer = config.create().expect("a client");
    let answer = client.fetch_metadata(None, Duration::from_secs(30)).expect("an answer");
    let names = answer.topics().iter().map(|topic| topic.name().to_owned());
    names.filter(|name| name.starts_with(beginning)).collect()
}

/// Gives every committed record of a topic as it stands now: key and value.
pub fn read(brokers: &str, topic: &str, visit: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
    let mut reader = Reader::open(&settings(brokers), topic, &[], Start::First).expect("a reader");
    let mut each = |_, record: &engine::Record<'_>| visit(record.key, record.value);
    reader.read_to_end(&mut each).expect("the topic to its end");
}

/// Waits for one request without a runtime.
fn wait_for<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
