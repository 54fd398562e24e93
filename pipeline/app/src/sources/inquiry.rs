//! The thread that asks the registry, so that sources which need nothing of it go on meanwhile.

use super::registry::Registry;
use intake::{Learned, SchemaId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// How long after an outage it is asked again, doubled up to the second.
const PAUSE: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// What has come of asking.
pub enum Answer {
    /// What the registry says of a number.
    Learned(SchemaId, Learned),
    /// It does not answer; it is asked until it does.
    Outage(String),
}

/// Questions that are under way. As many as there are sources, for each waits for one number.
pub struct Inquiry {
    questions: Sender<SchemaId>,
    answers: Receiver<Answer>,
    asked: BTreeSet<SchemaId>,
    is_ending: Arc<AtomicBool>,
    thread: Thread,
}

impl Inquiry {
    /// Begins to ask a registry.
    pub fn start(registry: Registry) -> std::io::Result<Inquiry> {
        let (questions, asked) = channel();
        let (said, answers) = channel();
        let is_ending = Arc::new(AtomicBool::new(false));
        let ending = Arc::clone(&is_ending);
        let builder = std::thread::Builder::new().name("registry".to_owned());
        let thread = builder.spawn(move || ask(&registry, &asked, &said, &ending))?;
        let thread = thread.thread().clone();
        Ok(Inquiry { questions, answers, asked: BTreeSet::new(), is_ending, thread })
    }

    /// Asks for a schema, unless that is under way.
    pub fn ask(&mut self, id: SchemaId) {
        if self.asked.insert(id) {
            // The thread ends with this alone.
            let _ = self.questions.send(id);
        }
    }

    /// What has come meanwhile.
    pub fn answers(&mut self) -> Vec<Answer> {
        let answers: Vec<Answer> = self.answers.try_iter().collect();
        for answer in &answers {
            if let Answer::Learned(id, _) = answer {
                self.asked.remove(id);
            }
        }
        answers
    }
}

impl Drop for Inquiry {
    fn drop(&mut self) {
        self.is_ending.store(true, Ordering::Relaxed);
        self.thread.unpark();
    }
}

fn ask(
    registry: &Registry,
    asked: &Receiver<SchemaId>,
    said: &Sender<Answer>,
    is_ending: &AtomicBool,
) {
    for id in asked {
        let mut pause = PAUSE;
        loop {
            if is_ending.load(Ordering::Relaxed) {
                return;
            }
            let answer = match registry.schema(id) {
                Ok(learned) => Answer::Learned(id, learned),
                Err(outage) => Answer::Outage(outage.to_string()),
            };
            let is_learned = matches!(answer, Answer::Learned(..));
            if said.send(answer).is_err() {
                return;
            }
            if is_learned {
                break;
            }
            let until = Instant::now() + pause;
            while Instant::now() < until && !is_ending.load(Ordering::Relaxed) {
                std::thread::park_timeout(until.saturating_duration_since(Instant::now()));
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}
