//! Records that are set aside: each is counted, and passed on with its reason.

use super::JourneyTask;
use crate::{Produced, Record};
use codec::encode::Letter;
use codec::{DeadClass, LateClass};
use journey::Sink;
use model::{CounterKey, Family, Measure, Result as Fate, SourceId};

impl JourneyTask {
    /// Counts a record in *admission*.
    pub(super) fn count(&mut self, source: &str, fate: Fate) {
        let SourceId(source) = self.reading.source_id(source);
        let key = CounterKey::total(Family::Admission, [source, fate as u16, 0, 0, 0]);
        self.deltas.add(key, Measure::Count, 1);
    }

    /// A record that cannot count, with the reason, for the topic `dead-letters`.
    pub(super) fn refuse(
        &mut self,
        record: &Record<'_>,
        source: &str,
        class: DeadClass,
        error: &str,
    ) {
        self.count(source, Fate::Dead);
        self.tally.has_died(class);
        let letter = self.letter(record, error);
        let bytes = self.settings.topics.format.dead_letter(&letter, class);
        self.dead.push(Produced { key: record.key.to_vec(), value: Some(bytes) });
    }

    /// A record that is too late to count, for the topic `late`.
    pub(super) fn divert(
        &mut self,
        record: &Record<'_>,
        source: &str,
        class: LateClass,
        error: &str,
    ) {
        self.count(source, Fate::Late);
        let letter = self.late_letter(record, class, error);
        self.late.push(letter);
    }

    /// The letter of a record that is too late.
    pub(super) fn late_letter(
        &mut self,
        record: &Record<'_>,
        class: LateClass,
        error: &str,
    ) -> Produced {
        self.tally.was_late(class);
        let letter = self.letter(record, error);
        let bytes = self.settings.topics.format.late(&letter, class);
        Produced { key: record.key.to_vec(), value: Some(bytes) }
    }

    fn letter<'a>(&'a self, record: &Record<'a>, error: &'a str) -> Letter<'a> {
        Letter {
            bytes: record.value.unwrap_or_default(),
            key: Some(record.key).filter(|key| !key.is_empty()),
            topic: &self.settings.topics.touchpoints,
            partition: self.task.partition,
            offset: record.position,
            error,
            time: record.append_time,
        }
    }
}
