//! The tasks that the group has given to this member, and how far each is read.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use engine::{Mark, Record, RecordSink, TaskId};
use rdkafka_sys::RDKafkaErrorCode as Code;

use crate::failure::Failure;
use crate::place::{Offset, Place};
use crate::queue::{Consumer, Delivery, Event};
use crate::txn::Membership;
use crate::{Error, Settings, mark};

/// This member and its tasks.
pub(crate) struct Group {
    consumer: Consumer,
    settings: Settings,
    membership: Option<Arc<Membership>>,
    /// The first position of each task that was not given yet.
    tasks: BTreeMap<TaskId, u64>,
    /// How often tasks were given or taken.
    assignments: u64,
    /// An assignment that could not be answered yet, because marks could not be read.
    unanswered: Option<Vec<Place>>,
}

impl Group {
    /// Joins; tasks come by `serve`.
    pub(crate) fn join(settings: &Settings) -> Result<Group, Error> {
        let topics: Vec<String> = settings.inputs.values().cloned().collect();
        Ok(Group {
            consumer: Consumer::join(&settings.member(), &topics)?,
            settings: settings.clone(),
            membership: None,
            tasks: BTreeMap::new(),
            assignments: 0,
            unanswered: None,
        })
    }

    /// Whether the group has given this member its share, be it none.
    pub(crate) fn is_joined(&self) -> bool {
        self.membership.is_some()
    }

    /// The tasks owned now.
    pub(crate) fn tasks(&self) -> Vec<TaskId> {
        self.tasks.keys().copied().collect()
    }

    /// How often tasks were given or taken: a task that was taken and given back is not the same.
    pub(crate) fn assignments(&self) -> u64 {
        self.assignments
    }

    /// The member as it was when its tasks were given to it: offsets that are sent with it are
    /// refused once the group has moved on.
    pub(crate) fn membership(&self) -> Option<&Arc<Membership>> {
        self.membership.as_ref()
    }

    /// Answers what the group asks; waits for a first question.
    pub(crate) fn serve(&mut self, wait: Duration) -> Result<(), Error> {
        let mut wait = wait;
        loop {
            let event = match self.unanswered.take() {
                Some(places) => Some(Event::Assigned(places)),
                None => self.consumer.event(wait),
            };
            wait = Duration::ZERO;
            match event {
                None => return Ok(()),
                Some(Event::Assigned(places)) => {
                    if let Err(error) = self.take_over(&places) {
                        self.unanswered = Some(places);
                        return Err(error);
                    }
                }
                Some(Event::Revoked(places)) => self.let_go(&places)?,
                Some(Event::Failed(failure)) => judge(failure)?,
            }
        }
    }

    fn take_over(&mut self, places: &[Place]) -> Result<(), Error> {
        // Before the answer: until then no later generation can begin.
        let membership = self.consumer.membership();
        let mut positions = Vec::with_capacity(places.len());
        let mut taken = Vec::with_capacity(places.len());
        for offset in self.offsets(places)? {
            let position = self.mark(&offset)?.map(|mark| mark.position);
            if let Some(task) = self.task(&offset.place.topic, offset.place.partition) {
                taken.push((task, position.unwrap_or(0)));
            }
            positions.push((offset.place, position));
        }
        self.consumer.assign(&positions).map_err(|f| f.into_error("take over tasks"))?;
        self.membership = membership.map(Arc::new);
        self.assignments += u64::from(!taken.is_empty());
        self.tasks.extend(taken);
        Ok(())
    }

    fn let_go(&mut self, places: &[Place]) -> Result<(), Error> {
        for place in places {
            if let Some(task) = self.task(&place.topic, place.partition) {
                self.tasks.remove(&task);
                self.assignments += 1;
            }
        }
        self.consumer.unassign(places).map_err(|f| f.into_error("let tasks go"))
    }

