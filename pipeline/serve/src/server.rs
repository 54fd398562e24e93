//! The listener and its connections.

use crate::doors::Doors;
use crate::options::ServeOptions;
use crate::question::Backend;
use crate::router::routes;
use crate::tls::Tls;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// Bytes of a request's head at most: its line, and its headers with a key.
const HEAD_BYTES_MAX: usize = 32 * 1_024;

/// How long accepting pauses when it fails: by then some file or memory may be free again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Why the doors do not open.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address says nothing that can be listened on.
    #[error(
        "cannot listen on {address:?}: {reason}; write an address and a port: 127.0.0.1:8080 \
         [D0631]"
    )]
    Address {
        /// What was written.
        address: String,
        /// What is wrong with it.
        reason: io::Error,
    },
    /// Other machines reach the address, and nobody said that they may.
    #[error(
        "{address} is reached by other machines, which would see keys and customers go by: listen \
         on 127.0.0.1, or name a certificate by http.tls, or say --behind-proxy where a proxy ends \
         TLS before it [D0632]"
    )]
    BeyondLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// Somebody listens there.
    #[error("{address} is in use by another process: stop it, or choose another port [D0633]")]
    InUse {
        /// The address.
        address: SocketAddr,
    },
    /// The system refuses the address.
    #[error("cannot listen on {address}: {reason} [D0634]")]
    Refused {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
}

/// Listens on an address such as `127.0.0.1:8080` or `localhost:8080`; port 0 takes a free one.
pub async fn listen(address: &str, options: &ServeOptions) -> Result<TcpListener, Error> {
    let fault = |reason| Error::Address { address: address.to_owned(), reason };
    let addresses = lookup_host(address).await.map_err(fault)?;
    let nothing = || fault(io::Error::new(ErrorKind::NotFound, "the name has no address"));
    // localhost is often ::1 as well, and whoever is told 127.0.0.1 must find the doors there.
    let address = addresses.min_by_key(SocketAddr::is_ipv6).ok_or_else(nothing)?;
    check_address(address, options)?;
    TcpListener::bind(address).await.map_err(|reason| match reason.kind() {
        ErrorKind::AddrInUse => Error::InUse { address },
        _ => Error::Refused { address, reason },
    })
}

fn check_address(address: SocketAddr, options: &ServeOptions) -> Result<(), Error> {
    // ::ffff:127.0.0.1 is loopback too.
    let is_loopback = address.ip().to_canonical().is_loopback();
    if is_loopback || options.is_beyond_loopback_allowed {
        return Ok(());
    }
    Err(Error::BeyondLoopback { address })
}

/// Where requests come in.
pub struct Entry {
    /// The listener.
    pub listener: TcpListener,
    /// What is spoken there; HTTP as it is without one.
    pub tls: Option<Tls>,
}

/// Serves until `shutdown` is done, then lets the requests that run go on for a while.
///
/// Needs a runtime of tokio with time and I/O; one thread is enough, as nothing here blocks it.
pub async fn serve(
    entries: Vec<Entry>,
    backend: Arc<dyn Backend>,
    options: ServeOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    for entry in &entries {
        if let Ok(address) = entry.listener.local_addr() {
            check_address(address, &options)?;
        }
    }
    let drain_timeout = options.drain_timeout;
    let read_timeout = options.read_timeout;
    let places = Arc::new(Semaphore::new(options.connections_max));
    let doors = Arc::new(Doors::new(backend, options));
    let router = routes(Arc::clone(&doors));
    let graceful = Arc::new(GracefulShutdown::new());
    let closing = watch::Sender::new(false);
    let accepting: Vec<_> = entries
        .into_iter()
        .map(|entry| {
            let connections = Connections {
                router: router.clone(),
                places: Arc::clone(&places),
                graceful: Arc::clone(&graceful),
                read_timeout,
            };
            let mut closing = closing.subscribe();
            tokio::spawn(async move {
                tokio::select! {
                    () = connections.accept_all(entry) => {}
                    // The sender waits for this task.
                    _ = closing.wait_for(|is_closing| *is_closing) => {}
                }
            })
        })
        .collect();
    shutdown.await;
    closing.send_replace(true);
    for task in accepting {
        // One that panicked has said so on standard error.
        let _ = task.await;
    }
    doors.close_streams();
    let Some(graceful) = Arc::into_inner(graceful) else { return Ok(()) };
    if timeout(drain_timeout, graceful.shutdown()).await.is_err() {
        tracing::warn!(code = "D0635", "requests were cut off: they took too long to end");
    }
    Ok(())
}

/// What every connection of an entry needs.
struct Connections {
    router: Router,
    places: Arc<Semaphore>,
    graceful: Arc<GracefulShutdown>,
    read_timeout: Duration,
}

impl Connections {
    /// Lets in whoever comes, as long as there are places.
    async fn accept_all(&self, Entry { listener, tls }: Entry) {
        loop {
            let place = Arc::clone(&self.places).acquire_owned().await;
            let stream = accept(&listener).await;
            let (router, watcher) = (self.router.clone(), self.graceful.watcher());
            let (tls, read_timeout) = (tls.clone(), self.read_timeout);
            tokio::spawn(async move {
                let _place = place;
                let Some(Tls(acceptor)) = tls else {
                    return attend(stream, watcher, router, read_timeout).await;
                };
                // Whoever does not speak TLS is gone soon, and holds no place meanwhile for long.
                match timeout(read_timeout, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => attend(stream, watcher, router, read_timeout).await,
                    Ok(Err(error)) => tracing::debug!(%error, "no TLS was agreed on"),
                    Err(_) => tracing::debug!("no TLS was agreed on in time"),
                }
            });
        }
    }
}

/// One connection, to its end.
async fn attend<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    watcher: Watcher,
    router: Router,
    head_timeout: Duration,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // A peer that goes away or says nonsense is no fault of ours.
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are small and whole: nothing is gained by waiting for more of them.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_the_peer(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
