//! `run`: the pipeline until Ctrl-C.

use crate::config::Config;
use crate::failure::Failure;
use crate::installation::Installation;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How often the worker is looked at.
const WATCH: Duration = Duration::from_millis(500);

/// Runs until it is told to stop, or until the worker stops by itself.
pub fn run(config: &Config) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Internal(format!("no runtime: {error}")))?;
    let installation = Installation::open(config, config.idle_bound())?;
    let served = runtime.block_on(until_stopped(&installation));
    let closed = installation.close();
    served?;
    closed
}

async fn until_stopped(installation: &Arc<Installation>) -> Result<(), Failure> {
    let broken = |error: std::io::Error| Failure::Internal(format!("no signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(broken)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(broken)?;
    let mut watch = tokio::time::interval(WATCH);
    loop {
        tokio::select! {
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            _ = watch.tick() => {
                if installation.has_stopped() {
                    return Ok(());
                }
            }
        }
    }
}
