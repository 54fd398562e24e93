//! Who may do what: keys and sessions, as whoever keeps them knows, and what each request needs.

use crate::page::is_of_the_page;
use axum::http::Method;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Right {
    /// Sends touchpoints and clocks, and reads nothing: it lies in a website or in a tool.
    Ingest,
    /// Asks everything, and changes nothing.
    Read,
    /// Everything, such as backups and writing to any topic.
    Admin,
}

impl Right {
    /// Every one, ascending.
    pub const ALL: [Right; 3] = [Right::Ingest, Right::Read, Right::Admin];

    /// Its name, which is in its keys too.
    pub fn name(self) -> &'static str {
        match self {
            Right::Ingest => "ingest",
            Right::Read => "read",
            Right::Admin => "admin",
        }
    }

    /// The right of a name.
    pub fn parse(name: &str) -> Option<Right> {
        Right::ALL.into_iter().find(|right| right.name() == name)
    }

    /// Whether whoever has this one may do what needs the other.
    pub fn allows(self, needed: Right) -> bool {
        self == needed || self == Right::Admin
    }
}

/// Whoever keeps keys, sessions and links. Asked at every request: it answers from memory, in a
/// time
/// that tells nothing of what it holds.
pub trait Gate: Send + Sync {
    /// What the bearer of a key may do; `None` where there is no such key, or it was revoked.
    fn right(&self, key: &str) -> Option<Right>;
    /// Whether a session is open.
    fn has_session(&self, session: &str) -> bool;
    /// Opens a session for a link, which works once; `None` where it was used, is too old, or is
    /// none. May wait for the disk.
    fn redeem(&self, link: &str) -> Option<Session>;
}

/// A session that was opened; its text goes to the browser and nowhere else.
pub struct Session {
    /// What the browser sends from now on: letters and digits.
    pub text: String,
    /// How long it lasts.
    pub lasts: std::time::Duration,
}

/// What a request needs; `None` where it may be asked by everybody: the page, which shows nothing
/// without its questions, the description of the API and of errors, and the signs of life.
pub(crate) fn needed(method: &Method, path: &str) -> Option<Right> {
    let is_read = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    match path {
        "/v1/backup" => Some(Right::Admin),
        "/v1/touchpoints" | "/v1/clock" if !is_read => Some(Right::Ingest),
        "/v1/audit" if !is_read => Some(Right::Read),
        _ if path.starts_with("/v1/part/") => Some(Right::Read),
        _ if !is_read => Some(Right::Admin),
        "/livez" | "/readyz" | "/openapi.json" => None,
        _ if path.starts_with("/errors/") || is_of_the_page(path) => None,
        _ => Some(Right::Read),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn needs(request: &str, expected: Option<Right>) {
        let (method, path) = request.split_once(' ').expect("a method and a path");
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        assert_eq!(needed(&method, path), expected, "{request}");
    }

    #[test]
    fn everything_needs_a_right_but_the_page_the_descriptions_and_the_signs_of_life() {
        let (ingest, read, admin) = (Some(Right::Ingest), Some(Right::Read), Some(Right::Admin));
        needs("POST /v1/touchpoints", ingest);
        needs("POST /v1/clock", ingest);
        needs("POST /v1/audit", read);
        needs("POST /v1/part/counters", read);
        needs("GET /v1/report/funnel", read);
        needs("HEAD /v1/customers", read);
        needs("OPTIONS /v1/customers", read);
        needs("GET /v1/customers/c-1", read);
        needs("GET /v1/live", read);
        needs("GET /metrics", read);
        needs("GET /v1/touchpoints", read);
        needs("POST /v1/topics/touchpoints", admin);
        needs("POST /v1/dead-letters", admin);
        needs("POST /v1/costs", admin);
        needs("GET /v1/costs", read);
        needs("POST /v1/labels", admin);
        needs("GET /v1/backup", admin);
        needs("POST /v1/backup", admin);
        needs("DELETE /v1/touchpoints/1", admin);
        needs("BREW /", admin);
        // What somebody adds and does not name here is guarded.
        needs("GET /v1/something/new", read);
        needs("POST /v1/something/new", admin);
        needs("GET /pagelike", read);
        for path in ["/", "/channels", "/customers/c-1", "/assets/a.js", "/icon.svg"] {
            needs(&format!("GET {path}"), None);
        }
        for path in ["/livez", "/readyz", "/openapi.json", "/errors/D0605"] {
            needs(&format!("GET {path}"), None);
        }
    }

    #[test]
    fn an_admin_may_do_everything_and_the_others_their_own() {
        for right in Right::ALL {
            assert_eq!(Right::parse(right.name()), Some(right));
            for needed in Right::ALL {
                assert_eq!(right.allows(needed), right == needed || right == Right::Admin);
            }
        }
        assert_eq!(Right::parse("Admin"), None);
    }
}
