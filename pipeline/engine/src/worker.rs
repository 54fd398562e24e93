//! One worker: polls, applies, commits, writes behind. The same loop over every log.

use crate::applying::Applying;
use crate::holding::Paused;
use crate::outbox::{Outbox, Sending};
use crate::restore::{self, Beginning, Progress, Restoring, begin};
use crate::{
    InsightTask, JourneyTask, Log, Mark, Node, Pace, Settings, StateStore, Tally, TaskId,
    Transaction, Verdict, Watch, low,
};
use model::Timestamp;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Bytes that are polled however much comes of them.
const POLL_BYTES_MIN: usize = 256 << 10;

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
    /// Polls of a replay since something of it was written behind; 0 without one.
    polls_of_replay: u32,
    /// Bytes polled at most now: fewer where tasks could not apply them all before a commit.
    poll_bytes: usize,
    tally: Tally,
    flushes_since_sync: u32,
    /// Names of slices, given as those of attempts are.
    names: Rc<Cell<u64>>,
    /// The tasks whose stores are being restored, the present one last; until none is left nothing
    /// is polled.
    restoring: Vec<Restoring>,
    paused: Paused,
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
            polls_of_replay: 0,
            poll_bytes: pace.poll_bytes,
            tally: Tally::default(),
            flushes_since_sync: 0,
            names: Rc::new(Cell::new(u64::from(instance) << 32)),
            restoring: Vec::new(),
            paused: Paused::default(),
        };
        worker.recover()?;
        Ok(worker)
    }

    /// Makes every task anew from the store and its committed mark, and begins to replay; a task
    /// whose store is of no use is restored first.
    fn recover(&mut self) -> Result<(), Verdict> {
        self.journeys.clear();
        self.insights.clear();
        self.restoring.clear();
        self.paused.forget();
        self.tasks = self.log.tasks();
        self.assignment = self.log.assignment();
        for task in self.tasks.clone() {
            let mut mark = self.log.committed(task)?;
            if task.node == Node::Journey && self.settings.direct.is_some() && mark == Mark::NONE {
                mark = restore::first_mark(self.log.bounds(task)?.0);
            }
            let changelog = self.settings.topics.changelog(task.node);
            let sending = Sending {
                topic: self.log.has_changelog().then(|| changelog.to_owned()),
                names: Rc::clone(&self.names),
                slice_bytes: self.pace.slice_bytes,
            };
            match begin(&mut self.log, &mut self.store, task, mark, &sending)? {
                Beginning::Stored(outbox) => self.make(task, mark, outbox)?,
                Beginning::Restored(restoring) => self.restoring.push(restoring),
            }
        }
        self.end_replays()
    }

    /// Makes a task from its store.
    fn make(&mut self, task: TaskId, mark: Mark, outbox: Outbox) -> Result<(), Verdict> {
        let settings = Arc::clone(&self.settings);
        let position = match task.node {
            Node::Journey => {
                let mut made = JourneyTask::new(task, settings, &mut self.store, mark)?;
                made.outbox = outbox;
                made.cells_max = self.pace.cells_max;
                let position = made.position();
                self.journeys.insert(task.partition, made);
                position
            }
            Node::Insight => {
                let mut made = InsightTask::new(task, settings, &mut self.store, mark)?;
                made.outbox = outbox;
                let position = made.position();
                self.insights.insert(task.partition, made);
                position
            }
        };
        // While a store was restored, more of the input may have been deleted.
        let start = self.log.bounds(task)?.0;
        if position < start {
            return Err(low::behind(task, position, start));
        }
        if self.settings.direct.is_some() {
            // It may have been held before.
            self.log.hold(task, false)?;
        }
        self.log.seek(task, position)
    }

    /// Lets tasks begin that have nothing to replay.
    fn end_replays(&mut self) -> Result<(), Verdict> {
        for task in self.journeys.values_mut() {
            task.end_replay(&self.store)?;
        }
        self.insights.values_mut().for_each(InsightTask::end_replay);
        Ok(())
    }

    /// Restores some more; a task is made once its store is whole.
    fn restore(&mut self, wait_millis: u32) -> Result<(), Verdict> {
        let Some(restoring) = self.restoring.last_mut() else { return Ok(()) };
        let (task, mark) = (restoring.task, restoring.mark);
        if let Some(outbox) = restoring.go_on(&mut self.log, &mut self.store, wait_millis)? {
            self.restoring.pop();
            self.make(task, mark, outbox)?;
            self.end_replays()?;
        }
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
        if !self.restoring.is_empty() {
            self.restore(wait_millis)?;
            return Ok(0);
        }
        self.paused.look(&mut self.log, &mut self.journeys)?;
        let mut applying = Applying {
            store: &self.store,
            journeys: &mut self.journeys,
            insights: &mut self.insights,
            records: 0,
            fault: None,
        };
        self.log.poll(self.poll_bytes, wait_millis, &mut applying)?;
        let (records, fault) = (applying.records, applying.fault);
        if self.log.assignment() != self.assignment {
            // What was applied may follow on what another has committed meanwhile.
            self.recover()?;
            return Ok(0);
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        self.flush_replays()?;
        self.poll_again_what_was_too_much()?;
        if let Some(wall) = wall {
            self.observe(wall)?;
        }
        Ok(records)
    }

    /// Whether a commit should come before more is applied.
    pub fn is_full(&self) -> bool {
        self.journeys.values().any(JourneyTask::is_full)
    }

    /// What a full task has left of its records comes again, and less at once.
    fn poll_again_what_was_too_much(&mut self) -> Result<(), Verdict> {
        if !self.is_full() {
            self.poll_bytes = (2 * self.poll_bytes).min(self.pace.poll_bytes);
            return Ok(());
        }
        self.poll_bytes = (self.poll_bytes / 2).max(POLL_BYTES_MIN).min(self.pace.poll_bytes);
        for (partition, task) in self.journeys.iter().filter(|(_, task)| task.is_full()) {
            let id = TaskId { node: Node::Journey, partition: *partition };
            self.log.seek(id, task.position())?;
        }
        Ok(())
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
        for task in self.journeys.values_mut().filter(|task| task.has_part()) {
            let (part, mut appends) = task.take_commit(&self.store, self.attempt)?;
            transaction.parts.push(part);
            transaction.appends.append(&mut appends);
        }
        for task in self.insights.values_mut().filter(|task| task.has_part()) {
            let (part, mut appends) = task.take_commit(&self.store, self.attempt)?;
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
                    let done = task.map(|task| task.committed(part.mark));
                    self.tally.add(&done.unwrap_or_default());
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
        self.flushes_since_sync += 1;
        if self.flushes_since_sync >= self.pace.flushes_per_sync && self.log.has_changelog() {
            self.flushes_since_sync = 0;
            self.store.sync()?;
            self.outboxes().for_each(Outbox::synced);
        }
        Ok(())
    }

    /// Writes a replay behind as it goes, and what it came to after the first commit: whoever is
    /// killed again and again gets further each time.
    fn flush_replays(&mut self) -> Result<(), Verdict> {
        if self.replaying() == 0 {
            if std::mem::take(&mut self.polls_of_replay) > 0 {
                self.commits_since_flush = self.pace.commits_per_flush;
            }
            return Ok(());
        }
        self.polls_of_replay += 1;
        if self.polls_of_replay <= self.pace.commits_per_flush {
            return Ok(());
        }
        self.polls_of_replay = 1;
        for task in self.journeys.values_mut().filter(|task| task.is_replaying()) {
            task.flush(&mut self.store, self.pace.customers_max)?;
        }
        let insights = self.insights.values_mut().filter(|task| task.is_replaying());
        insights.into_iter().try_for_each(|task| task.flush(&mut self.store))
    }

    fn outboxes(&mut self) -> impl Iterator<Item = &mut Outbox> {
        let journeys = self.journeys.values_mut().map(|task| &mut task.outbox);
        journeys.chain(self.insights.values_mut().map(|task| &mut task.outbox))
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
        if self.log.assignment() != self.assignment || !self.restoring.is_empty() {
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
        if self.replaying() > 0 {
            return Ok(());
        }
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

    /// The number of the assignment that its tasks are of: another one, and they are others.
    pub fn assignment(&self) -> u64 {
        self.assignment
    }

    /// How many tasks have not reached their mark yet.
    pub fn replaying(&self) -> usize {
        let journeys = self.journeys.values().filter(|task| task.is_replaying()).count();
        let insights = self.insights.values().filter(|task| task.is_replaying()).count();
        journeys + insights + self.restoring.len()
    }

    /// The tasks whose stores are being restored from their changelogs; the one that is read now
    /// is the last.
    pub fn restoring(&self) -> Vec<Progress> {
        self.restoring.iter().map(Restoring::progress).collect()
    }

    /// What each task's changelog lacks and holds: slices that wait, and the position before which
    /// the input may go without a loss. Nothing where the log has no changelogs.
    pub fn changelogs(&self) -> BTreeMap<TaskId, (usize, u64)> {
        if !self.log.has_changelog() {
            return BTreeMap::new();
        }
        let told = |outbox: &Outbox| (outbox.waiting(), outbox.sent().low);
        let task = |node, partition: &u32| TaskId { node, partition: *partition };
        let journeys = (self.journeys.iter())
            .map(|(partition, held)| (task(Node::Journey, partition), told(&held.outbox)));
        let insights = (self.insights.iter())
            .map(|(partition, held)| (task(Node::Insight, partition), told(&held.outbox)));
        journeys.chain(insights).collect()
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

    /// What was committed since this worker was made.
    pub fn tally(&self) -> Tally {
        self.tally
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
