//! What an administrator does to topics: deletes records, adds partitions, removes a topic.

use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions};
use rdkafka::client::DefaultClientContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(300);

/// An administrator of a cluster.
pub struct Admin(AdminClient<DefaultClientContext>);

impl Admin {
    pub fn new(brokers: &str) -> Admin {
        let client = ClientConfig::new().set("bootstrap.servers", brokers).create();
        Admin(client.expect("a client"))
    }

    /// Deletes what lies before positions of topics and partitions.
    pub fn delete_before(&self, positions: impl IntoIterator<Item = (String, u32, i64)>) {
        let mut list = TopicPartitionList::new();
        for (topic, partition, position) in positions {
            let added = list.add_partition_offset(&topic, partition as i32, at(position));
            added.expect("added");
        }
        let deleted = wait_for(self.0.delete_records(&list, &options())).expect("deleted");
        for element in deleted.elements() {
            element.error().expect("deleted");
        }
    }

    /// Gives a topic more partitions.
    pub fn add_partitions(&self, topic: &str, count: u32) {
        let wanted = [NewPartitions::new(topic, count as usize)];
        let made = wait_for(self.0.create_partitions(&wanted, &options())).expect("made");
        made.into_iter().for_each(|made| _ = made.expect("made"));
    }

    /// Removes a topic.
    pub fn remove(&self, topic: &str) {
        let removed = wait_for(self.0.delete_topics(&[topic], &options())).expect("removed");
        removed.into_iter().for_each(|removed| _ = removed.expect("removed"));
    }
}

fn at(position: i64) -> Offset {
    Offset::Offset(position)
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(PATIENCE))
}

/// Waits for what a thread of librdkafka brings.
fn wait_for<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}
