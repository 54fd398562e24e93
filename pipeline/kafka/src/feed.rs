//! Topics of other systems: read in a group of its own, how far committed with what came of them.
//!
//! ```text
//! open ─► serve ─► poll ─► commit ─► serve … ─► close
//!                           └─► an error: drop it and open another one, which goes on where the
//!                               last commit stands
//! ```
//!
//! Offsets go into the transaction that carries the records made of them. So each record is taken
//! once, however often the process is killed.
//!
//! A topic may be held: its next record cannot be taken yet, and those of other topics can. While
//! it is held nothing of it is given, and its partitions stand where their next record is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use engine::{Append, Record};
use model::Timestamp;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka_sys::RDKafkaErrorCode as Code;

use crate::failure::Failure;
use crate::lone::Lone;
use crate::place::Place;
use crate::queue::{Consumer, Delivery, Event};
use crate::stand::{self, Note, Stand};
use crate::txn::{List, Membership};
use crate::{Error, Producer, Settings, topics};

/// Where a partition begins that was never read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// At its first record.
    Earliest,
    /// With what comes.
    Latest,
    /// At its first record that the log took at this time or later.
    At(Timestamp),
}

/// A record of another system's topic.
pub struct Fetched<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition.
    pub partition: u32,
    /// The record.
    pub record: &'a Record<'a>,
    /// Its headers, in their order.
    pub headers: &'a [(&'a str, &'a [u8])],
}

/// What whoever is given a record has done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visited {
    /// It is taken.
    Taken,
    /// It is taken, and the topic held behind it.
    Last,
    /// It is not taken, and the topic held before it.
    Left,
}

/// A partition that is read here.
struct Owned {
    stand: Stand,
    /// Whether something of it is not committed yet.
    is_open: bool,
}

/// A member of the group that reads topics of other systems, and its producer.
pub struct Feed {
    settings: Settings,
    begins: BTreeMap<String, Begin>,
    consumer: Consumer,
    producer: Producer,
    membership: Option<Arc<Membership>>,
    owned: BTreeMap<Place, Owned>,
    /// How many partitions each topic has.
    counts: BTreeMap<String, u32>,
    /// Topics of which nothing is given for now.
    held: BTreeSet<String>,
}

impl Feed {
    /// Ends what a former self left open, then joins. `settings.application` is the group, and no
    /// other group's: what it commits is read by no one else.
    pub fn open(settings: &Settings, begins: &BTreeMap<String, Begin>) -> Result<Feed, Error> {
        // First the producer: offsets are read only once the former self can commit no more.
        let producer = Producer::transactional(settings, &settings.transactional_id())?;
        let names: Vec<String> = begins.keys().cloned().collect();
        Ok(Feed {
            consumer: Consumer::join(&settings.member(), &names)?,
            settings: settings.clone(),
            begins: begins.clone(),
            producer,
            membership: None,
            owned: BTreeMap::new(),
            counts: BTreeMap::new(),
            held: BTreeSet::new(),
        })
    }

    /// Answers what the group asks; waits for a first question.
    pub fn serve(&mut self, wait: Duration) -> Result<(), Error> {
        let mut wait = wait;
        while let Some(event) = self.consumer.event(wait) {
            wait = Duration::ZERO;
            match event {
                Event::Assigned(places) => self.take_over(&places)?,
                Event::Revoked(places) => {
                    self.owned.retain(|place, _| !places.contains(place));
                    self.consumer.unassign(&places).map_err(|f| f.into_error("let topics go"))?;
                }
                Event::Failed(failure) if failure.code == Code::UnknownTopicOrPartition => {
                    return Err(Error::Setting { call: "read a source", detail: failure.text });
                }
                Event::Failed(failure) => passing(failure, "stay in the group of sources")?,
            }
        }
        Ok(())
    }

    /// Whether the group has given this member its share, be it none.
    pub fn is_joined(&self) -> bool {
        self.membership.is_some()
    }

