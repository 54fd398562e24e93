//! Which path leads where.

use crate::doors::Doors;
use crate::guard::guard;
use crate::options::ServeOptions;
use crate::problem::{Code, Problem};
use crate::question::Backend;
use crate::{backup, live, page, read, write};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use std::sync::Arc;
use std::time::Instant;

/// Every door of an installation, guarded.
///
/// Whoever serves it by other means than `serve` has to bring limits on heads and connections.
pub fn router(backend: Arc<dyn Backend>, options: ServeOptions) -> Router {
    routes(Arc::new(Doors::new(backend, options)))
}

/// The same, for whoever has to close the streams.
pub(crate) fn routes(doors: Arc<Doors>) -> Router {
    let body_bytes_max = doors.options.body_bytes_max;
    // A layer wraps what was added before it: the last one here is passed first.
    Router::new()
        .route("/v1/touchpoints", post(write::touchpoints))
        .route("/v1/clock", post(write::clock))
        .route("/v1/dead-letters", post(write::dead_letters))
        .route("/v1/report/{name}", get(read::report))
        .route("/v1/insights", get(read::insights))
        .route("/v1/customers", get(read::customers))
        .route("/v1/customers/{id}", get(read::customer))
        .route("/v1/costs", get(read::costs).post(write::costs))
        .route("/v1/topics/{name}", get(read::topic).post(write::topic))
        .route("/v1/topics", get(read::topics))
        .route("/v1/audit", post(read::audit))
        .route("/v1/part/{name}", post(read::part))
        .route("/v1/backup", get(backup::progress).post(backup::begin))
        .route("/v1/live", get(live::live))
        .route("/openapi.json", get(read::openapi))
        .route("/livez", get(read::livez))
        .route("/readyz", get(read::readyz))
        .route("/metrics", get(read::metrics))
        .route("/errors/{code}", get(read::error_page))
        .merge(page::routes())
        .fallback(unknown_path)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(body_bytes_max))
        .layer(from_fn_with_state(Arc::clone(&doors), guard))
        .layer(from_fn_with_state(Arc::clone(&doors), measure))
        .with_state(doors)
}

async fn unknown_path(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(80).collect();
    let detail = format!(
        "there is no {path}; there are POST /v1/touchpoints, /v1/clock, /v1/costs, \
         /v1/dead-letters, /v1/topics/NAME, /v1/audit and /v1/backup, and GET /v1/report/NAME, \
         /v1/insights, /v1/customers, /v1/customers/ID, /v1/costs, /v1/topics, /v1/topics/NAME, \
         /v1/live, /v1/backup, /openapi.json, /livez, /readyz, /metrics; the page is at /"
    );
    Problem::new(Code::UnknownPath, detail)
}

async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(80).collect();
    let method: String = method.as_str().chars().take(20).collect();
    let detail = format!("{path} does not know {method}; the header Allow says what it knows");
    Problem::new(Code::MethodNotAllowed, detail)
}

async fn measure(State(doors): State<Arc<Doors>>, request: Request, next: Next) -> Response {
    let Some(metrics) = doors.options.metrics.clone() else { return next.run(request).await };
    let door = door(request.uri().path());
    let start = Instant::now();
    let response = next.run(request).await;
    metrics.add_answer(door, response.status().as_u16(), start.elapsed());
    response
}

/// The door that a path leads to, as a value of a label: paths as asked for would name customers,
/// and be without number.
fn door(path: &str) -> &'static str {
    let mut parts = path.split('/').skip(1);
    match (parts.next().unwrap_or_default(), parts.next()) {
        ("v1", Some("touchpoints")) => "touchpoints",
        ("v1", Some("clock")) => "clock",
        ("v1", Some("dead-letters")) => "dead-letters",
        ("v1", Some("report")) => "report",
        ("v1", Some("insights")) => "insights",
        ("v1", Some("customers")) => match parts.next() {
            None => "customers",
            Some(_) => "customer",
        },
        ("v1", Some("costs")) => "costs",
        ("v1", Some("topics")) => "topics",
        ("v1", Some("audit")) => "audit",
        ("v1", Some("backup")) => "backup",
        ("v1", Some("live")) => "live",
        ("v1", Some("part")) => "part",
        ("livez" | "readyz" | "metrics", None) => "health",
        (
            "" | "assets" | "drop-offs" | "channels" | "findings" | "leads" | "customers"
            | "system",
            _,
        ) => "page",
        _ => "other",
    }
}
