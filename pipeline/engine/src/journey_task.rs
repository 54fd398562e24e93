//! The task that keeps the journeys of one partition of customers.

mod aside;

use crate::arrival::{Arrival, Read, Reader};
use crate::deltas::{Deltas, FrameHead};
use crate::fields::Fields;
use crate::hot::Hot;
use crate::labels;
use crate::low;
use crate::outbox::{Outbox, Sending};
use crate::placement::{Placement, place};
use crate::stored::Shelf;
use crate::tally::Tally;
use crate::transitions::tell;
use crate::{
    Append, Mark, Part, Produced, Record, Settings, StateStore, StateWrite, TaskId, Verdict,
};
use codec::control::write_forwarded;
use codec::encode::{Forwarded, Label};
use codec::state::Low;
use codec::{DeadClass, LateClass, state};
use journey::{JourneyState, Reading, Seal, advance, elapse, retire};
use model::{Dictionary, Result as Fate, Timestamp};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

const WORDS: &[u8] = b"w";

/// Keeps the journeys of one partition: applies records, fires deadlines, says what to commit.
///
/// ```text
///   new ──► replaying, outputs suppressed ──► running ──► (abort) dropped, made anew
///           from `low` to the mark
/// ```
pub struct JourneyTask {
    task: TaskId,
    settings: Arc<Settings>,
    reader: Rc<Reader>,
    reading: Reading,
    hot: Hot,
    deltas: Deltas,
    transitions: Vec<Produced>,
    late: Vec<Produced>,
    dead: Vec<Produced>,
    /// Touchpoints of customers of other partitions, by partition.
    forwarded: BTreeMap<u32, Vec<Produced>>,
    mark: Mark,
    position: u64,
    as_of: Timestamp,
    words_stored: usize,
    is_replaying: bool,
    /// Records before `position` that must have met a fate.
    records: u64,
    /// What of the states the changelog lacks.
    pub(crate) outbox: Outbox,
    /// Differences after which no more is applied before a commit.
    pub(crate) cells_max: usize,
    append_time: Timestamp,
    tally: Tally,
}

impl JourneyTask {
    /// The task as the store has it, to be replayed up to the committed mark.
    pub fn new(
        task: TaskId,
        settings: Arc<Settings>,
        store: &mut impl StateStore,
        mark: Mark,
    ) -> Result<JourneyTask, Verdict> {
        let broken = |what| Verdict::Corrupted(format!("{what} of {task:?} cannot be read"));
        let low = low::read(task, store)?;
        let dictionary = match store.get(task, WORDS)? {
            Some(bytes) => state::decode_dictionary(&bytes).map_err(|_| broken("dictionary"))?,
            None => Dictionary::new(),
        };
        low::check(task, store, low.position, mark)?;
        Ok(JourneyTask {
            task,
            reader: Rc::new(Reader::new(settings.secret.clone(), settings.clock_skew_max)),
            words_stored: word_count(&dictionary),
            reading: Reading::new(settings.map.clone(), dictionary),
            settings,
            hot: Hot::new(task),
            deltas: Deltas::silent(),
            transitions: Vec::new(),
            late: Vec::new(),
            dead: Vec::new(),
            forwarded: BTreeMap::new(),
            mark,
            position: low.position,
            records: low.records,
            as_of: mark.as_of,
            is_replaying: true,
            outbox: Outbox::new(task, Sending::nowhere(), mark.sliced),
            cells_max: usize::MAX,
            append_time: Timestamp::NEVER,
            tally: Tally::default(),
        })
    }

    /// The first position that is not applied: where to poll from.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The event time up to which the task has judged.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// When the log took the last record that was applied; `NEVER` before the first since the task
    /// was made.
    pub fn append_time(&self) -> Timestamp {
        self.append_time
    }

    /// How many records before `position` must have met a fate: neither what only tells the time,
    /// nor what counts on another partition.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Whether the task stands at or behind its mark and emits nothing.
    pub fn is_replaying(&self) -> bool {
        self.is_replaying
    }

    /// How many customers are in memory.
    pub fn customers_in_memory(&self) -> usize {
        self.hot.len()
    }

    /// The map, read with this task's dictionary.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Visits every customer of the partition.
    pub fn visit(
        &self,
        store: &impl StateStore,
        visit: &mut dyn FnMut(&[u8], &JourneyState),
    ) -> Result<(), Verdict> {
        self.hot.visit(store, &self.reading, visit)
    }

