//! Who may come in: by Host, by origin, by key or session. Asked before any route is looked up.

use crate::doors::Doors;
use crate::gate::{Right, needed};
use crate::problem::{Code, Problem};
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Bytes of a refused request's body that are read, and how long at most.
const HEARD_BYTES_MAX: usize = 64 * 1_024;
const HEARD_FOR: Duration = Duration::from_secs(2);

/// Refuses what may not come in, and marks every answer as one that no other site may use.
pub(crate) async fn guard(
    State(doors): State<Arc<Doors>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match admit(&doors, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            hear_out(request).await;
            problem.into_response()
        }
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    for name in ["cross-origin-resource-policy", "cross-origin-opener-policy"] {
        let name = header::HeaderName::from_static(name);
        headers.insert(name, HeaderValue::from_static("same-origin"));
    }
    response
}

/// Reads what a refused request still sends, where it is little. Whoever writes into a connection
/// that is closed hears of that alone, and not why they were refused.
async fn hear_out(request: Request) {
    let length = only(request.headers(), &header::CONTENT_LENGTH).and_then(|n| n.parse().ok());
    if length.is_some_and(|length: usize| length <= HEARD_BYTES_MAX) {
        let body = to_bytes(request.into_body(), HEARD_BYTES_MAX);
        // Whoever takes longer has had their time.
        let _ = timeout(HEARD_FOR, body).await;
    }
}

fn admit(doors: &Doors, request: &Request) -> Result<(), Problem> {
    let host = check_host(request, &doors.options.hosts)?;
    let is_write = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_write {
        check_origin(request.headers(), host)?;
    }
    let path = request.uri().path();
    match needed(request.method(), path) {
        // A person says it who sees the message: on the page as well as with a key.
        Some(_) if path == "/v1/labels" && has_session(doors, request.headers()) => Ok(()),
        Some(right) => check_right(doors, request.headers(), right),
        None => Ok(()),
    }
}

/// The only value of a header; two of one name are as bad as none that can be read.
fn only<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Binding to loopback does not keep a browser out whose DNS was told that evil.example is
/// 127.0.0.1; such a request names the stranger in its Host.
fn check_host<'a>(request: &'a Request, allowed: &[String]) -> Result<&'a str, Problem> {
    let refuse = |said: &str| {
        let said: String = said.chars().take(80).collect();
        let detail = format!("the Host header says {said:?}, which is not in the allow-list");
        Err(Problem::new(Code::ForeignHost, detail))
    };
    let Some(host) = only(request.headers(), &header::HOST) else { return refuse("") };
    // A target in absolute form goes before the header, so it must say the same.
    let target = request.uri().authority().map_or(host, |authority| authority.as_str());
    for authority in [host, target] {
        let name = without_port(authority).unwrap_or_default();
        if !allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(name)) {
            return refuse(authority);
        }
    }
    Ok(host)
}

/// A host without its port, if what stands there is a port.
fn without_port(authority: &str) -> Option<&str> {
    let end_of_name = if authority.starts_with('[') { authority.find(']')? + 1 } else { 0 };
    let colon = authority[end_of_name..].find(':').map(|at| end_of_name + at);
    let Some(colon) = colon else { return Some(authority) };
    let (name, port) = (&authority[..colon], &authority[colon + 1..]);
    port.parse::<u16>().is_ok().then_some(name)
}

/// A page of another origin may send a form or a beacon here without asking; it cannot leave these
/// headers out. Another port of the same host is another program, so it is foreign too.
fn check_origin(headers: &HeaderMap, host: &str) -> Result<(), Problem> {
    let refuse = |header: &str, value: &str| {
        let value: String = value.chars().take(80).collect();
        let detail = format!("a write with {header}: {value} comes from a page of another origin");
        Err(Problem::new(Code::ForeignOrigin, detail))
    };
    let site = header::HeaderName::from_static("sec-fetch-site");
    if headers.contains_key(&site) {
        let value = only(headers, &site).unwrap_or_default();
        if !matches!(value, "same-origin" | "none") {
            return refuse("Sec-Fetch-Site", value);
        }
    }
    if headers.contains_key(header::ORIGIN) {
        let value = only(headers, &header::ORIGIN).unwrap_or_default();
        let origin = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://"));
        if !origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host)) {
            return refuse("Origin", value);
        }
    }
    Ok(())
}

