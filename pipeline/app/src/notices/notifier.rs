//! The thread of one way: it looks for news, waits a little, sends, and remembers.

use super::cold::{Told, message};
use super::pending::Pending;
use super::position::{Place, Position};
use crate::answers::Readable;
use crate::clock;
use crate::delivery::Way;
use crate::failure::Failure;
use crate::installation::Installation;
use codec::frame::ids;
use data_encoding::HEXLOWER;
use engine::{Node, TaskId};
use model::Family;
use serve::Refusal;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use telemetry::{Metrics, Notice};

/// Of several instances the one that has this task tells.
const TELLER: TaskId = TaskId { node: Node::Insight, partition: 0 };

/// How often it is asked whether something has changed.
const TICK: Duration = Duration::from_millis(500);

/// How long between two looks into the topic: one in the folder costs nothing, for one on a cluster
/// a reader has to connect.
const LOOK: Duration = Duration::from_secs(2);
const LOOK_KAFKA: Duration = Duration::from_secs(30);

/// How long after a first lead others are waited for.
const SETTLE: Duration = Duration::from_secs(3);

/// How long between two messages at least, and after failures at most.
const BETWEEN: Duration = Duration::from_secs(60);
const BETWEEN_MAX: Duration = Duration::from_secs(15 * 60);

/// What one way is told by, and where it stands.
pub struct Notifier {
    way: Way,
    installation: Arc<Installation>,
    metrics: Arc<Metrics>,
    schema: Readable,
    look: Duration,
    begun: Instant,
    place: Place,
    position: Position,
    /// By partition, up to where the topic is read.
    seen: Vec<u64>,
    known: BTreeSet<String>,
    pending: Pending,
    is_telling: bool,
}

impl Notifier {
    /// Of one way. Whoever has the counters of partition 0 tells for all instances.
    pub fn open(
        way: Way,
        is_kafka: bool,
        installation: Arc<Installation>,
        metrics: &Arc<Metrics>,
    ) -> Result<Notifier, Failure> {
        let name = format!("notices-{}", way.name());
        let place = match installation.members() {
            Some(members) => Place::Shared(Arc::clone(members), name),
            None => Place::File(installation.data().join(format!("{name}.json"))),
        };
        let partitions = installation.settings().topics.partitions as usize;
        let mut notifier = Notifier {
            schema: Readable::of(ids::TRANSITION)
                .ok_or_else(|| Failure::Internal("moves have no schema".to_owned()))?,
            look: if is_kafka { LOOK_KAFKA } else { LOOK },
            begun: Instant::now(),
            seen: vec![0; partitions],
            known: BTreeSet::new(),
            way,
            installation,
            metrics: Arc::clone(metrics),
            place,
            position: Position::at(vec![0; partitions]),
            pending: Pending::default(),
            is_telling: false,
        };
        if notifier.installation.members().is_none() {
            // A folder that cannot be written is said now.
            notifier.go_on().map_err(|error| {
                let place = &notifier.place;
                Failure::Write(format!("could not write {place}: {error} [D0774]"))
            })?;
        }
        Ok(notifier)
    }

    /// Goes on where the last one of this way stopped; the first one begins with what comes.
    fn go_on(&mut self) -> Result<(), Error> {
        let topics = &self.installation.settings().topics;
        let partitions = topics.partitions;
        let read = match self.place.read(partitions as usize) {
            Err(error) if error.kind() == ErrorKind::Other => return Err(error),
            Err(error) => {
                let place = &self.place;
                let begin = "notices begin with what comes";
                tracing::warn!("{place} cannot be read, {begin}: {error} [D0774]");
                None
            }
            Ok(read) => read,
        };
        self.position = match read {
            Some(position) => position,
            None => {
                let end = |p| Ok(self.installation.log().bounds(&topics.transitions, p)?.1);
                let ends = (0..partitions).map(end).collect::<Result<Vec<u64>, Refusal>>();
                Position::at(ends.map_err(Error::other)?)
            }
        };
        self.place.write(&self.position)?;
        self.seen.clone_from(&self.position.told);
        self.known = self.position.ids.iter().cloned().collect();
        self.pending = Pending::default();
        self.is_telling = true;
        Ok(())
    }

    /// Whether this instance tells; it takes over from another where the task came here.
    fn tells(&mut self) -> bool {
        if !self.installation.has(TELLER) {
            self.is_telling = false;
        } else if !self.is_telling
            && let Err(error) = self.go_on()
        {
            tracing::warn!("notices do not go on, later again: {error} [D0774]");
        }
        self.is_telling
    }

