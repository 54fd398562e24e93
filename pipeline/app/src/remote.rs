//! A running instance, asked over HTTP.

use crate::access::Token;
use crate::failure::Failure;
use crate::instance::Instance;
use crate::tls;
use codec::draft_to_json;
use model::Draft;
use serde_json::{Value, json};
use serve::Letter;
use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

/// The variable that holds the key for `--url`.
const KEY_VARIABLE: &str = "DESIREPATH_KEY";

/// Rows asked for at once.
const PAGE: &str = "1000";

/// Bytes of a body that is sent: an instance takes twice as much.
const BODY_BYTES_MAX: usize = 8 * 1_024 * 1_024;

/// How often it is asked whether everything is counted.
pub const CAUGHT_UP_EVERY: Duration = Duration::from_millis(50);

/// How long it may go on that an instance cannot answer before whoever waits is told.
const BUSY_MAX: Duration = Duration::from_secs(120);

type Answer = Result<ureq::http::Response<ureq::Body>, ureq::Error>;

/// An instance by its address.
pub struct Remote {
    url: String,
    agent: ureq::Agent,
    /// What is sent as `Authorization: Bearer`.
    key: Option<String>,
    /// Whether the key is what the instance keeps in its folder for whoever may read that.
    is_own: bool,
    /// Since when it has been answering that it cannot, one question after the other.
    busy_since: Cell<Option<Instant>>,
}

