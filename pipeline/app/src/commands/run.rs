//! `run`: the pipeline and its doors until Ctrl-C.

use super::link::new_link;
use crate::access::{Access, Token};
use crate::backend::Doors;
use crate::config::{Config, HttpSection};
use crate::failure::Failure;
use crate::findings::Findings;
use crate::installation::Installation;
use crate::instance::{Announced, Instance};
use crate::measures::Measures;
use crate::members::Seal;
use crate::notices::Notices;
use crate::sources::{Sources, Trouble};
use serve::{Entry, ServeOptions, Tls, listen, serve};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use telemetry::{Format, Metrics, start_logs};
use tokio::signal::unix::{SignalKind, signal};

/// How often the worker is looked at.
const WATCH: Duration = Duration::from_millis(500);

/// Where the link is written for whoever has no terminal here.
const LINK_FILE: &str = "link";

/// Runs until it is told to stop, or until the worker stops by itself.
pub fn run(config: &Config) -> Result<(), Failure> {
    run_with(config, false, |_| ())
}

/// Runs likewise, and lets something begin beside it once it is ready. Open doors let everybody on
/// this machine read: for data that is invented.
pub fn run_with(
    config: &Config,
    is_open: bool,
    begin: impl FnOnce(Arc<Installation>),
) -> Result<(), Failure> {
    start_logs("info", Format::of_stderr())
        .map_err(|error| Failure::Configuration(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Internal(format!("no runtime: {error}")))?;
    let ended = runtime.block_on(run_doors(config, is_open, begin));
    // Whoever still waits for an answer is not waited for.
    runtime.shutdown_background();
    ended
}

async fn run_doors(
    config: &Config,
    is_open: bool,
    begin: impl FnOnce(Arc<Installation>),
) -> Result<(), Failure> {
    let metrics = Arc::new(Metrics::new(env!("CARGO_PKG_VERSION")));
    let data = &config.log.data;
    let own = Token::new()?;
    let access = Access::with_own(data, &own);
    // Keys that cannot be read are said now, not to whoever comes in with one.
    access.ledger()?;
    let mut options = options(&config.http, is_open, &metrics);
    // The port is taken first: of two instances the second says so at once.
    let opened = open_entries(&config.http, &options).await?;
    let installation = Installation::open(config, config.idle_bound_of_tasks(), Some(&metrics))?;
    let settings = Arc::clone(installation.settings());
    options.gate = Some(match installation.members() {
        Some(_) => Arc::new(Seal { gate: access, settings }),
        None => Arc::new(access),
    });
    options.map_version = installation.settings().map.version;
    options.zone = installation.settings().map.zone.clone();
    let (installed, measures) = (Arc::clone(&installation), Measures::default());
    let trouble = Arc::new(Trouble::default());
    let doors = Doors { installation: installed, metrics, measures, trouble };
    let served = attend(config, doors, opened, own, options, begin).await;
    if let Some(since) = installation.stuck_for() {
        // It hears nobody any more, and what it holds is read from the log again.
        let seconds = since.as_secs();
        return Err(Failure::Internal(format!(
            "the worker has done nothing for {seconds} s: ended, so that it begins anew [D0487]"
        )));
    }
    // However it went: what is open is closed before the process ends.
    let closed = installation.close();
    served?;
    closed
}

/// Announces the instance, and serves until it is told to stop.
async fn attend(
    config: &Config,
    doors: Doors,
    opened: Opened,
    own: Token,
    options: ServeOptions,
    begin: impl FnOnce(Arc<Installation>),
) -> Result<(), Failure> {
    let (data, installation) = (&config.log.data, Arc::clone(&doors.installation));
    let instance = Instance {
        pid: std::process::id(),
        url: format!("http://{}", opened.own),
        listen: opened.listen.to_string(),
        page: page_address(&config.http, opened.listen),
        token: own.text().to_owned(),
    };
    installation.answers_at(advertised(&config.http, opened.listen))?;
    let _notices = Notices::start(config, &installation, &doors.metrics)?;
    let _findings = Findings::start(&installation, &doors.metrics)?;
    let _sources = Sources::start(config, &installation, &doors.metrics, &doors.trouble)?;
    let mut announced = instance.announce(data)?;
    tracing::info!(url = instance.page, data = %data.display(), "ready");
    match options.is_open {
        true => eprintln!("look at {}; Ctrl-C ends it", instance.page),
        // Whoever cannot be told so at the start still comes in: by desirepath link.
        false => tell_link(&instance, data, &mut announced)
            .unwrap_or_else(|error| tracing::warn!(%error, "no link to the page could be made")),
    }
    begin(installation);
    serve_until_stopped(opened.entries, doors, options).await
}

fn options(http: &HttpSection, is_open: bool, metrics: &Arc<Metrics>) -> ServeOptions {
    let mut options = ServeOptions { metrics: Some(Arc::clone(metrics)), ..Default::default() };
    options.hosts.extend(http.hosts.iter().cloned());
    options.hosts.extend(http.advertised_host().map(str::to_owned));
    options.is_https = http.behind_proxy || http.certificate().is_some();
    options.is_beyond_loopback_allowed = options.is_https;
    options.is_open = is_open;
    options
}

/// What is listened on.
struct Opened {
    entries: Vec<Entry>,
    /// Where everybody comes in.
    listen: SocketAddr,
    /// Where commands on this machine come in.
    own: SocketAddr,
}

async fn open_entries(http: &HttpSection, options: &ServeOptions) -> Result<Opened, Failure> {
    let refused = |error: serve::Error| Failure::Configuration(error.to_string());
    let broken = |error: std::io::Error| Failure::Internal(error.to_string());
    let tls = http.certificate().map(|(certificate, key)| Tls::read(certificate, key));
    let tls = tls.transpose().map_err(|error| Failure::Configuration(error.to_string()))?;
    let listener = listen(&http.listen, options).await.map_err(refused)?;
    let address = listener.local_addr().map_err(broken)?;
    let is_own = tls.is_none() && address.ip().to_canonical().is_loopback();
    let mut entries = vec![Entry { listener, tls }];
    let mut own = address;
    if !is_own {
        // The name in the certificate is not that of loopback, so commands have a door there.
        let listener = listen("127.0.0.1:0", options).await.map_err(refused)?;
        own = listener.local_addr().map_err(broken)?;
        entries.push(Entry { listener, tls: None });
    }
    Ok(Opened { entries, listen: address, own })
}

/// Where a browser finds the page: at the first host that is allowed, where there is one.
fn page_address(http: &HttpSection, listen: SocketAddr) -> String {
    let has_certificate = http.certificate().is_some();
    match http.hosts.first() {
        // A proxy has a port of its own, the usual one.
        Some(host) if http.behind_proxy => format!("https://{host}"),
        Some(host) if has_certificate => format!("https://{host}:{}", listen.port()),
        Some(host) => format!("http://{host}:{}", listen.port()),
        None if has_certificate => format!("https://{listen}"),
        None => format!("http://{listen}"),
    }
}

/// Where other instances find this one; `None` where only the configuration could tell.
fn advertised(http: &HttpSection, listen: SocketAddr) -> Option<String> {
    if let Some(url) = &http.advertise {
        return Some(url.trim_end_matches('/').to_owned());
    }
    let scheme = if http.certificate().is_some() { "https" } else { "http" };
    (!listen.ip().is_unspecified()).then(|| format!("{scheme}://{listen}"))
}

/// On a terminal the link stands before whoever started this; else it is in a file of the owner's.
fn tell_link(instance: &Instance, data: &Path, announced: &mut Announced) -> Result<(), Failure> {
    let link = new_link(instance, data)?;
    if std::io::stderr().is_terminal() {
        eprintln!("open {link}");
        eprintln!("(it works once and for 15 minutes; desirepath link prints another one)");
        return Ok(());
    }
    let path = data.join(LINK_FILE);
    announced.tell(path.clone(), &format!("{link}\n"))?;
    tracing::info!(file = %path.display(), "a link to the page, which works once");
    Ok(())
}

async fn serve_until_stopped(
    entries: Vec<Entry>,
    doors: Doors,
    options: ServeOptions,
) -> Result<(), Failure> {
    let broken = |error: std::io::Error| Failure::Internal(format!("no signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(broken)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(broken)?;
    let watched = Arc::clone(&doors.installation);
    let stopped = async move {
        let mut watch = tokio::time::interval(WATCH);
        loop {
            tokio::select! {
                _ = interrupt.recv() => return tracing::info!(signal = "SIGINT", "asked to end"),
                _ = terminate.recv() => return tracing::info!(signal = "SIGTERM", "asked to end"),
                _ = watch.tick() => {
                    if watched.has_stopped() || watched.stuck_for().is_some() {
                        return;
                    }
                }
            }
        }
    };
    let served = serve(entries, Arc::new(doors), options, stopped).await;
    served.map_err(|error| Failure::Internal(error.to_string()))
}
