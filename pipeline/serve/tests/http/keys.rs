//! Keys of a test, and links.

use serve::{Gate, Right, Session};
use std::sync::Mutex;
use std::time::Duration;

/// The key of whoever says nothing else.
pub const ADMIN: &str = "adm1n";

/// Keys by right, the sessions that were opened, and one link.
pub struct Keys {
    pub keys: Mutex<Vec<(&'static str, Right)>>,
    pub sessions: Mutex<Vec<String>>,
    pub link: Mutex<Option<&'static str>>,
}

impl Default for Keys {
    fn default() -> Self {
        let keys = [(ADMIN, Right::Admin), ("r3ad", Right::Read), ("1ngest", Right::Ingest)];
        Keys {
            keys: Mutex::new(keys.to_vec()),
            sessions: Mutex::default(),
            link: Mutex::new(Some("l1nk")),
        }
    }
}

impl Gate for Keys {
    fn right(&self, key: &str) -> Option<Right> {
        let keys = self.keys.lock().expect("keys");
        keys.iter().find(|(known, _)| *known == key).map(|(_, right)| *right)
    }

    fn has_session(&self, session: &str) -> bool {
        self.sessions.lock().expect("sessions").iter().any(|known| known == session)
    }

    fn redeem(&self, link: &str) -> Option<Session> {
        let mut known = self.link.lock().expect("a link");
        if *known != Some(link) {
            return None;
        }
        *known = None;
        let text = "s3ssion".to_owned();
        self.sessions.lock().expect("sessions").push(text.clone());
        Some(Session { text, lasts: Duration::from_secs(60) })
    }
}
