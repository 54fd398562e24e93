//! One worker: polls, applies, commits, writes behind. The same loop over every log.

use crate::{
    InsightTask, JourneyTask, Log, Node, Record, RecordSink, Settings, StateStore, TaskId,
    Transaction, Verdict, Watch,
};
use model::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a worker works; every number is a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Bytes polled for one commit at most.
    pub poll_bytes: usize,
    /// Commits between two flushes of the store.
    pub commits_per_flush: u32,
    /// Customers in memory after a flush, by task.
    pub customers_max: usize,
}

impl Default for Pace {
    /// 4 MiB a commit, a flush every 32 commits, 100 000 customers a task.
    fn default() -> Self {
        Pace { poll_bytes: 4 << 20, commits_per_flush: 32, customers_max: 100_000 }
    }
}

/// What one turn has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Records applied, by journey and insight together.
    pub records: u64,
    /// Whether something was committed.
    pub has_committed: bool,
}

/// Owns tasks, and the log and store as they see them.
pub struct Worker<L: Log, S: StateStore> {
    log: L,
    store: S,
    settings: Arc<Settings>,
    pace: Pace,
    journeys: BTreeMap<u32, JourneyTask>,
    insights: BTreeMap<u32, InsightTask>,
    /// The tasks that the log gave when this worker last began anew, and the number of their
    /// assignment.
    tasks: Vec<TaskId>,
    assignment: u64,
    /// Name of this instance's attempts: instance in the upper half, counter in the lower.
    attempt: u64,
    commits_since_flush: u32,
}

/// Applies what is polled.
struct Applying<'a, S: StateStore> {
    store: &'a S,
    journeys: &'a mut BTreeMap<u32, JourneyTask>,
    insights: &'a mut BTreeMap<u32, InsightTask>,
    records: u64,
    fault: Option<Verdict>,
}

impl<S: StateStore> RecordSink for Applying<'_, S> {
    fn records(&mut self, task: TaskId, batch: &[Record<'_>]) {
        if self.fault.is_some() {
            return;
        }
        self.records += batch.len() as u64;
        let applied = match task.node {
            Node::Journey => {
                let task = self.journeys.get_mut(&task.partition);
                task.map_or(Ok(()), |task| task.apply(self.store, batch))
            }
            Node::Insight => {
                let task = self.insights.get_mut(&task.partition);
                task.map_or(Ok(()), |task| task.apply(batch))
            }
        };
        self.fault = applied.err();
    }
}

impl<L: Log, S: StateStore> Worker<L, S> {
    /// A worker for the tasks that the log gives it. `instance` names its attempts and is not used
    /// again by a later start.
    pub fn new(
        log: L,
        store: S,
        settings: Arc<Settings>,
        pace: Pace,
        instance: u32,
    ) -> Result<Worker<L, S>, Verdict> {
        let mut worker = Worker {
            log,
            store,
            settings,
            pace,
            journeys: BTreeMap::new(),
            insights: BTreeMap::new(),
            tasks: Vec::new(),
            assignment: 0,
            attempt: u64::from(instance) << 32,
            commits_since_flush: 0,
        };
        worker.recover()?;
        Ok(worker)
    }

    /// Makes every task anew from the store and its committed mark, and begins to replay.
    fn recover(&mut self) -> Result<(), Verdict> {
        self.journeys.clear();
        self.insights.clear();
        self.tasks = self.log.tasks();
        self.assignment = self.log.assignment();
        for task in self.tasks.clone() {
            let mark = self.log.committed(task)?;
            let start = self.log.bounds(task)?.0;
            let settings = Arc::clone(&self.settings);
            let position = match task.node {
                Node::Journey => {
                    let made = JourneyTask::new(task, settings, &mut self.store, mark)?;
                    let position = made.position();
                    self.journeys.insert(task.partition, made);
                    position
                }
                Node::Insight => {
                    let made = InsightTask::new(task, settings, &mut self.store, mark)?;
                    let position = made.position();
                    self.insights.insert(task.partition, made);
                    position
                }
            };
            if position < start {
                return Err(Verdict::Corrupted(format!(
                    "state of {task:?} at {position} lies behind the retained input, \
                     which begins at {start} [D0403]"
                )));
            }
            self.log.seek(task, position)?;
        }
        for task in self.journeys.values_mut() {
            task.end_replay(&self.store)?;
        }
        self.insights.values_mut().for_each(InsightTask::end_replay);
        Ok(())
    }

