//! The thread: it reads, maps, and commits touchpoints with how far it is.

use super::batch::Batch;
use super::clocks::Clocks;
use super::inquiry::{Answer, Inquiry};
use super::registry::Registry;
use super::{Trouble, breaker_words};
use crate::clock;
use crate::config::{Config, SourceSection};
use crate::failure::Failure;
use crate::installation::Installation;
use crate::logs::DoorLog;
use codec::control::{Clock, write_clock};
use engine::{Append, Breaker, Produced, WINDOW};
use intake::{Became, ForeignRecord, SchemaId, Schemas, Topic};
use kafka::topics::partition_count;
use kafka::{Begin, Error, Feed, Fetched, Visited};
use model::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use telemetry::{Metrics, SourceHold, SourceRecord};

/// Bytes that one transaction is made of at most, about.
const BYTES: usize = 1 << 20;

/// How long a first record is waited for, and so how long an end waits for this.
const WAIT: Duration = Duration::from_millis(100);

/// How often it is asked whether everything is read, and the tasks are told how late it is.
const LOOK: Duration = Duration::from_secs(5);

/// How long after trouble it begins again, doubled up to the second.
const PAUSE: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// Reads the sources of an instance.
pub struct Copier {
    settings: kafka::Settings,
    begins: BTreeMap<String, Begin>,
    topics: BTreeMap<String, Topic>,
    breakers: BTreeMap<String, Breaker>,
    /// Topics of which too much could not be read, or not by what the registry says now: held until
    /// the next start.
    tripped: BTreeSet<String>,
    inquiry: Option<Inquiry>,
    /// Topics that are held until a schema is known.
    wanting: BTreeMap<String, SchemaId>,
    clocks: Clocks,
    installation: Arc<Installation>,
    metrics: Arc<Metrics>,
    trouble: Arc<Trouble>,
}

impl Copier {
    /// A reader of these topics, each of which must be there.
    pub fn new(
        config: &Config,
        topics: BTreeMap<String, Topic>,
        installation: &Arc<Installation>,
        metrics: &Arc<Metrics>,
        trouble: &Arc<Trouble>,
    ) -> Result<Copier, Failure> {
        let DoorLog::Kafka(settings, _) = installation.log() else {
            return Err(Failure::Internal("sources without a cluster".to_owned()));
        };
        let mut settings = (**settings).clone();
        // A group of its own: the tasks are another one's, and other members'.
        settings.application = format!("{}-sources", settings.application);
        for topic in topics.keys() {
            partition_count(&settings, topic).map_err(|error| Failure::from(error.verdict()))?;
            // A rate over a series that appears with its first event misses that event.
            for result in SourceRecord::ALL {
                metrics.add_source_records(topic, result, 0);
            }
            for why in SourceHold::ALL {
                metrics.set_source_hold(topic, why, false);
            }
        }
        let sources = &config.source;
        let registry = match sources.iter().any(SourceSection::needs_registry) {
            true => Registry::of(config)?,
            false => None,
        };
        let inquiry = registry.map(Inquiry::start).transpose();
        let inquiry = inquiry.map_err(|e| Failure::Internal(format!("no thread: {e}")))?;
        let breaker = |s: &SourceSection| (s.topic.clone(), Breaker::new(s.poison_percent_max));
        let is_past = sources.iter().map(|source| (source.topic.clone(), source.history));
        Ok(Copier {
            settings,
            begins: sources.iter().map(|s| (s.topic.clone(), s.begin())).collect(),
            topics,
            breakers: sources.iter().map(breaker).collect(),
            tripped: BTreeSet::new(),
            inquiry,
            wanting: BTreeMap::new(),
            clocks: Clocks::new(is_past.collect(), config.idle_bound()),
            installation: Arc::clone(installation),
            metrics: Arc::clone(metrics),
            trouble: Arc::clone(trouble),
        })
    }

    /// Reads until it is to end. Whatever goes wrong, it begins anew where the last transaction
    /// stands: nothing is lost by that, and nothing comes twice.
    pub fn run(mut self, is_ending: &AtomicBool) {
        let mut pause = PAUSE;
        while !is_ending.load(Ordering::Relaxed) {
            let begun = Instant::now();
            let Err(error) = self.read(is_ending) else { return };
            if self.trouble.say(error.to_string()) {
                tracing::warn!("sources are not read, beginning again: {error}");
            }
            pause = if begun.elapsed() > PAUSE_MAX { PAUSE } else { (pause * 2).min(PAUSE_MAX) };
            std::thread::park_timeout(pause);
        }
    }

    fn read(&mut self, is_ending: &AtomicBool) -> Result<(), Error> {
        let mut feed = Feed::open(&self.settings, &self.begins)?;
        let mut looked: Option<Instant> = None;
        // What was told may have been rolled back, and what was read is read once more.
        self.clocks.forget();
        self.breakers.values_mut().for_each(Breaker::forget);
        for topic in &self.tripped {
            feed.hold(topic)?;
        }
        for topic in std::mem::take(&mut self.wanting).into_keys() {
            self.released(&topic);
        }
        while !is_ending.load(Ordering::Relaxed) {
            feed.serve(if feed.is_joined() { Duration::ZERO } else { WAIT })?;
            if !feed.is_joined() {
                continue;
            }
            self.learn(&mut feed)?;
            let mut batch = Batch::default();
            feed.poll(BYTES, WAIT, &mut |fetched| self.take(fetched, &mut batch))?;
            for (topic, partition, time) in batch.latest() {
                if self.clocks.is_past(topic) {
                    feed.note(topic, partition, |note| note.latest = time.max(note.latest));
                }
            }
            let touchpoints = self.installation.settings().topics.touchpoints.clone();
            let mut appends = batch.appends(&touchpoints);
            if looked.is_none_or(|looked| looked.elapsed() >= LOOK) {
                appends.extend(self.look(&mut feed, &touchpoints)?);
                looked = Some(Instant::now());
            }
            if !appends.is_empty() || feed.is_open() {
                feed.commit(&appends)?;
                batch.count(&self.metrics);
            }
            if self.trouble.clear() {
                tracing::info!("sources are read again");
            }
        }
        feed.close()
    }