/// Whether whoever sends these headers may do what needs a right: by a key, or else by the session
/// of a browser, which may read and send touchpoints, as the page does, and correct labels.
pub(crate) fn check_right(
    doors: &Doors,
    headers: &HeaderMap,
    needed: Right,
) -> Result<(), Problem> {
    let options = &doors.options;
    if options.is_open && needed != Right::Admin {
        return Ok(());
    }
    let refuse = |code: Code, detail: &str| Err(Problem::new(code, detail));
    let Some(gate) = &options.gate else {
        return refuse(Code::KeyNeeded, "this instance has no keys: nobody may do this here");
    };
    if headers.contains_key(header::AUTHORIZATION) {
        let right = bearer(headers).and_then(|key| gate.right(key));
        return match right {
            Some(right) if right.allows(needed) => Ok(()),
            Some(right) => {
                let (right, needed) = (right.name(), needed.name());
                let detail = format!("the key may {right}, and this needs one that may {needed}");
                refuse(Code::RightMissing, &detail)
            }
            None => refuse(
                Code::KeyNeeded,
                "the key is not one of this instance: desirepath key create makes one; send it as \
                 Authorization: Bearer",
            ),
        };
    }
    if needed != Right::Admin && has_session(doors, headers) {
        return Ok(());
    }
    refuse(
        Code::KeyNeeded,
        "send Authorization: Bearer and a key, which desirepath key create makes; a browser comes \
         in by the address that desirepath link prints",
    )
}

/// Whether it is the browser of somebody who has come in by a link, and no key is said.
fn has_session(doors: &Doors, headers: &HeaderMap) -> bool {
    let text = session(headers).filter(|_| !headers.contains_key(header::AUTHORIZATION));
    doors.options.gate.as_ref().zip(text).is_some_and(|(gate, text)| gate.has_session(text))
}

/// The key that a request carries.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = only(headers, &header::AUTHORIZATION)?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

/// The name of the cookie that holds a session. Cookies of all ports of a host lie together, so
/// that
/// a second instance would end the session of the first.
pub(crate) fn cookie_name(headers: &HeaderMap) -> String {
    let host = only(headers, &header::HOST).unwrap_or_default();
    let name = without_port(host).unwrap_or(host);
    match host[name.len()..].strip_prefix(':') {
        Some(port) => format!("desirepath_{port}"),
        None => "desirepath".to_owned(),
    }
}

/// The session that a browser sends.
fn session(headers: &HeaderMap) -> Option<&str> {
    let name = cookie_name(headers);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|value| value.split(';')).filter_map(|one| one.split_once('='));
    pairs.find_map(|(known, text)| (known.trim() == name).then_some(text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn names(authority: &str, expected: Option<&str>) {
        assert_eq!(without_port(authority), expected, "{authority}");
    }

    #[track_caller]
    fn has_session(host: &str, cookies: &[&str], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).expect("a host"));
        for cookie in cookies {
            headers.append(header::COOKIE, HeaderValue::from_str(cookie).expect("a cookie"));
        }
        assert_eq!(session(&headers), expected, "{host} {cookies:?}");
    }

    #[test]
    fn a_session_is_that_of_the_port_which_is_asked() {
        has_session("localhost:8080", &["desirepath_8080=a"], Some("a"));
        has_session("localhost:8081", &["desirepath_8080=a; desirepath_8081=b"], Some("b"));
        has_session("[::1]:8080", &["x=1", "desirepath_8080=a"], Some("a"));
        has_session("map.example.org", &["desirepath=a; theme=dark"], Some("a"));
        has_session("map.example.org", &["desirepath_8080=a"], None);
        has_session(
            "localhost:8080",
            &["desirepath=a", "Desirepath_8080=a", "desirepath_8080"],
            None,
        );
        has_session("localhost:8080", &[], None);
    }

    #[test]
    fn a_port_is_taken_off_and_nothing_else() {
        names("localhost", Some("localhost"));
        names("localhost:8080", Some("localhost"));
        names("[::1]:8080", Some("[::1]"));
        names("[::1]", Some("[::1]"));
        names("localhost:80@evil.example", None);
        names("localhost:", None);
        names("[::1", None);
        names("::1", None);
        names("", Some(""));
    }
}