    /// Tells until it is to end.
    pub fn run(mut self, is_ending: &AtomicBool) {
        let mut looked: Option<(Instant, u64)> = None;
        let mut due: Option<Instant> = None;
        let mut not_before = Instant::now();
        let mut between = BETWEEN;
        while !is_ending.load(Ordering::Relaxed) && !self.installation.is_closing() {
            if !self.tells() {
                (looked, due) = (None, None);
                std::thread::park_timeout(TICK);
                continue;
            }
            let news = self.moves();
            let is_time = looked.is_none_or(|(at, _)| at.elapsed() >= self.look);
            let has_changed = looked.is_none_or(|(_, known)| known != news);
            let is_due = due.is_some_and(|due| due.max(not_before) <= Instant::now());
            if is_time && has_changed || is_due {
                // Once more before it is sent: who has come back meanwhile is not told of.
                self.read_on(is_ending);
                looked = Some((Instant::now(), news));
            }
            match (self.pending.is_empty(), due) {
                (true, _) => due = None,
                (false, None) => due = Some(Instant::now() + SETTLE),
                (false, Some(_)) if is_due => {
                    between = match self.send() {
                        true => BETWEEN,
                        false => (between * 2).min(BETWEEN_MAX),
                    };
                    not_before = Instant::now() + between;
                    due = None;
                }
                (false, Some(_)) => {}
            }
            std::thread::park_timeout(TICK);
        }
        if self.is_telling {
            self.keep();
        }
    }

    /// A number that changes with every move; where the map does not count them, with the time.
    fn moves(&self) -> u64 {
        if !self.installation.settings().map.counts(Family::Move) {
            return self.begun.elapsed().as_secs() / LOOK_KAFKA.as_secs();
        }
        let news = self.installation.news();
        news.revisions.get(Family::Move.name()).copied().unwrap_or(0)
    }

    /// Reads the topic up to its end, or as far as there is room.
    fn read_on(&mut self, is_ending: &AtomicBool) {
        let topic = self.installation.settings().topics.transitions.clone();
        let installation = Arc::clone(&self.installation);
        for partition in 0..self.seen.len() {
            let read = installation.log().bounds(&topic, partition as u32);
            let read = read.and_then(|(start, end)| {
                // What was deleted meanwhile is told by nobody; a topic made anew begins anew.
                self.seen[partition] = self.seen[partition].clamp(start, end.max(start));
                if self.seen[partition] == end {
                    return Ok(());
                }
                let from = Some(self.seen[partition]);
                let schema = &self.schema;
                let (seen, pending, known) =
                    (&mut self.seen[partition], &mut self.pending, &self.known);
                installation.log().read(&topic, partition as u32, from, &mut |record| {
                    let told = record.value.map_or(Told::Other, |value| Told::read(schema, value));
                    pending.take((partition, record.position), record.append_time, told, known);
                    *seen = record.position + 1;
                    !pending.is_full() && !is_ending.load(Ordering::Relaxed)
                })
            });
            if let Err(refusal) = read {
                tracing::warn!("moves cannot be read for notices, later again: {refusal}");
            }
        }
        if self.pending.is_empty() && self.position.sending.is_none() {
            self.position.told.clone_from(&self.seen);
        }
    }

    /// Sends what waits as one message; says whether the other side took it, or need not.
    fn send(&mut self) -> bool {
        let old = self.pending.forget_old(clock::now());
        if old > 0 {
            tracing::warn!("{old} leads that went cold could not be told of for a day: given up");
        }
        let ends = self.position.sending.get_or_insert_with(|| self.seen.clone()).clone();
        // Written first: whoever comes after a crash sends the same under the same id.
        if !self.keep() {
            return false;
        }
        let leads = self.pending.before(&ends);
        if !leads.is_empty() {
            let zone = &self.installation.settings().map.zone;
            let message = message(self.id(&ends), &leads, zone);
            if let Err(undelivered) = self.way.send(&message) {
                self.metrics.add_notice(Notice::Failed);
                tracing::warn!("{} leads could not be told of: {undelivered}", leads.len());
                return false;
            }
            self.metrics.add_notice(Notice::Sent);
        }
        let told: Vec<String> = leads.into_iter().map(|lead| lead.id.clone()).collect();
        self.pending.forget_before(&ends);
        self.position.acknowledge(told.into_iter());
        self.known = self.position.ids.iter().cloned().collect();
        self.keep();
        true
    }

    /// Makes durable how far it has come.
    fn keep(&self) -> bool {
        let written = self.place.write(&self.position);
        if let Err(error) = &written {
            let place = &self.place;
            tracing::warn!("could not write {place}: {error} [D0774]");
        }
        written.is_ok()
    }

    /// What a message is known by: the same for the same stretch of moves.
    fn id(&self, ends: &[u64]) -> String {
        let installation = self.installation.settings().secret.fingerprint();
        let told = format!("cold|{installation}|{:?}|{ends:?}", self.position.told);
        let hash = Sha256::digest(told);
        format!("cold-{}", HEXLOWER.encode(&hash[..12]))
    }
}
