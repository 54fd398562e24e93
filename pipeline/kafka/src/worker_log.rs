//! The engine's port over a cluster, for the tasks of one worker.

use std::time::{Duration, Instant};

use engine::{
    Became, Extent, Log, Mark, RecordSink, TakeState, TaskId, Transaction, Verdict, became,
};

use crate::changelog::Changelog;
use crate::group::Group;
use crate::place::Place;
use crate::{Error, Producer, Settings};

/// The log as one worker sees it.
///
/// Once it says `Fenced` of itself, and not of a single task, it stays so: another process runs
/// under its name. To rejoin is to open it anew.
pub struct KafkaLog {
    settings: Settings,
    group: Group,
    producer: Option<Producer>,
    /// The changelog that was opened last.
    changelog: Option<Changelog>,
    fenced: Option<Error>,
}

impl KafkaLog {
    /// Ends what a former self left open, then joins the group; tasks come with the first polls.
    pub fn open(settings: Settings) -> Result<KafkaLog, Error> {
        // First the producer: marks are read only once the former self can commit no more.
        let producer = Producer::transactional(&settings, &settings.transactional_id())?;
        let group = Group::join(&settings)?;
        let producer = Some(producer);
        Ok(KafkaLog { settings, group, producer, changelog: None, fenced: None })
    }

    /// Waits until the group has given this worker its share; false if the time was over before.
    pub fn join(&mut self, wait: Duration) -> Result<bool, Error> {
        let until = Instant::now() + wait;
        while !self.group.is_joined() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            self.group.serve(left.min(Duration::from_millis(100)))?;
        }
        Ok(true)
    }

    /// Leaves the group, so that others take over without waiting for a session to end; a member
    /// with a name of its own is expected back and keeps its tasks until then.
    pub fn close(mut self) -> Result<(), Error> {
        self.producer = None;
        self.group.close()
    }

    fn check_fenced(&self) -> Result<(), Error> {
        self.fenced.clone().map_or(Ok(()), Err)
    }

    /// Remembers being fenced.
    fn noted<T>(&mut self, result: Result<T, Error>) -> Result<T, Verdict> {
        if let Err(error @ Error::Fenced { .. }) = &result {
            self.fenced = Some(error.clone());
        }
        result.map_err(Verdict::from)
    }

    fn try_commit(&mut self, transaction: &Transaction) -> Result<(), Error> {
        self.check_fenced()?;
        let mut marks = Vec::with_capacity(transaction.parts.len());
        for part in &transaction.parts {
            marks.push((self.group.place(part.task)?, part.mark));
        }
        let mut producer = match self.producer.take() {
            Some(producer) => producer,
            None => Producer::transactional(&self.settings, &self.settings.transactional_id())?,
        };
        match self.attempt(&mut producer, transaction, &marks) {
            Ok(()) => {
                self.producer = Some(producer);
                Ok(())
            }
            Err(Error::Undecided { detail, .. }) => {
                tracing::warn!("the outcome of a commit is not known, asking the group: {detail}");
                drop(producer);
                self.decide(&marks)
            }
            Err(error @ Error::Fenced { .. }) => Err(error),
            // The client is of no use any more, but before the end of a transaction nothing of it
            // is committed: the next producer aborts it.
            Err(Error::Fatal { call, detail }) => Err(Error::Aborted { call, detail }),
            Err(error) => {
                // One that cannot abort either is dropped; the next one does it in its stead.
                if matches!(error, Error::Unreachable { .. }) || producer.abort().is_ok() {
                    self.producer = Some(producer);
                }
                Err(error)
            }
        }
    }

    fn attempt(
        &self,
        producer: &mut Producer,
        transaction: &Transaction,
        marks: &[(Place, Mark)],
    ) -> Result<(), Error> {
        producer.begin()?;
        for append in &transaction.appends {
            for record in &append.records {
                let value = record.value.as_deref();
                producer.append(&append.topic, append.partition, &record.key, value)?;
            }
        }
        if !marks.is_empty() {
            let (place, _) = &marks[0];
            let membership = self.group.membership().ok_or_else(|| Error::NotOwned {
                topic: place.topic.clone(),
                partition: place.partition,
            })?;
            producer.send_marks(marks, membership)?;
        }
        producer.commit()
    }

    /// Finds out whether a commit happened: the new producer ends it, then the marks tell.
    fn decide(&mut self, marks: &[(Place, Mark)]) -> Result<(), Error> {
        let call = "find out what became of a commit";
        let unknown = |error: Error| Error::Undecided { call, detail: error.to_string() };
        let id = self.settings.transactional_id();
        let producer = Producer::transactional(&self.settings, &id).map_err(unknown)?;
        self.producer = Some(producer);
        let places: Vec<Place> = marks.iter().map(|(place, _)| place.clone()).collect();
        let found = self.group.committed(&places).map_err(unknown)?;
        outcome(marks, &found)
    }
}

