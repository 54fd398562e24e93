//! Who may come in: by Host, by origin, by token. Asked before any route is looked up.

use crate::doors::Doors;
use crate::options::Token;
use crate::problem::{Code, Problem};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Refuses what may not come in, and marks every answer as one that no other site may use.
pub(crate) async fn guard(
    State(doors): State<Arc<Doors>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match admit(&doors, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
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

fn admit(doors: &Doors, request: &Request) -> Result<(), Problem> {
    let host = check_host(request, &doors.options.hosts)?;
    let is_write = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_write {
        check_origin(request.headers(), host)?;
    }
    let is_probe = matches!(request.uri().path(), "/livez" | "/readyz");
    let is_guarded = is_write || (doors.options.is_beyond_loopback_allowed && !is_probe);
    match &doors.options.token {
        Some(token) if is_guarded => {
            let known = [Some(token), doors.options.admin.as_ref()];
            check_token(request.headers(), known.into_iter().flatten())
        }
        _ => Ok(()),
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

/// Compares in a time that does not tell how much of a guess was right.
pub(crate) fn is_token(headers: &HeaderMap, Token(token): &Token) -> bool {
    let said = only(headers, &header::AUTHORIZATION).unwrap_or_default();
    let (scheme, said) = said.split_once(' ').unwrap_or_default();
    let is_right = bool::from(said.trim().as_bytes().ct_eq(token.as_bytes()));
    scheme.eq_ignore_ascii_case("bearer") && is_right && !token.is_empty()
}

fn check_token<'a>(
    headers: &HeaderMap,
    mut known: impl Iterator<Item = &'a Token>,
) -> Result<(), Problem> {
    if known.any(|token| is_token(headers, token)) {
        return Ok(());
    }
    let detail = "send Authorization: Bearer and the token of this instance";
    Err(Problem::new(Code::TokenNeeded, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn names(authority: &str, expected: Option<&str>) {
        assert_eq!(without_port(authority), expected, "{authority}");
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
