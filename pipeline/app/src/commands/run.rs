//! `run`: the pipeline and its doors until Ctrl-C.

use crate::backend::Doors;
use crate::config::Config;
use crate::failure::Failure;
use crate::installation::Installation;
use crate::notices::Notices;
use serve::{ServeOptions, Token, listen, serve};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use telemetry::{Format, Metrics, start_logs};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How often the worker is looked at.
const WATCH: Duration = Duration::from_millis(500);

/// Runs until it is told to stop, or until the worker stops by itself.
pub fn run(config: &Config) -> Result<(), Failure> {
    run_with(config, |_| ())
}

/// Runs likewise, and lets something begin beside it once it is ready.
pub fn run_with(config: &Config, begin: impl FnOnce(Arc<Installation>)) -> Result<(), Failure> {
    start_logs("info", Format::of_stderr())
        .map_err(|error| Failure::Configuration(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Internal(format!("no runtime: {error}")))?;
    runtime.block_on(run_doors(config, begin))
}

async fn run_doors(config: &Config, begin: impl FnOnce(Arc<Installation>)) -> Result<(), Failure> {
    let metrics = Arc::new(Metrics::new(env!("CARGO_PKG_VERSION")));
    let mut options = ServeOptions { metrics: Some(Arc::clone(&metrics)), ..Default::default() };
    // The port is taken first: of two instances the second says so at once.
    let doors = |error: serve::Error| Failure::Configuration(error.to_string());
    let listener = listen(&config.http.listen, &options).await.map_err(doors)?;
    let address = listener.local_addr().map_err(|e| Failure::Internal(e.to_string()))?;
    let installation = Installation::open(config, config.idle_bound(), Some(&metrics))?;
    options.map_version = installation.settings().map.version;
    options.zone = installation.settings().map.zone.clone();
    let url = format!("http://{address}");
    let token = new_token()?;
    let instance = Instance::announce(&config.log.data, &url, &token)?;
    options.admin = Some(token);
    tracing::info!(url, data = %config.log.data.display(), "ready");
    let notices = Notices::start(config, &installation, &metrics)?;
    begin(Arc::clone(&installation));
    let served = serve_until_stopped(listener, &installation, metrics, options).await;
    drop(instance);
    drop(notices);
    let closed = installation.close();
    served?;
    closed
}

async fn serve_until_stopped(
    listener: TcpListener,
    installation: &Arc<Installation>,
    metrics: Arc<Metrics>,
    options: ServeOptions,
) -> Result<(), Failure> {
    let broken = |error: std::io::Error| Failure::Internal(format!("no signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(broken)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(broken)?;
    let watched = Arc::clone(installation);
    let stopped = async move {
        let mut watch = tokio::time::interval(WATCH);
        loop {
            tokio::select! {
                _ = interrupt.recv() => return,
                _ = terminate.recv() => return,
                _ = watch.tick() => {
                    if watched.has_stopped() {
                        return;
                    }
                }
            }
        }
    };
    let doors = Arc::new(Doors { installation: Arc::clone(installation), metrics });
    let served = serve(listener, doors, options, stopped).await;
    served.map_err(|error| Failure::Internal(error.to_string()))
}

/// What opens every door to whoever can read the data folder; another one at each start.
fn new_token() -> Result<Token, Failure> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::Internal(format!("no random bytes: {error}")))?;
    Ok(Token(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// The file by which commands find a running instance; it goes when the instance ends.
struct Instance {
    path: PathBuf,
}

impl Instance {
    fn announce(data: &Path, url: &str, Token(token): &Token) -> Result<Instance, Failure> {
        let path = data.join("instance.json");
        let told = serde_json::json!({ "pid": std::process::id(), "url": url, "token": token });
        let text = told.to_string();
        let mut options = std::fs::OpenOptions::new();
        let opened = options.write(true).create(true).truncate(true).mode(0o600).open(&path);
        let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| {
            Failure::Write(format!("could not write {}: {error} [D0704]", path.display()))
        })?;
        Ok(Instance { path })
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // Whoever finds it afterwards finds nobody at the address, and is told so.
        let _ = std::fs::remove_file(&self.path);
    }
}