    fn task(&self, topic: &str, partition: u32) -> Option<TaskId> {
        let mut inputs = self.settings.inputs.iter();
        let (node, _) = inputs.find(|(_, input)| *input == topic)?;
        Some(TaskId { node: *node, partition })
    }

    /// The partition that a task reads, if the task is owned.
    pub(crate) fn place(&self, task: TaskId) -> Result<Place, Error> {
        let topic = self.settings.inputs.get(&task.node).cloned().unwrap_or_default();
        let place = Place { topic, partition: task.partition };
        if self.tasks.contains_key(&task) {
            Ok(place)
        } else {
            Err(Error::NotOwned { topic: place.topic, partition: place.partition })
        }
    }

    fn offsets(&self, places: &[Place]) -> Result<Vec<Offset>, Error> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        self.consumer
            .committed(places, self.settings.deadlines.ask)
            .map_err(|failure| failure.into_error("read committed offsets"))
    }

    /// The mark of an offset, `None` where the group has none.
    fn mark(&self, offset: &Offset) -> Result<Option<Mark>, Error> {
        let Some(position) = offset.position else { return Ok(None) };
        let mark = mark::read(position, &offset.metadata);
        mark.map(Some).ok_or_else(|| Error::ForeignOffset {
            topic: offset.place.topic.clone(),
            partition: offset.place.partition,
            group: self.settings.application.clone(),
            position,
            metadata: offset.metadata.clone(),
        })
    }

    /// The committed marks of partitions, in their order.
    pub(crate) fn committed(&self, places: &[Place]) -> Result<Vec<Mark>, Error> {
        let offsets = self.offsets(places)?;
        let of = |place: &Place| {
            let offset = offsets.iter().find(|offset| offset.place == *place);
            offset.map_or(Ok(None), |offset| self.mark(offset))
        };
        places.iter().map(|place| Ok(of(place)?.unwrap_or(Mark::NONE))).collect()
    }

    /// First retained position of a task, and the end of its records.
    pub(crate) fn bounds(&self, task: TaskId) -> Result<(u64, u64), Error> {
        let place = self.place(task)?;
        // In this order: what is consumed afterwards does not matter.
        let (low, high) =
            self.consumer.bounds(&place, self.settings.deadlines.ask).map_err(without_bounds)?;
        let consumed = self.consumer.position(&place).map_err(without_bounds)?;
        // What follows the last record are markers of transactions, which nobody is ever given: a
        // reader that waited for that position would wait for ever.
        let next = self.tasks.get(&task).copied().filter(|_| consumed >= Some(high));
        Ok((low, next.unwrap_or(high).max(low)))
    }

    /// First retained position of any partition, and the one after its last record.
    pub(crate) fn watermarks(&self, place: &Place) -> Result<(u64, u64), Error> {
        let asked = self.consumer.bounds(place, self.settings.deadlines.ask);
        asked.map_err(without_bounds)
    }

    /// Lets a task be read from a position.
    pub(crate) fn seek(&mut self, task: TaskId, position: u64) -> Result<(), Error> {
        let place = self.place(task)?;
        self.consumer
            .seek(&place, position, self.settings.deadlines.ask)
            .map_err(|failure| failure.into_error("seek"))?;
        self.tasks.insert(task, position);
        Ok(())
    }

    /// Lets nothing of a task be given, or lets it be given again.
    pub(crate) fn hold(&self, task: TaskId, is_held: bool) -> Result<(), Error> {
        let place = self.place(task)?;
        self.consumer.pause(&[place], is_held).map_err(|failure| failure.into_error("hold a task"))
    }

    /// Gives records by task.
    pub(crate) fn consume(
        &mut self,
        bytes_max: usize,
        wait: Duration,
        sink: &mut dyn RecordSink,
    ) -> Result<(), Error> {
        let mut failures = Vec::new();
        let Group { consumer, settings, tasks, .. } = self;
        consumer.consume(bytes_max, wait, &mut |topic, partition, delivery| {
            let node = settings.inputs.iter().find(|(_, input)| *input == topic);
            let Some((node, _)) = node else { return };
            let task = TaskId { node: *node, partition };
            // What was fetched for a task that is gone is not for its next owner here.
            let Some(next) = tasks.get_mut(&task) else { return };
            match delivery {
                Delivery::Records(batch) => give(task, next, batch, sink),
                Delivery::Failed(failure) => {
                    let place = Place { topic: topic.to_owned(), partition };
                    failures.push((task, unreadable(place, *next, failure)));
                }
            }
        });
        for (task, failure) in failures {
            failure?;
            // In a batch a failure moves the position by which librdkafka goes on after a rebalance
            // (its issue 4844): put right, lest a record be left out.
            self.seek(task, self.tasks.get(&task).copied().unwrap_or_default())?;
        }
        Ok(())
    }

    /// Leaves the group.
    pub(crate) fn close(&mut self) -> Result<(), Error> {
        self.tasks.clear();
        self.consumer
            .close(self.settings.deadlines.close)
            .map_err(|failure| failure.into_error("leave the group"))
    }
}

