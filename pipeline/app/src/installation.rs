//! An installation: its data folder, its log, and the thread that works on both.

use crate::answers::check_topic;
use crate::backup::{self, Backups};
use crate::clock;
use crate::config::{Config, SecretSource};
use crate::costs::{self, Costs};
use crate::durable;
use crate::elsewhere::Elsewhere;
use crate::failure::Failure;
use crate::logs::DoorLog;
use crate::members::{Application, Members};
use crate::parts::{CaughtUp, gather};
use crate::place::Place;
use crate::pulse::Pulse;
use crate::states::States;
use crate::work::{Ask, Duties, Tasks, work};
use crate::{findings, fold, map_file, secret};
use codec::control::{Clock, Secret, write_clock};
use codec::{encode, frame};
use engine::{Append, Produced, Settings, TaskId, Verdict, derived_customer};
use model::{Cost, Draft, FindingEvent, JourneyMap, Span, Timestamp};
use serve::{Letter, News, Raw, Refusal};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use telemetry::Metrics;

/// How often it is asked whether everything is counted.
pub const CAUGHT_UP_EVERY: Duration = Duration::from_millis(2);

/// How long it may go on that no answer is possible before whoever waits is told.
const BUSY_MAX: Duration = Duration::from_secs(120);

/// An open data folder, with one worker that owns every task of it; on a cluster those tasks that
/// the group gives to it.
pub struct Installation {
    settings: Arc<Settings>,
    log: DoorLog,
    asks: Mutex<Sender<Ask>>,
    worker: Mutex<Option<JoinHandle<Result<(), Verdict>>>>,
    /// How the worker has ended, once somebody has asked: the next one hears it too.
    ended: OnceLock<Result<(), Verdict>>,
    is_closing: Arc<AtomicBool>,
    data: PathBuf,
    secret_file: Option<PathBuf>,
    backups: Backups,
    pulse: Arc<Pulse>,
    members: Option<Arc<Members>>,
    elsewhere: Elsewhere,
    costs: Costs,
    /// Since when no answer has been possible, one question after the other.
    busy_since: Mutex<Option<Instant>>,
}

impl Installation {
    /// Opens a data folder. `idle_bound`: how far as_of stays behind the wall clock at the end of
    /// the log; `NEVER` for commands that only read on.
    pub fn open(
        config: &Config,
        idle_bound: Span,
        metrics: Option<&Arc<Metrics>>,
    ) -> Result<Arc<Installation>, Failure> {
        backup::check_whole(&config.log.data)?;
        Installation::open_unproved(config, idle_bound, metrics)
    }

    /// As `open`, for whoever restores a backup into the folder.
    pub fn open_unproved(
        config: &Config,
        idle_bound: Span,
        metrics: Option<&Arc<Metrics>>,
    ) -> Result<Arc<Installation>, Failure> {
        let data = config.log.data.clone();
        make_folder(&data)?;
        let topics = config.topics();
        // A lock of the folder is taken before anything else in it is read or written.
        let place = Place::open(config, &topics)?;
        let members = place.members(&topics)?;
        backup::clean(&data).map_err(|error| {
            let folder = data.display();
            Failure::Write(format!("could not use data folder {folder}: {error} [D0303]"))
        })?;
        let log = place.door()?;
        fold::keep(&data, &log, &topics)?;
        let states = States::open(&data, &place, &topics)?;
        let (secret, map) = agreed(config, members.as_deref())?;
        let clock_skew_max = config.clock_skew_max();
        let settings = Arc::new(Settings { secret, map, clock_skew_max, topics });
        let (commit_interval, retention) = (config.commit_interval(), place.retention(config));
        let is_closing = Arc::new(AtomicBool::new(false));
        let closing = Arc::clone(&is_closing);
        let pulse = Arc::new(Pulse::default());
        let (asks, asked) = channel();
        let worker = {
            let (settings, metrics) = (Arc::clone(&settings), metrics.cloned());
            let pulse = Arc::clone(&pulse);
            std::thread::Builder::new().name("worker".into()).spawn(move || {
                let make = || place.worker(states.store()?, &settings, metrics.clone());
                let heal = |why: &str| states.heal(&place, why);
                let (metrics, pulse) = (metrics.as_deref(), &*pulse);
                let duties = Duties { idle_bound, commit_interval, metrics, pulse, retention };
                work(&make, &heal, &asked, duties, &closing)
            })
        };
        let no_thread = |error: std::io::Error| Failure::Internal(format!("no thread: {error}"));
        let worker = worker.map_err(no_thread)?;
        if let Some(members) = &members {
            members.start(Arc::clone(&pulse))?;
        }
        Ok(Arc::new(Installation {
            settings,
            log,
            asks: Mutex::new(asks),
            worker: Mutex::new(Some(worker)),
            ended: OnceLock::new(),
            is_closing,
            secret_file: match &config.log.secret {
                SecretSource::File(file) if file.is_relative() => Some(data.join(file)),
                SecretSource::File(_) | SecretSource::Env(_) => None,
            },
            data,
            backups: Backups::default(),
            pulse,
            members,
            elsewhere: Elsewhere::default(),
            costs: Costs::default(),
            busy_since: Mutex::new(None),
        }))
    }

