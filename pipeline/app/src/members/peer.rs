//! Another instance, asked for its part of an answer.

use crate::clock;
use crate::tls;
use codec::control::Secret;
use model::Span;
use serde_json::Value;
use serve::{Gate, Refusal, Right, Session};
use std::sync::Arc;
use std::time::Duration;

/// Where an instance answers the others.
pub const PATH: &str = "/v1/part/";

/// How long a pass is good for: so far may the clocks of two machines be apart.
const LASTS_MINUTES: i64 = 5;

/// How long an instance may take for its part.
const PATIENCE: Duration = Duration::from_secs(30);

/// How large its part may be.
const BYTES_MAX: u64 = 1 << 30;

/// Another instance.
pub struct Peer<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it answers.
    pub url: &'a str,
}

impl Peer<'_> {
    /// Asks for the part of an answer. Whatever keeps it from answering goes by, or is to be mended
    /// there: the same may be asked again.
    pub fn ask(&self, secret: &Secret, part: &str, question: &Value) -> Result<Value, Refusal> {
        let again = |why: &str| {
            let name = self.name;
            Refusal::Busy(format!("instance {name} does not give its part: {why} [D0483]"))
        };
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(PATIENCE));
        let config = match self.url.starts_with("https://") {
            true => config.tls_config(tls::config()).build(),
            false => config.build(),
        };
        let pass = format!("Bearer {}", secret.pass(clock::wall()));
        let request = ureq::Agent::from(config).post(format!("{}{PATH}{part}", self.url));
        let answer = request.header("authorization", pass).send_json(question);
        let mut answer = answer.map_err(|error| again(&error.to_string()))?;
        let status = answer.status().as_u16();
        let read = answer.body_mut().with_config().limit(BYTES_MAX).read_json::<Value>();
        let body = read.map_err(|error| again(&error.to_string()))?;
        match status {
            200 => Ok(body),
            _ => Err(again(body["detail"].as_str().unwrap_or("it answers something else"))),
        }
    }
}

/// Lets other instances of the application in as readers, beside whoever has a key.
pub struct Seal<G> {
    /// What lets everybody else in.
    pub gate: G,
    /// What holds the secret that all instances have.
    pub settings: Arc<engine::Settings>,
}

impl<G: Gate> Gate for Seal<G> {
    fn right(&self, key: &str) -> Option<Right> {
        let lasts = Span::from_millis(LASTS_MINUTES * 60_000);
        match self.settings.secret.is_pass(key, clock::wall(), lasts) {
            true => Some(Right::Read),
            false => self.gate.right(key),
        }
    }

    fn has_session(&self, session: &str) -> bool {
        self.gate.has_session(session)
    }

    fn redeem(&self, link: &str) -> Option<Session> {
        self.gate.redeem(link)
    }
}