/// Gives what was not given yet.
fn give(task: TaskId, next: &mut u64, batch: &[Record<'_>], sink: &mut dyn RecordSink) {
    let fresh = &batch[batch.partition_point(|record| record.position < *next)..];
    if let Some(last) = fresh.last() {
        *next = last.position + 1;
        sink.records(task, fresh);
    }
}

/// What the group's failure means: one that goes by is only said.
fn judge(failure: Failure) -> Result<(), Error> {
    if failure.code == Code::UnknownTopicOrPartition {
        return Err(Error::Setting { call: "subscribe", detail: failure.text });
    }
    match failure.into_error("stay in the group") {
        error @ (Error::Unreachable { .. } | Error::Aborted { .. }) => {
            tracing::warn!("{error}");
            Ok(())
        }
        error => Err(error),
    }
}

/// What it means that the bounds of a partition are not told. The topic was there at the start, and
/// that it is removed is noticed otherwise: a client whose broker has only begun does not know it.
fn without_bounds(failure: Failure) -> Error {
    let call = "ask for bounds";
    match failure.code {
        Code::UnknownPartition | Code::UnknownTopic | Code::UnknownTopicOrPartition => {
            Error::Unreachable { call, detail: failure.text }
        }
        _ => failure.into_error(call),
    }
}

/// What it means that a partition cannot be read: one failure that goes by is only said.
fn unreadable(place: Place, position: u64, failure: Failure) -> Result<(), Error> {
    if matches!(failure.code, Code::AutoOffsetReset | Code::OffsetOutOfRange) {
        let Place { topic, partition } = place;
        return Err(Error::NotRetained { topic, partition, position, detail: failure.text });
    }
    match failure.into_error("read records") {
        error @ Error::Unreachable { .. } => {
            tracing::warn!(topic = place.topic, partition = place.partition, "{error}");
            Ok(())
        }
        error => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::without_bounds;
    use crate::failure::Failure;
    use engine::Verdict;
    use rdkafka_sys::RDKafkaErrorCode as Code;

    #[test]
    fn a_client_that_does_not_know_a_topic_yet_is_asked_again() {
        for code in [
            Code::UnknownPartition,
            Code::UnknownTopic,
            Code::UnknownTopicOrPartition,
            Code::DestroyBroker,
            Code::LeaderNotAvailable,
        ] {
            let verdict = without_bounds(Failure::of(code)).verdict();
            assert!(matches!(verdict, Verdict::Retry(_)), "{code}: {verdict:?}");
        }
        let verdict = without_bounds(Failure::of(Code::TopicAuthorizationFailed)).verdict();
        assert!(matches!(verdict, Verdict::Refuse(_)), "{verdict:?}");
    }
}
