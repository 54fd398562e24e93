//! News: server-sent events that say what has changed, never how much. Whoever hears of a change
//! asks for its report again, so that live numbers and others come the same way.
//!
//! An event's id is what its reader knows by then: the start of this process and the revision of
//! each family. Whoever comes back with it is told exactly what has changed meanwhile, however long
//! that was, and nothing has to be remembered for them; an id of another start, or none of ours, is
//! answered by `resync`. A stream looks for news twice a second, so that a change within is one
//! event; it looks when its reader takes what it was sent, so nothing piles up for a slow one.

use crate::doors::Doors;
use crate::gate::Right;
use crate::guard::check_right;
use crate::problem::{Code, Problem};
use crate::question::News;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde_json::json;
use std::collections::hash_map::RandomState;
use std::convert::Infallible;
use std::fmt::Write;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::sleep;

/// How often a stream looks for news.
const LOOK: Duration = Duration::from_millis(500);

/// How long nothing is said at most: proxies cut what is silent, and readers take it for dead.
const BEAT: Duration = Duration::from_secs(15);

/// How long a reader waits before it comes back, in milliseconds.
const RETRY: u32 = 3_000;

/// Bytes of an id at most: families are few.
const ID_BYTES_MAX: usize = 1_024;

/// Names this start of the process: revisions begin anew with it.
static START: LazyLock<String> =
    LazyLock::new(|| format!("{:016x}", RandomState::new().build_hasher().finish()));

/// One reader's stream.
struct Stream {
    doors: Arc<Doors>,
    /// What its reader knows.
    known: News,
    /// What is said before anything else.
    first: Option<String>,
    said_at: Instant,
    /// By what its reader came in: a key that is revoked ends the stream too.
    headers: HeaderMap,
    closing: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

/// `GET /v1/live`
pub(crate) async fn live(
    State(doors): State<Arc<Doors>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some((place, closing)) = doors.stream() else {
        let most = doors.options.streams_max;
        let detail = format!("{most} streams are open, which is the limit: ask every 15 seconds");
        return Err(Problem::new(Code::TooMany, detail));
    };
    let said = headers.get("last-event-id").map(|id| id.to_str().ok().and_then(read_id));
    let now = doors.backend.news();
    let mut first = format!("retry: {RETRY}\n\n");
    let known = match said {
        Some(Some(revisions)) => News { revisions: known_revisions(&now, &revisions), ..now },
        Some(None) => {
            event(&mut first, "resync", &now, json!({ "as_of": as_of(&now) }));
            now
        }
        None => now,
    };
    // So that whoever has come in knows that they are heard.
    event(&mut first, "beat", &known, json!({ "family": "", "as_of": as_of(&known) }));
    let (first, said_at) = (Some(first), Instant::now());
    let stream = Stream { doors, known, first, said_at, headers, closing, _place: place };
    let chunks = unfold(stream, |mut stream| async move {
        let text = stream.next().await?;
        Some((Ok::<Bytes, Infallible>(Bytes::from(text)), stream))
    });
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // What stands between must pass on each event as it comes.
    let passing = HeaderName::from_static("x-accel-buffering");
    let headers = [kind, (passing, HeaderValue::from_static("no"))];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

impl Stream {
    /// What is said next; `None` once the doors close, or its reader may no longer read.
    async fn next(&mut self) -> Option<String> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            let is_closing = async {
                // The sender is a part of the doors, which this stream holds.
                let _ = self.closing.wait_for(|closing| *closing).await;
            };
            tokio::select! {
                () = is_closing => return None,
                () = sleep(LOOK) => {}
            }
            if check_right(&self.doors, &self.headers, Right::Read).is_err() {
                return None;
            }
            let now = self.doors.backend.news();
            let mut text = String::new();
            for (family, revision) in &now.revisions {
                if self.known.revisions.get(family) != Some(revision) {
                    self.known.revisions.insert(family, *revision);
                    let data =
                        json!({ "family": family, "revision": revision, "as_of": as_of(&now) });
                    event(&mut text, "change", &self.known, data);
                }
            }
            if text.is_empty() && self.said_at.elapsed() >= BEAT {
                event(
                    &mut text,
                    "beat",
                    &self.known,
                    json!({ "family": "", "as_of": as_of(&now) }),
                );
            }
            if !text.is_empty() {
                self.said_at = Instant::now();
                return Some(text);
            }
        }
    }
}

fn as_of(news: &News) -> Option<String> {
    news.as_of.map(|as_of| as_of.to_string())
}

fn event(text: &mut String, name: &str, known: &News, data: serde_json::Value) {
    let mut id = START.clone();
    for (family, revision) in &known.revisions {
        let _ = write!(id, "-{family}.{revision}");
    }
    let _ = write!(text, "event: {name}\nid: {id}\ndata: {data}\n\n");
}

/// The revisions of an id, by family; `None` where it is not of this start.
fn read_id(id: &str) -> Option<Vec<(String, u64)>> {
    let rest = id.strip_prefix(START.as_str()).filter(|_| id.len() <= ID_BYTES_MAX)?;
    let parts = rest.split('-').skip(1);
    let read = |part: &str| {
        let (family, revision) = part.split_once('.')?;
        Some((family.to_owned(), revision.parse().ok()?))
    };
    parts.map(read).collect()
}

/// Of the families that there are, those that a reader has heard of, as they were then.
fn known_revisions(
    now: &News,
    said: &[(String, u64)],
) -> std::collections::BTreeMap<&'static str, u64> {
    let known = now.revisions.keys().filter_map(|family| {
        let (_, revision) = said.iter().find(|(said, _)| said == family)?;
        Some((*family, *revision))
    });
    known.collect()
}
