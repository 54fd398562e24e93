//! A double of a registry, for what a real one does only in a bad hour: it is slow, or something
//! between answers in its stead, or it was set up anew.
//!
//! What it says when it is well is taken from the documentation of Confluent's API
//! (`GET /schemas/ids/{id}`). That a real one says so the tests with `Registry` show.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It answers what it has.
    Well,
    /// It does so after a while.
    Slow(Duration),
    /// Another answer than its own, by its status and text.
    Says(u16, &'static str),
    /// It goes away in the middle of an answer.
    Half,
}

/// A registry that does as it is told. It ends with this process.
pub struct RegistryDouble {
    /// Where it answers.
    pub url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    mood: Mood,
    schemas: BTreeMap<u32, String>,
}

impl RegistryDouble {
    /// Starts one that is well and has nothing.
    ///
    /// # Panics
    ///
    /// When there is no port for it.
    pub fn start() -> RegistryDouble {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State { mood: Mood::Well, schemas: BTreeMap::new() }));
        let kept = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&kept);
                // Whoever asks may have gone before the answer.
                thread::spawn(move || answer(stream, &state));
            }
        });
        RegistryDouble { url, state }
    }

    /// From now on it does so.
    pub fn set(&self, mood: Mood) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).mood = mood;
    }

    /// Gives a number to a schema, whatever had it before.
    pub fn give(&self, id: u32, schema: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.schemas.insert(id, schema.to_owned());
    }
}

/// Hears a request out and answers it.
fn answer(mut stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let first = lines.next()?.ok()?;
    lines.map_while(Result::ok).find(String::is_empty);
    let id = first.split(' ').nth(1)?.rsplit('/').next()?.parse::<u32>().ok();
    let (mood, schema) = {
        let state = state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.mood, id.and_then(|id| state.schemas.get(&id).cloned()))
    };
    let (status, body) = match (mood, schema) {
        (Mood::Says(status, text), _) => (status, text.to_owned()),
        (_, Some(schema)) => (200, format!("{{\"schema\":{}}}", quoted(&schema))),
        (_, None) => (404, r#"{"error_code":40403,"message":"Schema not found"}"#.to_owned()),
    };
    if let Mood::Slow(pause) = mood {
        thread::sleep(pause);
    }
    let sent = if mood == Mood::Half { body.len() / 2 } else { body.len() };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/vnd.schemaregistry.v1+json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body.as_bytes()[..sent]).ok()
}

/// A text as JSON; schemas have no control characters but ends of lines.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{text}\"")
}
