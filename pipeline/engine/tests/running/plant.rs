//! Journey and insight tasks as a worker runs them, with every commit at hand.

use codec::control::{Clock, Secret, write_clock};
use codec::frame::ids;
use engine::{
    Append, InsightTask, JourneyTask, Mark, Node, Part, Produced, Record, Settings, StateStore,
    StateWrite, TaskId, Topics, Verdict,
};
use model::{Draft, JourneyMap, Span, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A store of states in memory.
#[derive(Clone, Default)]
pub struct Disk(BTreeMap<(TaskId, Vec<u8>), Vec<u8>>);

impl Disk {
    /// The keys of a task that begin with a byte.
    pub fn keys(&self, node: Node, tag: u8) -> Vec<String> {
        let keys = self.0.keys().filter(|(task, key)| task.node == node && key[0] == tag);
        keys.map(|(_, key)| String::from_utf8_lossy(&key[1..]).into_owned()).collect()
    }
}

impl StateStore for Disk {
    fn get(&self, task: TaskId, key: &[u8]) -> Result<Option<Vec<u8>>, Verdict> {
        Ok(self.0.get(&(task, key.to_vec())).cloned())
    }

    fn scan(
        &self,
        task: TaskId,
        prefix: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), Verdict> {
        let all =
            self.0.iter().filter(|((owner, key), _)| *owner == task && key.starts_with(prefix));
        for ((_, key), value) in all {
            if !visit(key, value) {
                break;
            }
        }
        Ok(())
    }

    fn write(&mut self, task: TaskId, writes: &[StateWrite]) -> Result<(), Verdict> {
        for write in writes {
            let key = (task, write.key.clone());
            match &write.value {
                Some(value) => _ = self.0.insert(key, value.clone()),
                None => _ = self.0.remove(&key),
            }
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Verdict> {
        Ok(())
    }

    fn clear(&mut self, task: TaskId) -> Result<(), Verdict> {
        self.0.retain(|(owner, _), _| *owner != task);
        Ok(())
    }
}

/// A record as it lies in a partition.
type Stored = (Timestamp, Produced);

/// Tasks, their inputs and what they have put out.
pub struct Plant {
    pub settings: Arc<Settings>,
    pub disk: Disk,
    pub journeys: Vec<JourneyTask>,
    pub insights: Vec<InsightTask>,
    pub touchpoints: Vec<Vec<Stored>>,
    frames: Vec<Vec<Stored>>,
    marks: BTreeMap<TaskId, Mark>,
    /// Everything put out by topic, in the order of the commits.
    pub outputs: BTreeMap<String, Vec<Produced>>,
}

pub fn settings(map: JourneyMap, partitions: u32) -> Arc<Settings> {
    Arc::new(Settings {
        topics: Topics::new("desirepath", "", partitions),
        map,
        secret: Secret::new(&[7; 32]).expect("a secret"),
        clock_skew_max: Span::from_hours(1),
        direct: None,
    })
}

fn task(node: Node, partition: u32) -> TaskId {
    TaskId { node, partition }
}

impl Plant {
    pub fn new(map: JourneyMap, partitions: u32) -> Plant {
        let mut plant = Plant {
            settings: settings(map, partitions),
            disk: Disk::default(),
            journeys: Vec::new(),
            insights: Vec::new(),
            touchpoints: vec![Vec::new(); partitions as usize],
            frames: vec![Vec::new(); partitions as usize],
            marks: BTreeMap::new(),
            outputs: BTreeMap::new(),
        };
        plant.restart();
        plant
    }

    /// Drops every task and makes it anew of the store and its mark; then it replays.
    pub fn restart(&mut self) {
        let partitions = 0..self.settings.topics.partitions;
        let (marks, disk) = (&self.marks, &mut self.disk);
        let mark =
            |node, partition| marks.get(&task(node, partition)).copied().unwrap_or(Mark::NONE);
        let settings = || Arc::clone(&self.settings);
        self.journeys = partitions
            .clone()
            .map(|at| {
                let id = task(Node::Journey, at);
                let made = JourneyTask::new(id, settings(), disk, mark(Node::Journey, at));
                made.expect("a journey task")
            })
            .collect();
        self.insights = partitions
            .map(|at| {
                let id = task(Node::Insight, at);
                let made = InsightTask::new(id, settings(), disk, mark(Node::Insight, at));
                made.expect("an insight task")
            })
            .collect();
        for journey in &mut self.journeys {
            journey.end_replay(&self.disk).expect("a replay");
        }
        self.insights.iter_mut().for_each(InsightTask::end_replay);
    }

    /// Appends a touchpoint to its customer's partition.
    pub fn append(&mut self, draft: &Draft, at: Timestamp) {
        let mut bytes = Vec::new();
        codec::encode::touchpoint(draft, ids::TOUCHPOINT, &mut bytes);
        self.append_bytes(&draft.customer_id, bytes, at);
    }

    /// Appends bytes to the partition of a key.
    pub fn append_bytes(&mut self, key: &str, value: Vec<u8>, at: Timestamp) {
        let key = key.as_bytes().to_vec();
        let partition = codec::partition(&key, self.settings.topics.partitions);
        self.touchpoints[partition as usize].push((at, Produced { key, value: Some(value) }));
    }

    /// Appends a clock record to every partition.
    pub fn clock(&mut self, time: Timestamp) {
        let mut value = Vec::new();
        write_clock(Clock { source: "", time }, &self.settings.secret, &mut value);
        for partition in &mut self.touchpoints {
            let record = Produced { key: Vec::new(), value: Some(value.clone()) };
            partition.push((time, record));
        }
    }

    /// One commit of a journey task over up to so many records. Whether there was one.
    pub fn journey(&mut self, partition: usize, count: usize) -> bool {
        let journey = &mut self.journeys[partition];
        let from = journey.position() as usize;
        let stored = &self.touchpoints[partition];
        let to = (from + count).min(stored.len());
        journey.apply(&self.disk, &records(stored, from, to)).expect("records");
        if !journey.has_news() {
            return false;
        }
        let (part, appends) = journey.take_commit(&self.disk, 1).expect("a commit");
        journey.committed(part.mark);
        self.commit(part, appends);
        true
    }

    /// One commit of an insight task over up to so many frames. Whether there was one.
    pub fn insight(&mut self, partition: usize, count: usize) -> bool {
        let insight = &mut self.insights[partition];
        let from = insight.position() as usize;
        let stored = &self.frames[partition];
        let to = (from + count).min(stored.len());
        insight.apply(&records(stored, from, to)).expect("frames");
        if !insight.has_news() {
            return false;
        }
        let (part, appends) = insight.take_commit(&self.disk, 1).expect("a commit");
        insight.committed(part.mark);
        self.commit(part, appends);
        true
    }

    fn commit(&mut self, part: Part, appends: Vec<Append>) {
        self.marks.insert(part.task, part.mark);
        for append in appends {
            if append.topic == self.settings.topics.frames {
                let stored = append.records.into_iter().map(|record| (Timestamp::LAST, record));
                self.frames[append.partition as usize].extend(stored);
            } else {
                self.outputs.entry(append.topic).or_default().extend(append.records);
            }
        }
    }

    /// Whether the insight tasks have read all frames.
    pub fn is_read(&self) -> bool {
        let mut tasks = self.insights.iter().zip(&self.frames);
        tasks.all(|(task, frames)| task.position() == frames.len() as u64)
    }

    /// Runs until nothing is left to do.
    pub fn run(&mut self) {
        let partitions = self.touchpoints.len();
        loop {
            let mut has_worked = false;
            for partition in 0..partitions {
                has_worked |= self.journey(partition, usize::MAX >> 1);
                has_worked |= self.insight(partition, usize::MAX >> 1);
            }
            if !has_worked {
                break;
            }
        }
    }

    /// Writes behind.
    pub fn flush(&mut self) {
        for journey in &mut self.journeys {
            journey.flush(&mut self.disk, 2).expect("a flush");
        }
        for insight in &mut self.insights {
            insight.flush(&mut self.disk).expect("a flush");
        }
    }

    /// What a topic says last of each key, of those that are not deleted.
    pub fn compacted(&self, topic: &str) -> BTreeMap<String, Vec<u8>> {
        let mut rows = BTreeMap::new();
        for record in self.outputs.get(topic).into_iter().flatten() {
            let key = String::from_utf8(record.key.clone()).expect("a key");
            match &record.value {
                Some(value) => _ = rows.insert(key, value.clone()),
                None => _ = rows.remove(&key),
            }
        }
        rows
    }
}

fn records(stored: &[Stored], from: usize, to: usize) -> Vec<Record<'_>> {
    let places = (from..to).zip(&stored[from.min(to)..to]);
    places
        .map(|(position, (append_time, record))| Record {
            position: position as u64,
            append_time: *append_time,
            key: &record.key,
            value: record.value.as_deref(),
        })
        .collect()
}