    fn take_over(&mut self, places: &[Place]) -> Result<(), Error> {
        // Before the answer: until then no later generation can begin.
        let membership = self.consumer.membership().map(Arc::new);
        self.count()?;
        let mut positions = Vec::with_capacity(places.len());
        for (place, known) in self.committed(places)? {
            let owned = match known {
                Some(stand) => self.retained(&place, stand)?,
                None => Owned { stand: self.begin(&place)?, is_open: true },
            };
            positions.push((place.clone(), Some(owned.stand.position)));
            self.owned.insert(place, owned);
        }
        self.consumer.assign(&positions).map_err(|f| f.into_error("take over topics"))?;
        let added = positions.into_iter().map(|(place, _)| place);
        let held: Vec<Place> = added.filter(|place| self.held.contains(&place.topic)).collect();
        self.pause(&held, true)?;
        self.membership = membership;
        Ok(())
    }

    fn pause(&self, places: &[Place], is_paused: bool) -> Result<(), Error> {
        if places.is_empty() {
            return Ok(());
        }
        self.consumer.pause(places, is_paused).map_err(|f| f.into_error("hold a source"))
    }

    fn owned_of(&self, topic: &str) -> Vec<Place> {
        self.owned.keys().filter(|place| place.topic == topic).cloned().collect()
    }

    /// Gives nothing more of a topic, neither of partitions that come later.
    pub fn hold(&mut self, topic: &str) -> Result<(), Error> {
        self.held.insert(topic.to_owned());
        self.pause(&self.owned_of(topic), true)
    }

    /// Whether nothing of a topic is given for now.
    pub fn is_held(&self, topic: &str) -> bool {
        self.held.contains(topic)
    }

    /// Gives a topic again, each partition from its first record that was not taken.
    pub fn release(&mut self, topic: &str) -> Result<(), Error> {
        if !self.held.remove(topic) {
            return Ok(());
        }
        let places = self.owned_of(topic);
        self.pause(&places, false)?;
        // What was fetched before it was held is gone with the hold.
        for place in places {
            let Some(owned) = self.owned.get(&place) else { continue };
            self.seek(&place, owned.stand.position)?;
        }
        Ok(())
    }

    fn seek(&self, place: &Place, position: u64) -> Result<(), Error> {
        let wait = self.settings.deadlines.ask;
        self.consumer.seek(place, position, wait).map_err(|f| f.into_error("seek in a source"))
    }

    /// How many partitions each topic has now.
    fn count(&mut self) -> Result<(), Error> {
        for topic in self.begins.keys() {
            let count = topics::partition_count(&self.settings, topic)?;
            self.counts.insert(topic.clone(), count);
        }
        Ok(())
    }

