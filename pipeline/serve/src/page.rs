//! The page: what `web/` builds, or where nothing was built the one that says how.
//!
//! Every address of the page is answered by the same document, which then shows what the address
//! says. Files under `assets/` have a hash of what is in them in their names, so that a browser may
//! keep them for ever; the document itself is asked for each time.

use crate::doors::Doors;
use crate::guard::cookie_name;
use crate::problem::{Code, Problem};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

/// A file of the page: its path, what it is, what is in it, and a tag of that.
struct File {
    path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    tag: &'static str,
}

/// The files, ascending by path.
const FILES: &[File] = &include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What the page may do: nothing comes from elsewhere, nothing is written into it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Where the page shows something; `/` is where somebody comes in.
const ADDRESSES: [&str; 7] =
    ["/drop-offs", "/channels", "/findings", "/leads", "/system", "/customers", "/customers/{id}"];

/// Whether a path is one of the page: a document that shows nothing by itself, or a part of it.
pub(crate) fn is_of_the_page(path: &str) -> bool {
    let is_within = |folder: &str| path.strip_prefix(folder).is_some_and(|name| !name.is_empty());
    path == "/"
        || path == "/icon.svg"
        || ADDRESSES.contains(&path)
        || is_within("/assets/")
        || is_within("/customers/")
}

/// The addresses of the page.
pub(crate) fn routes() -> Router<Arc<Doors>> {
    let document = || get(|headers: HeaderMap| async move { file("/index.html", &headers) });
    let mut routes = Router::new().route("/", get(enter));
    for address in ADDRESSES {
        routes = routes.route(address, document());
    }
    let icon = get(|headers: HeaderMap| async move { file("/icon.svg", &headers) });
    routes.route("/icon.svg", icon).route("/assets/{name}", get(asset))
}

/// The page's first address, and the one that a link leads to: `/?token=…` opens a session and goes
/// on without the token, so that it stays in no history. A link that no longer works leads to the
/// page as well, which says so where there is no session.
async fn enter(
    State(doors): State<Arc<Doors>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let pairs = uri.query().unwrap_or_default().split('&');
    let Some(link) = pairs.filter_map(|pair| pair.strip_prefix("token=")).next() else {
        return file("/index.html", &headers);
    };
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, "/")]).into_response();
    // Whoever only looks what is there uses nothing up.
    if method != Method::GET {
        return Ok(response);
    }
    let link = link.to_owned();
    let redeem = move |doors: &Doors| doors.options.gate.as_ref()?.redeem(&link);
    if let Some(session) = doors.beside(redeem).await? {
        let (name, text, seconds) = (cookie_name(&headers), session.text, session.lasts.as_secs());
        let https = if doors.options.is_https { "; Secure" } else { "" };
        let cookie =
            format!("{name}={text}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{https}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
    }
    Ok(response)
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    file(&format!("/assets/{name}"), &headers)
}

fn file(path: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let Ok(at) = FILES.binary_search_by(|file| file.path.cmp(path)) else {
        let path: String = path.chars().take(80).collect();
        return Err(Problem::new(Code::UnknownPath, format!("the page has no file {path}")));
    };
    let File { kind, bytes, tag, .. } = &FILES[at];
    let is_hashed = path.starts_with("/assets/");
    let keep = if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let told = [
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
        (header::ETAG, HeaderValue::from_static(tag)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    if known.flat_map(|tags| tags.split(',')).any(|known| known.trim() == *tag) {
        return Ok((StatusCode::NOT_MODIFIED, told).into_response());
    }
    Ok((told, [(header::CONTENT_TYPE, *kind)], *bytes).into_response())
}