    /// From now on other instances may ask this one, at this address; and it hears of what changes
    /// there. Nothing where the log is in the folder.
    pub fn answers_at(self: &Arc<Installation>, url: Option<String>) -> Result<(), Failure> {
        let Some(members) = &self.members else { return Ok(()) };
        url.into_iter().for_each(|url| members.answers_at(url));
        let installation = Arc::clone(self);
        let thread = std::thread::Builder::new().name("elsewhere".into());
        let thread = thread.spawn(move || installation.elsewhere.run(&installation));
        thread.map(|_| ()).map_err(|error| Failure::Internal(format!("no thread: {error}")))
    }

    /// Whether a task is here.
    pub fn has(&self, task: TaskId) -> bool {
        self.pulse.tasks().contains(&task)
    }

    /// The instances of the application, where the log is on a cluster.
    pub fn members(&self) -> Option<&Arc<Members>> {
        self.members.as_ref()
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The file of the secret, where it is kept in the data folder.
    pub fn secret_file(&self) -> Option<&Path> {
        self.secret_file.as_deref()
    }

    /// Backups of this installation.
    pub fn backups(&self) -> &Backups {
        &self.backups
    }

    /// What channels have cost.
    pub fn costs(&self) -> &Costs {
        &self.costs
    }

    /// Whether somebody has told it to end.
    pub fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    /// What the tasks share.
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// The log.
    pub fn log(&self) -> &DoorLog {
        &self.log
    }

    /// What has changed so far, wherever the tasks are.
    pub fn news(&self) -> News {
        self.elsewhere.with(self.pulse.news())
    }

    /// What has changed so far in the tasks that are here.
    pub fn own_news(&self) -> News {
        self.pulse.news()
    }

    /// Lets the worker answer between two turns.
    pub fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Tasks) -> Result<T, Verdict> + Send + 'static,
    ) -> Result<T, Refusal> {
        let answer = self.ask_later(question)?;
        let gone = |_| Refusal::Broken(self.why_stopped());
        answer.recv().map_err(gone)?.map_err(|verdict| refusal(&verdict))
    }

    /// As `ask`, for whoever waits no longer than they choose to.
    pub fn ask_later<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Tasks) -> Result<T, Verdict> + Send + 'static,
    ) -> Result<Receiver<Result<T, Verdict>>, Refusal> {
        let (reply, answer) = channel();
        let ask: Ask = Box::new(move |worker| {
            // Whoever asked may have gone.
            let _ = reply.send(question(worker));
            true
        });
        let gone = || Refusal::Broken(self.why_stopped());
        let sent = self.asks.lock().map_err(|_| gone())?.send(ask);
        sent.map_err(|_| gone())?;
        Ok(answer)
    }

    /// Why the worker has stopped, once it has.
    fn why_stopped(&self) -> String {
        match self.end_of_worker() {
            Ok(()) => "the worker has stopped [D0710]".to_owned(),
            Err(verdict) => refusal(verdict).to_string(),
        }
    }

    /// Waits until the worker has ended, and says how.
    fn end_of_worker(&self) -> &Result<(), Verdict> {
        self.ended.get_or_init(|| {
            let handle = self.worker.lock().ok().and_then(|mut worker| worker.take());
            let panicked = |_| Verdict::Fatal("the worker has panicked [D0710]".to_owned());
            handle.map_or(Ok(()), |handle| handle.join().map_err(panicked).and_then(|done| done))
        })
    }

    /// Whether the worker has stopped by itself, or the log takes nothing more; `close` says why.
    pub fn has_stopped(&self) -> bool {
        if self.log.failure().is_some() {
            return true;
        }
        let worker = self.worker.lock();
        worker.is_ok_and(|worker| worker.as_ref().is_none_or(JoinHandle::is_finished))
    }

    /// For how long the worker has done nothing, where that is too long: it can only be killed.
    pub fn stuck_for(&self) -> Option<Duration> {
        self.pulse.stuck_for(Instant::now())
    }

    /// Waits until everything in the log is counted.
    pub fn catch_up(&self) -> Result<(), Refusal> {
        while !self.is_caught_up()? {
            // Each question takes a turn of the worker's thread: asking less leaves it more.
            std::thread::sleep(CAUGHT_UP_EVERY);
        }
        Ok(())
    }

    /// Whether everything in the log is counted, wherever the tasks are. While tasks are replayed
    /// or given to other instances it is not; an error only where that does not end.
    pub fn is_caught_up(&self) -> Result<bool, Refusal> {
        let caught_up = gather(self, &CaughtUp {});
        let mut busy_since = self.busy_since.lock().unwrap_or_else(PoisonError::into_inner);
        match caught_up {
            Err(Refusal::Busy(why)) => {
                let since = busy_since.get_or_insert_with(Instant::now);
                if since.elapsed() > BUSY_MAX { Err(Refusal::Busy(why)) } else { Ok(false) }
            }
            caught_up => {
                *busy_since = None;
                Ok(caught_up?.into_iter().all(|part| part))
            }
        }
    }

    /// Writes behind, stops the worker and lets the folder go.
    pub fn close(&self) -> Result<(), Failure> {
        self.is_closing.store(true, Ordering::Relaxed);
        self.backups.end();
        let stop: Ask = Box::new(|_| false);
        if let Ok(mut asks) = self.asks.lock() {
            // A worker that has stopped already says so below. One that heals its states meanwhile
            // has lost this, and ends because nobody can ask any more.
            let _ = asks.send(stop);
            *asks = channel().0;
        }
        let done = self.end_of_worker().clone();
        if let Some(members) = &self.members {
            members.end();
        }
        if let Some(failure) = self.log.failure() {
            return Err(failure);
        }
        done.map_err(Failure::from)
    }

    /// Takes touchpoints; once it returns they are durable.
    pub fn append(&self, drafts: Vec<Draft>) -> Result<(), Refusal> {
        let topics = &self.settings.topics;
        let mut by_partition: BTreeMap<u32, Vec<Produced>> = BTreeMap::new();
        for draft in drafts {
            let (partition, record) = self.placed(draft);
            by_partition.entry(partition).or_default().push(record);
        }
        let topic = &topics.touchpoints;
        self.write(by_partition.into_iter().map(|(partition, records)| Append {
            topic: topic.clone(),
            partition,
            records,
        }))
    }

    /// Takes touchpoints on one partition, whosever they are: as a producer would that places them
    /// in its own way.
    pub fn append_to(&self, partition: u32, drafts: Vec<Draft>) -> Result<(), Refusal> {
        let topics = &self.settings.topics;
        if partition >= topics.partitions {
            let (topic, most) = (&topics.touchpoints, topics.partitions - 1);
            return Err(Refusal::Missing(format!(
                "topic {topic} has no partition {partition}: 0 to {most} [D0712]"
            )));
        }
        let records = drafts.into_iter().map(|draft| self.touchpoint(draft)).collect();
        let topic = topics.touchpoints.clone();
        self.write([Append { topic, partition, records }].into_iter())
    }

    /// The record of a touchpoint, and its customer's partition.
    pub fn placed(&self, draft: Draft) -> (u32, Produced) {
        let record = self.touchpoint(draft);
        (self.settings.topics.of_customer(&record.key), record)
    }

    fn touchpoint(&self, mut draft: Draft) -> Produced {
        if draft.customer_id.is_empty() {
            let derived = derived_customer(&self.settings.secret, &draft.identifiers);
            draft.customer_id = derived.unwrap_or_default();
        }
        let value = self.settings.topics.format.touchpoint(&draft);
        Produced { key: draft.customer_id.into_bytes(), value: Some(value) }
    }

    /// What a door could not read, to be counted and kept as a dead letter with its reason.
    pub fn refuse(&self, letters: Vec<Letter>) -> Result<(), Refusal> {
        let topics = &self.settings.topics;
        let mut by_partition: BTreeMap<u32, Vec<Produced>> = BTreeMap::new();
        for letter in letters {
            let (partition, record) = self.letter(letter);
            by_partition.entry(partition).or_default().push(record);
        }
        let topic = &topics.touchpoints;
        self.write(by_partition.into_iter().map(|(partition, records)| Append {
            topic: topic.clone(),
            partition,
            records,
        }))
    }

    /// The record of what a door could not read, and its partition.
    pub fn letter(&self, letter: Letter) -> (u32, Produced) {
        let mut value = Vec::new();
        let told = encode::Letter {
            bytes: &letter.bytes,
            key: letter.header.as_deref(),
            topic: &letter.file,
            partition: letter.alike,
            offset: letter.row,
            error: &letter.error,
            time: clock::now(),
        };
        encode::dead_letter(&told, letter.class, frame::ids::DEAD_LETTER, &mut value);
        let key = letter.source.into_bytes();
        let partition = codec::partition(&key, self.settings.topics.partitions);
        (partition, Produced { key, value: Some(value) })
    }

    /// A clock record in every partition.
    pub fn append_clock(&self, source: &str, time: Timestamp) -> Result<(), Refusal> {
        let mut value = Vec::new();
        write_clock(Clock { source, time }, &self.settings.secret, &mut value);
        let topics = &self.settings.topics;
        self.write((0..topics.partitions).map(|partition| Append {
            topic: topics.touchpoints.clone(),
            partition,
            records: vec![Produced { key: Vec::new(), value: Some(value.clone()) }],
        }))
    }

    /// Takes what channels have cost; once it returns it is durable.
    pub fn spend(&self, costs: &[Cost]) -> Result<(), Refusal> {
        self.write(costs::records(&self.settings, costs).into_iter())?;
        self.costs.have_changed();
        Ok(())
    }

    /// Adds lines to the ledger of findings; once it returns they are durable.
    pub fn write_findings(&self, lines: &[FindingEvent]) -> Result<(), Refusal> {
        self.write(findings::records(&self.settings, lines))
    }

    /// Appends records to a topic as they are. Not to the frames between the tasks: one that is
    /// not theirs would stop the pipeline.
    pub fn write_raw(&self, topic: &str, records: Vec<Raw>) -> Result<(), Refusal> {
        let topics = &self.settings.topics;
        if topic == topics.frames {
            let fix = "the pipeline alone writes it";
            return Err(Refusal::Invalid(format!("topic {topic} takes no record: {fix} [D0743]")));
        }
        let mut by_partition: BTreeMap<u32, Vec<Produced>> = BTreeMap::new();
        for Raw { key, value, partition } in records {
            check_topic(topics, topic, partition)?;
            let by_key = || codec::partition(&key, topics.partitions);
            let partition = partition.unwrap_or_else(by_key);
            by_partition.entry(partition).or_default().push(Produced { key, value });
        }
        self.write(by_partition.into_iter().map(|(partition, records)| Append {
            topic: topic.to_owned(),
            partition,
            records,
        }))
    }

    fn write(&self, appends: impl Iterator<Item = Append>) -> Result<(), Refusal> {
        self.log.append(&appends.collect::<Vec<_>>())
    }
}