    /// Visits at most so many customers of the partition in the order of their keys, those after a
    /// key alone, and tells the key after which to go on: for questions that must not keep the task
    /// from its work. Between two calls the task may go on; each customer is visited once.
    pub fn visit_some(
        &self,
        store: &impl StateStore,
        after: Option<&[u8]>,
        count: usize,
        visit: &mut dyn FnMut(&[u8], &JourneyState),
    ) -> Result<Option<Vec<u8>>, Verdict> {
        self.hot.visit_some(store, &self.reading, after, count, visit)
    }

    /// The state of one customer, `None` where there is none.
    pub fn customer(
        &self,
        store: &impl StateStore,
        customer: &str,
    ) -> Result<Option<JourneyState>, Verdict> {
        self.hot.find(store, &self.reading, customer.as_bytes())
    }

    /// Applies records in the order of their positions; those before `position` are passed over.
    pub fn apply(&mut self, store: &impl StateStore, batch: &[Record<'_>]) -> Result<(), Verdict> {
        for record in batch {
            self.end_replay(store)?;
            if self.is_full() {
                break;
            }
            if record.position >= self.position {
                self.apply_one(store, record)?;
                self.deltas.measure(self.cells_max);
                self.position = record.position + 1;
                self.append_time = record.append_time;
            }
        }
        self.end_replay(store)
    }

    /// Once the mark is reached, deadlines up to its as_of fire in silence, and outputs begin.
    pub fn end_replay(&mut self, store: &impl StateStore) -> Result<(), Verdict> {
        if self.is_replaying && self.position >= self.mark.position {
            self.fire(store, self.mark.as_of)?;
            self.forget_outputs();
            self.as_of = self.mark.as_of;
            self.deltas.is_silent = false;
            self.is_replaying = false;
        }
        Ok(())
    }

    fn forget_outputs(&mut self) {
        self.deltas.clear();
        self.transitions.clear();
        self.late.clear();
        self.dead.clear();
        self.forwarded.clear();
        self.tally = Tally::default();
    }

    fn apply_one(&mut self, store: &impl StateStore, record: &Record<'_>) -> Result<(), Verdict> {
        let reader = Rc::clone(&self.reader);
        let Read { arrival, first: record, is_forwarded } = reader.read(&self.settings.map, record);
        let record = &record;
        self.records += u64::from(!matches!(arrival, Arrival::Clock(_) | Arrival::Label(_)));
        match arrival {
            Arrival::View(view) => match Fields::of_view(&view) {
                Ok(fields) => self.place_touchpoint(store, record, &fields, is_forwarded),
                Err(fault) => {
                    let error = fault.to_string();
                    self.refuse(record, view.source, DeadClass::Malformed, &error);
                    Ok(())
                }
            },
            Arrival::Draft(draft) => {
                self.place_touchpoint(store, record, &Fields::of_draft(&draft), is_forwarded)
            }
            Arrival::Clock(time) => {
                self.as_of = self.as_of.max(time);
                Ok(())
            }
            Arrival::Label(label) => self.apply_label(store, record, &label),
            Arrival::Letter(source, class) => {
                self.count(&source, Fate::Dead);
                self.tally.has_died(class);
                let format = self.settings.topics.format;
                let value = record.value.map(|value| format.passed_on(value));
                self.dead.push(Produced { key: Vec::new(), value });
                Ok(())
            }
            Arrival::Dead(source, class, error) => {
                self.refuse(record, &source, class, &error);
                Ok(())
            }
            Arrival::Late(source, class, error) => {
                self.divert(record, &source, class, &error);
                Ok(())
            }
        }
    }

    fn apply_label(
        &mut self,
        store: &impl StateStore,
        record: &Record<'_>,
        label: &Label<'_>,
    ) -> Result<(), Verdict> {
        let (settings, partition) = (Arc::clone(&self.settings), self.task.partition);
        let Some(said) = labels::said(&settings, partition, &mut self.reading, label) else {
            return Ok(());
        };
        let customer = label.customer_id;
        let (number, _) = self.hot.load(store, &self.reading, customer.as_bytes())?;
        let slot = self.hot.slot(number);
        if slot.state.at > record.position {
            if self.is_replaying && slot.state.at > self.mark.position {
                return Err(low::beyond(self.task, slot.state.at, self.mark));
            }
            return Ok(());
        }
        let mut shelf = Shelf::new(store, self.task, &slot.customer);
        journey::label(&self.reading, &mut slot.state, &mut shelf, said, &mut self.deltas);
        shelf.end()?;
        slot.state.at = record.position + 1;
        self.hot.touched(&self.reading, number);
        self.tell_moves(customer, true);
        Ok(())
    }

    fn place_touchpoint(
        &mut self,
        store: &impl StateStore,
        record: &Record<'_>,
        fields: &Fields<'_>,
        is_forwarded: bool,
    ) -> Result<(), Verdict> {
        let settings = Arc::clone(&self.settings);
        match place(&settings, self.task.partition, fields, is_forwarded) {
            Placement::Here(customer) => {
                return self.apply_touchpoint(store, record, fields, &customer);
            }
            Placement::Elsewhere(customer, own) => {
                self.records -= 1;
                self.forward(record, &customer, own);
            }
            Placement::Astray => self.records -= 1,
            Placement::Nobody => {
                let error = "no customer_id and no usable identifier [D0139]";
                self.refuse(record, fields.source, DeadClass::Invalid, error);
            }
        }
        Ok(())
    }

    /// Sends a touchpoint to the partition of its customer's others, where it counts.
    fn forward(&mut self, record: &Record<'_>, customer: &str, own: u32) {
        if self.is_replaying {
            return;
        }
        let forwarded = Forwarded {
            partition: self.task.partition,
            offset: record.position,
            append_time: record.append_time,
            bytes: record.value.unwrap_or_default(),
        };
        let mut value = Vec::new();
        write_forwarded(&forwarded, &self.settings.secret, &mut value);
        let key = customer.as_bytes().to_vec();
        self.forwarded.entry(own).or_default().push(Produced { key, value: Some(value) });
    }

    fn apply_touchpoint(
        &mut self,
        store: &impl StateStore,
        record: &Record<'_>,
        fields: &Fields<'_>,
        customer: &str,
    ) -> Result<(), Verdict> {
        let touchpoint = fields.touchpoint(&mut self.reading, record.position);
        let source = touchpoint.source;
        let (number, found) = self.hot.load(store, &self.reading, customer.as_bytes())?;
        self.tally.found(found);
        let slot = self.hot.slot(number);
        if slot.state.at > record.position {
            if self.is_replaying && slot.state.at > self.mark.position {
                return Err(low::beyond(self.task, slot.state.at, self.mark));
            }
            return Ok(());
        }
        let is_late = slot.state.last_time().is_some_and(|last| last > touchpoint.time);
        let (reading, deltas) = (&self.reading, &mut self.deltas);
        let mut shelf = Shelf::new(store, self.task, &slot.customer);
        let (state, as_of) = (&mut slot.state, Timestamp::NEVER);
        if !fields.history {
            retire(reading, state, &mut shelf, record.append_time);
        }
        let fate = advance(reading, state, &mut shelf, &touchpoint, source, as_of, deltas);
        shelf.end()?;
        slot.state.at = record.position + 1;
        let seal = slot.state.seal();
        self.hot.touched(&self.reading, number);
        if let (Fate::Late, Some(Seal { until, .. })) = (fate, seal) {
            let time = fields.time;
            let error = format!("time {time} lies not after {until}, the customer's seal [D0140]");
            let letter = self.late_letter(record, LateClass::Sealed, &error);
            self.late.push(letter);
            return Ok(());
        }
        self.tell_moves(customer, is_late);
        if !fields.history {
            self.as_of = self.as_of.max(fields.time);
        }
        Ok(())
    }

    /// Writes the moves of the customer at hand for the topic `transitions`.
    fn tell_moves(&mut self, customer: &str, is_correction: bool) {
        let moves = std::mem::take(&mut self.deltas.moves);
        if self.is_replaying {
            return;
        }
        for (transition, sign) in moves {
            let format = self.settings.topics.format;
            let value = tell(format, &self.reading, customer, &transition, sign, is_correction);
            let key = customer.as_bytes().to_vec();
            self.transitions.push(Produced { key, value: Some(value) });
        }
    }

    /// The wall clock, less the idle bound, once the end of the log is reached.
    pub fn observe(&mut self, time: Timestamp) {
        if !self.is_replaying {
            self.as_of = self.as_of.max(time);
        }
    }

    fn fire(&mut self, store: &impl StateStore, as_of: Timestamp) -> Result<(), Verdict> {
        for number in self.hot.take_due(store, &self.reading, as_of)? {
            let slot = self.hot.slot(number);
            let mut shelf = Shelf::new(store, self.task, &slot.customer);
            elapse(&self.reading, &mut slot.state, &mut shelf, as_of, &mut self.deltas);
            shelf.end()?;
            let customer = String::from_utf8_lossy(&slot.customer).into_owned();
            self.hot.touched(&self.reading, number);
            self.tell_moves(&customer, false);
        }
        Ok(())
    }

    /// Whether no more is applied before a commit.
    pub(crate) fn is_full(&self) -> bool {
        self.deltas.is_full
    }

    /// Whether there is anything to commit.
    pub fn has_news(&self) -> bool {
        let mark = &self.mark;
        !self.is_replaying && (self.position > mark.position || self.as_of > mark.as_of)
    }

    /// Whether a commit has anything to carry, be it for the changelog alone.
    pub(crate) fn has_part(&self) -> bool {
        self.has_news() || !self.is_replaying && self.outbox.has_slices()
    }

    /// What to commit: nothing is due at its as_of, and its outputs are taken out of the task.
    pub fn take_commit(
        &mut self,
        store: &impl StateStore,
        attempt: u64,
    ) -> Result<(Part, Vec<Append>), Verdict> {
        self.fire(store, self.as_of)?;
        let sequence = self.mark.sequence + 1;
        let head =
            FrameHead { task: self.task, position: self.position, as_of: self.as_of, sequence };
        let mut appends = Vec::new();
        if !self.deltas.is_empty() || self.as_of > self.mark.as_of {
            let topics = &self.settings.topics;
            appends = self.deltas.take_frames(&self.reading, topics, head);
        }
        let topics = &self.settings.topics;
        for (topic, records) in [
            (&topics.transitions, &mut self.transitions),
            (&topics.late, &mut self.late),
            (&topics.dead_letters, &mut self.dead),
        ] {
            if !records.is_empty() {
                let (topic, records) = (topic.clone(), std::mem::take(records));
                appends.push(Append { topic, partition: self.task.partition, records });
            }
        }
        for (partition, records) in std::mem::take(&mut self.forwarded) {
            appends.push(Append { topic: topics.touchpoints.clone(), partition, records });
        }
        let sliced = self.outbox.take(store, &mut appends)?;
        let (position, as_of) = (self.position, self.as_of);
        let mark = Mark { position, as_of, sequence, attempt, sliced };
        Ok((Part { task: self.task, mark }, appends))
    }

    /// The position up to which the task has committed.
    pub fn committed_to(&self) -> u64 {
        self.mark.position
    }

    /// The commit is durable; what was done for it.
    pub fn committed(&mut self, mark: Mark) -> Tally {
        self.mark = mark;
        self.outbox.committed(mark.sliced);
        std::mem::take(&mut self.tally)
    }

    /// Writes everything that the store lacks; called only when nothing is uncommitted.
    pub fn flush(
        &mut self,
        store: &mut impl StateStore,
        customers_max: usize,
    ) -> Result<(), Verdict> {
        assert!(self.position <= self.mark.position, "invariant: nothing is uncommitted");
        let mut writes = self.hot.take_writes(&self.reading);
        let dictionary = self.reading.dictionary();
        if word_count(dictionary) > self.words_stored {
            let mut bytes = Vec::new();
            state::encode_dictionary(dictionary, &mut bytes);
            self.words_stored = word_count(dictionary);
            writes.push(StateWrite { key: WORDS.to_vec(), value: Some(bytes) });
        }
        writes.push(low::high(self.mark.position));
        // Never beyond the replay's own position.
        let low = Low { position: self.position, records: self.records };
        self.outbox.add(&mut writes, low);
        store.write(self.task, &writes)?;
        // After the states that it speaks for.
        low::write(self.task, store, low)?;
        self.hot.shrink(customers_max);
        Ok(())
    }
}

fn word_count(dictionary: &Dictionary) -> usize {
    dictionary.kinds.len()
        + dictionary.channels.len()
        + dictionary.currencies.len()
        + dictionary.sources.len()
        + dictionary.labels.len()
}