    /// One turn: poll, apply, commit what changed, and now and then write behind.
    pub fn turn(&mut self, wall: Option<Timestamp>, wait_millis: u32) -> Result<Turn, Verdict> {
        let records = self.apply(wall, wait_millis)?;
        Ok(Turn { records, has_committed: self.commit()? })
    }

    /// The first half of a turn: polls and applies, and says how many records. Until a commit what
    /// the tasks say is not yet so.
    ///
    /// `wall` is the wall clock less the idle bound; it counts for a task that has read everything.
    pub fn apply(&mut self, wall: Option<Timestamp>, wait_millis: u32) -> Result<u64, Verdict> {
        let applied = self.try_apply(wall, wait_millis);
        self.or_begin_anew(applied)
    }

    /// What was done beside a fault is not trusted: whoever goes on begins anew.
    fn or_begin_anew<T>(&mut self, done: Result<T, Verdict>) -> Result<T, Verdict> {
        if done.is_err() {
            self.tasks.clear();
        }
        done
    }

    fn try_apply(&mut self, wall: Option<Timestamp>, wait_millis: u32) -> Result<u64, Verdict> {
        // The same tasks, taken and given back, are not the same: another may have committed.
        if self.log.tasks() != self.tasks || self.log.assignment() != self.assignment {
            self.recover()?;
        }
        let mut applying = Applying {
            store: &self.store,
            journeys: &mut self.journeys,
            insights: &mut self.insights,
            records: 0,
            fault: None,
        };
        self.log.poll(self.pace.poll_bytes, wait_millis, &mut applying)?;
        let (records, fault) = (applying.records, applying.fault);
        if self.log.assignment() != self.assignment {
            // What was applied may follow on what another has committed meanwhile.
            self.recover()?;
            return Ok(0);
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        if let Some(wall) = wall {
            self.observe(wall)?;
        }
        Ok(records)
    }

    fn observe(&mut self, wall: Timestamp) -> Result<(), Verdict> {
        for (partition, task) in &mut self.journeys {
            let id = TaskId { node: Node::Journey, partition: *partition };
            if task.position() >= self.log.bounds(id)?.1 {
                task.observe(wall);
            }
        }
        Ok(())
    }

    /// Commits what the tasks have, all of it or nothing; says whether there was anything.
    pub fn commit(&mut self) -> Result<bool, Verdict> {
        let committed = self.try_commit();
        self.or_begin_anew(committed)
    }

    fn try_commit(&mut self) -> Result<bool, Verdict> {
        if self.log.assignment() != self.assignment {
            // Heard of since: the log would commit in the name of the new assignment.
            self.recover()?;
            return Ok(false);
        }
        let mut transaction = Transaction::default();
        self.attempt += 1;
        for task in self.journeys.values_mut().filter(|task| task.has_news()) {
            let (part, mut appends) = task.take_commit(&self.store, self.attempt)?;
            transaction.parts.push(part);
            transaction.appends.append(&mut appends);
        }
        for task in self.insights.values_mut().filter(|task| task.has_news()) {
            let (part, mut appends) = task.take_commit(self.attempt);
            transaction.parts.push(part);
            transaction.appends.append(&mut appends);
        }
        if transaction.parts.is_empty() {
            return Ok(false);
        }
        match self.log.commit(&transaction) {
            Verdict::Done => {}
            // Outputs and memory belong together: both are made again from the input.
            Verdict::Retry(_) | Verdict::Abort(_) => {
                self.recover()?;
                return Ok(false);
            }
            verdict => return Err(verdict),
        }
        for part in &transaction.parts {
            match part.task.node {
                Node::Journey => {
                    let task = self.journeys.get_mut(&part.task.partition);
                    task.into_iter().for_each(|task| task.committed(part.mark));
                }
                Node::Insight => {
                    let task = self.insights.get_mut(&part.task.partition);
                    task.into_iter().for_each(|task| task.committed(part.mark));
                }
            }
        }
        self.commits_since_flush += 1;
        if self.commits_since_flush >= self.pace.commits_per_flush {
            self.flush()?;
        }
        Ok(true)
    }

    /// Writes behind: everything that the store lacks. Nothing is uncommitted here.
    pub fn flush(&mut self) -> Result<(), Verdict> {
        self.commits_since_flush = 0;
        for task in self.journeys.values_mut() {
            task.flush(&mut self.store, self.pace.customers_max)?;
        }
        for task in self.insights.values_mut() {
            task.flush(&mut self.store)?;
        }
        Ok(())
    }

    /// Writes behind, and says for each task before which position of its input all is in the
    /// store: what may be deleted there once the store is durable. Not while a task replays.
    pub fn flushed(&mut self) -> Result<BTreeMap<TaskId, u64>, Verdict> {
        if self.replaying() > 0 {
            return Ok(BTreeMap::new());
        }
        self.flush()?;
        let task = |node, partition: &u32| TaskId { node, partition: *partition };
        let journeys = (self.journeys.iter())
            .map(|(partition, held)| (task(Node::Journey, partition), held.committed_to()));
        let insights = (self.insights.iter())
            .map(|(partition, held)| (task(Node::Insight, partition), held.committed_to()));
        Ok(journeys.chain(insights).collect())
    }

    /// Whether every task has applied and committed all that its input holds.
    pub fn is_caught_up(&mut self) -> Result<bool, Verdict> {
        let tasks = self.log.tasks();
        if self.log.assignment() != self.assignment {
            return Ok(false);
        }
        for task in tasks {
            let end = self.log.bounds(task)?.1;
            let (position, has_news) = match task.node {
                Node::Journey => self.journeys.get(&task.partition).map_or((end, false), |task| {
                    (task.position(), task.has_news() || task.is_replaying())
                }),
                Node::Insight => (self.insights.get(&task.partition))
                    .map_or((end, false), |task| (task.position(), task.has_news())),
            };
            if position < end || has_news {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Lets the audit that never ends go on, by at most so many customers. Called when nothing is
    /// uncommitted.
    pub fn watch(&mut self, watch: &mut Watch, customers_max: usize) -> Result<(), Verdict> {
        let journeys: Vec<&JourneyTask> = self.journeys.values().collect();
        let insights: Vec<&InsightTask> = self.insights.values().collect();
        let (log, tasks) = (&mut self.log, &self.insights);
        let is_read = || {
            for (partition, task) in tasks {
                let id = TaskId { node: Node::Insight, partition: *partition };
                if task.position() < log.bounds(id)?.1 {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        watch.step(&journeys, &insights, &self.store, customers_max, is_read)
    }

    /// How many tasks have not reached their mark yet.
    pub fn replaying(&self) -> usize {
        let journeys = self.journeys.values().filter(|task| task.is_replaying()).count();
        journeys + self.insights.values().filter(|task| task.is_replaying()).count()
    }

    /// Records in each task's input that it has not committed yet.
    pub fn lag(&mut self) -> Result<BTreeMap<TaskId, u64>, Verdict> {
        let mut lag = BTreeMap::new();
        for task in self.log.tasks() {
            let end = self.log.bounds(task)?.1;
            let committed = match task.node {
                Node::Journey => self.journeys.get(&task.partition).map(JourneyTask::committed_to),
                Node::Insight => self.insights.get(&task.partition).map(InsightTask::committed_to),
            };
            lag.insert(task, end.saturating_sub(committed.unwrap_or(end)));
        }
        Ok(lag)
    }

    /// The journey tasks by partition.
    pub fn journeys(&self) -> &BTreeMap<u32, JourneyTask> {
        &self.journeys
    }

    /// The insight tasks by partition.
    pub fn insights(&self) -> &BTreeMap<u32, InsightTask> {
        &self.insights
    }

    /// What the tasks share.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }
}
