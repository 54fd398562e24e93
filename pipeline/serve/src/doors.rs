//! What all doors share: the installation behind them and how much of it may be used at once.

use crate::listing::Listings;
use crate::options::ServeOptions;
use crate::problem::{Code, Problem};
use crate::question::Backend;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// What a permit of `bodies` stands for.
const PERMIT_BYTES: usize = 64 * 1_024;

/// The state of the router.
pub(crate) struct Doors {
    pub backend: Arc<dyn Backend>,
    pub options: ServeOptions,
    pub listings: Listings,
    requests: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    closing: watch::Sender<bool>,
}

/// Room for a body: given back once what was read of it has been worked on.
pub(crate) struct Room(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Doors {
    pub(crate) fn new(backend: Arc<dyn Backend>, options: ServeOptions) -> Doors {
        let bodies = options.bodies_bytes_max.max(options.body_bytes_max) / PERMIT_BYTES + 1;
        Doors {
            backend,
            listings: Listings::default(),
            requests: Arc::new(Semaphore::new(options.requests_max)),
            bodies: Arc::new(Semaphore::new(bodies)),
            streams: Arc::new(Semaphore::new(options.streams_max)),
            closing: watch::channel(false).0,
            options,
        }
    }

    /// A place among the streams of news, if there is one, and what tells that the doors close.
    pub(crate) fn stream(&self) -> Option<(OwnedSemaphorePermit, watch::Receiver<bool>)> {
        let place = Arc::clone(&self.streams).try_acquire_owned().ok()?;
        Some((place, self.closing.subscribe()))
    }

    /// Ends every stream: one that goes on would keep the doors from closing.
    pub(crate) fn close_streams(&self) {
        self.closing.send_replace(true);
    }

    /// Waits for room for a body of so many bytes; taken before it is read.
    pub(crate) async fn room(&self, bytes: usize) -> Result<Room, Problem> {
        let permits = u32::try_from(bytes.div_ceil(PERMIT_BYTES).max(1)).unwrap_or(u32::MAX);
        self.wait(Arc::clone(&self.bodies).acquire_many_owned(permits)).await.map(Room)
    }

    /// Waits for a turn and carries out work that may block, on a thread that may. The turn ends
    /// with the work, not when whoever asked has gone away.
    pub(crate) async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Doors) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.wait(Arc::clone(&self.requests).acquire_owned()).await?;
        self.on_a_thread(move |doors| {
            let _turn = turn;
            work(doors)
        })
        .await?
    }

    async fn wait(
        &self,
        permit: impl Future<Output = Result<OwnedSemaphorePermit, AcquireError>>,
    ) -> Result<OwnedSemaphorePermit, Problem> {
        match timeout(self.options.turn_timeout, permit).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => {
                let detail = "too many requests are worked on: the same again later";
                Err(Problem::new(Code::TooMany, detail))
            }
        }
    }

    /// Carries out what must be answered however much there is to do.
    pub(crate) async fn beside<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Doors) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.on_a_thread(work).await
    }

    async fn on_a_thread<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Doors) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let doors = Arc::clone(self);
        match timeout(self.options.answer_timeout, spawn_blocking(move || work(&doors))).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => {
                tracing::error!(code = Code::Broken.text(), %error, "an answer panicked");
                let detail = "answering failed by a mistake of ours; the log says which";
                Err(Problem::new(Code::Broken, detail))
            }
            Err(_) => {
                let detail = "the answer took too long; a write may have been taken: send it \
                              again under the same event_id";
                Err(Problem::new(Code::SlowAnswer, detail))
            }
        }
    }
}
