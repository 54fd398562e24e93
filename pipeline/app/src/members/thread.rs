//! The thread that tells the others and hears them.

use super::directory::APPLICATION;
use super::shape::Shape;
use super::{Application, Directory, Member};
use crate::failure::Failure;
use crate::pulse::Pulse;
use engine::{Node, Record, TaskId};
use kafka::topics::{Cleanup, TopicSpec};
use kafka::{Reader, Sender, Settings, Start};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long the thread waits for news of the others before it looks at what itself has.
const TICK: Duration = Duration::from_millis(200);

/// How long after a cluster that did not answer it is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// The topic has one partition: its order says whose word is the last.
const PARTITION: u32 = 0;

/// The instances of an application, as this one knows them.
pub struct Members {
    settings: Settings,
    topic: String,
    shape: Mutex<Shape>,
    directory: Mutex<Directory>,
    url: Mutex<Option<String>>,
    is_ending: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Members {
    /// The topic of an application, as it must be.
    pub fn spec(topic: &str) -> TopicSpec {
        TopicSpec::new(topic, 1, Cleanup::Compact)
    }

    /// Reads what there is. The topics must be there, as the specifications say.
    pub fn open(
        settings: &Settings,
        topic: &str,
        specs: Vec<TopicSpec>,
    ) -> Result<Members, Failure> {
        let members = Members {
            settings: settings.clone(),
            topic: topic.to_owned(),
            shape: Mutex::new(Shape::new(specs)),
            directory: Mutex::default(),
            url: Mutex::default(),
            is_ending: AtomicBool::new(false),
            thread: Mutex::default(),
        };
        members.read().map_err(|error| Failure::from(error.verdict()))?;
        Ok(members)
    }

    /// The name of this instance.
    pub fn own(&self) -> &str {
        &self.settings.instance
    }

    /// The name of the application.
    pub fn application(&self) -> &str {
        &self.settings.application
    }

    /// Who has what, by what is known now.
    pub fn directory(&self) -> MutexGuard<'_, Directory> {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The other instances that have one of some tasks.
    pub fn others(&self, tasks: &[TaskId]) -> BTreeMap<String, Member> {
        self.directory().others(self.own(), tasks)
    }

    /// From now on the others are told that this one answers there.
    pub fn answers_at(&self, url: String) {
        *self.url.lock().unwrap_or_else(PoisonError::into_inner) = Some(url);
    }

    /// Writes down what all must agree on, where nobody has; what is written then is what holds.
    pub fn found(&self, application: &Application) -> Result<(), Failure> {
        if self.directory().application().is_some() {
            return Ok(());
        }
        let written = self.write(APPLICATION, Some(application)).and_then(|()| self.read());
        written.map_err(|error| Failure::from(error.verdict()))
    }

    /// What an instance has kept last under a key for whichever goes on, read to the end of the
    /// topic.
    pub fn note(&self, key: &str) -> Result<Option<Vec<u8>>, kafka::Error> {
        self.read()?;
        Ok(self.directory().note(key).map(<[u8]>::to_vec))
    }

    /// Keeps something under a key that begins with `notices-`; once this returns it is durable.
    pub fn keep(&self, key: &str, value: &impl Serialize) -> Result<(), kafka::Error> {
        self.write(key, Some(value))
    }

    /// Begins to tell what this instance has, and to hear the others.
    pub fn start(self: &Arc<Members>, pulse: Arc<Pulse>) -> Result<(), Failure> {
        let members = Arc::clone(self);
        let thread = std::thread::Builder::new().name("members".into());
        let thread = thread.spawn(move || members.run(&pulse));
        let thread = thread.map_err(|error| Failure::Internal(format!("no thread: {error}")))?;
        *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(())
    }

    /// Ends it: the others are told that this instance has nothing any more.
    pub fn end(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of the members has panicked [D0710]");
        }
    }

    fn run(&self, pulse: &Pulse) {
        let mut written = self.directory().member(self.own()).cloned();
        while !self.is_ending.load(Ordering::Relaxed) {
            if let Err(error) = self.attend(pulse, &mut written) {
                tracing::warn!("what the instances say of themselves is not heard: {error}");
                std::thread::sleep(PAUSE);
            }
        }
        if written.is_some() {
            let done = self.write(self.own(), None::<&Member>);
            done.unwrap_or_else(|error| tracing::warn!("the others are not told: {error}"));
        }
    }

    /// Hears and tells until it ends or something fails.
    fn attend(&self, pulse: &Pulse, written: &mut Option<Member>) -> Result<(), kafka::Error> {
        let mut reader = self.reader()?;
        while !self.is_ending.load(Ordering::Relaxed) {
            self.hear(&mut reader, TICK)?;
            let mut shape = self.shape.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(why) = shape.look(&self.settings) {
                pulse.forbid(why);
            }
            drop(shape);
            let now = self.member(&pulse.tasks());
            if written.as_ref() != Some(&now) {
                self.write(self.own(), Some(&now))?;
                *written = Some(now);
            }
        }
        Ok(())
    }

    fn member(&self, tasks: &[TaskId]) -> Member {
        let of = |node: Node| {
            let tasks = tasks.iter().filter(|task| task.node == node);
            tasks.map(|task| task.partition).collect()
        };
        Member {
            url: self.url.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            journeys: of(Node::Journey),
            insights: of(Node::Insight),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn reader(&self) -> Result<Reader, kafka::Error> {
        Reader::open(&self.settings, &self.topic, &[PARTITION], Start::First)
    }

    /// Takes in what there is; whether that was all.
    fn hear(&self, reader: &mut Reader, wait: Duration) -> Result<bool, kafka::Error> {
        reader.poll(wait, &mut |_, record: &Record<'_>| {
            self.directory().take(record.position, record.key, record.value);
        })
    }

    fn read(&self) -> Result<(), kafka::Error> {
        let mut reader = self.reader()?;
        while !self.hear(&mut reader, TICK)? {}
        Ok(())
    }

    fn write(&self, key: &str, value: Option<&impl Serialize>) -> Result<(), kafka::Error> {
        let value = value.and_then(|value| serde_json::to_vec(value).ok());
        let mut sender = Sender::open(&self.settings)?;
        sender.append(&self.topic, PARTITION, key.as_bytes(), value.as_deref())?;
        sender.flush()
    }
}
