//! The ledger of findings on its topic: what became of each finding, added to and never rewritten.
//!
//! A thread of whoever has the counters of partition 0 plays the ledger again from the counters
//! ([decision 0077](../../../../deploy/decisions/0077-findings-are-replayed.md)) and writes what
//! the topic lacks. `said` is what the topic says, `writer` the thread.

mod said;
mod writer;

pub use writer::records;

use crate::failure::Failure;
use crate::installation::Installation;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use telemetry::Metrics;
use writer::Writer;

/// How long an end waits for a look that is under way. What it had not written the next start does.
const END_WAIT: Duration = Duration::from_secs(2);

/// The thread; it ends with this.
pub struct Findings {
    is_ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Findings {
    /// Begins to keep the ledger on its topic.
    pub fn start(
        installation: &Arc<Installation>,
        metrics: &Arc<Metrics>,
    ) -> Result<Findings, Failure> {
        let is_ending = Arc::new(AtomicBool::new(false));
        let writer = Writer::new(Arc::clone(installation), Arc::clone(metrics));
        let ends = Arc::clone(&is_ending);
        let thread = std::thread::Builder::new().name("findings".into());
        let thread = thread.spawn(move || writer.run(&ends));
        let thread = thread.map_err(|error| Failure::Internal(format!("no thread: {error}")))?;
        Ok(Findings { is_ending, thread: Some(thread) })
    }
}

impl Drop for Findings {
    fn drop(&mut self) {
        self.is_ending.store(true, Ordering::Relaxed);
        let Some(thread) = self.thread.take() else { return };
        thread.thread().unpark();
        let begun = Instant::now();
        while !thread.is_finished() && begun.elapsed() < END_WAIT {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