/// The secret and the map, as all instances of an application have them.
fn agreed(config: &Config, members: Option<&Members>) -> Result<(Secret, JourneyMap), Failure> {
    let (data, map_file) = (&config.log.data, config.map.file.as_deref());
    let is_new = !map_file::is_there(data);
    let Some(members) = members else {
        let secret = secret::read_or_make(data, &config.log.secret, is_new)?;
        return Ok((secret, map_file::read(data, map_file, None)?));
    };
    let name = members.application();
    let known = members.directory().application().cloned();
    let secret = match secret::read_or_make(data, &config.log.secret, is_new && known.is_none()) {
        Err(_) if is_new && known.is_some() => return Err(Application::other_secret(name)),
        secret => secret?,
    };
    if let Some(known) = &known {
        known.check_secret(name, &secret)?;
    }
    let map = map_file::read(data, map_file, known.as_ref().map(|known| (name, known)))?;
    let ours = Application { secret: secret.fingerprint(), map: map_file::text(data)? };
    members.found(&ours)?;
    // Of two that begin at once one was later: what it wrote holds.
    if let Some(known) = members.directory().application() {
        known.check_secret(name, &secret)?;
        known.check_map(name, &map)?;
    }
    Ok((secret, map))
}

fn make_folder(data: &Path) -> Result<(), Failure> {
    durable::make_folder(data).map_err(|error| {
        let folder = data.display();
        Failure::Write(format!("could not make data folder {folder}: {error} [D0303]"))
    })
}

/// A verdict, as whoever asks is told.
pub fn refusal(verdict: &Verdict) -> Refusal {
    match verdict {
        Verdict::Done => Refusal::Broken("done was taken for a fault".to_owned()),
        Verdict::Retry(text) | Verdict::Abort(text) => Refusal::Busy(text.clone()),
        Verdict::Fenced(text)
        | Verdict::Corrupted(text)
        | Verdict::Refuse(text)
        | Verdict::Fatal(text) => Refusal::Broken(text.clone()),
    }
}
