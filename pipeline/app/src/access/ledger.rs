//! What is known of keys, sessions and links. Asks no clock: each question says when it is asked.

use super::token::Digest;
use model::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serve::Right;
use std::time::Duration;

/// Of each at most; of sessions and links the oldest makes room, a key is refused.
pub const MOST: usize = 1_000;

/// How long a link works.
pub const LINK_LASTS: Duration = Duration::from_secs(15 * 60);

/// How long a session lasts.
pub const SESSION_LASTS: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Everything that is known.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Keys, in the order in which they were made.
    pub keys: Vec<Key>,
    /// Sessions, likewise; some may have run out.
    pub sessions: Vec<Session>,
    links: Vec<Link>,
}

/// A key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its name for people and for revoking.
    pub id: String,
    /// What it may do: ingest, read or admin.
    pub right: String,
    /// What it is for, as whoever made it says.
    pub name: String,
    hash: Digest,
    /// When it was made, in milliseconds since 1970.
    pub made: i64,
    /// When it was used, to the day.
    pub used: Option<i64>,
}

/// A session of a browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Its name for people and for revoking.
    pub id: String,
    hash: Digest,
    /// When it was opened, in milliseconds since 1970.
    pub made: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    hash: Digest,
    made: i64,
}

fn has_run_out(made: i64, lasts: Duration, now: Timestamp) -> bool {
    let lasts = i64::try_from(lasts.as_millis()).unwrap_or(i64::MAX);
    // Of a time that is still to come nothing is known but that a clock was wrong.
    !(made..made.saturating_add(lasts)).contains(&now.millis())
}

fn day(millis: i64) -> i64 {
    millis.div_euclid(Span::from_hours(24).millis())
}

/// Makes room for one more: what has run out goes, then the oldest.
fn make_room<T>(among: &mut Vec<T>, has_run_out: impl Fn(&T) -> bool) {
    among.retain(|one| !has_run_out(one));
    let surplus = (among.len() + 1).saturating_sub(MOST);
    among.drain(..surplus);
}

impl Ledger {
    /// Reads what was written.
    pub fn parse(text: &str) -> Result<Ledger, String> {
        let ledger: Ledger = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match ledger.keys.iter().find(|key| Right::parse(&key.right).is_none()) {
            Some(key) => Err(format!("key {} may {:?}, which is nothing known", key.id, key.right)),
            None => Ok(ledger),
        }
    }

    /// It as a file.
    pub fn text(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        text + "\n"
    }

    /// Adds a key, unless there are too many; its id.
    pub fn add_key(
        &mut self,
        right: Right,
        name: &str,
        hash: Digest,
        now: Timestamp,
    ) -> Option<String> {
        if self.keys.len() >= MOST {
            return None;
        }
        let id = format!("k-{}", hash.short());
        let (right, name) = (right.name().to_owned(), name.to_owned());
        self.keys.push(Key { id: id.clone(), right, name, hash, made: now.millis(), used: None });
        Some(id)
    }

    /// Adds a link.
    pub fn add_link(&mut self, hash: Digest, now: Timestamp) {
        make_room(&mut self.links, |link| has_run_out(link.made, LINK_LASTS, now));
        self.links.push(Link { hash, made: now.millis() });
    }

    /// Takes a key or a session away; whether there was one.
    pub fn revoke(&mut self, id: &str) -> bool {
        let before = self.keys.len() + self.sessions.len();
        self.keys.retain(|key| key.id != id);
        self.sessions.retain(|session| session.id != id);
        before > self.keys.len() + self.sessions.len()
    }

    /// What the bearer of a key may do, and whether its use today is noted.
    pub fn right(&self, hash: &Digest, now: Timestamp) -> Option<(Right, bool)> {
        // Every one is compared: which one it is takes no other time.
        let mut found = None;
        for key in &self.keys {
            if key.hash.is(hash) {
                found = Some(key);
            }
        }
        let key = found?;
        let is_of_today = key.used.is_some_and(|used| day(used) >= day(now.millis()));
        Some((Right::parse(&key.right)?, is_of_today))
    }

    /// Notes that a key was used.
    pub fn used(&mut self, hash: &Digest, now: Timestamp) {
        for key in self.keys.iter_mut().filter(|key| key.hash.is(hash)) {
            key.used = Some(now.millis());
        }
    }

    /// Whether a link works.
    pub fn has_link(&self, hash: &Digest, now: Timestamp) -> bool {
        let mut links = self.links.iter().filter(|link| link.hash.is(hash));
        links.any(|link| !has_run_out(link.made, LINK_LASTS, now))
    }

    /// Uses a link up, and opens a session for it; whether it worked.
    pub fn redeem(&mut self, link: &Digest, session: Digest, now: Timestamp) -> bool {
        if !self.has_link(link, now) {
            return false;
        }
        self.links.retain(|known| !known.hash.is(link));
        make_room(&mut self.sessions, |known| has_run_out(known.made, SESSION_LASTS, now));
        let id = format!("s-{}", session.short());
        self.sessions.push(Session { id, hash: session, made: now.millis() });
        true
    }

    /// Whether a session is open.
    pub fn has_session(&self, hash: &Digest, now: Timestamp) -> bool {
        let mut sessions = self.sessions.iter().filter(|session| session.hash.is(hash));
        sessions.any(|session| session.is_open(now))
    }
}

impl Session {
    /// Whether it has not run out.
    pub fn is_open(&self, now: Timestamp) -> bool {
        !has_run_out(self.made, SESSION_LASTS, now)
    }
}