/// Whether the marks found are those of the attempt.
fn outcome(sent: &[(Place, Mark)], found: &[Mark]) -> Result<(), Error> {
    let call = "find out what became of a commit";
    if sent.is_empty() {
        let detail = "a transaction without marks leaves no trace".to_owned();
        return Err(Error::Undecided { call, detail });
    }
    let marks: Vec<Mark> = sent.iter().map(|(_, mark)| *mark).collect();
    match became(&marks, found) {
        Became::Committed => Ok(()),
        Became::Superseded(at) => {
            let Place { topic, partition } = sent[at].0.clone();
            Err(Error::NotOwned { topic, partition })
        }
        Became::RolledBack => {
            let detail = "the group holds the marks from before".to_owned();
            Err(Error::Aborted { call, detail })
        }
    }
}

impl Log for KafkaLog {
    fn tasks(&mut self) -> Vec<TaskId> {
        if self.fenced.is_some() {
            return Vec::new();
        }
        // What went wrong is not lost: an assignment stays unanswered, and the next poll says why.
        let served = self.group.serve(Duration::ZERO);
        if let Err(verdict) = self.noted(served) {
            tracing::warn!("could not hear the group: {verdict:?}");
        }
        self.group.tasks()
    }

    fn assignment(&self) -> u64 {
        self.group.assignments()
    }

    fn committed(&mut self, task: TaskId) -> Result<Mark, Verdict> {
        self.check_fenced()?;
        let place = self.group.place(task)?;
        let marks = self.group.committed(&[place])?;
        Ok(marks.first().copied().unwrap_or(Mark::NONE))
    }

    fn bounds(&mut self, task: TaskId) -> Result<(u64, u64), Verdict> {
        self.check_fenced()?;
        Ok(self.group.bounds(task)?)
    }

    fn seek(&mut self, task: TaskId, position: u64) -> Result<(), Verdict> {
        self.check_fenced()?;
        Ok(self.group.seek(task, position)?)
    }

    fn hold(&mut self, task: TaskId, is_held: bool) -> Result<(), Verdict> {
        self.check_fenced()?;
        Ok(self.group.hold(task, is_held)?)
    }

    fn poll(
        &mut self,
        bytes_max: usize,
        wait_millis: u32,
        sink: &mut dyn RecordSink,
    ) -> Result<(), Verdict> {
        self.check_fenced()?;
        let wait = Duration::from_millis(u64::from(wait_millis));
        // Without a task there is nothing to wait for but the group.
        let first = if self.group.tasks().is_empty() { wait } else { Duration::ZERO };
        let served = self.group.serve(first);
        self.noted(served)?;
        if !self.group.tasks().is_empty() {
            let given = self.group.consume(bytes_max, wait.saturating_sub(first), sink);
            self.noted(given)?;
        }
        Ok(())
    }

    fn has_changelog(&self) -> bool {
        !self.settings.changelogs.is_empty()
    }

    fn open_changelog(&mut self, task: TaskId) -> Result<bool, Verdict> {
        self.check_fenced()?;
        let Some(topic) = self.settings.changelogs.get(&task.node) else { return Ok(false) };
        let place = Place { topic: topic.clone(), partition: task.partition };
        let bounds = self.group.watermarks(&place)?;
        let changelog = Changelog::new(&self.settings, place, bounds);
        Ok(self.changelog.insert(changelog).has_records())
    }

    fn read_changelog(
        &mut self,
        wait_millis: u32,
        give: &mut TakeState<'_>,
    ) -> Result<Extent, Verdict> {
        let Some(changelog) = &mut self.changelog else { return Ok(Extent::default()) };
        let extent = changelog.read(Duration::from_millis(u64::from(wait_millis)), give)?;
        Ok(extent)
    }

    fn commit(&mut self, transaction: &Transaction) -> Verdict {
        let result = self.try_commit(transaction);
        self.noted(result).err().unwrap_or(Verdict::Done)
    }
}

#[cfg(test)]
mod tests {
    use engine::{Mark, Verdict};

    use super::outcome;
    use crate::Error;
    use crate::place::Place;

    fn told(sent: (u64, u64), found: (u64, u64)) -> Result<(), Verdict> {
        let mark = |(sequence, attempt)| Mark { sequence, attempt, ..Mark::NONE };
        let place = Place { topic: "touchpoints".to_owned(), partition: 0 };
        outcome(&[(place, mark(sent))], &[mark(found)]).map_err(Error::into)
    }

    #[test]
    fn a_commit_whose_answer_was_lost_is_told_by_sequence_and_attempt() {
        assert_eq!(told((7, 1), (7, 1)), Ok(()));
        assert!(matches!(told((7, 1), (6, 1)), Err(Verdict::Abort(_))));
        assert!(matches!(told((7, 1), (7, 2)), Err(Verdict::Fenced(_))));
        assert!(matches!(told((7, 1), (8, 2)), Err(Verdict::Fenced(_))));
        assert!(matches!(outcome(&[], &[]), Err(Error::Undecided { .. })));
    }
}