    fn take(&mut self, fetched: &Fetched<'_>, batch: &mut Batch) -> Visited {
        let Some(topic) = self.topics.get_mut(fetched.topic) else { return Visited::Taken };
        let record = ForeignRecord {
            topic: fetched.topic,
            partition: fetched.partition,
            offset: fetched.record.position,
            append_time: fetched.record.append_time,
            key: fetched.record.key,
            value: fetched.record.value,
            headers: fetched.headers,
        };
        let became = topic.read(&record);
        if let Became::Wanting(id) = became {
            self.wanting.insert(fetched.topic.to_owned(), id);
            if let Some(inquiry) = &mut self.inquiry {
                inquiry.ask(id);
            }
            return Visited::Left;
        }
        let is_dead = matches!(became, Became::Dead(..));
        batch.take(&self.installation, &record, topic.source(), became);
        let breaker = self.breakers.get_mut(fetched.topic);
        let dead = breaker.and_then(|breaker| breaker.take(is_dead).then(|| breaker.dead()));
        let Some(dead) = dead else { return Visited::Taken };
        self.trip(fetched.topic, dead);
        Visited::Last
    }

    /// Says that a topic is read no further, for most of it cannot be read.
    fn trip(&mut self, topic: &str, dead: usize) {
        let text = breaker_words(dead, WINDOW);
        tracing::error!("source {topic} is held: {text}");
        self.tripped.insert(topic.to_owned());
        self.trouble.hold(topic, text);
        self.metrics.set_source_hold(topic, SourceHold::Poison, true);
    }

    /// Says that a topic is read no further, for the number of a schema means another one now.
    fn doubt(&mut self, topic: &str, id: SchemaId) {
        let text = format!(
            "the registry has given number {id} to another schema than the one by which its \
             records were read: make sure which of the two the next records are of, and start \
             again to read them by what the registry says now [D0469]"
        );
        tracing::error!("source {topic} is held: {text}");
        self.tripped.insert(topic.to_owned());
        self.trouble.hold(topic, text);
        self.metrics.set_source_hold(topic, SourceHold::Registry, true);
    }

    /// Says that a topic waits for the registry no longer.
    fn released(&self, topic: &str) {
        self.metrics.set_source_hold(topic, SourceHold::Registry, false);
        if self.trouble.release(topic) {
            tracing::info!("source {topic} is read again");
        }
    }

    /// Takes what the registry has said meanwhile: topics that waited for it are given again.
    fn learn(&mut self, feed: &mut Feed) -> Result<(), Error> {
        let answers = self.inquiry.as_mut().map(Inquiry::answers).unwrap_or_default();
        for answer in answers {
            match answer {
                Answer::Outage(text) => {
                    for topic in self.wanting.keys() {
                        self.metrics.set_source_hold(topic, SourceHold::Registry, true);
                        if self.trouble.hold(topic, text.clone()) {
                            tracing::warn!("source {topic} is held: {text}");
                        }
                    }
                }
                Answer::Learned(id, learned) => {
                    let waiting = self.wanting.extract_if(.., |_, wanted| *wanted == id);
                    for topic in waiting.map(|(topic, _)| topic).collect::<Vec<_>>() {
                        let schemas = self.topics.get_mut(&topic).and_then(Topic::schemas);
                        if schemas.is_none_or(|schemas| schemas.learn(id, &learned)) {
                            self.released(&topic);
                            feed.release(&topic)?;
                        } else {
                            self.doubt(&topic, id);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Looks how far everything is read; the clock records that come of it follow, in the same
    /// transaction, the touchpoints that they speak for.
    fn look(&mut self, feed: &mut Feed, touchpoints: &str) -> Result<Vec<Append>, Error> {
        // A schema that the registry did not have it may have by now.
        self.topics.values_mut().filter_map(Topic::schemas).for_each(Schemas::forget_unknown);
        // Before the ends are asked for: what is appended meanwhile is not spoken for.
        let now = clock::now();
        let mut lags: BTreeMap<String, u64> = BTreeMap::new();
        for (topic, partition, lag) in feed.lags()? {
            // A topic that is held is never read to its end, however little of it is left.
            if lag == 0 && !feed.is_held(&topic) && self.clocks.wants(&topic) {
                let is_past = self.clocks.is_past(&topic);
                feed.note(&topic, partition, |note| match note.until {
                    Timestamp::NEVER => note.until = now,
                    // That the past was once read to its end is all that matters.
                    _ if is_past => {}
                    _ => note.until = now,
                });
            }
            *lags.entry(topic).or_default() += lag;
        }
        self.metrics.set_source_lag(lags.iter().map(|(topic, lag)| (&**topic, *lag as i64)));
        if !feed.is_first() {
            return Ok(Vec::new());
        }
        let settings = self.installation.settings();
        let mut appends = Vec::new();
        for told in self.clocks.due(&feed.notes()?) {
            let mut value = Vec::new();
            let clock = Clock { source: &told.topic, time: told.time };
            write_clock(clock, &settings.secret, &mut value);
            appends.extend((0..settings.topics.partitions).map(|partition| Append {
                topic: touchpoints.to_owned(),
                partition,
                records: vec![Produced { key: Vec::new(), value: Some(value.clone()) }],
            }));
        }
        Ok(appends)
    }
}