    fn committed(&self, places: &[Place]) -> Result<Vec<(Place, Option<Stand>)>, Error> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let offsets = self.consumer.committed(places, self.settings.deadlines.ask);
        let offsets = offsets.map_err(|f| f.into_error("read how far sources are read"))?;
        let stand = |position, metadata: &str| Stand { position, note: stand::read(metadata) };
        Ok(offsets
            .into_iter()
            .map(|offset| {
                let known = offset.position.map(|position| stand(position, &offset.metadata));
                (offset.place, known)
            })
            .collect())
    }

    fn bounds(&self, place: &Place) -> Result<(u64, u64), Error> {
        let asked = self.consumer.bounds(place, self.settings.deadlines.ask);
        asked.map_err(|f| f.into_error("ask for the bounds of a source"))
    }

    /// Where a partition begins that was never read. A partition that a known topic has got since
    /// begins at its first record: what comes before this program knows of it is new, too.
    fn begin(&self, place: &Place) -> Result<Stand, Error> {
        let (low, high) = self.bounds(place)?;
        let begin = self.begins.get(&place.topic).copied().unwrap_or(Begin::Earliest);
        let is_grown = begin != Begin::Earliest && self.is_known(&place.topic)?;
        let position = match begin {
            _ if is_grown => low,
            Begin::Earliest => low,
            Begin::Latest => high,
            Begin::At(time) => self.first_since(place, time)?.unwrap_or(high),
        };
        Ok(Stand { position, note: Note::NONE })
    }

    fn is_known(&self, topic: &str) -> Result<bool, Error> {
        let places = self.places(topic);
        Ok(self.committed(&places)?.iter().any(|(_, stand)| stand.is_some()))
    }

    fn places(&self, topic: &str) -> Vec<Place> {
        let count = self.counts.get(topic).copied().unwrap_or(0);
        let place = |partition| Place { topic: topic.to_owned(), partition };
        (0..count).map(place).collect()
    }

    fn first_since(&self, place: &Place, time: Timestamp) -> Result<Option<u64>, Error> {
        let call = "ask for the record of a time";
        let refused = |e: KafkaError| Error::Setting { call, detail: e.to_string() };
        let unreachable = |e: KafkaError| Error::Unreachable { call, detail: e.to_string() };
        let reader: BaseConsumer<Lone> =
            self.settings.lone_reader().create_with_context(Lone).map_err(refused)?;
        let mut list = TopicPartitionList::new();
        let offset = rdkafka::Offset::Offset(time.millis());
        list.add_partition_offset(&place.topic, place.partition as i32, offset).map_err(refused)?;
        let found = reader.offsets_for_times(list, self.settings.deadlines.ask);
        let found = found.map_err(unreachable)?;
        let offset = found.elements().first().map(|element| element.offset());
        Ok(offset.and_then(rdkafka::Offset::to_raw).and_then(|raw| u64::try_from(raw).ok()))
    }

    /// A known partition, at its first record where its own position is no longer there: to stop
    /// would bring nothing back.
    fn retained(&self, place: &Place, stand: Stand) -> Result<Owned, Error> {
        let (low, high) = self.bounds(place)?;
        if (low..=high).contains(&stand.position) {
            return Ok(Owned { stand, is_open: false });
        }
        let Place { topic, partition } = place;
        let position = stand.position;
        tracing::error!(
            "position {position} of {topic}/{partition} is not there, {low} to {high} are: records \
             were deleted before they were read, or the topic was made anew; going on at {low} \
             [D0465]"
        );
        Ok(Owned { stand: Stand { position: low, note: Note::NONE }, is_open: true })
    }

    /// Gives what has been fetched, at most about `bytes_max`; waits for a first record only.
    pub fn poll(
        &mut self,
        bytes_max: usize,
        wait: Duration,
        visit: &mut dyn FnMut(&Fetched<'_>) -> Visited,
    ) -> Result<(), Error> {
        let mut failures = Vec::new();
        let mut newly = BTreeSet::new();
        let Feed { consumer, owned, held, .. } = self;
        consumer.consume_with(bytes_max, wait, &mut |topic, partition, delivery, run| {
            let place = Place { topic: topic.to_owned(), partition };
            // What was fetched of a partition that is gone is its next owner's.
            let Some(owned) = owned.get_mut(&place) else { return };
            match delivery {
                Delivery::Failed(failure) => failures.push((place, failure)),
                Delivery::Records(batch) => {
                    for (index, record) in batch.iter().enumerate() {
                        if held.contains(topic) {
                            return;
                        }
                        if record.position < owned.stand.position {
                            continue;
                        }
                        let headers = run.headers(index);
                        let fetched = Fetched { topic, partition, record, headers: &headers };
                        let visited = visit(&fetched);
                        if visited != Visited::Taken {
                            held.insert(topic.to_owned());
                            newly.insert(topic.to_owned());
                        }
                        if visited != Visited::Left {
                            owned.stand.position = record.position + 1;
                            owned.is_open = true;
                        }
                    }
                }
            }
        });
        for topic in newly {
            self.pause(&self.owned_of(&topic), true)?;
        }
        failures.into_iter().try_for_each(|(place, failure)| self.mend(&place, failure))
    }

    /// Puts a partition right that could not be read.
    fn mend(&mut self, place: &Place, failure: Failure) -> Result<(), Error> {
        if !matches!(failure.code, Code::AutoOffsetReset | Code::OffsetOutOfRange) {
            passing(failure, "read a source")?;
        }
        let Some(owned) = self.owned.get(place) else { return Ok(()) };
        let mended = self.retained(place, owned.stand)?;
        let is_open = owned.is_open || mended.is_open;
        // In a batch a failure moves the position by which librdkafka goes on after a rebalance
        // (its issue 4844): put right, lest a record be left out.
        self.seek(place, mended.stand.position)?;
        self.owned.insert(place.clone(), Owned { is_open, ..mended });
        Ok(())
    }

    /// The records that lie before each partition that is read here.
    pub fn lags(&self) -> Result<Vec<(String, u32, u64)>, Error> {
        let mut lags = Vec::with_capacity(self.owned.len());
        for (place, owned) in &self.owned {
            // In this order: what is read afterwards does not matter.
            let (_, high) = self.bounds(place)?;
            let position = match self.held.contains(&place.topic) {
                // The client went on over records that were not taken.
                true => owned.stand.position,
                false => {
                    let asked = self.consumer.position(place);
                    let asked = asked.map_err(|f| f.into_error("ask how far a source is read"))?;
                    // What lies between are markers of transactions, which nobody is ever given.
                    owned.stand.position.max(asked.unwrap_or(0))
                }
            };
            lags.push((place.topic.clone(), place.partition, high.saturating_sub(position)));
        }
        Ok(lags)
    }

    /// Changes what is known of a partition that is read here; committed by the next `commit`.
    pub fn note(&mut self, topic: &str, partition: u32, change: impl FnOnce(&mut Note)) {
        let place = Place { topic: topic.to_owned(), partition };
        if let Some(owned) = self.owned.get_mut(&place) {
            let before = owned.stand.note;
            change(&mut owned.stand.note);
            owned.is_open |= owned.stand.note != before;
        }
    }

    /// What is known of every partition of every topic: of those that others read, as they have
    /// committed it; `None` of one that was never read.
    pub fn notes(&self) -> Result<BTreeMap<String, Vec<Option<Note>>>, Error> {
        let all: Vec<Place> = self.begins.keys().flat_map(|topic| self.places(topic)).collect();
        let others: Vec<Place> =
            all.iter().filter(|place| !self.owned.contains_key(place)).cloned().collect();
        let committed: BTreeMap<Place, Option<Stand>> =
            self.committed(&others)?.into_iter().collect();
        let mut notes: BTreeMap<String, Vec<Option<Note>>> = BTreeMap::new();
        for place in all {
            let own = self.owned.get(&place).map(|owned| owned.stand);
            let stand = own.or_else(|| committed.get(&place).copied().flatten());
            notes.entry(place.topic).or_default().push(stand.map(|stand| stand.note));
        }
        Ok(notes)
    }

    /// Whether this member reads the first partition of the first topic: one alone does.
    pub fn is_first(&self) -> bool {
        let first = self.begins.keys().next();
        first.is_some_and(|topic| {
            self.owned.contains_key(&Place { topic: topic.clone(), partition: 0 })
        })
    }

    /// Whether something is to be committed.
    pub fn is_open(&self) -> bool {
        self.owned.values().any(|owned| owned.is_open)
    }

    /// Commits records and how far everything is read, all or nothing. After an error this feed is
    /// of no use any more.
    pub fn commit(&mut self, appends: &[Append]) -> Result<(), Error> {
        self.producer.begin()?;
        for append in appends {
            for record in &append.records {
                let value = record.value.as_deref();
                self.producer.append(&append.topic, append.partition, &record.key, value)?;
            }
        }
        let open: BTreeSet<&Place> =
            self.owned.iter().filter(|(_, owned)| owned.is_open).map(|(place, _)| place).collect();
        if let Some(place) = open.first() {
            let not_owned =
                || Error::NotOwned { topic: place.topic.clone(), partition: place.partition };
            let membership = self.membership.as_ref().ok_or_else(not_owned)?;
            let mut list = List::new();
            for place in &open {
                let stand = self.owned[*place].stand;
                list.push(place, stand.position as i64, &stand::write(&stand.note));
            }
            self.producer.send_offsets(list, membership)?;
        }
        self.producer.commit()?;
        self.owned.values_mut().for_each(|owned| owned.is_open = false);
        Ok(())
    }

    /// Leaves the group; a member with a name of its own is expected back.
    pub fn close(mut self) -> Result<(), Error> {
        self.owned.clear();
        let wait = self.settings.deadlines.close;
        self.consumer.close(wait).map_err(|f| f.into_error("leave the group of sources"))
    }
}

/// A failure that goes by is only said.
fn passing(failure: Failure, call: &'static str) -> Result<(), Error> {
    match failure.into_error(call) {
        error @ (Error::Unreachable { .. } | Error::Aborted { .. }) => {
            tracing::warn!("{error}");
            Ok(())
        }
        error => Err(error),
    }
}