impl Remote {
    /// An instance at an address such as `http://127.0.0.1:8080`, with no key.
    pub fn at(url: &str) -> Remote {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(5)));
        let config = match url.starts_with("https://") {
            true => config.tls_config(tls::config()).build(),
            false => config.build(),
        };
        Remote {
            url: url.trim_end_matches('/').to_owned(),
            agent: config.into(),
            key: None,
            is_own: false,
            busy_since: Cell::new(None),
        }
    }

    /// Likewise, with the key that the environment holds.
    pub fn by_environment(url: &str) -> Result<Remote, Failure> {
        let key = std::env::var(KEY_VARIABLE).ok().filter(|key| !key.is_empty());
        match key {
            Some(key) if !Token::is_key(&key) => Err(Failure::Usage(format!(
                "what {KEY_VARIABLE} holds is no key, or a part of one [D0764]"
            ))),
            key => Ok(Remote { key, ..Remote::at(url) }),
        }
    }

    /// The instance that runs on a folder, by what it wrote there.
    pub fn of_folder(data: &Path) -> Option<Remote> {
        let Instance { url, token, .. } = Instance::of_folder(data)?;
        Some(Remote { key: Some(token), is_own: true, ..Remote::at(&url) })
    }

    /// Whether it was found by its folder, and so lets whoever asks do everything.
    pub fn is_own(&self) -> bool {
        self.is_own
    }

    fn bearer(&self) -> Option<String> {
        self.key.as_ref().map(|key| format!("Bearer {key}"))
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether anybody answers there.
    pub fn is_alive(&self) -> bool {
        self.agent.get(format!("{}/livez", self.url)).call().is_ok()
    }

    /// Asks, and reads every page of a list.
    pub fn list(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        let mut rows = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            query.push(("limit", PAGE.to_owned()));
            if let Some(cursor) = cursor {
                query.push(("cursor", cursor));
            }
            let mut page = self.get(path, &query)?;
            if let Some(items) = page["items"].as_array_mut() {
                rows.append(items);
            }
            match page["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(Value::Array(rows)),
            }
        }
    }

    /// Asks.
    pub fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        let mut request = self.agent.get(format!("{}{path}", self.url));
        for (name, value) in query {
            request = request.query(name, value);
        }
        if let Some(bearer) = self.bearer() {
            request = request.header("authorization", bearer);
        }
        self.read(request.call())
    }

    /// Sends.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let mut request = self.agent.post(format!("{}{path}", self.url));
        if let Some(bearer) = self.bearer() {
            request = request.header("authorization", bearer);
        }
        self.read(request.send_json(body))
    }

    /// Sends touchpoints; what the instance refuses is an error here, for they were read already.
    pub fn append(&self, drafts: &[Draft]) -> Result<(), Failure> {
        let rows = drafts.iter().map(draft_to_json);
        self.post_all("/v1/touchpoints", rows, |answer| {
            match answer["refused"].as_array().and_then(|refused| refused.first()) {
                Some(refused) => Err(Failure::Data(refused.to_string())),
                None => Ok(()),
            }
        })
    }

    /// Sends what could not be read, with its reasons.
    pub fn refuse(&self, letters: &[Letter]) -> Result<(), Failure> {
        self.post_all("/v1/dead-letters", letters.iter().map(Letter::to_json), |_| Ok(()))
    }

    /// Sends rows in arrays, none of them larger than an instance takes.
    pub fn post_all(
        &self,
        path: &str,
        rows: impl Iterator<Item = Value>,
        check: impl Fn(Value) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (mut body, mut bytes) = (Vec::new(), 0);
        for row in rows {
            let size = row.to_string().len() + 1;
            if bytes + size > BODY_BYTES_MAX && !body.is_empty() {
                check(self.post(path, &Value::Array(std::mem::take(&mut body)))?)?;
                bytes = 0;
            }
            body.push(row);
            bytes += size;
        }
        match body.is_empty() {
            true => Ok(()),
            false => check(self.post(path, &Value::Array(body))?),
        }
    }

    /// Tells how far a source has sent.
    pub fn clock(&self, source: &str, time: &str) -> Result<(), Failure> {
        self.post("/v1/clock", &json!({ "source": source, "time": time })).map(|_| ())
    }

    fn read(&self, answer: Answer) -> Result<Value, Failure> {
        let text = self.text(answer)?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// The body of an answer; what the instance refuses is an error.
    fn text(&self, answer: Answer) -> Result<String, Failure> {
        let url = &self.url;
        let mut answer = answer.map_err(|error| {
            Failure::Unavailable(format!("no instance answers at {url}: {error} [D0718]"))
        })?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(1 << 30).read_to_string();
        let body = body.map_err(|error| Failure::Unavailable(format!("{url}: {error} [D0718]")))?;
        let value: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
        // Said as the command itself would say it.
        let detail = || match (value["detail"].as_str(), value["code"].as_str()) {
            (Some(detail), Some(code)) => format!("{detail} [{code}]"),
            _ => body.clone(),
        };
        match status {
            200..=299 => Ok(body),
            404 => Err(Failure::Input(detail())),
            400 | 405 | 422 => Err(Failure::Usage(detail())),
            401 if self.key.is_none() => Err(Failure::Permission(format!(
                "{url} wants a key: put one into the variable {KEY_VARIABLE}, or name the data \
                 folder by --data [D0605]"
            ))),
            401 | 403 => Err(Failure::Permission(detail())),
            413 => Err(Failure::Data(detail())),
            429 | 503 => Err(Failure::Again(detail())),
            _ => Err(Failure::Internal(format!("{url} answers {status}: {}", detail()))),
        }
    }
}

impl Remote {
    /// Waits until the instance has counted what its log holds.
    pub fn catch_up(&self) -> Result<(), Failure> {
        while !self.is_caught_up()? {
            std::thread::sleep(CAUGHT_UP_EVERY);
        }
        Ok(())
    }

    /// Whether everything in the log is counted, by all instances: whether nothing lags any more.
    /// While tasks are given to other instances it is not; an error only where that does not end.
    pub fn is_caught_up(&self) -> Result<bool, Failure> {
        let report = match self.get("/v1/report/system", &[]) {
            Err(Failure::Again(why)) => {
                let since = self.busy_since.get().unwrap_or_else(Instant::now);
                self.busy_since.set(Some(since));
                return match since.elapsed() > BUSY_MAX {
                    true => Err(Failure::Again(why)),
                    false => Ok(false),
                };
            }
            report => report?,
        };
        self.busy_since.set(None);
        let tables = report["tables"].as_array().into_iter().flatten();
        let tasks = tables.filter(|table| table["name"] == "tasks");
        let mut rows = tasks.filter_map(|table| table["rows"].as_array()).flatten();
        Ok(rows.all(|row| row["lag"] == 0 && row["state"] == "running"))
    }
}
