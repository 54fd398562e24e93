//! Ctrl-C, for commands that end where it does no harm.

use crate::failure::Failure;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// Whether somebody wants the command to end. Whoever says so twice does not wait any longer.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<AtomicU8>);

impl Interrupt {
    /// Watches from here on for Ctrl-C, and for what ends a process politely.
    pub fn watch() -> Result<Interrupt, Failure> {
        let broken = |error: std::io::Error| Failure::Internal(format!("no signals: {error}"));
        let interrupt = Interrupt::default();
        let told = interrupt.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        let runtime = runtime.map_err(broken)?;
        let (mut by_key, mut by_others) = {
            let _entered = runtime.enter();
            let by_key = signal(SignalKind::interrupt()).map_err(broken)?;
            (by_key, signal(SignalKind::terminate()).map_err(broken)?)
        };
        let watching = std::thread::Builder::new().name("interrupt".into()).spawn(move || {
            runtime.block_on(async {
                loop {
                    let number = tokio::select! {
                        _ = by_key.recv() => SignalKind::interrupt().as_raw_value(),
                        _ = by_others.recv() => SignalKind::terminate().as_raw_value(),
                    };
                    if told.signal().is_some() {
                        std::process::exit(128 + number);
                    }
                    told.0.store(u8::try_from(number).unwrap_or(u8::MAX), Ordering::Relaxed);
                }
            });
        });
        watching.map_err(broken)?;
        Ok(interrupt)
    }

    /// The number of the signal that came.
    pub fn signal(&self) -> Option<u8> {
        Some(self.0.load(Ordering::Relaxed)).filter(|number| *number > 0)
    }
}
