//! Commits beside the job: while one transaction is under way, the next is gathered.

use super::client::{Fetched, Membership, Producer, Topic};
use super::job::Sink;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// The topics that a control writes to, by their indices in a batch.
pub const OUTPUTS: [&str; 3] = ["transitions", "insights", "changelog"];

/// Where a record of a batch lies in its bytes.
struct Lies {
    output: usize,
    partition: u32,
    key: u32,
    value: u32,
}

/// What one transaction writes, in one piece of memory.
pub struct Batch {
    bytes: Vec<u8>,
    records: Vec<Lies>,
    positions: Vec<i64>,
}

impl Batch {
    /// An empty one, before the first record of so many partitions.
    pub fn new(partitions: u32) -> Batch {
        let positions = vec![0; partitions as usize];
        Batch { bytes: Vec::new(), records: Vec::new(), positions }
    }

    /// Notes that records have been taken.
    pub fn note(&mut self, records: &[Fetched<'_>]) {
        for record in records {
            self.positions[record.partition as usize] = record.offset + 1;
        }
    }

    /// Forgets the records.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.records.clear();
    }

    fn push(&mut self, output: usize, partition: u32, key: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        let (key, value) = (key.len() as u32, value.len() as u32);
        self.records.push(Lies { output, partition, key, value });
    }
}

impl Sink for Batch {
    fn transition(&mut self, partition: u32, key: &[u8], value: &[u8]) {
        self.push(0, partition, key, value);
    }

    fn insight(&mut self, key: &[u8], value: &[u8]) {
        self.push(1, codec::partition(key, self.positions.len() as u32), key, value);
    }

    fn state(&mut self, partition: u32, key: &[u8], value: &[u8]) {
        self.push(2, partition, key, value);
    }
}

/// What the committer works with once it has begun.
struct Running {
    give: SyncSender<Batch>,
    take: Receiver<Batch>,
    thread: JoinHandle<()>,
}

/// A thread that commits one batch at a time.
pub struct Committer {
    writer: Option<(Producer, [Topic; 3], String)>,
    running: Option<Running>,
    /// A batch that came back empty, to be filled again.
    spare: Option<Batch>,
    commits: u64,
}

impl Committer {
    /// Before the group is known.
    pub fn new(producer: Producer, topics: [Topic; 3], input: String) -> Committer {
        let writer = Some((producer, topics, input));
        Committer { writer, running: None, spare: None, commits: 0 }
    }

    /// Begins.
    pub fn start(&mut self, membership: Membership) {
        let (give, given) = sync_channel::<Batch>(1);
        let (back, take) = sync_channel(1);
        let (producer, topics, input) = self.writer.take().expect("invariant: started once");
        let thread = std::thread::spawn(move || {
            while let Ok(mut batch) = given.recv() {
                producer.begin();
                let mut rest = &batch.bytes[..];
                for Lies { output, partition, key, value } in &batch.records {
                    let (key, after) = rest.split_at(*key as usize);
                    let (value, after) = after.split_at(*value as usize);
                    producer.produce(topics[*output], *partition, key, value);
                    rest = after;
                }
                producer.commit(&input, &batch.positions, &membership);
                batch.clear();
                if back.send(batch).is_err() {
                    return;
                }
            }
        });
        self.spare = None;
        self.running = Some(Running { give, take, thread });
    }

    /// Whether the transaction before has been committed.
    pub fn is_free(&mut self) -> bool {
        let running = self.running.as_ref().expect("invariant: started");
        if self.commits > 0 && self.spare.is_none() {
            self.spare = running.take.try_recv().ok();
        }
        self.commits == 0 || self.spare.is_some()
    }

    /// Hands over a batch, when it is free; another to be filled.
    pub fn commit(&mut self, batch: Batch) -> Batch {
        let positions = batch.positions.clone();
        let running = self.running.as_ref().expect("invariant: started");
        running.give.send(batch).expect("a committer that lives");
        self.commits += 1;
        let next = self.spare.take().unwrap_or_else(|| Batch::new(0));
        Batch { positions, ..next }
    }

    /// Commits the last batch and waits for it; how many there were.
    pub fn finish(mut self, batch: Batch) -> u64 {
        while !self.is_free() {
            std::thread::sleep(std::time::Duration::from_micros(200));
        }
        self.commit(batch);
        let running = self.running.take().expect("invariant: started");
        running.take.recv().expect("a last transaction");
        drop(running.give);
        running.thread.join().expect("a committer that has ended");
        self.commits
    }
}
