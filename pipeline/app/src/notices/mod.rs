//! What a running instance says by itself: that leads have gone cold. Off unless it is configured.
//!
//! A thread for each way to send reads the moves that the worker has committed, as any reader of
//! the topic does, so that nothing here holds up counting. `position` is how far it has come,
//! `pending` what is still to be said, `notifier` the thread.

mod cold;
mod notifier;
mod pending;
mod position;

use crate::config::Config;
use crate::delivery::Way;
use crate::failure::Failure;
use crate::installation::Installation;
use notifier::Notifier;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use telemetry::Metrics;

/// How long an end waits for a message that is under way. One that is not done by then is sent
/// again by the next start, under the same id.
const END_WAIT: Duration = Duration::from_secs(2);

/// The threads; they end with this.
pub struct Notices {
    is_ending: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Notices {
    /// Begins to say what is configured to be said.
    pub fn start(
        config: &Config,
        installation: &Arc<Installation>,
        metrics: &Arc<Metrics>,
    ) -> Result<Notices, Failure> {
        let is_ending = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        let ways = if config.notify.cold { Way::of(config)? } else { Vec::new() };
        for way in ways {
            tracing::info!("leads that go cold are told to {}", way.place());
            let name = format!("notices-{}", way.name());
            let notifier =
                Notifier::open(way, config.is_kafka(), Arc::clone(installation), metrics)?;
            let is_ending = Arc::clone(&is_ending);
            let thread = std::thread::Builder::new().name(name);
            let thread = thread.spawn(move || notifier.run(&is_ending));
            threads.push(thread.map_err(|e| Failure::Internal(format!("no thread: {e}")))?);
        }
        Ok(Notices { is_ending, threads })
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        self.is_ending.store(true, Ordering::Relaxed);
        self.threads.iter().for_each(|thread| thread.thread().unpark());
        let begun = Instant::now();
        while self.threads.iter().any(|thread| !thread.is_finished()) && begun.elapsed() < END_WAIT
        {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
